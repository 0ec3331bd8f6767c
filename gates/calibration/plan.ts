import type { GatesSpec, ModelSpec } from '../../contracts/spec.ts';
import { purgeSessions } from '../../evaluation/fold-plan.ts';
import { ParameterOutOfRange } from '../../stats/errors.ts';
import { requireRange } from '../../stats/series.ts';

/** `noise`: no recipe has skill. `edge`: one of them has a true Sharpe ratio. */
export type World = 'noise' | 'edge';

/** What is simulated, and with which gates it is judged. Plain data, so that it crosses to another thread. */
export interface CalibrationPlan {
  readonly gates: GatesSpec;
  readonly route: 'first' | 'new-recipe';
  /** T: paired out-of-sample sessions. */
  readonly sessions: number;
  /** N: recipes of one retrain, the champion's apart. */
  readonly trials: number;
  /** Panels of each world. */
  readonly panels: number;
  /** True annualised Sharpe ratio of the one recipe with skill, net of costs. */
  readonly sharpe: number;
  /** True annualised Sharpe ratio of the champion's recipe. */
  readonly championSharpe: number;
  /** Between the daily returns of any two recipes, in [0, 1). */
  readonly correlation: number;
  /** First-order, of daily returns, in (-1, 1). */
  readonly autocorrelation: number;
  readonly annualSessions: number;
  readonly holdSessions: number;
  /** Sessions over which consecutive labels overlap. */
  readonly horizonSessions: number;
  readonly seed: number;
}

export type CalibrationOptions = Pick<
  CalibrationPlan,
  'route' | 'panels' | 'sharpe' | 'championSharpe' | 'correlation' | 'autocorrelation' | 'seed'
> & {
  /** Null: what the spec's fold plan gives, maxFolds x testSessions. */
  readonly sessions: number | null;
  /** Null: the spec's own number. */
  readonly trials: number | null;
};

/** Panels of the shape that a retrain of this spec judges. Throws `ParameterOutOfRange` naming the option. */
export function calibrationPlan(
  spec: ModelSpec,
  annualSessions: number,
  options: CalibrationOptions,
): CalibrationPlan {
  const { training, portfolio, label, gates } = spec;
  const sessions = options.sessions ?? training.maxFolds * training.testSessions;
  const trials = options.trials ?? training.trials;
  requireRange('sessions', sessions, 40, 20_000, 'integer');
  requireRange('trials', trials, 2, 500, 'integer');
  requireRange('panels', options.panels, 1, 1_000_000, 'integer');
  requireRange('sharpe', options.sharpe, 0.01, 20);
  requireRange('champion-sharpe', options.championSharpe, -20, 20);
  requireRange('correlation', options.correlation, 0, 0.99);
  requireRange('autocorrelation', options.autocorrelation, -0.9, 0.9);
  requireRange('seed', options.seed, 0, 2 ** 32 - 1, 'integer');
  if (trials < gates.minTrials) {
    throw new ParameterOutOfRange(
      `${String(trials)} trials are fewer than gates.minTrials ${String(gates.minTrials)}: nothing could ever pass`,
      { remedy: 'Calibrate with more trials, or lower gates.minTrials.' },
    );
  }
  if (sessions < gates.minSessions) {
    throw new ParameterOutOfRange(
      `${String(sessions)} sessions are fewer than gates.minSessions ${String(gates.minSessions)}: nothing could ever pass`,
      { remedy: 'Calibrate with more sessions, or lower gates.minSessions.' },
    );
  }
  return {
    ...options,
    gates,
    sessions,
    trials,
    annualSessions,
    holdSessions: portfolio.holdSessions,
    horizonSessions: label.horizonSessions,
  };
}

/** A stream of retrains of one model. */
export interface StreamPlan extends CalibrationPlan {
  /** Retrains after the first admission. */
  readonly retrains: number;
  /** Sessions between two retrains: the window rolls on by as many. */
  readonly stepSessions: number;
  /** Sessions after a file's last training label on which it is not yet compared: purge and embargo. */
  readonly gapSessions: number;
}

/** Sessions of a month: the spec's default schedule is monthly. */
const MONTH_SESSIONS = 21;

export function streamPlan(
  plan: CalibrationPlan,
  spec: ModelSpec,
  options: { readonly retrains: number },
): StreamPlan {
  requireRange('retrains', options.retrains, 1, 10_000, 'integer');
  return {
    ...plan,
    retrains: options.retrains,
    stepSessions: MONTH_SESSIONS,
    gapSessions: purgeSessions(spec.label) + spec.training.embargoSessions,
  };
}
