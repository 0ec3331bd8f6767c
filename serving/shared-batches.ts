/** Bytes of the smallest memory handed out; sizes are powers of two, so that one that was given back fits the next. */
const LEAST_BYTES = 16 * 1024;

/**
 * Memory that the threads of this process share, for batches that several of them score at once: nothing is copied for each
 * thread, and nothing is left to the garbage collector, which would be called for its size (measured with universes of 336 kB:
 * a fifth of the main thread's time and pauses of 40 ms).
 */
export class SharedBatches {
  readonly #mostKeptBytes: number;
  readonly #kept = new Map<number, SharedArrayBuffer[]>();
  #keptBytes = 0;

  /** @param mostKeptBytes memory that is kept for later batches; what comes back beyond it is dropped */
  constructor(mostKeptBytes: number) {
    this.#mostKeptBytes = mostKeptBytes;
  }

  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** A copy of `values` in shared memory. */
  copy(values: Float32Array): Float32Array<SharedArrayBuffer> {
    const bytes = Math.max(LEAST_BYTES, 2 ** Math.ceil(Math.log2(Math.max(1, values.byteLength))));
    const kept = this.#kept.get(bytes)?.pop();
    if (kept !== undefined) this.#keptBytes -= bytes;
    const batch = new Float32Array(kept ?? new SharedArrayBuffer(bytes), 0, values.length);
    batch.set(values);
    return batch;
  }

  /** Once no thread reads the batch any more, and once only. */
  giveBack({ buffer }: Float32Array<SharedArrayBuffer>): void {
    if (this.#keptBytes + buffer.byteLength > this.#mostKeptBytes) return;
    const same = this.#kept.get(buffer.byteLength) ?? [];
    if (same.length === 0) this.#kept.set(buffer.byteLength, same);
    same.push(buffer);
    this.#keptBytes += buffer.byteLength;
  }
}
