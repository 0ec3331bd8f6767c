/**
 * The measure of every trial over a set of blocks, written to `out`. The set is given as two bit masks: blocks
 * 0 .. S/2 - 1 in `low`, S/2 .. S - 1 in `high`.
 */
export type HalfScorer = (low: number, high: number, out: Float64Array) => void;

/** Told about one combination: the measures in sample and out of sample, valid until the call returns. */
export type CombinationVisitor = (index: number, inSample: Float64Array, outOfSample: Float64Array) => void;

/** n over k; exact while the result is below 2^53. */
export function binomial(n: number, k: number): number {
  let value = 1;
  for (let i = 1; i <= k; i += 1) value = (value * (n - k + i)) / i;
  return Math.round(value);
}

/**
 * Visits all S over S/2 halves in lexicographic order of their blocks, each together with its complement, which is its
 * mirror in that order (`total - 1 - index`): the two share their scores, so only half of the halves are scored twice.
 */
export function walkCombinations(
  splits: number,
  columns: number,
  score: HalfScorer,
  visit: CombinationVisitor,
): void {
  const half = splits / 2;
  const full = (1 << half) - 1;
  const total = binomial(splits, half);
  const chosen = Int32Array.from({ length: half }, (_, index) => index);
  const first = new Float64Array(columns);
  const second = new Float64Array(columns);
  for (let index = 0; index < total / 2; index += 1) {
    let low = 0;
    let high = 0;
    for (const block of chosen) {
      if (block < half) low |= 1 << block;
      else high |= 1 << (block - half);
    }
    score(low, high, first);
    score(full & ~low, full & ~high, second);
    visit(index, first, second);
    visit(total - 1 - index, second, first);
    advance(chosen, splits);
  }
}

/** The next combination in lexicographic order. */
function advance(chosen: Int32Array, splits: number): void {
  let position = chosen.length - 1;
  while (position >= 0 && chosen[position] === splits - chosen.length + position) position -= 1;
  if (position < 0) return;
  let block = (chosen[position] ?? 0) + 1;
  for (; position < chosen.length; position += 1) {
    chosen[position] = block;
    block += 1;
  }
}
