import type { ArtifactRef } from '../contracts/primitives.ts';
import type { Trial } from '../contracts/training.ts';
import { AllTrialsFailed, TrialsUnpaired } from './errors.ts';
import type { LedgerScores, TrialScore, TrialScores } from './trial-scores.ts';
import type { TrialFailure, TrialPlan } from './trials.ts';

export interface ScoredTrial {
  readonly trial: Trial;
  /** Sessions of the trial's own returns, ascending. */
  readonly sessions: readonly string[];
  readonly score: TrialScore;
  /** All of them, as the sidecar made them. */
  readonly predictions: ArtifactRef;
  /** The path that it is scored on; 0 of a walk-forward. */
  readonly path: number;
}

/**
 * Only sessions on which every trial has a return count: a comparison on unequal days compares the days. A recipe whose returns
 * do not vary, since it never trades, has no Sharpe ratio: it stands in the ledger and is not judged, so that it cannot spoil
 * the others. The champion's stays: it is what they are compared with.
 *
 * @throws AllTrialsFailed when nothing but recipes of the ledger gave returns that vary, TrialsUnpaired
 */
export function pairTrials(
  plan: Pick<TrialPlan, 'trials' | 'ledger' | 'championTrialId'>,
  scored: readonly ScoredTrial[],
  failures: readonly TrialFailure[],
): TrialScores {
  const due = new Set(plan.ledger.trialIds);
  const paired = scored.filter(
    ({ trial, score }) => score.annualisedSharpe !== null || trial.trialId === plan.championTrialId,
  );
  const isOwn = ({ trial }: ScoredTrial): boolean => !due.has(trial.trialId);
  if (!paired.some(isOwn)) throw allFailed(scored.filter(isOwn).length, failures);
  const common = paired
    .map(({ sessions }) => new Set(sessions))
    .reduce((kept, here) => kept.intersection(here));
  if (common.size === 0) throw new TrialsUnpaired('the trials share no session');
  return {
    schema: 1,
    sessions: [...common],
    trials: paired.map(({ sessions, score }) => ({
      ...score,
      netReturns: score.netReturns.filter((_, row) => common.has(sessions[row] ?? '')),
    })),
    ledger: ledgerScores(plan, scored, paired, failures),
  };
}

function ledgerScores(
  { trials, ledger }: Pick<TrialPlan, 'trials' | 'ledger'>,
  scored: readonly ScoredTrial[],
  paired: readonly ScoredTrial[],
  failures: readonly TrialFailure[],
): LedgerScores {
  const has = (list: readonly ScoredTrial[], id: string): boolean =>
    list.some(({ trial }) => trial.trialId === id);
  const due = trials.filter(({ trialId }) => ledger.trialIds.includes(trialId));
  return {
    rescorable: ledger.rescorable,
    most: ledger.most,
    rescored: due.map(({ trialId }) => trialId).filter((trialId) => has(paired, trialId)),
    notRescored: due
      .filter(({ trialId }) => !has(paired, trialId))
      .map(({ trialId, recipeHash }) => ({
        recipeHash,
        reason: has(scored, trialId)
          ? 'its returns do not vary on these dates'
          : (failures.find((failure) => failure.trialId === trialId)?.code ?? 'no result'),
      })),
    leftOut: [...ledger.leftOut],
  };
}

function allFailed(idle: number, failures: readonly TrialFailure[]): AllTrialsFailed {
  if (idle > 0) {
    return new AllTrialsFailed(
      `${String(idle)} trials gave returns that do not vary: their books never trade`,
      {
        remedy:
          'Give the fits more rows (training.trainSessions) or features that say something about the label.',
      },
    );
  }
  const [first] = failures;
  const cause = first === undefined ? 'unknown' : `${first.code}: ${first.message}`;
  return new AllTrialsFailed(`no trial of this retrain gave a result; the first: ${cause}`, {
    remedy: 'See the log of the sidecar for each trial.',
  });
}
