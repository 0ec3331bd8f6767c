import { normalQuantile } from '../../../stats/normal.ts';
import { Philox } from '../../../stats/philox.ts';

/** Normal daily returns with a first-order autocorrelation; the same seed gives the same series. */
export function simulatedReturns(options: {
  readonly rows: number;
  readonly seed: number;
  readonly stream?: number;
  readonly mean?: number;
  readonly deviation?: number;
  readonly autocorrelation?: number;
}): Float64Array {
  const { rows, seed, stream = 0, mean = 0, deviation = 0.01, autocorrelation = 0 } = options;
  const random = new Philox(seed, stream);
  let previous = 0;
  return Float64Array.from({ length: rows }, () => {
    const shock = normalQuantile(random.nextUniform() * 0.999999 + 5e-7);
    previous = autocorrelation * previous + shock;
    return mean + deviation * previous;
  });
}

/** Independent strategies; the one at `skilled` has the given daily mean. */
export function simulatedPanel(options: {
  readonly rows: number;
  readonly columns: number;
  readonly seed: number;
  readonly skilled?: number;
  readonly mean?: number;
}): Float64Array[] {
  return Array.from({ length: options.columns }, (_, column) =>
    simulatedReturns({
      rows: options.rows,
      seed: options.seed,
      stream: column,
      mean: column === options.skilled ? (options.mean ?? 0) : 0,
    }),
  );
}
