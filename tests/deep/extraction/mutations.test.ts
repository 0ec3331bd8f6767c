import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wrongCells } from '../../golden/extraction/oracle-comparison.ts';
import { csvOf, makeOracleFolder } from '../../golden/extraction/oracle-folder.ts';
import { referenceDecisions, referenceRows } from '../../golden/extraction/oracle-reference.ts';
import type { OracleFolder } from '../../golden/extraction/oracle-folder.ts';
import type { OracleRow, ReferenceDecision } from '../../golden/extraction/oracle-reference.ts';
import { rowsOf, temporaryFolder, writeCsvFolder } from '../../unit/extraction/small-market.ts';

/**
 * Naive readings of the data, planted into the text of the extraction itself: each is run in a process of its own, and
 * must show in the comparison with plain loops. What the leak audit of a retrain finds by itself is written beside.
 */
const ROOT = join(import.meta.dirname, '..', '..', '..');
const SEED = 12;
const SESSIONS_BEFORE = 5;
const run = promisify(execFile);
/** A process of its own per mutation: room for a busy machine. */
const PROCESS_MS = 300_000;

type Part = 'members' | 'features' | 'labels' | 'cross-section';

interface Mutation {
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** Parts of the extraction in which it must show. */
  readonly shows: readonly Part[];
  /** What the leak audit names; null where nothing leaks, since the fault is one of definition: it is not asked. */
  readonly leaks: readonly string[] | null;
}

const STATES = 'knowledge-states.ts';
const FIRST_DAY = `TIMESTAMPTZ '2000-01-01 00:00:00Z' AS knowledge_ts`;

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'prices by their event time only': {
    file: STATES,
    from: 'FROM prices t JOIN',
    to: 'FROM (SELECT * REPLACE (event_ts AS knowledge_ts) FROM prices) t JOIN',
    shows: ['members', 'features', 'cross-section'],
    leaks: ['level', 'symbol'],
  },
  "today's members on all days": {
    file: STATES,
    from: 'FROM membership t $',
    to: `FROM (SELECT * REPLACE (${FIRST_DAY}, DATE '2000-01-01' AS effective_date) FROM membership
      QUALIFY row_number() OVER (PARTITION BY symbol ORDER BY effective_date DESC, knowledge_ts DESC, seq DESC) = 1) t $`,
    shows: ['members', 'cross-section'],
    leaks: ['symbol'],
  },
  'delistings forgotten': {
    file: STATES,
    from: 'least(s.end_idx, coalesce(d.gone_idx - 1, s.end_idx))',
    to: 's.end_idx',
    shows: ['members'],
    leaks: null,
  },
  'splits of the future': {
    file: STATES,
    from: 'FROM corporate_actions t ASOF',
    to: `FROM (SELECT * REPLACE (${FIRST_DAY}) FROM corporate_actions) t ASOF`,
    shows: ['features'],
    leaks: ['return_5'],
  },
  'first versions only': {
    file: STATES,
    from: 'FROM (SELECT * FROM (${source}) WHERE',
    to: 'FROM (SELECT * FROM (SELECT * FROM (${source}) QUALIFY row_number() OVER (PARTITION BY ${thing} ORDER BY knowledge_ts, seq) = 1) WHERE',
    shows: ['features', 'cross-section'],
    leaks: null,
  },
  'ties decided the other way': {
    file: STATES,
    from: 'ORDER BY knowledge_ts DESC, seq DESC) = 1)`',
    to: 'ORDER BY knowledge_ts DESC, seq) = 1)`',
    shows: ['features', 'cross-section'],
    leaks: null,
  },
  'knowledge strictly before the decision': {
    file: STATES,
    from: "'ASOF LEFT JOIN sessions k ON k.row_time >= t.knowledge_ts'",
    to: "'ASOF LEFT JOIN sessions k ON k.row_time > t.knowledge_ts'",
    shows: ['members'],
    leaks: null,
  },
  'knowledge strictly before the instant': {
    file: STATES,
    from: 'known: `t.knowledge_ts <= ${instantLiteral(point.instant)}`',
    to: 'known: `t.knowledge_ts < ${instantLiteral(point.instant)}`',
    shows: ['cross-section'],
    leaks: null,
  },
  'a late restatement of an old quarter taken for the newest': {
    file: STATES,
    from: 'max(period_end) OVER (PARTITION BY symbol ORDER BY effect) AS period_end',
    to: "max_by(period_end, {'e': effect, 'p': period_end}) OVER (PARTITION BY symbol ORDER BY effect) AS period_end",
    shows: ['features'],
    leaks: null,
  },
  'statements in their newest version, from the end of their quarter on': {
    file: STATES,
    from: 'FROM fundamentals t ${row.join}',
    to: `FROM (SELECT * REPLACE (CAST(period_end AS TIMESTAMPTZ) AS knowledge_ts) FROM (SELECT * FROM fundamentals
      QUALIFY row_number() OVER (PARTITION BY symbol, period_end ORDER BY knowledge_ts DESC, seq DESC) = 1)) t \${row.join}`,
    shows: ['features', 'cross-section'],
    leaks: ['earnings'],
  },
  'training rows adjusted as known at the as-of instant': {
    file: 'decision-windows.ts',
    from: 'a.effect <= ${horizon} AND a.until >= ${horizon}',
    to: 'a.until = ${FOREVER}',
    shows: ['features'],
    leaks: ['return_5'],
  },
  'levels anchored at the as-of instant': {
    file: 'decision-windows.ts',
    from: 'coalesce(f.price, 1) AS price_anchor',
    to: 'coalesce((SELECT max_by(x.price, x.from_idx) FROM factors x WHERE x.run = b.run), 1) AS price_anchor',
    shows: ['features'],
    leaks: ['level'],
  },
  'labels from the decision bar': {
    file: 'forward-labels.ts',
    from: 'const entry = String(label.entryDelaySessions);',
    to: "const entry = '0';",
    shows: ['labels'],
    leaks: null,
  },
  'labels from versions that came after the as-of instant': {
    file: 'forward-labels.ts',
    from: 'const known = `knowledge_ts <= ${instantLiteral(asOf)}`;',
    to: "const known = asOf === '' ? 'false' : 'true';",
    shows: ['labels'],
    leaks: ['label'],
  },
};

/** The naive readings that the reference data count wrong rows of, and the mutation that stands for each. */
const NAIVE_READINGS: Readonly<Record<string, string>> = {
  latest_fund: 'statements in their newest version, from the end of their quarter on',
  no_restatement: 'first versions only',
  corrected_prices: 'prices by their event time only',
  future_splits: 'splits of the future',
  todays_members: "today's members on all days",
  strict_less: 'knowledge strictly before the instant',
};

interface Result {
  readonly session: readonly string[];
  readonly symbol: readonly string[];
  readonly features: readonly (number | null)[];
  readonly label: readonly (number | null)[];
  readonly leaks:
    readonly { readonly column: string; readonly session: string; readonly symbol: string }[] | null;
  readonly tables: readonly string[];
}

let scratch = '';
let folder = '';
let asOf = 0;
let instants: readonly number[] = [];
let decisions: readonly ReferenceDecision[] = [];
let sections: readonly (readonly OracleRow[])[] = [];

beforeAll(async () => {
  scratch = await temporaryFolder();
  const made = withLateRestatement(makeOracleFolder(SEED));
  folder = await writeCsvFolder(join(scratch, 'market'), csvOf(made, SEED));
  asOf = (made.calendar[66]?.close ?? 0) + 3_600_000;
  instants = made.instants.slice(0, 4);
  decisions = referenceDecisions(made, asOf, SESSIONS_BEFORE);
  sections = instants.map((instant) => referenceRows(made, instant));
});

afterAll(async () => {
  await rm(scratch, { recursive: true, force: true });
});

/** One more version of the oldest quarter of the first symbol, published in the midst of the rows. */
function withLateRestatement(made: OracleFolder): OracleFolder {
  const [oldest] = [...made.fundamentals].sort((a, b) =>
    a.symbol === b.symbol ? (a.periodEnd < b.periodEnd ? -1 : 1) : a.symbol < b.symbol ? -1 : 1,
  );
  const known = made.calendar[30]?.close;
  if (oldest === undefined || known === undefined) throw new Error('no statement to restate');
  return { ...made, fundamentals: [...made.fundamentals, { ...oldest, version: 9, known, eps: 77 }] };
}

/** A tree of sources beside the real one, in which one text is another. */
async function treeWith(name: string, mutation: Mutation | null): Promise<string> {
  const tree = join(scratch, name);
  await mkdir(tree);
  await cp(join(ROOT, 'extraction'), join(tree, 'extraction'), { recursive: true });
  for (const shared of ['contracts', 'market', 'node_modules', 'package.json'])
    await symlink(join(ROOT, shared), join(tree, shared));
  if (mutation !== null) {
    const path = join(tree, 'extraction', mutation.file);
    const text = await readFile(path, 'utf8');
    const changed = text.replaceAll(mutation.from, () => mutation.to);
    expect(changed, 'the text to mutate is no longer there').not.toBe(text);
    await writeFile(path, changed);
  }
  return tree;
}

async function resultOf(name: string, mutation: Mutation | null): Promise<Result> {
  const place = name.replaceAll(/[^a-z]/gu, '-');
  const tree = await treeWith(place, mutation);
  const out = join(scratch, `${place}-out`);
  const script = join(import.meta.dirname, 'fixture-mutant.ts');
  const iso = instants.map((instant) => new Date(instant).toISOString()).join(',');
  const audited = mutation === null || mutation.leaks !== null ? 'audit' : 'no-audit';
  await run(process.execPath, [script, tree, folder, new Date(asOf).toISOString(), out, iso, audited]);
  return JSON.parse(await readFile(join(out, 'result.json'), 'utf8')) as Result;
}

const differ = (found: number | null, wanted: number | null): boolean =>
  found === null || wanted === null
    ? found !== wanted
    : Math.abs(found - wanted) > 2e-6 * Math.max(1e-3, Math.abs(wanted));

/** Labels as ranks of the reference's forward returns among the rows of each session. */
function referenceLabels(): readonly (number | null)[] {
  return decisions.map(({ session, forward }) => {
    const known = decisions.filter((other) => other.session === session && other.forward !== null);
    if (forward === null || known.length < 2) return null;
    const below = known.filter((other) => (other.forward ?? 0) < forward - 1e-12).length;
    const above = known.filter((other) => (other.forward ?? 0) > forward + 1e-12).length;
    return (below - above) / (2 * (known.length - 1));
  });
}

/** Parts of a result in which it differs from plain loops. */
async function partsThatDiffer(result: Result): Promise<readonly Part[]> {
  const parts: Part[] = [];
  const keys = (rows: readonly { readonly session: string; readonly symbol: string }[]): string =>
    rows.map(({ session, symbol }) => `${session} ${symbol}`).join('\n');
  const rows = result.session.map((session, row) => ({ session, symbol: result.symbol[row] ?? '', row }));
  if (keys(rows) !== keys(decisions)) parts.push('members');
  const byKey = new Map(rows.map(({ session, symbol, row }) => [`${session} ${symbol}`, row]));
  const labels = referenceLabels();
  const wrong = { features: false, labels: false };
  decisions.forEach((decision, at) => {
    const row = byKey.get(`${decision.session} ${decision.symbol}`);
    if (row === undefined) return;
    wrong.features ||= decision.features.some((value, column) =>
      differ(result.features[row * decision.features.length + column] ?? null, value),
    );
    wrong.labels ||= differ(result.label[row] ?? null, labels[at] ?? null);
  });
  if (wrong.features) parts.push('features');
  if (wrong.labels) parts.push('labels');
  for (const [at, file] of result.tables.entries()) {
    const found = await rowsOf(
      `SELECT * REPLACE (strftime(as_of, '%Y-%m-%dT%H:%M:%S.%gZ') AS as_of) FROM '${file}' ORDER BY symbol`,
    );
    if (wrongCells(found, sections[at] ?? []).length > 0 && !parts.includes('cross-section'))
      parts.push('cross-section');
  }
  return parts;
}

describe('the comparison with plain loops', () => {
  it(
    'finds nothing in the extraction as it is, nor does the leak audit',
    async () => {
      const result = await resultOf('as it is', null);
      expect(await partsThatDiffer(result)).toEqual([]);
      expect(result.leaks).toEqual([]);
      expect(result.session.length).toBeGreaterThan(300);
    },
    PROCESS_MS,
  );

  it('is asked about every naive reading that the reference data know', async () => {
    const manifest = await readFile(join(ROOT, 'tests', 'golden', 'data', 'pit', 'manifest.json'), 'utf8');
    const { naive_rows_wrong: known } = JSON.parse(manifest) as { naive_rows_wrong: Record<string, number> };
    expect(Object.keys(NAIVE_READINGS).sort()).toEqual(Object.keys(known).sort());
    for (const name of Object.values(NAIVE_READINGS)) expect(Object.keys(MUTATIONS)).toContain(name);
  });

  it.each(Object.entries(MUTATIONS))(
    'turns red on %s',
    async (name, mutation) => {
      const result = await resultOf(name, mutation);
      expect(await partsThatDiffer(result)).toEqual(expect.arrayContaining([...mutation.shows]));
      if (mutation.leaks === null) return;
      const columns = new Set(result.leaks?.map(({ column }) => column));
      expect([...columns]).toEqual(expect.arrayContaining([...mutation.leaks]));
    },
    PROCESS_MS,
  );
});
