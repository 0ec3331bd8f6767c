import type { LabelSpec } from '../contracts/spec.ts';
import type { TrainingSpec } from '../contracts/training-spec.ts';
import type { Fold, FoldPlan } from '../contracts/training.ts';
import { combinatorialFolds } from './combinatorial-folds.ts';
import { EvaluationInputInvalid, TooFewSessions } from './errors.ts';

/** Below this no window is worth a fit, whatever the spec says: a quarter of a year. */
const SHORTEST_WINDOW = 60;

export interface FoldPlanInput {
  /** Sessions of the snapshot's rows in ascending order, without gaps against the market's calendar. */
  readonly sessions: readonly string[];
  /** Newest session whose label is known at the as-of instant. */
  readonly lastLabelSession: string;
  readonly training: Pick<
    TrainingSpec,
    | 'folds'
    | 'groups'
    | 'testGroups'
    | 'trainSessions'
    | 'testSessions'
    | 'embargoSessions'
    | 'minFolds'
    | 'maxFolds'
  >;
  readonly label: Pick<LabelSpec, 'horizonSessions' | 'entryDelaySessions'>;
}

/** Sessions left out between training and test: no training label reaches into a test row's decision. */
export const purgeSessions = (label: Pick<LabelSpec, 'horizonSessions' | 'entryDelaySessions'>): number =>
  label.horizonSessions + label.entryDelaySessions;

/** What a recipe says of its folds. */
export function foldPlanOf(
  training: Omit<FoldPlanInput['training'], 'minFolds'>,
  label: Pick<LabelSpec, 'horizonSessions' | 'entryDelaySessions'>,
): FoldPlan {
  const apart = { purgeSessions: purgeSessions(label), embargoSessions: training.embargoSessions };
  const { trainSessions, testSessions, groups, testGroups } = training;
  return training.folds === 'combinatorial'
    ? { sessions: stretchSessions(training), groups, testGroups, ...apart }
    : { trainSessions, testSessions, ...apart };
}

/** Sessions of a combinatorial plan at most: those that a walk-forward of the same spec would have used. */
export const stretchSessions = (
  training: Pick<TrainingSpec, 'trainSessions' | 'testSessions' | 'maxFolds'>,
): number => training.trainSessions + training.maxFolds * training.testSessions;

/** Training sessions that the earliest fold needs at least: half a window, never less than a quarter of a year. */
export const shortestTrainingWindow = (trainSessions: number): number =>
  Math.min(trainSessions, Math.max(SHORTEST_WINDOW, Math.ceil(trainSessions / 2)));

/**
 * The folds of a spec: walk-forward or combinatorial (combinatorial-folds.ts).
 *
 * Throws `TooFewSessions`, `EvaluationInputInvalid`.
 */
export function planFolds(input: FoldPlanInput): Fold[] {
  const { sessions, lastLabelSession, training, label } = input;
  if (training.folds === 'walk_forward') return walkForwardFolds(input);
  const lastLabel = labelledUntil(sessions, lastLabelSession);
  return combinatorialFolds({
    sessions: sessions.slice(Math.max(0, lastLabel + 1 - stretchSessions(training)), lastLabel + 1),
    ...{ groups: training.groups, testGroups: training.testGroups },
    ...{ purgeSessions: purgeSessions(label), embargoSessions: training.embargoSessions },
  });
}

function labelledUntil(sessions: readonly string[], lastLabelSession: string): number {
  const lastLabel = sessions.indexOf(lastLabelSession);
  if (lastLabel >= 0) return lastLabel;
  throw new EvaluationInputInvalid(`${lastLabelSession} is not among the sessions of the snapshot`, {
    details: { lastLabelSession },
  });
}

/**
 * Purged walk-forward folds, oldest first (López de Prado 2018, chapter 7, without training after a test block, hence
 * without an embargo).
 *
 * Test blocks of `testSessions` tile the end of the labelled sessions, the newest block ending on `lastLabelSession`.
 * A fold trains on the `trainSessions` before its block, less the purge. The newest `maxFolds` are kept. The earliest
 * fold alone may train on less than a full window, down to `shortestTrainingWindow`.
 *
 * The purge is horizon + entry delay: the label of the last training session is known at the close before the block
 * begins, so the model of a fold could really have been fitted on the morning of its first decision.
 *
 * Throws `TooFewSessions` when fewer than `minFolds` fit.
 */
function walkForwardFolds(input: FoldPlanInput): Fold[] {
  const { sessions, training } = input;
  const lastLabel = labelledUntil(sessions, input.lastLabelSession);
  const purge = purgeSessions(input.label);
  const shortest = shortestTrainingWindow(training.trainSessions);
  const newestFirst: Omit<Fold, 'index'>[] = [];
  for (let testTo = lastLabel; newestFirst.length < training.maxFolds; testTo -= training.testSessions) {
    const testFrom = testTo - training.testSessions + 1;
    const trainTo = testFrom - purge - 1;
    const available = trainTo + 1;
    if (available < shortest) break;
    const trainFrom = Math.max(0, available - training.trainSessions);
    newestFirst.push({
      trainFrom: sessionAt(sessions, trainFrom),
      trainTo: sessionAt(sessions, trainTo),
      testFrom: sessionAt(sessions, testFrom),
      testTo: sessionAt(sessions, testTo),
      trainGaps: [],
      testGaps: [],
    });
    if (available < training.trainSessions) break;
  }
  if (newestFirst.length < training.minFolds) throw tooFew(input, newestFirst.length, lastLabel + 1);
  return newestFirst.reverse().map((fold, index) => ({ index, ...fold }));
}

/** Labelled sessions that a plan of `folds` folds needs. */
export const sessionsNeeded = (
  input: {
    readonly training: Pick<TrainingSpec, 'trainSessions' | 'testSessions'>;
    readonly label: FoldPlanInput['label'];
  },
  folds: number,
): number => {
  const { trainSessions, testSessions } = input.training;
  const purge = purgeSessions(input.label);
  const shortFirst = shortestTrainingWindow(trainSessions) + purge + folds * testSessions;
  // All but the earliest fold train on a full window.
  const fullSecond = trainSessions + purge + (folds - 1) * testSessions;
  return folds > 1 ? Math.max(shortFirst, fullSecond) : shortFirst;
};

function tooFew(input: FoldPlanInput, folds: number, labelled: number): TooFewSessions {
  const { minFolds } = input.training;
  const needed = sessionsNeeded(input, minFolds);
  return new TooFewSessions(
    `${String(labelled)} labelled sessions give ${String(folds)} walk-forward folds, ${String(minFolds)} are needed`,
    {
      remedy: `Use at least ${String(needed)} labelled sessions, or lower training.trainSessions, testSessions or minFolds.`,
      details: { labelledSessions: labelled, folds, minFolds, sessionsNeeded: needed },
    },
  );
}

function sessionAt(sessions: readonly string[], position: number): string {
  const session = sessions[position];
  if (session === undefined) throw new RangeError(`no session at ${String(position)}`);
  return session;
}
