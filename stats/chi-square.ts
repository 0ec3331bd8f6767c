import { requireRange } from './series.ts';

const LARGEST_STEPS = 1000;
const PRECISION = 1e-15;

/** Lanczos' approximation of log gamma, g = 7, nine terms; relative error below 1e-14 for x > 0. */
const LANCZOS: readonly number[] = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

function logGamma(x: number): number {
  const shifted = x - 1;
  const base = shifted + 7.5;
  const series = LANCZOS.slice(1).reduce(
    (sum, coefficient, term) => sum + coefficient / (shifted + term + 1),
    LANCZOS[0] ?? 0,
  );
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(base) - base + Math.log(series);
}

/**
 * Probability that a chi-square variable with `degrees` degrees of freedom exceeds `value`: the upper regularised incomplete
 * gamma function Q(degrees / 2, value / 2), by its series below the mean and by its continued fraction (Lentz) above
 * (Press et al., Numerical Recipes, 6.2).
 *
 * @param value at least 0; infinity gives 0
 * @param degrees above 0
 * Throws `ParameterOutOfRange`.
 */
export function chiSquareTail(value: number, degrees: number): number {
  requireRange('degrees', degrees, Number.MIN_VALUE, Number.MAX_VALUE);
  if (value === Number.POSITIVE_INFINITY) return 0;
  requireRange('value', value, 0, Number.MAX_VALUE);
  const shape = degrees / 2;
  const x = value / 2;
  if (x === 0) return 1;
  const front = Math.exp(shape * Math.log(x) - x - logGamma(shape));
  return x < shape + 1 ? 1 - front * lowerSeries(shape, x) : front * upperFraction(shape, x);
}

function lowerSeries(shape: number, x: number): number {
  let term = 1 / shape;
  let sum = term;
  for (let step = 1; step < LARGEST_STEPS; step += 1) {
    term *= x / (shape + step);
    sum += term;
    if (term < sum * PRECISION) break;
  }
  return sum;
}

function upperFraction(shape: number, x: number): number {
  const tiny = Number.MIN_VALUE / PRECISION;
  let b = x + 1 - shape;
  let c = 1 / tiny;
  let d = 1 / b;
  let value = d;
  for (let step = 1; step < LARGEST_STEPS; step += 1) {
    const a = -step * (step - shape);
    b += 2;
    d = 1 / nonZero(a * d + b, tiny);
    c = nonZero(b + a / c, tiny);
    value *= d * c;
    if (Math.abs(d * c - 1) < PRECISION) break;
  }
  return value;
}

const nonZero = (value: number, tiny: number): number => (Math.abs(value) < tiny ? tiny : value);
