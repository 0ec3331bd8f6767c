/** Spearman's correlation for values without ties, which continuous scores and labels are. At least two values. */
export function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  const x = ranksOf(a);
  const y = ranksOf(b);
  let squares = 0;
  for (let row = 0; row < a.length; row += 1) squares += ((x[row] ?? 0) - (y[row] ?? 0)) ** 2;
  const n = a.length;
  return 1 - (6 * squares) / (n * (n * n - 1));
}

function ranksOf(values: readonly number[]): Int32Array {
  const ranks = new Int32Array(values.length);
  Int32Array.from(values.keys())
    .sort((x, y) => (values[x] ?? 0) - (values[y] ?? 0) || x - y)
    .forEach((row, rank) => {
      ranks[row] = rank;
    });
  return ranks;
}
