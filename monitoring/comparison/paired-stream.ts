import { bet, type BettingProcess, NO_BETS } from '../../stats/betting-process.ts';
import {
  type ConfidenceSequence,
  NO_OBSERVATIONS,
  sequenceInterval,
  widenSequence,
} from '../../stats/confidence-sequence.ts';

/** Differences this many running deviations from zero count no more than one at that distance. */
export const CLIP = 3;
/** Half-life of the running scale, in blocks. */
const SCALE_HALF_LIFE = 60;
const SCALE_STEP = 1 - 0.5 ** (1 / SCALE_HALF_LIFE);
/** Blocks that the assumed autocorrelation counts for. */
const ASSUMED_WEIGHT = 20;
/** The whitening stays below it: at one there would be no mean left to test. */
const MOST_WHITENING = 0.9;

/** What a stream of paired differences is held to. */
export interface StreamRules {
  /** Tolerated inferiority, in deviations of one block, >= 0. */
  readonly margin: number;
  /** First-order autocorrelation of blocks, assumed before the stream has shown its own, [0, 0.9]. */
  readonly autocorrelation: number;
  readonly missRate: number;
  /** Sessions pooled into one difference, their mean: the span over which labels overlap; 1 for daily returns. */
  readonly block: number;
  /** Pooled differences that only set the scale, before the first bet. */
  readonly warmUp: number;
}

/**
 * Everything that is kept of one series of paired differences, however long it grows: thirty numbers.
 *
 * From a difference d (mine less the other's, the mean of a block) to a payoff, all with what was known before d:
 * 1. scale: u = clip(d / (CLIP s), -1, 1), s the running root mean square of the differences. Two equal models may be
 *    exchanged, so d is symmetric about zero and so is u, whatever the tails. For differences that are not symmetric the
 *    test is one of the clipped mean, which lies within s / (4 CLIP) = 0.083 s of the mean: (|d| - k)+ <= d^2 / 4k.
 * 2. prewhitening: r = (u - phi u_before) / (1 + phi), phi the running first-order autocorrelation, which begins at an
 *    assumed one. Labels that span h sessions overlap, so their ICs are pooled to blocks of h first: neighbouring blocks
 *    then correlate by at most 1/4 and others not at all, which one lag takes out.
 * 3. bets: -r against "not worse than the margin", r against "not better"; r also widens the confidence sequence.
 */
export interface PairedStream {
  /** The newest session taken; null before the first. */
  readonly lastSession: string | null;
  readonly pairs: number;
  /** Sum and number of the differences of the block that is not full yet. */
  readonly pendingTotal: number;
  readonly pendingPairs: number;
  readonly blocks: number;
  readonly meanSquare: number;
  /** The clipped difference before, and the sums, of themselves, products and squares, that phi is estimated from. */
  readonly before: number;
  readonly sum: number;
  readonly products: number;
  readonly squares: number;
  readonly worse: BettingProcess;
  readonly better: BettingProcess;
  readonly sequence: ConfidenceSequence;
}

export const EMPTY_STREAM: PairedStream = {
  lastSession: null,
  pairs: 0,
  pendingTotal: 0,
  pendingPairs: 0,
  blocks: 0,
  meanSquare: 0,
  before: 0,
  sum: 0,
  products: 0,
  squares: 0,
  worse: NO_BETS,
  better: NO_BETS,
  sequence: NO_OBSERVATIONS,
};

/** Running deviation of one block's mean difference, in its own unit; 0 before the first that is not zero. */
export const streamScale = (stream: PairedStream): number => Math.sqrt(stream.meanSquare);

/** Takes the difference of one session. The caller has checked that it is finite and newer than the last. */
export function takeDifference(
  stream: PairedStream,
  session: string,
  difference: number,
  rules: StreamRules,
): PairedStream {
  const pendingTotal = stream.pendingTotal + difference;
  const pendingPairs = stream.pendingPairs + 1;
  const taken = { ...stream, lastSession: session, pairs: stream.pairs + 1 };
  if (pendingPairs < rules.block) return { ...taken, pendingTotal, pendingPairs };
  return takeBlock({ ...taken, pendingTotal: 0, pendingPairs: 0 }, pendingTotal / pendingPairs, rules);
}

function takeBlock(stream: PairedStream, difference: number, rules: StreamRules): PairedStream {
  const blocks = stream.blocks + 1;
  const taken = { ...stream, blocks, meanSquare: nextMeanSquare(stream, difference, rules.warmUp) };
  if (blocks <= rules.warmUp) return taken;
  const u = clipped(difference, streamScale(stream));
  const phi = whitening(stream, rules);
  const r = (u - phi * stream.before) / (1 + phi);
  const margin = rules.margin / CLIP;
  const gain = (1 - phi) / (1 + phi);
  return {
    ...taken,
    before: u,
    sum: stream.sum + u,
    products: stream.products + u * stream.before,
    squares: stream.squares + u * u,
    worse: bet(stream.worse, within(-(r + gain * margin) / (1 + margin))),
    better: bet(stream.better, within(r)),
    sequence: widenSequence(stream.sequence, within(r), gain, rules.missRate),
  };
}

/**
 * The first-order autocorrelation taken out of the next block, [0, 0.9]. About the running mean: otherwise a steady
 * difference would itself be taken for autocorrelation, and out.
 */
function whitening({ blocks, sum, products, squares }: PairedStream, rules: StreamRules): number {
  const shown = blocks - rules.warmUp;
  const mean = shown === 0 ? 0 : sum / shown;
  const variance = squares - shown * mean ** 2;
  const estimate = variance > 0 ? ((products - shown * mean ** 2) / variance) * shown : 0;
  const pooled = (estimate + ASSUMED_WEIGHT * rules.autocorrelation) / (shown + ASSUMED_WEIGHT);
  return Math.min(MOST_WHITENING, Math.max(0, pooled));
}

/** Mean difference in deviations of one block, with its confidence sequence; null before the first bet. */
export interface StandardisedMean {
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
}

export function standardisedMean(stream: PairedStream, missRate: number): StandardisedMean | null {
  const { sequence } = stream;
  if (sequence.observations === 0) return null;
  const { lower, upper } = sequenceInterval(sequence, missRate);
  const centre = sequence.weighted / sequence.weights;
  const estimate = Math.max(lower, Math.min(upper, centre));
  return { estimate: CLIP * estimate, lower: CLIP * lower, upper: CLIP * upper };
}

function nextMeanSquare({ blocks, meanSquare }: PairedStream, difference: number, warmUp: number): number {
  const square = difference ** 2;
  // One wild session must not blunt the test for months; the first few have nothing to be measured against.
  const bounded = blocks < warmUp || meanSquare === 0 ? square : Math.min(square, CLIP ** 2 * meanSquare);
  const step = Math.max(SCALE_STEP, 1 / (blocks + 1));
  return meanSquare + step * (bounded - meanSquare);
}

function clipped(difference: number, scale: number): number {
  if (scale === 0) return Math.sign(difference);
  return within(difference / (CLIP * scale));
}

const within = (value: number): number => Math.max(-1, Math.min(1, value));
