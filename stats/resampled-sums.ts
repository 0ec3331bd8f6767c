import type { ResampleBlocks } from './stationary-bootstrap.ts';

/**
 * prefix[i] is the sum of rows before i. The series is centred, so a whole turn of the circle adds nothing and a block
 * that wraps is still one difference of two entries.
 */
export function circularPrefix(series: Float64Array): Float64Array {
  const prefix = new Float64Array(series.length);
  let sum = 0;
  for (let row = 0; row < series.length; row += 1) {
    prefix[row] = sum;
    sum += series[row] ?? 0;
  }
  return prefix;
}

/**
 * Sums of one column over each resample of a batch, written to `out[slot * stride + rank]`. Two running sums, so that
 * additions do not wait for each other.
 */
export function resampleSums(
  prefix: Float64Array,
  blocks: ResampleBlocks,
  size: number,
  out: Float64Array,
  rank: number,
  stride: number,
): void {
  const { starts, ends, offsets } = blocks;
  for (let slot = 0; slot < size; slot += 1) {
    const stop = offsets[slot + 1] ?? 0;
    let even = 0;
    let odd = 0;
    let block = offsets[slot] ?? 0;
    for (; block + 1 < stop; block += 2) {
      even += (prefix[ends[block] ?? 0] ?? 0) - (prefix[starts[block] ?? 0] ?? 0);
      odd += (prefix[ends[block + 1] ?? 0] ?? 0) - (prefix[starts[block + 1] ?? 0] ?? 0);
    }
    if (block < stop) even += (prefix[ends[block] ?? 0] ?? 0) - (prefix[starts[block] ?? 0] ?? 0);
    out[slot * stride + rank] = even + odd;
  }
}
