import { walkCombinations } from './block-combinations.ts';
import { argmax, cscv, doubledRank, prepareCscv } from './cscv.ts';
import type { CscvOptions } from './cscv.ts';
import { SampleTooShort } from './errors.ts';
import { quantileOfSorted, requireRange } from './series.ts';
import { StationaryBootstrap } from './stationary-bootstrap.ts';

/** How PBO moves when one trial had not been made. */
export interface LeaveOneOut {
  readonly pbo: number;
  /** PBO over the other trials, by trial left out. */
  readonly without: Float64Array;
  readonly lowest: number;
  readonly highest: number;
  /** Share of trials without which PBO would lie on the other side of the threshold. */
  readonly flipRate: number;
}

/**
 * PBO without each trial in turn, in one walk over the combinations: leaving out a trial that is not the winner moves the
 * winner's rank by at most one; without the winner, the second in sample is followed.
 * @param threshold in (0, 1): PBO passes at or below it
 * Throws as `cscv`, and `SampleTooShort` under 3 trials.
 */
export function pboLeaveOneOut(options: CscvOptions, threshold: number): LeaveOneOut {
  requireRange('threshold', threshold, 0, 1);
  const { columns, score } = prepareCscv(options);
  const count = columns.length;
  if (count < 3) {
    throw new SampleTooShort(`leaving one of ${String(count)} trials out leaves no choice`, {
      remedy: 'Run more trials.',
    });
  }
  const overfit = new Float64Array(count);
  let combinations = 0;
  let overfitOfAll = 0;
  walkCombinations(options.splits, count, score, (_, inSample, outOfSample) => {
    combinations += 1;
    const winner = argmax(inSample);
    const doubled = doubledRank(outOfSample, winner);
    const reached = outOfSample[winner] ?? 0;
    if (doubled <= count + 1) overfitOfAll += 1;
    for (let left = 0; left < count; left += 1) {
      const value = outOfSample[left] ?? 0;
      const less = value < reached ? 2 : value === reached ? 1 : 0;
      // Among count - 1 trials the median rank is count / 2.
      if (left !== winner && doubled - less <= count) overfit[left] = (overfit[left] ?? 0) + 1;
    }
    if (secondRank(inSample, outOfSample, winner) <= count) overfit[winner] = (overfit[winner] ?? 0) + 1;
  });
  const pbo = overfitOfAll / combinations;
  const without = overfit.map((value) => value / combinations);
  const flips = without.filter((value) => value <= threshold !== pbo <= threshold).length;
  return {
    pbo,
    without,
    lowest: Math.min(...without),
    highest: Math.max(...without),
    flipRate: flips / count,
  };
}

/** Twice the out-of-sample rank, among the others, of the best in sample but one (first index among ties). */
function secondRank(inSample: Float64Array, outOfSample: Float64Array, winner: number): number {
  let second = winner === 0 ? 1 : 0;
  for (let column = second + 1; column < inSample.length; column += 1) {
    if (column !== winner && (inSample[column] ?? 0) > (inSample[second] ?? 0)) second = column;
  }
  const reached = outOfSample[second] ?? 0;
  const left = outOfSample[winner] ?? 0;
  return doubledRank(outOfSample, second) - (left < reached ? 2 : left === reached ? 1 : 0);
}

export interface PboInterval {
  readonly lower: number;
  readonly upper: number;
  /** Median over the resamples. */
  readonly median: number;
  readonly confidence: number;
  readonly replicates: number;
}

export interface PboIntervalOptions extends CscvOptions {
  /** Mean block of the stationary bootstrap in sessions, at least the hold. */
  readonly block: number;
  readonly seed: number;
  /** 20 .. 100,000; 200 give the ends to about 1.5 % in level. */
  readonly replicates: number;
  readonly confidence?: number;
}

/**
 * Percentile interval of PBO: sessions of all trials are resampled together by the stationary bootstrap, so that the trials
 * keep their correlation and the sessions their short-run dependence. It says what other sessions of the same kind could
 * have shown; CSCV itself has no sampling error, it enumerates. Replicate r of seed s is a pure function of (s, r).
 * Throws as `cscv`.
 */
export function pboInterval(options: PboIntervalOptions): PboInterval {
  const { block, seed, replicates, confidence = 0.9 } = options;
  requireRange('replicates', replicates, 20, 100_000, 'integer');
  requireRange('confidence', confidence, 0.5, 0.999);
  const { columns } = prepareCscv(options);
  const bootstrap = new StationaryBootstrap(columns[0]?.length ?? 0, block, seed);
  const values = Float64Array.from({ length: replicates }, (_, replicate) => {
    const rows = bootstrap.indices(replicate);
    const resampled = columns.map((column) => Float64Array.from(rows, (row) => column[row] ?? Number.NaN));
    return cscv({ ...options, columns: resampled }).pbo;
  }).sort();
  const tail = (1 - confidence) / 2;
  return {
    lower: quantileOfSorted(values, tail),
    upper: quantileOfSorted(values, 1 - tail),
    median: quantileOfSorted(values, 0.5),
    confidence,
    replicates,
  };
}
