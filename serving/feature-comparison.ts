import type { FeatureComparison, UniverseFeatures } from './universe.ts';

/** Cell by cell, by symbol: NaN equals NaN, everything else has to agree in every bit of its float32. */
export function compareFeatures(
  before: UniverseFeatures,
  now: UniverseFeatures,
  width: number,
): Omit<FeatureComparison, 'model'> {
  const rowNow = new Map(now.symbols.map((symbol, row) => [symbol, row]));
  const common = before.symbols.filter((symbol) => rowNow.has(symbol)).length;
  const symbols = before.symbols.length + now.symbols.length - common;
  let differing = (symbols - common) * width;
  let largest = 0;
  for (const [row, symbol] of before.symbols.entries()) {
    const other = rowNow.get(symbol);
    if (other === undefined) continue;
    for (let column = 0; column < width; column += 1) {
      const first = before.features[row * width + column] ?? Number.NaN;
      const second = now.features[other * width + column] ?? Number.NaN;
      if (Object.is(first, second)) continue;
      differing += 1;
      const difference = Math.abs(first - second);
      if (difference > largest) largest = difference;
    }
  }
  return { cells: symbols * width, differing, largest };
}
