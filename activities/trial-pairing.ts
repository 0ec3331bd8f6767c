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
 * Only sessions on which every trial has a return count: a comparison on unequal days compares the days. A recipe of the
 * ledger without returns that vary is named instead of judged, so that it cannot spoil the trials of this retrain.
 *
 * @throws AllTrialsFailed when nothing but recipes of the ledger gave a result, TrialsUnpaired
 */
export function pairTrials(
  plan: Pick<TrialPlan, 'trials' | 'ledger'>,
  scored: readonly ScoredTrial[],
  failures: readonly TrialFailure[],
): TrialScores {
  const due = new Set(plan.ledger.trialIds);
  const paired = scored.filter(
    ({ trial, score }) => !due.has(trial.trialId) || score.annualisedSharpe !== null,
  );
  if (paired.every(({ trial }) => due.has(trial.trialId))) throw allFailed(failures);
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

function allFailed(failures: readonly TrialFailure[]): AllTrialsFailed {
  const [first] = failures;
  const cause = first === undefined ? 'unknown' : `${first.code}: ${first.message}`;
  return new AllTrialsFailed(`no trial of this retrain gave a result; the first: ${cause}`, {
    remedy: 'See the log of the sidecar for each trial.',
  });
}
