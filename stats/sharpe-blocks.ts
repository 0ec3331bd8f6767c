import type { HalfScorer } from './block-combinations.ts';
import { ConstantSeries } from './errors.ts';
import { mean } from './series.ts';

/**
 * A half whose squared deviations are this small a share of its second moment is constant: rounding leaves about 1e-15, and
 * a real series would have to sit a million deviations away from its own mean over the other blocks.
 */
const CONSTANT_SHARE = 1e-13;

/**
 * Scores halves by the per-period Sharpe ratio (T - 1). The sums of centred returns and of their squares are tabulated over
 * every subset of the lower and of the upper half of the blocks, so that a combination costs two additions per column and
 * moment whatever the number of rows; centring each column by its mean keeps the variance free of cancellation.
 *
 * A column that is zero throughout a half has the ratio 0 there; one that is constant at another value throws
 * `ConstantSeries` by name, since its ratio would be infinite and it would win every time.
 */
export function sharpeScorer(
  columns: readonly Float64Array[],
  names: readonly string[],
  splits: number,
  blockRows: number,
): HalfScorer {
  const count = columns.length;
  const half = splits / 2;
  const means = Float64Array.from(columns, (column) => mean(column));
  const low = subsetSums(columns, means, half, 0, splits, blockRows);
  const high = subsetSums(columns, means, half, half, splits, blockRows);
  const rows = half * blockRows;
  return (lowSet, highSet, out) => {
    const lowOffset = lowSet * count;
    const highOffset = highSet * count;
    for (let column = 0; column < count; column += 1) {
      const sum = (low.sums[lowOffset + column] ?? 0) + (high.sums[highOffset + column] ?? 0);
      const square = (low.squares[lowOffset + column] ?? 0) + (high.squares[highOffset + column] ?? 0);
      const deviations = square - (sum * sum) / rows;
      const centre = means[column] ?? 0;
      const average = centre + sum / rows;
      out[column] =
        deviations > CONSTANT_SHARE * square
          ? average / Math.sqrt(deviations / (rows - 1))
          : ratioOfConstant(average, centre, names[column] ?? `column ${String(column + 1)}`);
    }
  };
}

function ratioOfConstant(average: number, centre: number, name: string): number {
  if (Math.abs(average) <= 1e-12 * Math.abs(centre)) return 0;
  throw new ConstantSeries(`${name} is constant (${String(average)}) over half of the blocks`, {
    remedy: 'Leave it out, or find out why it does not move there.',
    details: { series: name },
  });
}

interface SubsetSums {
  readonly sums: Float64Array;
  readonly squares: Float64Array;
}

/** Entry [subset * columns + column], subsets of blocks firstBlock .. firstBlock + half - 1 as bit masks. */
function subsetSums(
  columns: readonly Float64Array[],
  means: Float64Array,
  half: number,
  firstBlock: number,
  splits: number,
  blockRows: number,
): SubsetSums {
  const count = columns.length;
  const sums = new Float64Array((1 << half) * count);
  const squares = new Float64Array((1 << half) * count);
  columns.forEach((column, index) => {
    const skipped = column.length - blockRows * splits;
    const centre = means[index] ?? 0;
    for (let subset = 1; subset < 1 << half; subset += 1) {
      const rest = subset & (subset - 1);
      const lowest = 31 - Math.clz32(subset & -subset);
      const position = subset * count + index;
      if (rest === 0) {
        const begin = skipped + (firstBlock + lowest) * blockRows;
        let sum = 0;
        let square = 0;
        for (let row = begin; row < begin + blockRows; row += 1) {
          const value = (column[row] ?? 0) - centre;
          sum += value;
          square += value * value;
        }
        sums[position] = sum;
        squares[position] = square;
      } else {
        const single = (1 << lowest) * count + index;
        sums[position] = (sums[rest * count + index] ?? 0) + (sums[single] ?? 0);
        squares[position] = (squares[rest * count + index] ?? 0) + (squares[single] ?? 0);
      }
    }
  });
  return { sums, squares };
}
