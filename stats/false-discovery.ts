import { requireRange } from './series.ts';
import type { Series } from './series.ts';

/**
 * Adjusted p-values: rejecting those at or below q keeps the expected share of false ones among the rejected at q or less.
 *
 * `independent` is Benjamini and Hochberg (JRSS B 57, 1995), valid for independent or positively dependent tests;
 * `any-dependence` is Benjamini and Yekutieli (Annals of Statistics 29, 2001, theorem 1.3), larger by the sum of 1/i.
 *
 * @param pValues each in [0, 1]
 * @returns one value in [0, 1] per p-value, in the order given, never below it
 * Throws `ParameterOutOfRange`.
 */
export function falseDiscoveryAdjusted(
  pValues: Series,
  dependence: 'independent' | 'any-dependence',
): Float64Array {
  const count = pValues.length;
  const order = Array.from({ length: count }, (_, index) => index);
  for (const index of order) requireRange(`p-value ${String(index)}`, pValues[index] ?? Number.NaN, 0, 1);
  order.sort((a, b) => (pValues[b] ?? 0) - (pValues[a] ?? 0));
  const penalty =
    dependence === 'independent' ? 1 : order.reduce((sum, _, position) => sum + 1 / (position + 1), 0);
  const adjusted = new Float64Array(count);
  let smallest = 1;
  order.forEach((index, position) => {
    const rank = count - position;
    smallest = Math.min(smallest, ((pValues[index] ?? 0) * count * penalty) / rank);
    adjusted[index] = smallest;
  });
  return adjusted;
}
