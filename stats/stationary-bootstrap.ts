import { halves, philoxBlock } from './philox.ts';
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

/** Blocks of a run of resamples, one after the other: rows [start, end) of the circle, `end` modulo rows. */
export interface ResampleBlocks {
  /** First row of each block. */
  readonly starts: Int32Array;
  /** Row after the last of each block, modulo rows. */
  readonly ends: Int32Array;
  /** The blocks of resample i lie at [offsets[i], offsets[i + 1]). */
  readonly offsets: Int32Array;
}

export class StationaryBootstrap {
  readonly rows: number;
  readonly block: number;
  readonly seed: number;
  private readonly key: readonly [number, number];
  private readonly words = new Uint32Array(4);
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
    this.key = halves(seed);
    this.survival = survivalTable(rows, 1 - 1 / block);
    this.guide = guideTable(this.survival);
  }

  /** Arrays large enough for any `count` resamples. */
  emptyBlocks(count: number): ResampleBlocks {
    return {
      starts: new Int32Array(count * this.rows),
      ends: new Int32Array(count * this.rows),
      offsets: new Int32Array(count + 1),
    };
  }

  /**
   * Draws replicates [from, from + count) into `out`. The words of a Philox block are used in pairs: where a block
   * starts, and how long it is. A start is word x rows / 2^32, whose bias of rows / 2^32 is far below any Monte-Carlo error.
   */
  draw(from: number, count: number, out: ResampleBlocks): void {
    let next = 0;
    for (let index = 0; index < count; index += 1) {
      out.offsets[index] = next;
      next = this.drawOne(from + index, next, out);
    }
    out.offsets[count] = next;
  }

  private drawOne(replicate: number, offset: number, out: ResampleBlocks): number {
    const { rows, words, guide, survival } = this;
    const { starts, ends } = out;
    const [key0, key1] = this.key;
    const [stream0, stream1] = halves(replicate);
    const scale = rows / TWO_32;
    let position = offset;
    let filled = 0;
    for (let counter = 0; filled < rows; counter += 1) {
      philoxBlock(counter, 0, stream0, stream1, key0, key1, words);
      for (let pair = 0; pair < 4 && filled < rows; pair += 2) {
        const start = Math.floor((words[pair] ?? 0) * scale);
        const word = words[pair + 1] ?? 0;
        let length = guide[word >>> (32 - GUIDE_BITS)] ?? 1;
        while (length < rows && word < (survival[length] ?? 0)) length += 1;
        if (length > rows - filled) length = rows - filled;
        const end = start + length;
        starts[position] = start;
        ends[position] = end >= rows ? end - rows : end;
        position += 1;
        filled += length;
      }
    }
    return position;
  }

  /** The row indices of one resample, written out: what a naive bootstrap would gather. */
  indices(replicate: number): Int32Array {
    const blocks = this.emptyBlocks(1);
    this.draw(replicate, 1, blocks);
    const rows = new Int32Array(this.rows);
    let position = 0;
    for (let block = 0; block < (blocks.offsets[1] ?? 0); block += 1) {
      let row = blocks.starts[block] ?? 0;
      // A block that ends where it starts has gone once around.
      do {
        rows[position] = row;
        position += 1;
        row = row + 1 === this.rows ? 0 : row + 1;
      } while (row !== blocks.ends[block]);
    }
    return rows;
  }
}

/** 2^32 P(length > l) for l = 0 .. rows: a word below it makes the block longer than l. */
function survivalTable(rows: number, stay: number): Float64Array {
  const survival = new Float64Array(rows + 1);
  let value = TWO_32;
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
    const largest = ((bucket + 1) * TWO_32) / buckets - 1;
    while (length < survival.length - 1 && largest < at(survival, length)) length += 1;
    guide[bucket] = length;
  }
  return guide;
}
