/** Equal bins over a range. */
export interface Histogram {
  readonly from: number;
  readonly width: number;
  /** Share of all values by bin. */
  readonly shares: readonly number[];
}

/**
 * @param at a bin edge falls on this value, so that no bar mixes what lies on both sides of it
 * @param bins about how many
 */
export function histogram(values: ArrayLike<number>, at: number, bins: number): Histogram {
  let low = at;
  let high = at;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? at;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const width = high > low ? (high - low) / bins : 1;
  const below = Math.ceil((at - low) / width - 1e-9);
  const above = Math.max(1, Math.ceil((high - at) / width - 1e-9));
  const from = at - below * width;
  const counts = new Array<number>(below + above).fill(0);
  for (let index = 0; index < values.length; index += 1) {
    const bin = Math.min(counts.length - 1, Math.max(0, Math.floor(((values[index] ?? at) - from) / width)));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { from, width, shares: counts.map((count) => count / Math.max(1, values.length)) };
}
