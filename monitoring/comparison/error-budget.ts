import type { ComparisonSettings } from './comparison-settings.ts';

/**
 * How the false rollback rate of a whole reign is spent. Evidence has two streams, returns and ICs, each with half of its
 * share: rolling back when either passes its own bound needs no assumption about how the two hang together. Drawdown has
 * the largest share, because it acts only when the loss is beyond the tolerance as well.
 */
const EVIDENCE_SHARE = 0.4;
const DRAWDOWN_SHARE = 0.5;
const FALL_SHARE = 0.1;

/** E-value above which returns, or ICs, by themselves show the version to be worse than the previous one. */
export const evidenceBound = (settings: ComparisonSettings): number =>
  2 / (EVIDENCE_SHARE * settings.falseRollbackRate);

/** E-value of the returns that makes a drawdown beyond the tolerance count. */
export const drawdownBound = (settings: ComparisonSettings): number =>
  1 / (DRAWDOWN_SHARE * settings.falseRollbackRate);

/** Probability left for a fall so far beyond noise that it needs no run of sessions. */
export const fallProbability = (settings: ComparisonSettings): number =>
  FALL_SHARE * settings.falseRollbackRate;

/** E-value above which returns, or ICs, by themselves show the version to be better than an opponent. */
export const betterBound = (settings: ComparisonSettings): number => 2 / settings.falseBetterRate;
