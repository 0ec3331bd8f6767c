import { mean, requireVariation, standardDeviation } from './series.ts';

export interface SharpeInfluence {
  /** Per period, sample deviation (T - 1). */
  readonly sharpe: number;
  /** First-order effect of each session on the ratio; the effects sum to zero. */
  readonly influence: Float64Array;
}

/**
 * The Sharpe ratio as a smooth function of mean and second moment: its gradient times the centred moments of each session.
 * The long-run variance of the effects is the asymptotic variance of the ratio (delta method; Lo, Financial Analysts Journal
 * 58, 2002, appendix; Ledoit and Wolf, J. Empirical Finance 15, 2008, section 3.1).
 * Throws `ConstantSeries`. @param series finite
 */
export function sharpeInfluence(series: Float64Array, name: string): SharpeInfluence {
  requireVariation(series, name);
  const centre = mean(series);
  const variance = standardDeviation(series, 0) ** 2;
  const secondMoment = variance + centre * centre;
  const onMean = secondMoment / variance ** 1.5;
  const onSecondMoment = -0.5 * (centre / variance ** 1.5);
  return {
    sharpe: centre / standardDeviation(series, 1),
    influence: series.map(
      (value) => onMean * (value - centre) + onSecondMoment * (value * value - secondMoment),
    ),
  };
}
