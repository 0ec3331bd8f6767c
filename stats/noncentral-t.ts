import { logGamma } from './beta.ts';
import { normalCdf } from './normal.ts';
import { gaussLegendre, integrate } from './quadrature.ts';
import { requireRange } from './series.ts';

const RULE = gaussLegendre(20);
/** The density of the scaled chi beyond this many of its standard deviations is below 1e-17. */
const REACH = 9;

/**
 * P(T > t) for T = (Z + shift) / sqrt(V / df), Z standard normal and V chi-squared: the noncentral t, by conditioning on the
 * denominator (Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions 2, eq. 31.15). The integrand is smooth;
 * the result is good to about 1e-13.
 * @param degreesOfFreedom in [1, 1e7]
 * @param shift noncentrality, in [-1e4, 1e4]
 */
export function noncentralTUpperTail(t: number, degreesOfFreedom: number, shift: number): number {
  requireRange('t', t, -1e4, 1e4);
  requireRange('degrees of freedom', degreesOfFreedom, 1, 1e7);
  requireRange('noncentrality', shift, -1e4, 1e4);
  const df = degreesOfFreedom;
  const logFront = Math.LN2 + (df / 2) * Math.log(df / 2) - logGamma(df / 2);
  const density = (u: number): number =>
    u === 0 && df === 1 ? Math.exp(logFront) : Math.exp(logFront + (df - 1) * Math.log(u) - (df * u * u) / 2);
  const deviation = 1 / Math.sqrt(2 * df);
  const from = Math.max(0, 1 - REACH * deviation);
  const to = 1 + REACH * deviation;
  // The normal factor changes over a width of 1 / |t|; a panel is never wider than that.
  const panels = Math.ceil(24 + (to - from) * Math.abs(t));
  return integrate(RULE, from, to, panels, (u) => density(u) * normalCdf(shift - t * u));
}
