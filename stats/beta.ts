import { requireRange } from './series.ts';

/** Coefficients B_2k / (2k (2k - 1)) of Stirling's series, k = 1 .. 8 (Abramowitz and Stegun 6.1.41). */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400];
const HALF_LOG_TWO_PI = 0.9189385332046727418;

/** Natural logarithm of the gamma function for x > 0: recurrence up to 15, where eight terms of Stirling are exact to rounding. */
export function logGamma(x: number): number {
  let shift = 1;
  let y = x;
  while (y < 15) {
    shift *= y;
    y += 1;
  }
  const inverse = 1 / y;
  const square = inverse * inverse;
  let series = 0;
  for (let k = STIRLING.length - 1; k >= 0; k -= 1) series = series * square + (STIRLING[k] ?? 0);
  return (y - 0.5) * Math.log(y) - y + HALF_LOG_TWO_PI + series * inverse - Math.log(shift);
}

/** Continued fraction of the incomplete beta function (DLMF 8.17.22) by the modified Lentz method. */
function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const guard = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / guard(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 100000; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / guard(1 + even * d);
    c = guard(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / guard(1 + odd * d);
    c = guard(1 + odd / c);
    const step = d * c;
    fraction *= step;
    if (Math.abs(step - 1) < 1e-16) break;
  }
  return fraction;
}

/**
 * Regularised incomplete beta function I_x(a, b), the distribution function of Beta(a, b).
 * @param x in [0, 1]; a, b > 0
 */
export function incompleteBeta(x: number, a: number, b: number): number {
  requireRange('x', x, 0, 1);
  requireRange('a', a, Number.MIN_VALUE, 1e12);
  requireRange('b', b, Number.MIN_VALUE, 1e12);
  if (x === 0 || x === 1) return x;
  const logFront = logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x);
  // The fraction converges fast only on this side of the mean; the other side follows by symmetry.
  if (x < (a + 1) / (a + b + 2)) return (Math.exp(logFront) * betaFraction(x, a, b)) / a;
  return 1 - (Math.exp(logFront) * betaFraction(1 - x, b, a)) / b;
}

/** Quantile of Beta(a, b) by bisection down to neighbouring doubles: slow, sure, and asked for rarely. */
export function betaQuantile(p: number, a: number, b: number): number {
  requireRange('probability', p, 0, 1);
  let low = 0;
  let high = 1;
  for (let step = 0; step < 200; step += 1) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (incompleteBeta(middle, a, b) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** A probability estimated by counting, with its exact interval. */
export interface ProportionInterval {
  readonly lower: number;
  readonly upper: number;
  readonly confidence: number;
}

/**
 * Interval of Clopper and Pearson (Biometrika 26, 1934) for a proportion: covers at least `confidence` for any n.
 * @param successes integer in [0, n]
 * @param confidence two-sided, in (0, 1)
 */
export function clopperPearson(successes: number, n: number, confidence: number): ProportionInterval {
  requireRange('n', n, 1, 1e12, 'integer');
  requireRange('successes', successes, 0, n, 'integer');
  requireRange('confidence', confidence, 1e-12, 1 - 1e-12);
  const tail = (1 - confidence) / 2;
  const lower = successes === 0 ? 0 : betaQuantile(tail, successes, n - successes + 1);
  const upper = successes === n ? 1 : betaQuantile(1 - tail, successes + 1, n - successes);
  return { lower, upper, confidence };
}
