import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LabelSpec } from '../../../contracts/spec.ts';
import { closeMarketFolders } from '../../../extraction/folder-cache.ts';
import { extractSnapshot } from '../../../extraction/snapshot.ts';
import { RandomStream } from '../../../market/random.ts';
import { csvOf, makeOracleFolder } from '../../golden/extraction/oracle-folder.ts';
import type { OracleFolder } from '../../golden/extraction/oracle-folder.ts';
import { rowsOf, writeCsvFolder } from '../../unit/extraction/small-market.ts';

/** Statements, bars, ratios, ranks, sectors, levels and the market's mean: something of everything an extraction does. */
const FEATURES = `-- feature-set: permuted
-- views: 1
-- lookback: 25
-- warm-up: 10
-- bars: close, ret[20], volume[5], market_ret[1]
-- bar own[20]: ret * market_ret
-- fundamentals: yes
-- levels: yes
-- far close_24: close at 24
-- column return_5 rank: return over 5 sessions
-- column deviation: standard deviation of 20 returns
-- column beta: product of returns and market
-- column far: return over 24 sessions
-- column sector sector_relative: volume over its mean
-- column earnings: over price
SELECT symbol, session_index, close[-1] / close[-6] AS return_5, deviation_of(ret, 10) AS deviation,
  mean_of(own, 5) AS beta, close[-1] / close_24 AS far,
  volume[-1] / nullif(mean_of(volume, 3), 0) AS sector, fund_eps / (close[-1] * price_anchor) AS earnings
FROM windows
`;

const LAG = 3_600_000;

/** Rows of every table that nobody knew at the as-of instant: corrections, drops, splits and restatements of everything. */
function withLaterKnowledge(folder: OracleFolder, asOf: number, random: RandomStream): OracleFolder {
  const later = (): number => asOf + 1 + random.integerBetween(0, 3) * 86_400_000;
  const some = <T>(rows: readonly T[]): readonly T[] => rows.filter(() => random.chance(0.3));
  const seq = (at: number): number => 200_000 + at;
  return {
    ...folder,
    prices: [
      ...folder.prices,
      ...some(folder.prices).map((row, at) => ({
        ...row,
        known: Math.max(later(), row.known),
        close: row.close * 2,
        high: row.high * 3,
        seq: seq(at),
      })),
    ],
    fundamentals: [
      ...folder.fundamentals,
      ...some(folder.fundamentals).map((row, at) => ({
        ...row,
        known: Math.max(later(), row.known),
        eps: 99,
        version: 9,
        seq: seq(at),
      })),
    ],
    actions: [
      ...folder.actions,
      ...some(folder.actions).map((row, at) => ({ ...row, known: later(), ratio: 7, seq: seq(at) })),
    ],
    membership: [
      ...folder.membership,
      ...some(folder.membership).map((row, at) => ({
        ...row,
        known: later(),
        action: 'drop' as const,
        seq: seq(at),
      })),
    ],
  };
}

/**
 * Snapshot ids of one market under `count` random permutations of what must not matter. The first is the market as it is.
 */
export async function permutedIds(scratch: string, seed: number, count: number): Promise<readonly string[]> {
  const made = makeOracleFolder(seed);
  const asOf = (made.calendar[60]?.close ?? 0) + LAG;
  const random = new RandomStream(seed, 99);
  const ids: string[] = [];
  for (let permutation = 0; permutation < count; permutation += 1) {
    const place = join(scratch, `permutation-${String(permutation)}`);
    const changed = permutation > 0 && random.chance(0.6) ? withLaterKnowledge(made, asOf, random) : made;
    const folder = await writeCsvFolder(place, csvOf(changed, permutation));
    if (random.chance(0.5)) await asParquet(folder, random);
    ids.push(
      await extractedId(folder, join(place, 'out'), asOf, {
        threads: permutation === 0 ? 2 : random.integerBetween(1, 4),
        sessionsPerBlock: permutation === 0 ? 60 : random.integerBetween(1, 60),
      }),
    );
    await closeMarketFolders();
    await rm(place, { recursive: true, force: true });
  }
  return ids;
}

async function extractedId(
  folder: string,
  outDir: string,
  asOf: number,
  how: { readonly threads: number; readonly sessionsPerBlock: number },
): Promise<string> {
  await mkdir(outDir);
  const { manifest } = await extractSnapshot({
    folder,
    market: 'XTAI',
    features: { sql: FEATURES },
    asOf: new Date(asOf).toISOString(),
    label: LabelSpec.parse({}),
    fromSession: null,
    outDir,
    limits: { threads: how.threads, memoryLimitMb: 1024 },
    sessionsPerBlock: how.sessionsPerBlock,
  });
  return manifest.snapshotId;
}

/** The bars as Parquet with row groups of a random size; Parquet wins over the CSV beside it. */
async function asParquet(folder: string, random: RandomStream): Promise<void> {
  const instants = ['event_ts', 'knowledge_ts'].map((name) => `CAST(${name} AS TIMESTAMPTZ) AS ${name}`);
  const group = 2048 * random.integerBetween(1, 4);
  await rowsOf(
    `COPY (SELECT * REPLACE (CAST(symbol AS VARCHAR) AS symbol, ${instants.join(', ')})
      FROM read_csv('${join(folder, 'prices.csv')}', header = true))
     TO '${join(folder, 'prices.parquet')}' (FORMAT parquet, ROW_GROUP_SIZE ${String(group)})`,
  );
}
