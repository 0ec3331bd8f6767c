import {
  ConstantSeries,
  NonFiniteValue,
  ParameterOutOfRange,
  SampleTooShort,
  ShapeMismatch,
} from './errors.ts';

/** One number per session, oldest first. */
export type Series = Float64Array | readonly number[];

/**
 * Below this share of the largest magnitude, a range is rounding and not variation. The standard deviation cannot be
 * asked instead: 375 times the value 0.0001 has one of 1e-20, hence a Sharpe ratio of 7e15.
 */
const CONSTANT_RANGE = 1e-12;

/** Fourth powers of values between these still fit a double; no return, prediction or price lies outside. */
const LARGEST = 1e60;
const SMALLEST_RANGE = 1e-60;

/** The value at a position that the caller knows to exist; a hole is a defect, found at once instead of as a NaN later. */
export function at(series: Series, index: number): number {
  const value = series[index];
  if (value === undefined) throw new RangeError(`no value at ${String(index)} of ${String(series.length)}`);
  return value;
}

/** Copies a series after checking that each value is finite (and below 1e60). Throws `NonFiniteValue` naming series and row. */
export function finiteSeries(series: Series, name: string): Float64Array {
  const copy = Float64Array.from(series);
  for (let row = 0; row < copy.length; row += 1) {
    const value = at(copy, row);
    if (!(Math.abs(value) <= LARGEST)) {
      throw new NonFiniteValue(`${name} is ${String(value)} in row ${String(row + 1)}`, {
        remedy: 'Repair or drop the row; no statistic is computed over it.',
        details: { series: name, row: row + 1 },
      });
    }
  }
  return copy;
}

/** True when the values do not vary beyond rounding. An empty series is constant. */
export function isConstant(series: Series): boolean {
  let low = Infinity;
  let high = -Infinity;
  for (const value of series) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (series.length === 0) return true;
  const magnitude = Math.max(Math.abs(low), Math.abs(high));
  return high - low <= Math.max(SMALLEST_RANGE, CONSTANT_RANGE * magnitude);
}

export function requireVariation(series: Series, name: string): void {
  if (!isConstant(series)) return;
  throw new ConstantSeries(`${name} is constant (${String(series[0] ?? 'empty')} throughout)`, {
    remedy: 'Leave it out, and find out why it does not move.',
    details: { series: name },
  });
}

export function requireLength(series: Series, minimum: number, name: string): void {
  if (series.length >= minimum) return;
  throw new SampleTooShort(`${name} has ${String(series.length)} values, ${String(minimum)} are needed`, {
    remedy: 'Use more sessions.',
    details: { series: name, length: series.length, minimum },
  });
}

export function requireSameLength(a: Series, b: Series, nameA: string, nameB: string): void {
  if (a.length === b.length) return;
  throw new ShapeMismatch(
    `${nameA} has ${String(a.length)} values, ${nameB} has ${String(b.length)}; they must be paired`,
    { remedy: 'Align both on the same sessions.', details: { [nameA]: a.length, [nameB]: b.length } },
  );
}

/** Throws `ParameterOutOfRange` unless `minimum <= value <= maximum` (and integer when asked). */
export function requireRange(
  name: string,
  value: number,
  minimum: number,
  maximum: number,
  kind: 'integer' | 'real' = 'real',
): void {
  const fits = value >= minimum && value <= maximum && (kind === 'real' || Number.isInteger(value));
  if (fits) return;
  const type = kind === 'integer' ? 'an integer' : 'a number';
  throw new ParameterOutOfRange(
    `${name} is ${String(value)}, expected ${type} from ${String(minimum)} to ${String(maximum)}`,
    { remedy: `Give ${name} a value in that range.`, details: { parameter: name, value: String(value) } },
  );
}

/** Arithmetic mean; the series must not be empty. */
export function mean(series: Series): number {
  let sum = 0;
  // By index: an iterator costs several times more here, and this is the inner loop of others.
  for (let row = 0; row < series.length; row += 1) sum += series[row] ?? 0;
  return sum / series.length;
}

/** Sum of squared deviations from the mean, in two passes. */
export function squaredDeviations(series: Series): number {
  const centre = mean(series);
  let sum = 0;
  for (const value of series) sum += (value - centre) * (value - centre);
  return sum;
}

/** Standard deviation with `ddof` degrees of freedom taken off (1: the sample estimate). */
export function standardDeviation(series: Series, ddof: 0 | 1): number {
  return Math.sqrt(squaredDeviations(series) / (series.length - ddof));
}

/**
 * Quantile by linear interpolation between order statistics (type 7 of Hyndman and Fan 1996).
 * @param sorted ascending, not empty
 * @param level in [0, 1]
 */
export function quantileOfSorted(sorted: Series, level: number): number {
  const position = (sorted.length - 1) * level;
  const below = Math.floor(position);
  const low = at(sorted, below);
  const high = at(sorted, Math.min(below + 1, sorted.length - 1));
  return low + (high - low) * (position - below);
}
