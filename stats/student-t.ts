import { incompleteBeta } from './beta.ts';
import { normalQuantile } from './normal.ts';
import { requireRange } from './series.ts';

/** Upper tail P(T > t) of Student's t for t >= 0. */
function upperTail(t: number, degreesOfFreedom: number): number {
  const square = t * t;
  return 0.5 * incompleteBeta(degreesOfFreedom / (degreesOfFreedom + square), degreesOfFreedom / 2, 0.5);
}

/** Distribution function of Student's t; degrees of freedom > 0. */
export function studentCdf(t: number, degreesOfFreedom: number): number {
  requireRange('degrees of freedom', degreesOfFreedom, Number.MIN_VALUE, 1e11);
  const tail = upperTail(Math.abs(t), degreesOfFreedom);
  return t < 0 ? tail : 1 - tail;
}

/** Two-sided p-value P(|T| > |t|), without the cancellation of 1 - cdf. */
export function studentTwoSided(t: number, degreesOfFreedom: number): number {
  requireRange('degrees of freedom', degreesOfFreedom, Number.MIN_VALUE, 1e11);
  return 2 * upperTail(Math.abs(t), degreesOfFreedom);
}

/** Quantile of Student's t by bisection on the tail, between zero and a bound found by doubling. */
export function studentQuantile(p: number, degreesOfFreedom: number): number {
  requireRange('probability', p, 1e-300, 1 - 1e-16);
  requireRange('degrees of freedom', degreesOfFreedom, 0.1, 1e11);
  if (p === 0.5) return 0;
  const tail = Math.min(p, 1 - p);
  let high = Math.max(1, -normalQuantile(tail));
  while (upperTail(high, degreesOfFreedom) > tail && high < 1e300) high *= 2;
  let low = 0;
  for (let step = 0; step < 2000; step += 1) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (upperTail(middle, degreesOfFreedom) > tail) low = middle;
    else high = middle;
  }
  const magnitude = (low + high) / 2;
  return p < 0.5 ? -magnitude : magnitude;
}
