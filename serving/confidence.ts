import type { Confidence } from '../contracts/serving.ts';
import type { ServableVersion } from './ports.ts';

/** Symbols below which a cross-section says nothing about ranks: a quantile step of 5 %. */
const LEAST_UNIVERSE = 20;

export type ConfidenceBasis = 'training' | 'universe' | 'none';

export interface Confidences {
  readonly confidence: readonly Confidence[];
  readonly confidenceBasis: ConfidenceBasis;
}

/**
 * How far each score is from the decision it leads to: whether its symbol enters the book. Raw scores of different versions
 * have different scales, so the distance is calibrated by a distribution of scores: p = the share of it below the score,
 * distance = |p - boundary|, the boundary being where the book begins (1 - topFraction; also topFraction with a short side).
 * HIGH from topFraction / 2 on, MEDIUM from topFraction / 4 on, LOW below: a LOW name would change sides if a few of its
 * neighbours changed ranks.
 *
 * @param universe true: `scores` are a cross-section and their own distribution; otherwise the version's recorded one counts
 */
export function confidencesOf(
  scores: Float64Array,
  version: Pick<ServableVersion, 'decision' | 'scoreQuantiles'>,
  universe: boolean,
): Confidences {
  const own = universe && scores.length >= LEAST_UNIVERSE;
  const reference = own ? scores.toSorted() : version.scoreQuantiles;
  if (reference.length < LEAST_UNIVERSE) {
    return { confidence: Array.from(scores, () => 'LOW' as const), confidenceBasis: 'none' };
  }
  const { boundaries, fraction } = version.decision;
  const confidence = Array.from(scores, (score): Confidence => {
    const position = positionIn(reference, score);
    let distance = Number.POSITIVE_INFINITY;
    for (const boundary of boundaries) distance = Math.min(distance, Math.abs(position - boundary));
    return distance >= fraction / 2 ? 'HIGH' : distance >= fraction / 4 ? 'MEDIUM' : 'LOW';
  });
  return { confidence, confidenceBasis: own ? 'universe' : 'training' };
}

/** Share of an ascending sample below a value, linear between its members; the middle of equal members. In [0, 1]. */
function positionIn(ascending: ArrayLike<number>, value: number): number {
  const last = ascending.length - 1;
  const below = countBelow(ascending, (member) => member < value);
  const notAbove = countBelow(ascending, (member) => member <= value);
  if (notAbove > below) return (below + notAbove - 1) / 2 / last;
  if (below === 0) return 0;
  if (below > last) return 1;
  const left = ascending[below - 1] ?? value;
  const right = ascending[below] ?? value;
  return (below - 1 + (value - left) / (right - left)) / last;
}

/** Members at the front for which `holds`, by bisection. */
function countBelow(ascending: ArrayLike<number>, holds: (member: number) => boolean): number {
  let from = 0;
  let to = ascending.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (holds(ascending[middle] ?? Number.NaN)) from = middle + 1;
    else to = middle;
  }
  return from;
}
