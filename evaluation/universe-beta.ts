import type { PortfolioSpec } from '../contracts/spec.ts';
import type { ReturnsPanel } from './panel.ts';

/** Fewer sessions of returns than this say nothing about a beta. */
const MIN_SESSIONS = 40;
/** Share of a leg whose beta must be known. */
const MIN_KNOWN = 0.5;

/**
 * Beta of each symbol to the universe: the least-squares slope of its daily returns on the equally weighted mean of all
 * known returns of the session, over the sessions on which both are known. Symbols with fewer than 40 such sessions are
 * left out. No shrinkage: a book is an average of many.
 */
export function universeBetas({ axes, ret }: ReturnsPanel): ReadonlyMap<string, number> {
  const width = axes.symbols.length;
  const market = axes.sessions.map((_, session) =>
    meanKnown(ret.subarray(session * width, (session + 1) * width)),
  );
  const betas = new Map<string, number>();
  axes.symbols.forEach((symbol, column) => {
    const beta = slope(market, (session) => ret[session * width + column] ?? Number.NaN);
    if (beta !== null) betas.set(symbol, beta);
  });
  return betas;
}

/**
 * Beta of a book of equal weights: the mean over its longs less, for a long-short book, that over its shorts. Null when
 * less than half of a leg has a known beta, or when there is no position.
 *
 * @param signs per symbol: above zero long, below zero short
 */
export function bookBeta(
  symbols: readonly string[],
  signs: Float64Array,
  betas: ReadonlyMap<string, number>,
): number | null {
  const leg = (sign: number): number | null => {
    const names = symbols.filter((_, at) => Math.sign(signs[at] ?? 0) === sign);
    const known = names.flatMap((name) => betas.get(name) ?? []);
    if (names.length === 0 || known.length < MIN_KNOWN * names.length) return null;
    return known.reduce((sum, beta) => sum + beta, 0) / known.length;
  };
  const longs = leg(1);
  if (!signs.some((sign) => sign < 0)) return longs;
  const shorts = leg(-1);
  return longs === null || shorts === null ? null : longs - shorts;
}

/** The beta that a book of the portfolio has when it takes no side: that of the universe, or none. */
export const neutralBeta = (portfolio: Pick<PortfolioSpec, 'kind'>): number =>
  portfolio.kind === 'long_only_excess' ? 1 : 0;

function meanKnown(values: Float64Array): number {
  let total = 0;
  let known = 0;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    total += value;
    known += 1;
  }
  return known === 0 ? Number.NaN : total / known;
}

function slope(market: readonly number[], returnOf: (session: number) => number): number | null {
  const pairs = market.flatMap((x, session) => {
    const y = returnOf(session);
    return Number.isFinite(x) && Number.isFinite(y) ? [{ x, y }] : [];
  });
  if (pairs.length < MIN_SESSIONS) return null;
  const meanX = pairs.reduce((sum, { x }) => sum + x, 0) / pairs.length;
  const meanY = pairs.reduce((sum, { y }) => sum + y, 0) / pairs.length;
  let variance = 0;
  let covariance = 0;
  for (const { x, y } of pairs) {
    variance += (x - meanX) ** 2;
    covariance += (x - meanX) * (y - meanY);
  }
  return variance > 0 ? covariance / variance : null;
}
