import { kernelOver, LANES, type KernelExports } from './tree-kernel.ts';
import type { TreeImage } from './tree-image.ts';

/** Rows in the kernel's memory at a time: with 42 features they and their sums stay in the first-level cache. */
const BLOCK_ROWS = 64;
const PAGE_BYTES = 65_536;

/** A model in one thread: its trees in a memory of the kernel, and room for a block of rows behind them. Synchronous. */
export class TreeWalk {
  readonly #image: TreeImage;
  readonly #kernel: KernelExports;
  readonly #values: Float32Array;
  readonly #sums: Float64Array;
  readonly #tileFloats: number;
  /** Byte addresses. */
  readonly #tiles: number;
  readonly #sumsAt: number;

  constructor(image: TreeImage) {
    this.#image = image;
    this.#tileFloats = 2 * image.features * LANES;
    this.#sumsAt = image.bytes.byteLength;
    this.#tiles = this.#sumsAt + BLOCK_ROWS * 8;
    const end = this.#tiles + (BLOCK_ROWS / LANES) * this.#tileFloats * 4;
    const pages = Math.ceil(end / PAGE_BYTES);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    new Uint8Array(memory.buffer).set(new Uint8Array(image.bytes));
    this.#kernel = kernelOver(memory);
    this.#values = new Float32Array(memory.buffer, this.#tiles);
    this.#sums = new Float64Array(memory.buffer, this.#sumsAt, BLOCK_ROWS);
  }

  /** @param batch rows x features float32, row by row; NaN is missing. Not changed. @returns one float64 per row */
  score(batch: Float32Array, rows: number): Float64Array<ArrayBuffer> {
    const scores = new Float64Array(rows);
    for (let from = 0; from < rows; from += BLOCK_ROWS) {
      const to = Math.min(rows, from + BLOCK_ROWS);
      if (to - from < LANES / 2) this.#scoreRows(batch, from, to, scores);
      else this.#scoreBlock(batch, from, to, scores);
    }
    return scores;
  }

  /** A few rows: eight trees at a time for one row. */
  #scoreRows(batch: Float32Array, from: number, to: number, scores: Float64Array): void {
    const { roots, leaves, trees } = this.#image;
    const rootsEnd = roots + Math.ceil(trees / LANES) * LANES * 4;
    for (let row = from; row < to; row += 1) {
      this.#put(batch, row, 0);
      scores[row] = this.#kernel.row(this.#tiles, roots, rootsEnd, leaves, this.#weightBias);
    }
  }

  /** Many rows: eight rows at a time for one tree. Places without a row keep an earlier one's values; nobody reads their sums. */
  #scoreBlock(batch: Float32Array, from: number, to: number, scores: Float64Array): void {
    const { roots, leaves, trees } = this.#image;
    for (let row = from; row < to; row += 1) {
      const place = row - from;
      this.#put(batch, row, Math.floor(place / LANES) * this.#tileFloats + (place % LANES));
    }
    this.#sums.fill(0);
    const tileBytes = this.#tileFloats * 4;
    const tilesEnd = this.#tiles + Math.ceil((to - from) / LANES) * tileBytes;
    const rootsEnd = roots + trees * 4;
    this.#kernel.tiles(
      ...([
        this.#tiles,
        tilesEnd,
        this.#sumsAt,
        roots,
        rootsEnd,
        leaves,
        this.#weightBias,
        tileBytes,
      ] as const),
    );
    scores.set(this.#sums.subarray(0, to - from), from);
  }

  get #weightBias(): number {
    return this.#image.weights - this.#image.leaves / 2;
  }

  #put(batch: Float32Array, row: number, at: number): void {
    const { features } = this.#image;
    const offset = row * features;
    let place = at;
    for (let feature = 0; feature < features; feature += 1) {
      const value = batch[offset + feature] ?? Number.NaN;
      this.#values[place] = value;
      this.#values[place + LANES] = -value;
      place += 2 * LANES;
    }
  }
}
