import type { PortfolioSpec } from '../contracts/spec.ts';
import type { SectorOf } from './book-exposure.ts';
import { rankedSymbols, selectNames } from './selection.ts';
import { bookBeta } from './universe-beta.ts';

export type BookRules = Pick<PortfolioSpec, 'kind' | 'topFraction' | 'turnoverBuffer'>;

/** The book that one session's scores want, all tranches renewed to it. */
export interface WantedBook {
  readonly names: number;
  /** Share of the names that the session before did not want on that side, in [0, 1]; null on the first session. */
  readonly turnover: number | null;
  /** Share of the names in each sector that is known; names without one belong to none. */
  readonly sectors: Readonly<Record<string, number>>;
  /** Beta to the equally weighted universe; null where too few returns are known. */
  readonly beta: number | null;
}

export interface WantedBookInput {
  readonly session: string;
  readonly symbols: readonly string[];
  /** In the order of `symbols`, NaN where there is none. */
  readonly predictions: Float64Array;
  /** Of the session before, in the same order; null: this is the first. */
  readonly before: Float64Array | null;
  readonly portfolio: BookRules;
  readonly sectorOf: SectorOf;
  readonly betas: ReadonlyMap<string, number>;
}

/**
 * What the scores of a session ask the portfolio to hold, measured before a single trade: a shadow of seven sessions is too
 * short for the book of overlapping tranches to fill. Equal weights; the buffer keeps names of the session before.
 */
export function wantedBook(input: WantedBookInput): WantedBook {
  const { session, symbols, predictions, before, portfolio, sectorOf, betas } = input;
  const nothing = new Float64Array(symbols.length);
  const held = before === null ? nothing : wantedSigns(before, nothing, portfolio);
  const signs = wantedSigns(predictions, held, portfolio);
  const names = signs.filter((sign) => sign !== 0).length;
  const renewed = signs.filter((sign, at) => sign !== 0 && sign !== held[at]).length;
  const sectors: Record<string, number> = {};
  symbols.forEach((symbol, at) => {
    const sector = (signs[at] ?? 0) === 0 ? null : sectorOf(symbol, session);
    if (sector !== null) sectors[sector] = (sectors[sector] ?? 0) + 1 / names;
  });
  return {
    names,
    turnover: before === null || names === 0 ? null : renewed / names,
    sectors,
    beta: bookBeta(symbols, signs, betas),
  };
}

/** Sign per symbol of what a ranking wants, given what is held. */
export function wantedSigns(
  predictions: Float64Array,
  held: Float64Array,
  portfolio: BookRules,
): Float64Array {
  const blocked = new Uint8Array(predictions.length);
  const { longs, shorts } = selectNames(rankedSymbols(predictions), held, blocked, portfolio);
  const signs = new Float64Array(predictions.length);
  for (const symbol of longs) signs[symbol] = 1;
  for (const symbol of shorts) signs[symbol] = -1;
  return signs;
}

/** Means over the sessions of a shadow so far. */
export interface BookSoFar {
  readonly sessions: number;
  readonly turnover: number | null;
  /** The largest mean share; null: no wanted name has a sector. */
  readonly sector: { readonly name: string; readonly share: number } | null;
  readonly beta: number | null;
}

/** One session moves a handful of names by chance, so bounds are held against means. */
export function bookSoFar(books: readonly WantedBook[]): BookSoFar {
  const shares = new Map<string, number>();
  for (const { sectors } of books) {
    for (const [name, share] of Object.entries(sectors)) {
      shares.set(name, (shares.get(name) ?? 0) + share / books.length);
    }
  }
  const largest = [...shares].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))[0];
  return {
    sessions: books.length,
    turnover: meanOf(books.map(({ turnover }) => turnover)),
    sector: largest === undefined ? null : { name: largest[0], share: Math.min(1, largest[1]) },
    beta: meanOf(books.map(({ beta }) => beta)),
  };
}

function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}
