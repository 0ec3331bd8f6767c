import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LabelSpec } from '../../../contracts/spec.ts';
import { appendToFolder } from '../../../extraction/folder-append.ts';
import { closeMarketFolders } from '../../../extraction/folder-cache.ts';
import { extractSnapshot } from '../../../extraction/snapshot.ts';
import { RandomStream } from '../../../market/random.ts';
import { rewriteFolder, rowsOf, TINY_FEATURES } from '../../unit/extraction/small-market.ts';

const GOLDEN = join(import.meta.dirname, '..', '..', 'golden', 'data', 'pit');
const DATED = ['prices', 'fundamentals', 'corporate_actions', 'membership'];
const BEGINNING = '1970-01-01T00:00:00.000Z';
const MINUTE = 60_000;
/** Sessions of the golden calendar that the first folder of a cut holds. */
const FIRST_CUT = 60;
/** Every seed takes another quarter of the golden symbols: cheaper, and other company each time. */
const SYMBOL_PARTS = 4;
const REPEATED = 0.25;

/** What one append did to the snapshots of earlier instants. */
export interface AppendOutcome {
  /** Rows that the append added. */
  readonly rows: number;
  /** Snapshots that were extracted again, and what moved. */
  readonly compared: number;
  readonly moved: readonly string[];
}

/**
 * Cuts part of the golden folder at random instants into a base and a row of appends. After each of them some snapshots of
 * earlier instants, the newest among them, are extracted again, and now and then the append is repeated, which must add
 * nothing; after the last all are, from the appended folder and from one that held everything from the beginning.
 */
export async function* appendedMarkets(
  scratch: string,
  seed: number,
  appends: number,
): AsyncGenerator<AppendOutcome> {
  const random = new RandomStream(seed + 1, 0);
  const place = join(scratch, `seed-${String(seed)}`);
  const own = `hash(symbol || '${String(seed)}') % ${String(SYMBOL_PARTS)} = 0`;
  const steps = await randomInstants(random, appends);
  const [first = ''] = steps;
  const folder = await slice(join(place, 'folder'), own, BEGINNING, first);
  const whole = await slice(join(place, 'whole'), own, BEGINNING, '2100-01-01T00:00:00.000Z');
  const ids = new Map([[first, await idAt(folder, place, first)]]);
  const moved = async (from: string, instants: readonly string[]): Promise<string[]> => {
    const wrong: string[] = [];
    for (const instant of instants) {
      if ((await idAt(from, place, instant)) !== ids.get(instant))
        wrong.push(`${instant} of seed ${String(seed)}`);
    }
    return wrong;
  };
  for (const [at, instant] of steps.entries()) {
    if (at === 0) continue;
    const from = await slice(join(place, `append-${String(at)}`), own, steps[at - 1] ?? '', instant);
    const report = await appendToFolder({ folder, from, knownAt: null });
    const known = [...ids.keys()];
    const again = known.filter((earlier) => earlier === known.at(-1) || random.uniform() < 2 / known.length);
    const wrong = await moved(folder, again);
    if (random.chance(REPEATED)) {
      const repeated = await appendToFolder({ folder, from, knownAt: null });
      if (repeated.part !== null)
        wrong.push(`append ${String(at)} of seed ${String(seed)}, repeated, added rows`);
    }
    ids.set(instant, await idAt(folder, place, instant));
    let compared = again.length;
    if (at === steps.length - 1) {
      wrong.push(...(await moved(folder, known)), ...(await moved(whole, [...ids.keys()])));
      compared += known.length + ids.size;
    }
    const rows = report.tables.reduce((sum, { added }) => sum + added, 0);
    yield { rows, compared, moved: wrong };
  }
  await closeMarketFolders();
  await rm(place, { recursive: true, force: true });
}

/** Instants in order, each up to 20 hours after a session of its own was decided. */
async function randomInstants(random: RandomStream, appends: number): Promise<readonly string[]> {
  const rows = await rowsOf(
    `SELECT CAST(epoch_ms(close_ts + INTERVAL 60 MINUTE) AS DOUBLE) AS decided FROM '${join(GOLDEN, 'calendar.parquet')}' ORDER BY session_date`,
  );
  const cuts = new Set([FIRST_CUT]);
  while (cuts.size < appends + 1) cuts.add(random.integerBetween(FIRST_CUT + 1, rows.length - 1));
  return [...cuts]
    .sort((a, b) => a - b)
    .map((at) => {
      const later = random.chance(0.5) ? 0 : random.integerBetween(1, 1200);
      return new Date(Number(rows[at]?.['decided']) + later * MINUTE).toISOString();
    });
}

/** What became known in (after, upTo] about the symbols of a condition, as a folder of loose tables. */
function slice(out: string, own: string, after: string, upTo: string): Promise<string> {
  const within = `knowledge_ts > TIMESTAMPTZ '${after}' AND knowledge_ts <= TIMESTAMPTZ '${upTo}'`;
  const delisted = `delisting_knowledge_ts <= TIMESTAMPTZ '${upTo}'`;
  return rewriteFolder(GOLDEN, out, {
    ...Object.fromEntries(DATED.map((table) => [table, `SELECT * FROM ${table} WHERE ${own} AND ${within}`])),
    symbols: `SELECT * REPLACE (CASE WHEN ${delisted} THEN delisted_date END AS delisted_date,
        CASE WHEN ${delisted} THEN delisting_knowledge_ts END AS delisting_knowledge_ts) FROM symbols WHERE ${own}`,
    calendar: `SELECT * FROM calendar WHERE open_ts <= TIMESTAMPTZ '${upTo}' + INTERVAL 20 DAY`,
  });
}

async function idAt(folder: string, place: string, asOf: string): Promise<string> {
  const { manifest } = await extractSnapshot({
    folder,
    market: 'XTAI',
    features: { sql: TINY_FEATURES },
    asOf,
    label: LabelSpec.parse({ horizonSessions: 2 }),
    fromSession: null,
    outDir: join(place, 'out'),
  });
  return manifest.snapshotId;
}
