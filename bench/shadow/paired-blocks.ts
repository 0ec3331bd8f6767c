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

/**
 * What a session of three shadows can do to the p99 of a day: it meets the share f of the requests, and may delay them by
 * anything. The p99 of all is then at most the quantile .99 / (1 - f) of those that it does not meet.
 */
export function dayBound(
  pairs: readonly BlockPair[],
  secondsPerSession: number,
): { readonly ofADay: number; readonly ofASession: number } {
  const alone = pairs.flatMap((pair) => pair.alone);
  const p99 = quantile(alone, SHARE);
  const moved = (seconds: number): number =>
    quantile(alone, Math.min(1, SHARE / (1 - secondsPerSession / seconds))) / p99 - 1;
  return { ofADay: moved(86_400), ofASession: moved(4.5 * 3600) };
}
