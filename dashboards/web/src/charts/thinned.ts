import type uPlot from 'uplot';

/** Rows for each pixel of width: one for the lowest, one for the highest value that falls on it. */
const ROWS_PER_PIXEL = 2;

/**
 * Series with fewer rows that look the same from afar: of each 2^(level + 1) neighbouring rows two are left, with the lowest and
 * the highest value of each series in the order in which they come. Level 0 is the series themselves. The first and the last
 * time stay.
 */
export function thinned(data: uPlot.AlignedData, level: number): uPlot.AlignedData {
  if (level === 0) return data;
  const [times, ...series] = data;
  const width = 2 ** (level + 1);
  const thinTimes: number[] = [];
  const thinSeries = series.map((): (number | null)[] => []);
  for (let from = 0; from < times.length; from += width) {
    const to = Math.min(from + width, times.length);
    const second = to === times.length ? to - 1 : from + width / 2;
    const rows = second > from ? 2 : 1;
    thinTimes.push(times[from] ?? 0);
    if (rows === 2) thinTimes.push(times[second] ?? 0);
    series.forEach((values, at) => {
      const ends = extremes(values, from, to);
      thinSeries[at]?.push(...ends.slice(0, rows));
    });
  }
  return [thinTimes, ...thinSeries];
}

/** The lowest and the highest of `values[from .. to - 1]` as they come; two times null where nothing is known. */
function extremes(
  values: ArrayLike<number | null | undefined>,
  from: number,
  to: number,
): readonly [number | null, number | null] {
  let [low, high] = [-1, -1];
  for (let at = from; at < to; at += 1) {
    const value = values[at] ?? null;
    if (value === null) continue;
    if (low < 0 || value < (values[low] ?? 0)) low = at;
    if (high < 0 || value > (values[high] ?? 0)) high = at;
  }
  if (low < 0) return [null, null];
  const [first, last] = low < high ? [low, high] : [high, low];
  return [values[first] ?? null, values[last] ?? null];
}

/** The coarsest level that still has the rows that `pixels` can show of `rows`. */
export function levelFor(rows: number, pixels: number): number {
  return Math.max(0, Math.ceil(Math.log2(rows / (ROWS_PER_PIXEL * Math.max(1, pixels)))));
}

/** The levels of one chart, each made when it is first wanted. */
export class Levels {
  readonly #data: uPlot.AlignedData;
  readonly #made = new Map<number, uPlot.AlignedData>();

  constructor(data: uPlot.AlignedData) {
    this.#data = data;
  }

  /** What to draw of the times from `min` to `max` on so many pixels. The same object for the same level. */
  within(min: number, max: number, pixels: number): uPlot.AlignedData {
    const [times] = this.#data;
    const level = levelFor(indexOf(times, max) - indexOf(times, min), pixels);
    const made = this.#made.get(level) ?? thinned(this.#data, level);
    this.#made.set(level, made);
    return made;
  }

  get whole(): uPlot.AlignedData {
    return this.#data;
  }
}

/** How many of ascending times lie before one. */
function indexOf(times: ArrayLike<number>, time: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
