/**
 * Philox 4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
 * 1, 2, 3" (SC 2011). A block of four words is a pure function of (key, counter): replicate 7,000 of a bootstrap has
 * the same bits whether one thread computes it or eight, today or when the record is audited years later.
 */
const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;
const TWO_32 = 4294967296;

/** The upper 32 bits of a 32 x 32 bit product; each partial product below stays under 2^32, exact in a double. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle1 = aHigh * bLow + ((aLow * bLow) >>> 16);
  const middle2 = aLow * bHigh + (middle1 & 0xffff);
  return (aHigh * bHigh + (middle1 >>> 16) + (middle2 >>> 16)) >>> 0;
}

/**
 * One block: four 32-bit words for a 128-bit counter (c0 .. c3) under a 64-bit key, written to `out[0..3]`. Scalars
 * instead of tuples, because a bootstrap asks for millions of blocks.
 */
export function philoxBlock(
  counter0: number,
  counter1: number,
  counter2: number,
  counter3: number,
  key0: number,
  key1: number,
  out: Uint32Array,
): void {
  let [c0, c1, c2, c3] = [counter0, counter1, counter2, counter3];
  let [k0, k1] = [key0, key1];
  for (let round = 0; round < ROUNDS; round += 1) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0);
    const low0 = Math.imul(MULTIPLIER_0, c0);
    const high1 = multiplyHigh(MULTIPLIER_1, c2);
    const low1 = Math.imul(MULTIPLIER_1, c2);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + WEYL_0) | 0;
    k1 = (k1 + WEYL_1) | 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** The two 32-bit halves of an integer in [0, 2^53), low first. */
export function halves(integer: number): readonly [number, number] {
  return [(integer % TWO_32) | 0, Math.floor(integer / TWO_32)];
}

/** A stream of random numbers: (seed, stream) fixes every bit. Streams of one seed do not overlap. */
export class Philox {
  private readonly key: readonly [number, number];
  private readonly stream: readonly [number, number];
  private readonly words = new Uint32Array(4);
  private block = 0;
  private used = 4;

  /**
   * @param seed integer in [0, 2^53)
   * @param stream integer in [0, 2^53), for instance the index of a bootstrap replicate
   */
  constructor(seed: number, stream: number) {
    this.key = halves(seed);
    this.stream = halves(stream);
  }

  /** Uniform on the integers 0 .. 2^32 - 1. */
  nextWord(): number {
    if (this.used === 4) {
      philoxBlock(this.block, 0, ...this.stream, ...this.key, this.words);
      this.block += 1;
      this.used = 0;
    }
    const word = this.words[this.used] ?? 0;
    this.used += 1;
    return word;
  }

  /** Uniform on [0, 1) with 53 random bits. */
  nextUniform(): number {
    const high = this.nextWord() >>> 5;
    const low = this.nextWord() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** Uniform on 0 .. bound - 1 without bias: a word in the incomplete last cycle is drawn again. */
  nextBelow(bound: number): number {
    const limit = TWO_32 - (TWO_32 % bound);
    let word = this.nextWord();
    while (word >= limit) word = this.nextWord();
    return word % bound;
  }
}
