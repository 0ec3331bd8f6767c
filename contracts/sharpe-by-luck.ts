/** What the deflated Sharpe ratio compares, as Sharpe ratios a year. */
export interface SharpeByLuck {
  readonly own: number;
  /** The largest that as many recipes without skill are expected to show: SR0 of Bailey and Lopez de Prado (2014). */
  readonly luck: number;
}

/**
 * Out of what the gate `dsr` recorded, which is per period: `annualised` is the candidate's Sharpe ratio a year over the same sessions.
 * Null: one of them was not recorded, or the ratio is zero and does not say how many periods a year has.
 */
export function sharpeByLuck(
  details: Readonly<Record<string, unknown>>,
  annualised: number | null,
): SharpeByLuck | null {
  const { perPeriodSharpe: own, expectedMaxSharpe: luck } = details;
  if (typeof own !== 'number' || typeof luck !== 'number' || annualised === null) return null;
  const periods = annualised / own;
  return Number.isFinite(periods) && periods > 0 ? { own: annualised, luck: luck * periods } : null;
}
