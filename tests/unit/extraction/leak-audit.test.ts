import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { QualitySpec } from '../../../contracts/quality.ts';
import { LabelSpec } from '../../../contracts/spec.ts';
import { closeMarketFolders } from '../../../extraction/folder-cache.ts';
import { extractSnapshot } from '../../../extraction/snapshot.ts';
import type { ExtractedSnapshot } from '../../../extraction/snapshot.ts';
import { validateSnapshot } from '../../../extraction/validate.ts';
import type { ValidationReport } from '../../../extraction/validate.ts';
import { readRows } from '../../../extraction/table-files.ts';
import { rowsOf, simulatedFolder, temporaryFolder, TINY_FEATURES } from './small-market.ts';

/** An audit opens a dozen copies of the data: room for a busy machine. */
vi.setConfig({ testTimeout: 120_000 });

const ASKED_ROWS = 60;
/** Ranks, a lookback, a query in two steps: what an audit meets, and little to compute. */
const HONEST_SQL = `-- feature-set: audited
-- views: 1
-- lookback: 21
-- bars: close[21], ret[1]
-- column reversal_1 rank: return of the last session, reversed
-- column momentum_20 rank: return of the last month
WITH moments AS (SELECT *, close[-1] / close[-21] AS of_month FROM windows)
SELECT symbol, session_index, -ret[-1] AS reversal_1, of_month AS momentum_20 FROM moments
`;
let scratch = '';
let folder = '';
let asOf = '';
let honest: ExtractedSnapshot;

beforeAll(async () => {
  scratch = await temporaryFolder();
  folder = await simulatedFolder(join(scratch, 'market'), { sessions: 110 });
  const [session] = await rowsOf(
    `SELECT strftime(close_ts + INTERVAL 61 MINUTE, '%Y-%m-%dT%H:%M:%S.%gZ') AS decided
     FROM '${join(folder, 'calendar.parquet')}' ORDER BY session_date LIMIT 1 OFFSET 99`,
  );
  asOf = String(session?.['decided']);
  honest = await extracted(HONEST_SQL, 'honest');
});

afterAll(async () => {
  await closeMarketFolders();
  await rm(scratch, { recursive: true, force: true });
});

function extracted(sql: string, name: string): Promise<ExtractedSnapshot> {
  return extractSnapshot({
    folder,
    market: 'XTAI',
    features: { sql },
    asOf,
    label: LabelSpec.parse({}),
    fromSession: null,
    outDir: join(scratch, name),
    mayRead: 'anything',
  });
}

async function validated(
  snapshot: ExtractedSnapshot,
  changes: {
    readonly rowsPath?: string;
    readonly referencePath?: string;
    readonly minCoverage?: number;
  } = {},
): Promise<ValidationReport> {
  return validateSnapshot({
    folder,
    market: 'XTAI',
    manifest: snapshot.manifest,
    rowsPath: changes.rowsPath ?? snapshot.rowsPath,
    featureSql: await readFile(snapshot.featureSqlPath, 'utf8'),
    reference: changes.referencePath === undefined ? null : await readRows(changes.referencePath),
    sampleRows: ASKED_ROWS,
    seed: 3,
    bounds: { quality: QualitySpec.parse({}), minCoverage: changes.minCoverage ?? 0.9 },
  });
}

const verdicts = (report: ValidationReport): Record<string, string> =>
  Object.fromEntries([
    ...report.checks.map(({ name, verdict }) => [name, verdict] as const),
    ...report.quality.findings.map(({ measure, verdict }) => [measure, verdict] as const),
  ]);

/** Writes the rows of the honest snapshot with something changed. */
async function tampered(name: string, select: string): Promise<string> {
  const path = join(scratch, `${name}.parquet`);
  await rowsOf(`COPY (${select.replaceAll('ROWS', `'${honest.rowsPath}'`)}) TO '${path}' (FORMAT parquet)`);
  return path;
}

describe('the leak audit', () => {
  it('passes an honest snapshot, and rebuilds at least as many rows as asked', async () => {
    const report = await validated(honest, { referencePath: honest.rowsPath });
    expect(verdicts(report)).toMatchObject({
      schema: 'pass',
      labels: 'pass',
      coverage: 'pass',
      staleness: 'pass',
      drift: 'pass',
      leak: 'pass',
    });
    expect(report.leak.checkedRows).toBeGreaterThanOrEqual(ASKED_ROWS * 0.9);
    expect(report.leak.checkedSessions).toContain(honest.manifest.shape.lastSession);
  });

  it('finds a feature that looks at the next session, and names column and row', async () => {
    const peeking = HONEST_SQL.replace(
      '-ret[-1] AS reversal_1',
      `(SELECT max(p.close) FROM prices p JOIN sessions s ON s.session_date = p.session_date
        WHERE p.symbol = moments.symbol AND s.idx = moments.session_index + 1) AS reversal_1`,
    );
    const { leak } = await validated(await extracted(peeking, 'peeking'));
    expect(leak.leakedRows).toBeGreaterThan(0);
    expect(new Set(leak.leaks.map(({ column }) => column))).toEqual(new Set(['reversal_1']));
    const [first] = leak.leaks;
    expect(first).toMatchObject({ kind: 'feature', symbol: expect.any(String) as string });
    expect(leak.checkedSessions).toContain(first?.session);
  });

  it('finds a feature that reads the newest version of a bar instead of the one known at the time', async () => {
    const hindsight = HONEST_SQL.replace(
      '-ret[-1] AS reversal_1',
      `(SELECT arg_max(p.close, (p.knowledge_ts, p.seq)) FROM prices p JOIN sessions s ON s.session_date = p.session_date
        WHERE p.symbol = moments.symbol AND s.idx = moments.session_index) AS reversal_1`,
    );
    const { leak } = await validated(await extracted(hindsight, 'hindsight'));
    expect(new Set(leak.leaks.map(({ column }) => column))).toEqual(new Set(['reversal_1']));
  });

  it('finds a feature that reads beyond its declared lookback', async () => {
    const dishonest = TINY_FEATURES.replace(
      'ret[-1] AS up',
      `(SELECT min(p.close) FROM prices p WHERE p.symbol = windows.symbol AND p.session_date <= windows.session
        AND p.knowledge_ts <= windows.row_time) AS up`,
    );
    const { leak } = await validated(await extracted(dishonest, 'beyond'));
    expect(new Set(leak.leaks.map(({ column }) => column))).toEqual(new Set(['up']));
  });

  it('finds labels that were shifted to the decision bar, and labels inside the embargo', async () => {
    const rowsPath = await tampered(
      'labels',
      `SELECT * REPLACE (CAST(coalesce(lag(label) OVER (PARTITION BY symbol ORDER BY session), 0.25) AS FLOAT) AS label)
       FROM ROWS ORDER BY session, symbol`,
    );
    const report = await validated(honest, { rowsPath });
    expect(new Set(report.leak.leaks.map(({ kind, column }) => `${kind} ${column}`))).toEqual(
      new Set(['label label']),
    );
    expect(report.leak.leaks.some(({ rebuilt, found }) => rebuilt === null && found !== null)).toBe(true);
    expect(verdicts(report)['schema']).toBe('fail');
  });

  it('finds a row of a symbol that was not a member at the time', async () => {
    const last = honest.manifest.shape.lastSession;
    const rowsPath = await tampered(
      'membership',
      `SELECT * FROM ROWS UNION ALL
       (SELECT * REPLACE ('9999' AS symbol) FROM ROWS WHERE session = DATE '${last}' LIMIT 1) ORDER BY session, symbol`,
    );
    const { leak } = await validated(honest, { rowsPath });
    expect(leak.leaks).toContainEqual({
      kind: 'row',
      column: 'symbol',
      symbol: '9999',
      session: last,
      rebuilt: 0,
      found: 1,
    });
  });
});

describe('the other checks', () => {
  it('fail when too few members have a bar, and when a feature has moved', async () => {
    const referencePath = await tampered(
      'moved',
      `SELECT * REPLACE (CAST(momentum_20 + 0.4 AS FLOAT) AS momentum_20) FROM ROWS`,
    );
    const report = await validated(honest, { referencePath, minCoverage: 1 });
    expect(verdicts(report)).toMatchObject({ coverage: 'hold', drift: 'warn', leak: 'pass' });
    const drift = report.quality.findings.find(({ measure }) => measure === 'drift');
    expect(drift?.examples[0]?.text).toContain('momentum_20');
  });

  it('call a snapshot stale whose newest rows end before the as-of instant', async () => {
    const later = {
      ...honest.manifest.identity,
      asOf: new Date(Date.parse(asOf) + 9 * 86_400_000).toISOString(),
    };
    const report = await validated({ ...honest, manifest: { ...honest.manifest, identity: later } });
    expect(verdicts(report)['staleness']).toBe('fail');
  });
});
