import type { GateVerdict } from '../contracts/verdict.ts';

/** What is left of the candidate's returns in a book of the size that was judged. */
export interface JudgedSize {
  /** Money in the book, in the market's currency. */
  readonly capital: number;
  /** Arithmetic, a year, after costs, least fees and market impact; a fraction. */
  readonly annualisedReturn: number;
  /** Null: the returns do not vary. */
  readonly annualisedSharpe: number | null;
  /** Share of the money traded in names whose traded value is not known, and whose impact is therefore left out. */
  readonly unknownShare: number;
}

/**
 * Of recorded verdicts, what the gate of capacity found at `gates.bookCapital`. The returns of every other gate are of a book of
 * no stated size: before market impact. Null where capacity was not measured.
 */
export function judgedSize(verdicts: readonly GateVerdict[]): JudgedSize | null {
  const details: GateVerdict['details'] = verdicts.find(({ gate }) => gate === 'capacity')?.details ?? {};
  const { capital, unknownShare, byCapital } = details;
  if (typeof capital !== 'number' || typeof unknownShare !== 'number' || !Array.isArray(byCapital))
    return null;
  for (const point of byCapital) {
    if (typeof point !== 'object' || point === null || Array.isArray(point)) continue;
    const { annualisedReturn, annualisedSharpe = null } = point;
    if (point['capital'] !== capital || typeof annualisedReturn !== 'number') continue;
    return {
      ...{ capital, annualisedReturn, unknownShare },
      annualisedSharpe: typeof annualisedSharpe === 'number' ? annualisedSharpe : null,
    };
  }
  return null;
}
