import { ConstantSeries } from './errors.ts';
import { bartlettVariance } from './hac.ts';
import { normalCdf, normalQuantile } from './normal.ts';
import { finiteSeries, mean, requireLength, requireRange, requireVariation } from './series.ts';
import type { Series } from './series.ts';
import { expectedMaximum } from './sharpe.ts';
import type { DeflatedSharpe } from './sharpe.ts';
import { sharpeInfluence } from './sharpe-influence.ts';
import { autocovariance } from './stationary-variance.ts';

/** Fewest sessions from which a long-run variance of a Sharpe ratio is more than noise. */
const MIN_ROWS = 20;

/** A Sharpe ratio whose error allows for autocorrelated and heteroskedastic returns. All ratios per period. */
export interface RobustSharpe {
  readonly sharpe: number;
  readonly standardError: number;
  /** Long-run variance of the session effects: T times the squared error. */
  readonly longRunVariance: number;
  readonly observations: number;
  readonly lag: number;
}

/**
 * Sharpe ratio with a HAC error: the delta method over (mean, second moment) with Bartlett weights. Lo, "The statistics of
 * Sharpe ratios", Financial Analysts Journal 58 (2002), eq. A2 to A6, with the long-run covariance of Newey and West (1987).
 * With lag 0 it is the error of Mertens (2002), with T in place of T - 1.
 * @param lag autocorrelations counted: at least the overlap of the holds
 * Throws `NonFiniteValue`, `ConstantSeries`, `SampleTooShort` (under 20), `ParameterOutOfRange`.
 */
export function robustSharpe(returns: Series, lag: number, name = 'returns'): RobustSharpe {
  requireLength(returns, MIN_ROWS, name);
  requireRange('lag', lag, 0, returns.length - 1, 'integer');
  const { sharpe, influence } = sharpeInfluence(finiteSeries(returns, name), name);
  const longRunVariance = bartlettVariance(influence, lag);
  // Non-negative by construction; zero only for returns on two points whose Sharpe ratio cannot move.
  if (!(longRunVariance > 0)) {
    throw new ConstantSeries(`the Sharpe ratio of ${name} has no variance`, {
      remedy: 'Look at the returns: they take two values only.',
      details: { series: name },
    });
  }
  const observations = influence.length;
  return {
    sharpe,
    standardError: Math.sqrt(longRunVariance / observations),
    longRunVariance,
    observations,
    lag,
  };
}

/** PSR (Bailey and Lopez de Prado 2012, eq. 11) with the robust error in place of the one for iid returns. */
export function robustProbabilisticSharpe(estimate: RobustSharpe, benchmarkSharpe: number): number {
  return normalCdf((estimate.sharpe - benchmarkSharpe) / estimate.standardError);
}

/** Minimum track record length (2012, eq. 13) under the same long-run variance; sessions, fractional, infinite at the benchmark. */
export function robustMinimumTrackRecordLength(
  estimate: RobustSharpe,
  benchmarkSharpe: number,
  confidence = 0.95,
): number {
  requireRange('confidence', confidence, 0.5, 0.999999999);
  const ratio = normalQuantile(confidence) / (estimate.sharpe - benchmarkSharpe);
  return estimate.longRunVariance * ratio * ratio;
}

/** DSR (2014, eq. 2) with the robust error. Parameters as `deflatedSharpe`. */
export function robustDeflatedSharpe(
  estimate: RobustSharpe,
  trialSharpeVariance: number,
  trials: number,
): DeflatedSharpe {
  requireRange('variance of the trial Sharpe ratios', trialSharpeVariance, 0, 1e6);
  const expectedMaxSharpe = Math.sqrt(trialSharpeVariance) * expectedMaximum(trials);
  return { dsr: robustProbabilisticSharpe(estimate, expectedMaxSharpe), expectedMaxSharpe, trials };
}

/**
 * Lo's factor from a per-period Sharpe ratio to one over q periods under autocorrelated returns (2002, eq. 20):
 * q / sqrt(q + 2 sum (q - k) rho_k). It is sqrt(q) without autocorrelation.
 * @param lags autocorrelations counted, below q; a longer memory than the sample can show is noise
 */
export function annualisationFactor(
  returns: Series,
  periods: number,
  lags: number,
  name = 'returns',
): number {
  requireLength(returns, MIN_ROWS, name);
  requireRange('periods', periods, 1, 366, 'integer');
  requireRange('lags', lags, 0, Math.min(periods, returns.length) - 1, 'integer');
  const series = finiteSeries(returns, name);
  requireVariation(series, name);
  const centre = mean(series);
  const centred = series.map((value) => value - centre);
  const variance = autocovariance(centred, 0);
  let spread = periods;
  for (let lag = 1; lag <= lags; lag += 1) {
    spread += 2 * (periods - lag) * (autocovariance(centred, lag) / variance);
  }
  if (!(spread > 0)) {
    throw new ConstantSeries(
      `the autocorrelations of ${name} leave no variance over ${String(periods)} periods`,
      {
        remedy: 'Count fewer lags.',
        details: { series: name, lags },
      },
    );
  }
  return periods / Math.sqrt(spread);
}
