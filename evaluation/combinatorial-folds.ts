import type { Fold } from '../contracts/training.ts';
import { ContenderError } from '../contracts/error.ts';
import { purgedCombinations } from '../stats/purged-cv.ts';
import { TooFewSessions } from './errors.ts';

export interface CombinatorialInput {
  /** Labelled sessions in ascending order, without gaps against the market's calendar. */
  readonly sessions: readonly string[];
  readonly groups: number;
  readonly testGroups: number;
  /** Sessions that a label reaches beyond its own: horizon + entry delay. */
  readonly purgeSessions: number;
  /** Further sessions left out after each stretch that is tested. */
  readonly embargoSessions: number;
}

/** A group below this says nothing about a book, and a training window below it nothing at all. */
const SHORTEST_GROUP = 20;
const SHORTEST_TRAINING = 60;

/**
 * Folds of combinatorial purged cross-validation (López de Prado 2018, sections 7.4 and 12.3), in the lexicographic order of
 * their test groups: the last one tests the newest groups and trains on the past alone, as a walk-forward fold does.
 *
 * A row speaks of the sessions from its own to the end of its label. Training rows whose sessions touch those of a tested
 * row are left out on both sides of each contiguous stretch of test groups by itself, and the embargo after each.
 *
 * Throws `TooFewSessions` when a group has fewer than 20 sessions or a fold fewer than 60 to train on.
 */
export function combinatorialFolds(input: CombinatorialInput): Fold[] {
  const { sessions, groups, purgeSessions, embargoSessions } = input;
  if (sessions.length < groups * SHORTEST_GROUP) throw tooFew(input, `${String(groups)} groups of 20`);
  const starts = sessions.map((_, at) => at);
  const { splits } = planned(input, {
    starts,
    ends: starts.map((at) => at + purgeSessions),
    ...{ groups, testGroups: input.testGroups, embargo: embargoSessions },
  });
  return splits.map(({ train, test }, index) => {
    if (train.length < SHORTEST_TRAINING)
      throw tooFew(input, '60 to train on beside each choice of test groups');
    // A window that begins with a gap says that what is trained on lies behind what is tested.
    const [trained, tested] = [spanOf(sessions, train, 0), spanOf(sessions, test, test[0] ?? 0)];
    return {
      index,
      trainFrom: trained.from,
      trainTo: trained.to,
      testFrom: tested.from,
      testTo: tested.to,
      trainGaps: trained.gaps,
      testGaps: tested.gaps,
    };
  });
}

function planned(
  input: CombinatorialInput,
  options: Parameters<typeof purgedCombinations>[0],
): ReturnType<typeof purgedCombinations> {
  try {
    return purgedCombinations(options);
  } catch (error) {
    if (error instanceof ContenderError && error.code === 'STATS_SAMPLE_TOO_SHORT')
      throw tooFew(input, '60 to train on beside each choice of test groups');
    throw error;
  }
}

interface Span {
  readonly from: string;
  readonly to: string;
  readonly gaps: Fold['trainGaps'];
}

/** Positions, ascending, as the stretch from `first` to the last of them and what is missing of it. */
function spanOf(sessions: readonly string[], positions: Int32Array, first: number): Span {
  const at = (position: number): string => sessions[position] ?? '';
  const gaps: Fold['trainGaps'] = [];
  let next = first;
  for (const position of positions) {
    if (position > next) gaps.push({ from: at(next), to: at(position - 1) });
    next = position + 1;
  }
  return { from: at(first), to: at(positions.at(-1) ?? first), gaps };
}

function tooFew({ sessions, groups, testGroups }: CombinatorialInput, what: string): TooFewSessions {
  return new TooFewSessions(`${String(sessions.length)} labelled sessions are too few: needed are ${what}`, {
    remedy: 'Use more sessions, fewer training.groups, fewer training.testGroups, or folds: walk_forward.',
    details: { labelledSessions: sessions.length, groups, testGroups },
  });
}
