import { Philox } from './philox.ts';
import { at, requireRange } from './series.ts';

/**
 * Stationary bootstrap of Politis and Romano (JASA 89, 1994): blocks start anywhere on the circle of observations and
 * have geometric lengths with mean `block`, so that a resample is stationary and keeps short-run dependence.
 *
 * Replicate r of seed s is a pure function of (s, r). Lengths are drawn by comparing one 32-bit word with the survival
 * function (1 - 1/block)^l, found through a guide table: no logarithm, hence no platform-dependent bits.
 */
const GUIDE_BITS = 12;
const TWO_32 = 4294967296;

/** The blocks of one resample: rows [start, end) of the circle; `end` is taken modulo the number of rows. */
export interface ResampleBlocks {
  /** First row of each block. */
  readonly starts: Int32Array;
  /** Row after the last of each block, modulo rows. */
  readonly ends: Int32Array;
  readonly lengths: Int32Array;
  /** Number of blocks used in the three arrays. */
  count: number;
}

export class StationaryBootstrap {
  readonly rows: number;
  readonly block: number;
  readonly seed: number;
  private readonly survival: Float64Array;
  private readonly guide: Int32Array;

  /**
   * @param rows observations, >= 2
   * @param block mean block length in rows, in [1, rows]
   * @param seed integer in [0, 2^53)
   */
  constructor(rows: number, block: number, seed: number) {
    requireRange('rows', rows, 2, 10_000_000, 'integer');
    requireRange('block', block, 1, rows);
    requireRange('seed', seed, 0, Number.MAX_SAFE_INTEGER, 'integer');
    this.rows = rows;
    this.block = block;
    this.seed = seed;
    this.survival = survivalTable(rows, 1 - 1 / block);
    this.guide = guideTable(this.survival);
  }

  /** Arrays large enough for any resample. */
  emptyBlocks(): ResampleBlocks {
    const make = (): Int32Array => new Int32Array(this.rows);
    return { starts: make(), ends: make(), lengths: make(), count: 0 };
  }

  /** Draws replicate `replicate` into `out`. */
  draw(replicate: number, out: ResampleBlocks): void {
    const { rows } = this;
    const random = new Philox(this.seed, replicate);
    let filled = 0;
    let count = 0;
    while (filled < rows) {
      const start = random.nextBelow(rows);
      const length = Math.min(this.lengthOf(random.nextWord()), rows - filled);
      const end = start + length;
      out.starts[count] = start;
      out.ends[count] = end >= rows ? end - rows : end;
      out.lengths[count] = length;
      filled += length;
      count += 1;
    }
    out.count = count;
  }

  /** The row indices of one resample, written out: what a naive bootstrap would gather. */
  indices(replicate: number): Int32Array {
    const blocks = this.emptyBlocks();
    this.draw(replicate, blocks);
    const rows = new Int32Array(this.rows);
    let position = 0;
    for (let block = 0; block < blocks.count; block += 1) {
      const start = blocks.starts[block] ?? 0;
      const length = blocks.lengths[block] ?? 0;
      for (let offset = 0; offset < length; offset += 1) {
        rows[position] = (start + offset) % this.rows;
        position += 1;
      }
    }
    return rows;
  }

  /** Smallest l with survival(l) <= u, for u = word / 2^32. */
  private lengthOf(word: number): number {
    const u = word / TWO_32;
    let length = this.guide[word >>> (32 - GUIDE_BITS)] ?? 1;
    while (length < this.rows && u < (this.survival[length] ?? 0)) length += 1;
    return length;
  }
}

/** P(length > l) for l = 0 .. rows. */
function survivalTable(rows: number, stay: number): Float64Array {
  const survival = new Float64Array(rows + 1);
  let value = 1;
  for (let length = 0; length <= rows; length += 1) {
    survival[length] = value;
    value *= stay;
  }
  return survival;
}

/** For each bucket of the top bits, the smallest length any word in it can mean. */
function guideTable(survival: Float64Array): Int32Array {
  const buckets = 1 << GUIDE_BITS;
  const guide = new Int32Array(buckets);
  let length = 1;
  for (let bucket = buckets - 1; bucket >= 0; bucket -= 1) {
    const largest = (bucket + 1) / buckets - 1 / TWO_32;
    while (length < survival.length - 1 && largest < at(survival, length)) length += 1;
    guide[bucket] = length;
  }
  return guide;
}
