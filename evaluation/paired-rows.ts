/** Scores of one version for the members of one session; NaN where it gave none. */
export interface VersionScores {
  readonly symbols: readonly string[];
  readonly predictions: Float64Array;
  /** Why it scored nothing at all; null when it ran. */
  readonly failure: string | null;
}

/** A row that one of both did not score, and why. */
export interface LostPair {
  readonly symbol: string;
  readonly reason: string;
}

/** Both versions on the rows that either of them has. */
export interface PairedRows {
  /** Ascending. */
  readonly symbols: readonly string[];
  readonly challenger: Float64Array;
  /** Null before the first champion. */
  readonly champion: Float64Array | null;
  /** Every row that is no pair, in the order of the symbols. */
  readonly lost: readonly LostPair[];
}

/**
 * Brings both versions' scores onto the same rows. A row counts when either version has it, so that what only the champion
 * could score is a lost pair of the challenger's and not left out.
 */
export function pairRows(challenger: VersionScores, champion: VersionScores | null): PairedRows {
  const symbols = [...new Set([...challenger.symbols, ...(champion?.symbols ?? [])])].sort();
  const mine = alignedScores(symbols, challenger);
  const theirs = champion === null ? null : alignedScores(symbols, champion);
  const lost = symbols.flatMap((symbol, row): LostPair[] => {
    const reasons = [
      lossOf('challenger', challenger, symbol, mine[row]),
      ...(champion === null ? [] : [lossOf('champion', champion, symbol, theirs?.[row])]),
    ].filter((reason) => reason !== null);
    return reasons.length === 0 ? [] : [{ symbol, reason: reasons.join('; ') }];
  });
  return { symbols, challenger: mine, champion: theirs, lost };
}

/** A version's scores in the order of these symbols; NaN where it gave none. */
export function alignedScores(
  symbols: readonly string[],
  scores: Pick<VersionScores, 'symbols' | 'predictions'>,
): Float64Array {
  const at = new Map(scores.symbols.map((symbol, row) => [symbol, row] as const));
  return Float64Array.from(symbols, (symbol) => scores.predictions[at.get(symbol) ?? -1] ?? Number.NaN);
}

function lossOf(
  who: string,
  { symbols, failure }: VersionScores,
  symbol: string,
  score: number | undefined,
): string | null {
  if (score !== undefined && Number.isFinite(score)) return null;
  if (failure !== null) return `the ${who} failed: ${failure}`;
  if (!symbols.includes(symbol)) return `the ${who}'s features have no row`;
  return `the ${who} gave no finite score`;
}

/** How many rows were lost for each reason, the most frequent first. */
export function lossesByReason(
  lost: readonly LostPair[],
): readonly { readonly reason: string; readonly rows: number; readonly example: string }[] {
  const reasons = new Map<string, { rows: number; example: string }>();
  for (const { reason, symbol } of lost) {
    const known = reasons.get(reason);
    if (known === undefined) reasons.set(reason, { rows: 1, example: symbol });
    else known.rows += 1;
  }
  return [...reasons]
    .map(([reason, counted]) => ({ reason, ...counted }))
    .sort((a, b) => b.rows - a.rows || (a.reason < b.reason ? -1 : 1));
}
