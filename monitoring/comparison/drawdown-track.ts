/** Drawdown of compounded returns, carried on one session at a time. */
export interface DrawdownTrack {
  /** Equity from 1 at the beginning of the reign, and its highest value so far. */
  readonly equity: number;
  readonly peak: number;
  /** Largest fall from a peak so far, a fraction in [0, 1]; what `maximumDrawdown` gives for the whole series. */
  readonly maximum: number;
}

export const NO_DRAWDOWN: DrawdownTrack = { equity: 1, peak: 1, maximum: 0 };

/** @param netReturn simple return of one session, a fraction >= -1 */
export function extendDrawdown(track: DrawdownTrack, netReturn: number): DrawdownTrack {
  const equity = track.equity * (1 + netReturn);
  const peak = Math.max(track.peak, equity);
  return { equity, peak, maximum: Math.max(track.maximum, 1 - equity / peak) };
}
