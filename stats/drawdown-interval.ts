import { maximumDrawdown } from './drawdown.ts';
import { finiteSeries, quantileOfSorted, requireLength, requireRange } from './series.ts';
import type { Series } from './series.ts';
import { StationaryBootstrap } from './stationary-bootstrap.ts';

export interface DrawdownIntervalOptions {
  readonly returns: Series;
  readonly name?: string;
  /** Mean block of the stationary bootstrap in sessions, at least the hold. */
  readonly block: number;
  readonly seed: number;
  /** 20 .. 1,000,000. */
  readonly replicates: number;
  readonly confidence?: number;
}

export interface DrawdownInterval {
  /** Of the returns in the order they came. */
  readonly maximum: number;
  readonly lower: number;
  readonly median: number;
  readonly upper: number;
  readonly confidence: number;
  /** Share of resamples that fell further than the returns themselves: near 1, the order was lucky. */
  readonly shareDeeper: number;
  readonly replicates: number;
}

/**
 * How deep the maximum drawdown of the same returns could have been in another order: percentiles over the stationary
 * bootstrap. A maximum over one path is the least stable number of a track record; the upper end is what to plan with.
 * Replicate r of seed s is a pure function of (s, r). Throws as `maximumDrawdown`, `SampleTooShort` under 20 sessions.
 */
export function drawdownInterval(options: DrawdownIntervalOptions): DrawdownInterval {
  const { replicates, confidence = 0.9, name = 'returns' } = options;
  requireLength(options.returns, 20, name);
  requireRange('replicates', replicates, 20, 1_000_000, 'integer');
  requireRange('confidence', confidence, 0.5, 0.999);
  const series = finiteSeries(options.returns, name);
  const { maximum } = maximumDrawdown(series, name);
  const bootstrap = new StationaryBootstrap(series.length, options.block, options.seed);
  let deeper = 0;
  const falls = Float64Array.from({ length: replicates }, (_, replicate) => {
    let equity = 1;
    let high = 1;
    let worst = 0;
    for (const row of bootstrap.indices(replicate)) {
      equity *= 1 + (series[row] ?? 0);
      if (equity > high) high = equity;
      else if (1 - equity / high > worst) worst = 1 - equity / high;
    }
    if (worst > maximum) deeper += 1;
    return worst;
  }).sort();
  const tail = (1 - confidence) / 2;
  return {
    maximum,
    lower: quantileOfSorted(falls, tail),
    median: quantileOfSorted(falls, 0.5),
    upper: quantileOfSorted(falls, 1 - tail),
    confidence,
    shareDeeper: deeper / replicates,
    replicates,
  };
}
