import { autocovariance } from './stationary-variance.ts';
import { finiteSeries, mean, requireLength, requireVariation } from './series.ts';
import type { Series } from './series.ts';

export interface BlockLengths {
  /** Mean block length of the stationary bootstrap; may be below 1 for an uncorrelated series. */
  readonly stationary: number;
  /** Block length of the circular bootstrap. */
  readonly circular: number;
}

/**
 * Automatic block length for the bootstrap of a mean: Politis and White (Econometric Reviews 23, 2004) with the
 * correction of Patton, Politis and White (28, 2009), flat-top kernel, c = 2, K_N = max(5, log10 T).
 * Throws `NonFiniteValue`, `ConstantSeries`, `SampleTooShort` (under 20 values).
 */
export function politisWhiteBlock(values: Series, name = 'series'): BlockLengths {
  requireLength(values, 20, name);
  const series = finiteSeries(values, name);
  requireVariation(series, name);
  const rows = series.length;
  const centre = mean(series);
  const centred = series.map((value) => value - centre);
  const quiet = Math.max(5, Math.floor(Math.log10(rows)));
  const lagLimit = Math.min(Math.ceil(Math.sqrt(rows)) + quiet, rows - 2);
  const bandwidth = bandwidthOf(centred, quiet, lagLimit);
  let curvature = 0;
  let longRun = autocovariance(centred, 0);
  for (let lag = 1; lag <= bandwidth; lag += 1) {
    const flatTop = lag / bandwidth <= 0.5 ? 1 : 2 * (1 - lag / bandwidth);
    const covariance = autocovariance(centred, lag);
    curvature += 2 * flatTop * lag * covariance;
    longRun += 2 * flatTop * covariance;
  }
  const longest = Math.ceil(Math.min(3 * Math.sqrt(rows), rows / 3));
  const optimum = (d: number): number =>
    Math.min(Math.cbrt((2 * curvature ** 2) / d) * Math.cbrt(rows), longest);
  return { stationary: optimum(2 * longRun ** 2), circular: optimum((4 / 3) * longRun ** 2) };
}

/** Twice the first lag followed by `quiet` insignificant autocorrelations, at most `lagLimit`. */
function bandwidthOf(centred: Float64Array, quiet: number, lagLimit: number): number {
  const critical = 2 * Math.sqrt(Math.log10(centred.length) / centred.length);
  const correlations = Array.from({ length: lagLimit + 1 }, (_, lag) =>
    Math.abs(correlationAt(centred, lag)),
  );
  for (let lag = 0; lag + quiet <= lagLimit; lag += 1) {
    const window = correlations.slice(lag, lag + quiet);
    if (window.every((value) => value < critical)) return Math.min(2 * Math.max(lag, 1), lagLimit);
  }
  return lagLimit;
}

/** Autocorrelation normalised by the two overlapping stretches, which stays right for short series. */
function correlationAt(centred: Float64Array, lag: number): number {
  const rows = centred.length;
  const late = centred.subarray(lag + 1);
  const early = centred.subarray(0, rows - lag - 1);
  const energy = (part: Float64Array): number => autocovariance(part, 0) * part.length;
  return (autocovariance(centred, lag) * rows) / Math.sqrt(energy(late) * energy(early));
}
