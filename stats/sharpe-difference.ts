import { ConstantSeries } from './errors.ts';
import { bartlettVariance } from './hac.ts';
import { normalCdf } from './normal.ts';
import { finiteSeries, isConstant, requireLength, requireRange, requireSameLength } from './series.ts';
import type { Series } from './series.ts';
import { sharpeInfluence } from './sharpe-influence.ts';
import { studentQuantile } from './student-t.ts';

export interface SharpeDifferenceOptions {
  /** Paired daily returns, same sessions. */
  readonly candidate: Series;
  readonly benchmark: Series;
  /** Autocorrelations counted (Bartlett): at least the overlap of the holds minus one. */
  readonly lag: number;
  /** One-sided level of the lower bound, in (0, 0.5]. */
  readonly alpha: number;
  /** Trading sessions in a year; scales the annualised numbers by its square root. */
  readonly sessionsPerYear: number;
}

export interface SharpeDifference {
  /** Per period: candidate minus benchmark. */
  readonly difference: number;
  readonly standardError: number;
  readonly tStatistic: number;
  /** Two-sided, normal. */
  readonly pValue: number;
  readonly annualisedDifference: number;
  readonly annualisedStandardError: number;
  /** Annualised: with confidence 1 - alpha the true difference lies above (Student's t with T - 1). */
  readonly lowerBound: number;
  /** Annualised: with confidence 1 - alpha the true difference lies below. */
  readonly upperBound: number;
  readonly candidateAnnualisedSharpe: number;
  readonly benchmarkAnnualisedSharpe: number;
  readonly observations: number;
  readonly lag: number;
}

/** Fewest pairs from which a variance of four moments is more than noise. */
const MIN_PAIRS = 20;

/**
 * Difference of two Sharpe ratios with a HAC standard error by the delta method: Ledoit and Wolf, "Robust performance
 * hypothesis testing with the Sharpe ratio", J. Empirical Finance 15 (2008), section 3.1, with Bartlett weights.
 *
 * The delta method over the moments (mu_a, mu_b, E a^2, E b^2) is one linear combination of the centred moments per
 * session; its long-run variance is that of the difference.
 *
 * Throws `NonFiniteValue`, `ShapeMismatch`, `SampleTooShort` (under 20 pairs), `ConstantSeries` (a flat series, or two
 * whose difference in Sharpe ratio has no variance, as a series and its multiple), `ParameterOutOfRange`.
 */
export function sharpeDifference(options: SharpeDifferenceOptions): SharpeDifference {
  const { lag, alpha, sessionsPerYear } = options;
  requireSameLength(options.candidate, options.benchmark, 'candidate', 'benchmark');
  requireLength(options.candidate, MIN_PAIRS, 'candidate');
  requireRange('alpha', alpha, 1e-9, 0.5);
  requireRange('lag', lag, 0, options.candidate.length - 1, 'integer');
  requireRange('sessionsPerYear', sessionsPerYear, 1, 366);
  const a = sharpeInfluence(finiteSeries(options.candidate, 'candidate'), 'candidate');
  const b = sharpeInfluence(finiteSeries(options.benchmark, 'benchmark'), 'benchmark');
  const combined = a.influence.map((value, row) => value - (b.influence[row] ?? 0));
  const observations = combined.length;
  const scale = Math.max(...a.influence.map(Math.abs), ...b.influence.map(Math.abs));
  const variance = bartlettVariance(combined, lag);
  if (isConstant(combined) || !(variance > (1e-12 * scale) ** 2)) {
    throw new ConstantSeries(
      'the difference of the two Sharpe ratios does not vary: the series are the same',
      {
        remedy: 'A series cannot be compared with itself or a multiple of it.',
      },
    );
  }
  const difference = a.sharpe - b.sharpe;
  const standardError = Math.sqrt(variance / observations);
  const annual = Math.sqrt(sessionsPerYear);
  const tStatistic = difference / standardError;
  const reach = studentQuantile(1 - alpha, observations - 1) * standardError;
  return {
    difference,
    standardError,
    tStatistic,
    pValue: 2 * normalCdf(-Math.abs(tStatistic)),
    annualisedDifference: annual * difference,
    annualisedStandardError: annual * standardError,
    lowerBound: annual * (difference - reach),
    upperBound: annual * (difference + reach),
    candidateAnnualisedSharpe: annual * a.sharpe,
    benchmarkAnnualisedSharpe: annual * b.sharpe,
    observations,
    lag,
  };
}
