import { symmetricEigenvalues } from './eigenvalues.ts';
import { SampleTooShort } from './errors.ts';
import {
  finiteSeries,
  mean,
  requireLength,
  requireSameLength,
  requireVariation,
  squaredDeviations,
} from './series.ts';
import type { Series } from './series.ts';
import { trialClusters } from './trial-clusters.ts';

/** Pearson correlations of N columns, row-major N x N. */
export function correlationMatrix(columns: readonly Series[], names: readonly string[] = []): Float64Array {
  const count = columns.length;
  const first = columns[0];
  if (first === undefined) throw new SampleTooShort('no series to correlate');
  const standardised = columns.map((column, index) => {
    const name = names[index] ?? `column ${String(index + 1)}`;
    requireLength(column, 3, name);
    requireSameLength(first, column, names[0] ?? 'column 1', name);
    const series = finiteSeries(column, name);
    requireVariation(series, name);
    const centre = mean(series);
    const norm = Math.sqrt(squaredDeviations(series));
    return series.map((value) => (value - centre) / norm);
  });
  const matrix = new Float64Array(count * count);
  standardised.forEach((a, i) => {
    matrix[i * count + i] = 1;
    standardised.slice(i + 1).forEach((b, offset) => {
      let sum = 0;
      for (let row = 0; row < a.length; row += 1) sum += (a[row] ?? 0) * (b[row] ?? 0);
      const j = i + 1 + offset;
      matrix[i * count + j] = sum;
      matrix[j * count + i] = sum;
    });
  });
  return matrix;
}

/** How many independent trials N correlated ones are worth, by the published estimators. They disagree widely. */
export interface EffectiveTrials {
  readonly raw: number;
  readonly averageCorrelation: number;
  /** N (1 - rho) + rho with the average correlation rho; Bailey and Lopez de Prado (2014), eq. 9. At most N. */
  readonly averageCorrelationFormula: number;
  /** (sum l)^2 / sum l^2 over eigenvalues. */
  readonly participationRatio: number;
  /** exp of the entropy of the eigenvalue shares; Roy and Vetterli, EUSIPCO 2007. */
  readonly entropyRank: number;
  /** 1 + (N - 1)(1 - var(l)/N); Nyholt, Am. J. Hum. Genet. 74 (2004). */
  readonly nyholt: number;
  /** sum of 1(l >= 1) + fractional part of l; Li and Ji, Heredity 95 (2005). */
  readonly liJi: number;
  /** (sum sqrt l)^2 / sum l over positive eigenvalues; Galwey, Genet. Epidemiol. 33 (2009). */
  readonly galwey: number;
  /** Clusters of the same bet; after Lopez de Prado and Lewis (2019), see `trialClusters`. */
  readonly clusters: number;
  /** Smallest and largest of all of the above. The largest is N itself: the conservative count. */
  readonly lowest: number;
  readonly highest: number;
}

/**
 * @param columns daily returns of each trial on the same sessions; two at least
 * Throws `NonFiniteValue`, `ShapeMismatch`, `ConstantSeries`, `SampleTooShort`.
 */
export function effectiveTrials(columns: readonly Series[], names: readonly string[] = []): EffectiveTrials {
  const raw = columns.length;
  if (raw < 2)
    throw new SampleTooShort(`correlation needs 2 trials, there is ${String(raw)}`, {
      remedy: 'Run more trials.',
    });
  const matrix = correlationMatrix(columns, names);
  const eigenvalues = symmetricEigenvalues(matrix, raw);
  let total = 0;
  for (const value of matrix) total += value;
  const averageCorrelation = (total - raw) / (raw * (raw - 1));
  const estimates = {
    averageCorrelationFormula: Math.min(raw, raw * (1 - averageCorrelation) + averageCorrelation),
    participationRatio: raw ** 2 / sumOf(eigenvalues, (value) => value * value),
    entropyRank: Math.exp(
      -sumOf(eigenvalues, (value) => (value > 0 ? (value / raw) * Math.log(value / raw) : 0)),
    ),
    nyholt: 1 + (raw - 1) * (1 - squaredDeviations(eigenvalues) / (raw - 1) / raw),
    liJi: sumOf(eigenvalues, liJiTerm),
    galwey:
      sumOf(eigenvalues, (value) => Math.sqrt(Math.max(0, value))) ** 2 /
      sumOf(eigenvalues, (value) => Math.max(0, value)),
    clusters: trialClusters(matrix, raw).count,
  };
  const values = [raw, ...Object.values(estimates)];
  return { raw, averageCorrelation, ...estimates, lowest: Math.min(...values), highest: Math.max(...values) };
}

/** An eigenvalue within rounding of an integer is that integer: duplicates would otherwise count by chance. */
function liJiTerm(eigenvalue: number): number {
  const nearest = Math.round(eigenvalue);
  const value = Math.abs(eigenvalue - nearest) < 1e-11 ? nearest : Math.abs(eigenvalue);
  return (value >= 1 ? 1 : 0) + (value - Math.floor(value));
}

function sumOf(values: Float64Array, term: (value: number) => number): number {
  let sum = 0;
  for (const value of values) sum += term(value);
  return sum;
}
