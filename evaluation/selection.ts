import type { PortfolioSpec } from '../contracts/spec.ts';

/** What a portfolio wants to hold: positions on the symbol axis, best first. */
export interface Selection {
  readonly longs: Int32Array;
  readonly shorts: Int32Array;
}

const NOBODY = new Int32Array(0);

/**
 * Symbols with a finite score of one session, best first; equal scores in the order of the symbols, so that a ranking
 * is a function of its input. Empty when the scores do not differ at all: a constant says nothing about order.
 */
export function rankedSymbols(scores: Float64Array): Int32Array {
  const finite: number[] = [];
  let low = Infinity;
  let high = -Infinity;
  for (let symbol = 0; symbol < scores.length; symbol += 1) {
    const score = scores[symbol] ?? NaN;
    if (!Number.isFinite(score)) continue;
    finite.push(symbol);
    if (score < low) low = score;
    if (score > high) high = score;
  }
  if (!(high > low)) return NOBODY;
  finite.sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b);
  return Int32Array.from(finite);
}

/**
 * Chooses the names of a tranche from a ranking.
 *
 * A leg holds round(topFraction x universe) names, one at least. A name that is held stays while it ranks within
 * `topFraction + turnoverBuffer x (1 - topFraction)` of the universe, counted from its leg's end; free places go to the
 * best-ranked others. Without the buffer names on the edge would be sold and bought back at full cost.
 *
 * @param held sign per symbol: above zero held long, below zero held short
 * @param blocked 1 for symbols whose position cannot be changed; they are never chosen, and take places of the leg
 *   they are in
 */
export function selectNames(
  ranking: Int32Array,
  held: Float64Array,
  blocked: Uint8Array,
  portfolio: Pick<PortfolioSpec, 'kind' | 'topFraction' | 'turnoverBuffer'>,
): Selection {
  const universe = ranking.length;
  const bothLegs = portfolio.kind === 'long_short_decile';
  if (universe === 0) return { longs: NOBODY, shorts: NOBODY };
  const wanted = Math.max(1, Math.round(portfolio.topFraction * universe));
  const places = bothLegs ? Math.min(wanted, Math.floor(universe / 2)) : wanted;
  const stays = Math.floor(
    (portfolio.topFraction + portfolio.turnoverBuffer * (1 - portfolio.topFraction)) * universe,
  );
  const longs = chooseLeg(ranking, (symbol) => (held[symbol] ?? 0) > 0, blocked, places, stays);
  if (!bothLegs) return { longs, shorts: NOBODY };
  const taken = new Set(longs);
  const rest = ranking.filter((symbol) => !taken.has(symbol)).reverse();
  return { longs, shorts: chooseLeg(rest, (symbol) => (held[symbol] ?? 0) < 0, blocked, places, stays) };
}

function chooseLeg(
  ranking: Int32Array,
  isHeld: (symbol: number) => boolean,
  blocked: Uint8Array,
  places: number,
  stays: number,
): Int32Array {
  let free = places;
  for (let symbol = 0; symbol < blocked.length; symbol += 1) {
    if (blocked[symbol] === 1 && isHeld(symbol)) free -= 1;
  }
  const chosen: number[] = [];
  const kept = new Set<number>();
  for (let rank = 0; rank < Math.min(stays, ranking.length) && chosen.length < free; rank += 1) {
    const symbol = ranking[rank] ?? -1;
    if (blocked[symbol] === 1 || !isHeld(symbol)) continue;
    kept.add(symbol);
    chosen.push(symbol);
  }
  for (const symbol of ranking) {
    if (chosen.length >= free) break;
    if (blocked[symbol] !== 1 && !kept.has(symbol)) chosen.push(symbol);
  }
  return Int32Array.from(chosen);
}
