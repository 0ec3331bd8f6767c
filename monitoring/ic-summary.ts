import { NO_OBSERVATIONS, sequenceInterval, widenSequence } from '../stats/confidence-sequence.ts';
import { hacMean } from '../stats/hac.ts';
import { isConstant } from '../stats/series.ts';

/** What is shown beside the decay rule: none of it decides. */
export interface IcSummary {
  /** Sessions with an IC. */
  readonly observations: number;
  readonly mean: number | null;
  /** Central 95 % by Newey and West's error, for one look; null with fewer than ten sessions or a constant IC. */
  readonly interval: readonly [number, number] | null;
  /** Central 95 % that holds at all looks together (Waudby-Smith and Ramdas 2024); wide for long. */
  readonly sequence: readonly [number, number];
  /** Sessions in which what is left of the autocorrelation halves: log(1/2) / log(phi); null when phi is not in (0, 1). */
  readonly halfLife: number | null;
}

const FEWEST = 10;
const MISS_RATE = 0.05;

/**
 * Mean of a daily rank IC with its uncertainty.
 * @param ic oldest first, in [-1, 1]; NaN where a session has none
 * @param overlapSessions over which labels overlap: the HAC lag is at least this
 */
export function icSummary(ic: Float64Array, overlapSessions: number): IcSummary {
  const known = ic.filter((value) => Number.isFinite(value));
  const sequence = known.reduce(
    (before, value) => widenSequence(before, value, 1, MISS_RATE),
    NO_OBSERVATIONS,
  );
  const { lower, upper } = sequenceInterval(sequence, MISS_RATE);
  const shown = { observations: known.length, sequence: [lower, upper] as const };
  const centre = meanWithInterval(known, overlapSessions);
  if (centre.interval === null) return { ...shown, ...centre, halfLife: null };
  return { ...shown, ...centre, halfLife: halfLifeOf(known, centre.mean) };
}

/** A mean of daily rank ICs with what is known of its error. */
type CentreOfIc =
  | { readonly mean: number; readonly interval: readonly [number, number] }
  | { readonly mean: number | null; readonly interval: null };

/**
 * Mean of daily ICs with the central 95 % by Newey and West's error; none with fewer than ten, or when all are equal.
 * @param known finite, oldest first
 * @param overlapSessions over which labels overlap: the HAC lag is at least this
 */
export function meanWithInterval(known: Float64Array, overlapSessions: number): CentreOfIc {
  if (known.length < FEWEST || isConstant(known)) {
    const mean = known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
    return { mean, interval: null };
  }
  const lag = Math.min(
    known.length - 1,
    Math.max(overlapSessions, Math.floor(4 * (known.length / 100) ** (2 / 9))),
  );
  const { mean, intervalStudent } = hacMean(known, { lag, smallSample: true, name: 'rank IC' });
  return { mean, interval: intervalStudent };
}

function halfLifeOf(known: Float64Array, centre: number): number | null {
  let products = 0;
  let squares = 0;
  for (let row = 0; row < known.length; row += 1) {
    const here = (known[row] ?? 0) - centre;
    squares += here ** 2;
    if (row > 0) products += here * ((known[row - 1] ?? 0) - centre);
  }
  const phi = products / squares;
  return phi > 0 && phi < 1 ? Math.log(0.5) / Math.log(phi) : null;
}
