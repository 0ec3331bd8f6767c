import { finiteSeries, requireLength, requireSameLength, requireVariation } from './series.ts';
import type { Series } from './series.ts';

/** Ranks 1 .. n ascending; ties share their average rank. */
export function averageRanks(values: Series): Float64Array {
  const series = Float64Array.from(values);
  const order = Int32Array.from(series.keys());
  order.sort((a, b) => (series[a] ?? 0) - (series[b] ?? 0));
  const ranks = new Float64Array(series.length);
  let begin = 0;
  while (begin < order.length) {
    const value = series[order[begin] ?? 0];
    let end = begin + 1;
    while (end < order.length && series[order[end] ?? 0] === value) end += 1;
    for (let position = begin; position < end; position += 1)
      ranks[order[position] ?? 0] = (begin + 1 + end) / 2;
    begin = end;
  }
  return ranks;
}

/** Pearson correlation. Throws `NonFiniteValue`, `ConstantSeries`, `SampleTooShort` (under 3), `ShapeMismatch`. */
export function pearson(a: Series, b: Series, nameA = 'first series', nameB = 'second series'): number {
  requireSameLength(a, b, nameA, nameB);
  requireLength(a, 3, nameA);
  const x = finiteSeries(a, nameA);
  const y = finiteSeries(b, nameB);
  requireVariation(x, nameA);
  requireVariation(y, nameB);
  const n = x.length;
  let meanX = 0;
  let meanY = 0;
  for (let i = 0; i < n; i += 1) {
    meanX += (x[i] ?? 0) / n;
    meanY += (y[i] ?? 0) / n;
  }
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let i = 0; i < n; i += 1) {
    const dx = (x[i] ?? 0) - meanX;
    const dy = (y[i] ?? 0) - meanY;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy)));
}

/** Spearman's rank correlation with average ranks. Throws as `pearson` does. */
export function spearman(a: Series, b: Series, nameA = 'first series', nameB = 'second series'): number {
  requireSameLength(a, b, nameA, nameB);
  const x = finiteSeries(a, nameA);
  const y = finiteSeries(b, nameB);
  return pearson(averageRanks(x), averageRanks(y), nameA, nameB);
}
