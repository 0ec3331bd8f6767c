import { type IcBaseline, innovationLikelihood, MEAN_GRID } from './ic-baseline.ts';

/**
 * Sequential detection of decay in a daily rank IC: Shiryaev and Roberts' statistic, averaged over the uncertain baseline.
 *
 * For each candidate mean of the model in order (`MEAN_GRID`, weighted by what the reference and every session since say)
 * the statistic sums, over all sessions on which decay may have begun, how much likelier the IC since then is under decay
 * than in order. Decay means a mean of zero (weight .7) or one turned round to minus half (weight .3). In order, the sum
 * grows by one a session on average whatever the looks (Roberts 1966; Pollak 1985), so it may be looked at daily and its
 * threshold is a number of sessions: the average wait for a false alarm. Because the baseline keeps learning while the
 * model is in order, its uncertainty is inside the test instead of added to it.
 *
 * Nuisances: the AR(1) takes autocorrelation out, the Student likelihood heavy tails. The scale is the larger of a slow and
 * a fast running estimate, and counts for more than it is when it lies above the reference's: in a session of thrice the
 * noise an IC says little. The likelihood is tempered (scale x 1.2), for the scale and the autocorrelation are estimates.
 */

/** Mean IC after decay as a multiple of the one in order, and its weight. */
const DECAYED = [
  { multiple: 0, weight: 0.7 },
  { multiple: -0.5, weight: 0.3 },
] as const;

const TEMPER = 1.2;
const SLOW_HALF_LIFE = 60;
const FAST_HALF_LIFE = 15;
/** Power of (fast variance / reference variance) by which a noisy spell is discounted further. */
const DISCOUNT = 0.75;
/** A single session moves the running variance by at most nine times its value. */
const WINSOR = 9;

const SLOW = 0.5 ** (1 / SLOW_HALF_LIFE);
const FAST = 0.5 ** (1 / FAST_HALF_LIFE);

/** Sums above this say no more; the cap keeps them finite while an alarm stands for years. */
const LARGEST_SUM = 1e200;

export class DecayDetector {
  private readonly baseline: IcBaseline;
  private readonly healthy: Float64Array;
  private readonly decayed: Float64Array;
  private slowVariance: number;
  private fastVariance: number;
  private before: number;
  /** Cusum of the evidence of each session for decay, and how many sessions ago it last began. */
  private evidence = 0;
  private evidenceSessions = 0;

  /** @param lastReferenceIc the newest IC of the reference, NaN when monitoring does not follow it at once. */
  constructor(baseline: IcBaseline, lastReferenceIc: number) {
    this.baseline = baseline;
    this.healthy = Float64Array.from(baseline.weights);
    this.decayed = new Float64Array(MEAN_GRID.length * DECAYED.length);
    this.slowVariance = baseline.innovation ** 2;
    this.fastVariance = this.slowVariance;
    this.before = lastReferenceIc;
  }

  /** Takes one session's IC and returns the logarithm of the statistic. NaN (no IC) leaves everything as it was. */
  observe(ic: number): number {
    if (!Number.isFinite(ic)) return this.statistic;
    const { autocorrelation, sampleMean } = this.baseline;
    const lag = Number.isFinite(this.before) ? this.before : sampleMean;
    const step = ic - autocorrelation * lag;
    const oneLessPhi = 1 - autocorrelation;
    this.accumulate(step, oneLessPhi, this.variance());
    this.rescale((step - oneLessPhi * sampleMean) ** 2);
    this.before = ic;
    return this.statistic;
  }

  /** Forgets the evidence for decay and keeps what was learnt about the model in order: after an alarm was acted on. */
  restart(): void {
    this.decayed.fill(0);
    this.evidence = 0;
    this.evidenceSessions = 0;
  }

  /**
   * Sessions with an IC since decay most likely began, the newest included; 0 when nothing speaks for decay. The maximum of
   * the cumulated log likelihood ratio over all beginnings (Page 1954): the estimate of the change point.
   */
  get sessionsSinceOnset(): number {
    return this.evidenceSessions;
  }

  get statistic(): number {
    return Math.log(this.decayed.reduce((sum, value) => sum + value, 0));
  }

  /** Running standard deviation of the innovations as a multiple of the reference's. */
  get scaleRatio(): number {
    return Math.sqrt(Math.max(this.slowVariance, this.fastVariance)) / this.baseline.innovation;
  }

  private variance(): number {
    const ratio = this.fastVariance / this.baseline.innovation ** 2;
    return Math.max(this.slowVariance, this.fastVariance) * TEMPER ** 2 * Math.max(1, ratio) ** DISCOUNT;
  }

  private accumulate(step: number, oneLessPhi: number, variance: number): void {
    const { healthy, decayed } = this;
    let total = 0;
    let totalDecayed = 0;
    for (let row = 0; row < healthy.length; row += 1) {
      const candidate = (MEAN_GRID[row] ?? 0) * oneLessPhi;
      const before = healthy[row] ?? 0;
      DECAYED.forEach(({ multiple, weight }, kind) => {
        const cell = row * DECAYED.length + kind;
        const sum = (decayed[cell] ?? 0) + before * weight;
        const likelihood = innovationLikelihood(step - multiple * candidate, variance);
        totalDecayed += before * weight * likelihood;
        decayed[cell] = Math.min(LARGEST_SUM, sum * likelihood);
      });
      healthy[row] = before * innovationLikelihood(step - candidate, variance);
      total += healthy[row] ?? 0;
    }
    this.evidence += Math.log(totalDecayed / total);
    this.evidenceSessions = this.evidence > 0 ? this.evidenceSessions + 1 : 0;
    this.evidence = Math.max(0, this.evidence);
    for (let row = 0; row < healthy.length; row += 1) healthy[row] = (healthy[row] ?? 0) / total;
    for (let cell = 0; cell < decayed.length; cell += 1) {
      decayed[cell] = Math.min(LARGEST_SUM, (decayed[cell] ?? 0) / total);
    }
  }

  private rescale(square: number): void {
    const bounded = Math.min(square, WINSOR * this.slowVariance);
    this.slowVariance = SLOW * this.slowVariance + (1 - SLOW) * bounded;
    this.fastVariance = FAST * this.fastVariance + (1 - FAST) * bounded;
  }
}
