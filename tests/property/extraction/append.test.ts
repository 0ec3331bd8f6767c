import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LabelSpec } from '../../../contracts/spec.ts';
import { appendToFolder } from '../../../extraction/folder-append.ts';
import { closeMarketFolders } from '../../../extraction/folder-cache.ts';
import { extractSnapshot } from '../../../extraction/snapshot.ts';
import { RandomStream } from '../../../market/random.ts';
import { rewriteFolder, rowsOf, temporaryFolder, TINY_FEATURES } from '../../unit/extraction/small-market.ts';

/**
 * The golden folder cut at random instants into a base and a row of appends. After every append the snapshots of all
 * instants so far must have the ids that the whole folder gives, and repeating the append must add nothing. All 200 cuts:
 * APPEND_TEST_APPENDS=20 APPEND_TEST_SEEDS=10 npx vitest run tests/property/extraction/append.test.ts
 */
const GOLDEN = join(import.meta.dirname, '..', '..', 'golden', 'data', 'pit');
const DATED = ['prices', 'fundamentals', 'corporate_actions', 'membership'];
const APPENDS = Number(process.env['APPEND_TEST_APPENDS'] ?? 5);
const SEEDS = Number(process.env['APPEND_TEST_SEEDS'] ?? 1);

let scratch = '';
let instants: readonly string[] = [];

beforeAll(async () => {
  scratch = await temporaryFolder();
  const rows = await rowsOf(
    `SELECT strftime(close_ts + INTERVAL 60 MINUTE, '%Y-%m-%dT%H:%M:%S.%gZ') AS decided
     FROM '${join(GOLDEN, 'calendar.parquet')}' ORDER BY session_date`,
  );
  instants = rows.map((row) => String(row['decided']));
});

afterAll(async () => {
  await closeMarketFolders();
  await rm(scratch, { recursive: true, force: true });
});

async function idAt(folder: string, asOf: string): Promise<string> {
  const { manifest } = await extractSnapshot({
    folder,
    market: 'XTAI',
    features: { sql: TINY_FEATURES },
    asOf,
    label: LabelSpec.parse({ horizonSessions: 2 }),
    fromSession: null,
    outDir: join(scratch, 'out'),
  });
  return manifest.snapshotId;
}

const wholeIds = new Map<string, Promise<string>>();

/** The id that the whole folder gives, computed once for all seeds. */
function idOfWhole(asOf: string): Promise<string> {
  const id = wholeIds.get(asOf) ?? idAt(GOLDEN, asOf);
  wholeIds.set(asOf, id);
  return id;
}

/** What became known in (after, upTo], as a folder of loose tables. */
async function slice(name: string, after: string, upTo: string): Promise<string> {
  const within = (column: string): string =>
    `${column} > TIMESTAMPTZ '${after}' AND ${column} <= TIMESTAMPTZ '${upTo}'`;
  const queries: Record<string, string> = {
    ...Object.fromEntries(
      DATED.map((table) => [table, `SELECT * FROM ${table} WHERE ${within('knowledge_ts')}`]),
    ),
    symbols: `SELECT * REPLACE (CASE WHEN delisting_knowledge_ts <= TIMESTAMPTZ '${upTo}' THEN delisted_date END AS delisted_date,
        CASE WHEN delisting_knowledge_ts <= TIMESTAMPTZ '${upTo}' THEN delisting_knowledge_ts END AS delisting_knowledge_ts)
      FROM symbols`,
    calendar: `SELECT * FROM calendar WHERE open_ts <= TIMESTAMPTZ '${upTo}' + INTERVAL 20 DAY`,
  };
  return rewriteFolder(GOLDEN, join(scratch, name), queries);
}

describe('appending what became known later', () => {
  it.each(Array.from({ length: SEEDS }, (_, seed) => seed))(
    'never moves the snapshot of an earlier instant, and repeats without effect (seed %i)',
    async (seed) => {
      const random = new RandomStream(seed + 1, 0);
      const cuts = new Set<number>([60]);
      while (cuts.size < APPENDS + 1) {
        cuts.add(61 + Math.floor(random.uniform() * (instants.length - 61)));
      }
      const steps = [...cuts].sort((a, b) => a - b).map((at) => instants[at] ?? '');
      const first = steps[0] ?? '';
      const folder = await slice(`base-${String(seed)}`, '1970-01-01T00:00:00.000Z', first);
      const ids = new Map([[first, await idAt(folder, first)]]);
      for (const [at, instant] of steps.entries()) {
        if (at === 0) continue;
        const from = await slice(`day-${String(seed)}-${String(at)}`, steps[at - 1] ?? '', instant);
        const report = await appendToFolder({ folder, from, knownAt: null });
        expect(report.part).toBe(`parts/${String(at).padStart(6, '0')}`);
        const [newest = ''] = [...ids.keys()].slice(-1);
        const some = [...ids.keys()].filter(
          (earlier) => earlier === newest || random.uniform() < 3 / ids.size,
        );
        for (const earlier of some) expect(await idAt(folder, earlier), earlier).toBe(ids.get(earlier));
        expect(await appendToFolder({ folder, from, knownAt: null })).toMatchObject({ part: null });
        ids.set(instant, await idAt(folder, instant));
      }
      expect((await readdir(join(folder, 'parts'))).length).toBe(APPENDS);
      for (const [instant, id] of ids) expect(await idAt(folder, instant), instant).toBe(id);
      // The second route: a folder that held everything from the beginning.
      for (const [instant, id] of ids) expect(await idOfWhole(instant), instant).toBe(id);
    },
    600_000,
  );
});
