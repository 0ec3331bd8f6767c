/**
 * Random numbers of the simulated market: xoshiro128** (Blackman and Vigna, "Scrambled linear pseudorandom number
 * generators", ACM TOMS 2021), its state filled by SplitMix32 from (seed, stream). Each symbol and each factor has a
 * stream of its own, so that adding a symbol moves no other and the order of computation cannot matter.
 */
export class RandomStream {
  private s0: number;
  private s1: number;
  private s2: number;
  private s3: number;
  private spareNormal: number | null = null;

  /** Both integers in [0, 2^32). */
  constructor(seed: number, stream: number) {
    let state = (Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul((stream + 1) | 0, 0x85ebca77)) >>> 0;
    const next = (): number => {
      state = (state + 0x9e3779b9) >>> 0;
      let word = state;
      word = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
      word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
      return (word ^ (word >>> 15)) >>> 0;
    };
    this.s0 = next();
    this.s1 = next();
    this.s2 = next();
    // A state of four zeros would stay there for ever.
    this.s3 = next() | 1;
  }

  /** Uniform on the integers 0 .. 2^32 - 1. */
  word(): number {
    const scrambled = Math.imul(this.s1, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    const shifted = this.s1 << 9;
    this.s2 ^= this.s0;
    this.s3 ^= this.s1;
    this.s1 ^= this.s2;
    this.s0 ^= this.s3;
    this.s2 ^= shifted;
    this.s3 = (this.s3 << 11) | (this.s3 >>> 21);
    return result;
  }

  /** Uniform on (0, 1), both ends excluded. */
  uniform(): number {
    return (this.word() + 0.5) / 4294967296;
  }

  uniformBetween(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** Uniform on the integers low .. high. */
  integerBetween(low: number, high: number): number {
    return low + Math.floor(this.uniform() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** Standard normal, by the polar method (Marsaglia and Bray 1964). */
  normal(): number {
    if (this.spareNormal !== null) {
      const spare = this.spareNormal;
      this.spareNormal = null;
      return spare;
    }
    for (;;) {
      const x = 2 * this.uniform() - 1;
      const y = 2 * this.uniform() - 1;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const scale = Math.sqrt((-2 * Math.log(square)) / square);
      this.spareNormal = y * scale;
      return x * scale;
    }
  }

  /** Student's t with `degrees` degrees of freedom, scaled to unit variance; needs more than two. */
  heavyTailed(degrees: number): number {
    let squares = 0;
    for (let i = 0; i < degrees; i += 1) squares += this.normal() ** 2;
    return this.normal() * Math.sqrt((degrees - 2) / squares);
  }
}
