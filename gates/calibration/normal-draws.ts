import { Philox } from '../../stats/philox.ts';

/** Standard normal numbers from a counter-based stream, by the polar method (Marsaglia and Bray 1964). */
export class NormalDraws {
  private readonly random: Philox;
  private spare: number | null = null;

  /** Both integers in [0, 2^53). (seed, stream) fixes every draw. */
  constructor(seed: number, stream: number) {
    this.random = new Philox(seed, stream);
  }

  next(): number {
    if (this.spare !== null) {
      const spare = this.spare;
      this.spare = null;
      return spare;
    }
    for (;;) {
      const x = 2 * this.random.nextUniform() - 1;
      const y = 2 * this.random.nextUniform() - 1;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const scale = Math.sqrt((-2 * Math.log(square)) / square);
      this.spare = y * scale;
      return x * scale;
    }
  }

  /** A stationary first-order autoregression with unit variance. */
  series(length: number, autocorrelation: number): Float64Array {
    const innovation = Math.sqrt(1 - autocorrelation ** 2);
    let previous = this.next();
    return Float64Array.from({ length }, (_, row) => {
      previous = row === 0 ? previous : autocorrelation * previous + innovation * this.next();
      return previous;
    });
  }
}
