import type { Diagnosis } from './decay-diagnosis.ts';

/** What was decided on a session, and what it would have cost to decide otherwise. */
export interface DecayDecision {
  readonly decision: 'watch' | 'repair-data' | 'retrain' | 'cooldown' | 'standing' | 'not-worth' | 'released';
  /** The alarm stands after this session. */
  readonly standing: boolean;
  readonly reason: string;
  readonly economics: DecayEconomics | null;
}

/** Expected sums over the sessions until the next scheduled retrain, as fractions of the book. */
export interface DecayEconomics {
  /** Chance that the model has decayed, given all ICs so far. */
  readonly probability: number;
  readonly sessions: number;
  /** What staying with the champion is expected to lose against a model in order. */
  readonly lossOfHolding: number;
  /** What retraining is expected to cost: the swap's trades, and the return lost when the alarm is false. */
  readonly costOfRetraining: number;
  /** The choice not taken, in words, with its expected sum. */
  readonly counterfactual: string;
}

export interface EconomicsInput {
  /** Logarithm of the statistic. */
  readonly statistic: number;
  readonly annualSessions: number;
  /** Net return a session of the recipe's backtest; null: unknown. */
  readonly backtestReturn: number | null;
  /** Mean IC of the reference, and of the sessions since the onset. */
  readonly referenceIc: number;
  readonly recentIc: number;
  readonly sessionsToSchedule: number;
  /** Share of the book that a swap trades, one-way, and its price, both sides, as a fraction of what is traded. */
  readonly swapTurnover: number;
  readonly tradingCost: number;
}

/**
 * How often a model in order decays: once in four years, as a prior. With a statistic of Shiryaev and Roberts the posterior
 * odds are the statistic times the chance per session (Shiryaev 1963).
 */
const YEARS_TO_DECAY = 4;
/** A refitted recipe has been as good as the one it replaced less this share, where nothing had decayed: noise of the fit. */
const REFIT_LOSS = 0.1;

export function decayProbability(statistic: number, annualSessions: number): number {
  const odds = Math.exp(statistic) / (YEARS_TO_DECAY * annualSessions);
  return odds === Number.POSITIVE_INFINITY ? 1 : odds / (1 + odds);
}

/** Null without a positive return of the backtest: then there is no loss to weigh, and the alarm alone decides. */
export function decayEconomics(input: EconomicsInput): DecayEconomics | null {
  const { backtestReturn, referenceIc, recentIc, sessionsToSchedule: sessions } = input;
  if (backtestReturn === null || backtestReturn <= 0 || referenceIc <= 0) return null;
  const probability = decayProbability(input.statistic, input.annualSessions);
  // To first order a book's return goes with its information coefficient (Grinold 1989).
  const lost = backtestReturn * (1 - recentIc / referenceIc);
  const lossOfHolding = probability * Math.max(0, lost) * sessions;
  const swap = input.swapTurnover * input.tradingCost;
  const costOfRetraining = swap + (1 - probability) * REFIT_LOSS * backtestReturn * sessions;
  const holding = `holding is expected to lose ${bps(lossOfHolding)} in ${String(sessions)} sessions`;
  const retraining = `retraining to cost ${bps(costOfRetraining)}`;
  return {
    ...{ probability, sessions, lossOfHolding, costOfRetraining },
    counterfactual: `${holding}, ${retraining}`,
  };
}

const bps = (share: number): string => `${(10_000 * share).toFixed(1)} bp of the book`;

/** The alarm is released when the statistic has fallen this far below the threshold (a factor of ten in likelihood). */
export const RELEASE_MARGIN = Math.log(10);

export interface DecisionInput {
  readonly alarm: boolean;
  /** The alarm stood after the session before. */
  readonly standing: boolean;
  /** Now, not the largest so far; null without a baseline. */
  readonly statistic: number | null;
  readonly threshold: number | null;
  readonly diagnosis: Diagnosis | null;
  /** Sessions since the last emergency of the model; null: there was none. */
  readonly sessionsSinceEmergency: number | null;
  readonly cooldownSessions: number;
  /** An emergency of this model is open. */
  readonly emergencyOpen: boolean;
  readonly economics: DecayEconomics | null;
}

/**
 * Alarm, diagnosis and economics to one decision. A fault of data or software pages instead of retraining; within the
 * cooldown nothing is started; a standing alarm needs a fall by `RELEASE_MARGIN` to end, so that it does not flicker.
 */
export function decideDecay(input: DecisionInput): DecayDecision {
  const { alarm, diagnosis, economics, sessionsSinceEmergency: since, cooldownSessions } = input;
  const decided = (
    decision: DecayDecision['decision'],
    standing: boolean,
    reason: string,
  ): DecayDecision => ({
    ...{ decision, standing, reason, economics },
  });
  if (diagnosis !== null && !diagnosis.retrainHelps) {
    const evidence = diagnosis.findings.find(({ cause }) => cause === diagnosis.cause)?.evidence ?? '';
    return decided(
      'repair-data',
      input.standing || alarm,
      `${diagnosis.cause}: ${evidence}; mend it, a retrain would learn it`,
    );
  }
  if (!alarm) return quiet(input, decided);
  if (input.emergencyOpen) return decided('standing', true, 'an emergency retrain is under way');
  if (since !== null && since < cooldownSessions) {
    return decided('cooldown', true, `cooldown, ${String(since)} of ${String(cooldownSessions)} sessions`);
  }
  if (economics !== null && economics.lossOfHolding <= economics.costOfRetraining) {
    return decided('not-worth', true, `a retrain costs more than it saves: ${economics.counterfactual}`);
  }
  const why = economics === null ? 'the backtest has no return to weigh against' : economics.counterfactual;
  return decided('retrain', true, `${diagnosis?.cause ?? 'true-decay'}: ${why}`);
}

function quiet(
  { standing, statistic, threshold }: DecisionInput,
  decided: (decision: DecayDecision['decision'], standing: boolean, reason: string) => DecayDecision,
): DecayDecision {
  if (!standing) return decided('watch', false, 'no alarm');
  if (statistic !== null && threshold !== null && statistic > threshold - RELEASE_MARGIN) {
    return decided('standing', true, 'the evidence has not fallen far enough to release the alarm');
  }
  return decided('released', false, 'the evidence for decay is gone');
}
