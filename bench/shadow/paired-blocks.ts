import { Philox } from '../../stats/philox.ts';
import { quantile } from '../load/load.ts';

/** Latencies of two neighbouring blocks, ms. */
export interface BlockPair {
  readonly alone: readonly number[];
  readonly beside: readonly number[];
}

/** Of ratios less 1: the median, and the 95 % interval of the bootstrap over blocks. */
export interface Change {
  readonly median: number;
  readonly lower: number;
  readonly upper: number;
}

export interface JudgedBlocks {
  readonly p99AloneMs: number;
  readonly p99BesideMs: number;
  readonly change: Change;
  /** Neighbouring blocks without challengers, against each other. */
  readonly noise: Change;
  /** Half the width of the noise: a change smaller than this cannot be told from none. */
  readonly resolution: number;
  readonly verdict: 'met' | 'missed' | 'not resolved';
}

const REPLICATES = 4000;
const SHARE = 0.99;

export function judgeBlocks(pairs: readonly BlockPair[], bar: number): JudgedBlocks {
  const alone = pairs.map((pair) => quantile(pair.alone, SHARE));
  const beside = pairs.map((pair) => quantile(pair.beside, SHARE));
  const change = changeOf(alone.map((p99, at) => (beside[at] ?? Number.NaN) / p99));
  // In the order A B B A A B B A every second pair ends where the next one begins: alone beside alone.
  const noise = changeOf(
    alone.flatMap((p99, at) =>
      at % 2 === 1 && at + 1 < alone.length ? [(alone[at + 1] ?? Number.NaN) / p99] : [],
    ),
  );
  const verdict = change.upper < bar ? 'met' : change.lower >= bar ? 'missed' : 'not resolved';
  return {
    ...{ p99AloneMs: quantile(alone, 0.5), p99BesideMs: quantile(beside, 0.5), change, noise, verdict },
    resolution: (noise.upper - noise.lower) / 2,
  };
}

function changeOf(ratios: readonly number[]): Change {
  const random = new Philox(1, 0);
  const medians = Array.from({ length: REPLICATES }, () =>
    quantile(
      ratios.map(() => ratios[random.nextBelow(ratios.length)] ?? Number.NaN),
      0.5,
    ),
  );
  return {
    median: quantile(ratios, 0.5) - 1,
    lower: quantile(medians, 0.025) - 1,
    upper: quantile(medians, 0.975) - 1,
  };
}

/** What the p99 of a window of time becomes when one session of three shadows is scored within it. */
export interface WindowChange {
  /** Share of the window in which they are scored. */
  readonly share: number;
  /**
   * As measured: the requests of the blocks with challengers and of those without, mixed in that share, against those without. The
   * 95 % interval is that of the bootstrap over pairs of blocks.
   */
  readonly change: Change;
  /**
   * Whatever the shadows do to the requests they meet: the p99 of all is at most the quantile .99 / (1 - share) of the others. Null:
   * they meet more than one request in a hundred, and nothing bounds it.
   */
  readonly atMost: number | null;
}

/** @throws RangeError when the session takes longer than the window */
export function windowChange(
  pairs: readonly BlockPair[],
  secondsPerSession: number,
  windowSeconds: number,
): WindowChange {
  const share = secondsPerSession / windowSeconds;
  if (!(share < 1)) throw new RangeError('a session of shadows has to end within the window');
  const sorted = pairs.map(({ alone, beside }) => ({ alone: ascending(alone), beside: ascending(beside) }));
  const values = ascending(pairs.flatMap(({ alone, beside }) => [...alone, ...beside]));
  const changeOfSample = (sample: readonly SortedPair[]): number =>
    mixedQuantile(sample, share, values) / mixedQuantile(sample, 0, values) - 1;
  const random = new Philox(1, 1);
  const replicates = Array.from({ length: REPLICATES / 4 }, () =>
    changeOfSample(sorted.map((pair) => sorted[random.nextBelow(sorted.length)] ?? pair)),
  );
  const alone = pairs.flatMap((pair) => pair.alone);
  return {
    share,
    change: {
      median: changeOfSample(sorted),
      lower: quantile(replicates, 0.025),
      upper: quantile(replicates, 0.975),
    },
    atMost: share < 1 - SHARE ? quantile(alone, SHARE / (1 - share)) / quantile(alone, SHARE) - 1 : null,
  };
}

interface SortedPair {
  readonly alone: Float64Array;
  readonly beside: Float64Array;
}

const ascending = (values: readonly number[]): Float64Array => Float64Array.from(values).sort();

/** The smallest of `values` at or below which .99 of the requests lie, `share` of them being those beside the challengers. */
function mixedQuantile(sample: readonly SortedPair[], share: number, values: Float64Array): number {
  const count = (blocks: readonly Float64Array[]): number =>
    blocks.reduce((sum, { length }) => sum + length, 0);
  const alone = sample.map((pair) => pair.alone);
  const beside = sample.map((pair) => pair.beside);
  const below = (blocks: readonly Float64Array[], value: number): number =>
    blocks.reduce((sum, block) => sum + atMost(block, value), 0) / count(blocks);
  const enough = (value: number): boolean =>
    (1 - share) * below(alone, value) + share * below(beside, value) >= SHARE - 1e-12;
  let [from, to] = [0, values.length - 1];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (enough(values[middle] ?? Number.NaN)) to = middle;
    else from = middle + 1;
  }
  return values[from] ?? Number.NaN;
}

/** How many of an ascending list are no larger than a value. */
function atMost(sorted: Float64Array, value: number): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((sorted[middle] ?? Number.NaN) <= value) from = middle + 1;
    else to = middle;
  }
  return from;
}
