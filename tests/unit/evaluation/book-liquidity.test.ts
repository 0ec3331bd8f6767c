import { describe, expect, it } from 'vitest';
import { TradeWatch, type LiquidityTerms } from '../../../evaluation/book-liquidity.ts';
import { EvaluationInputInvalid } from '../../../evaluation/errors.ts';
import { FULLY_TRADABLE, LEFT_MARKET, panelAxes } from '../../../evaluation/panel.ts';
import { simulatePortfolio, type PortfolioInput } from '../../../evaluation/portfolio.ts';
import { simulatedPanel } from '../stats/simulated.ts';

const SESSIONS = 80;
const NAMES = 12;
const axes = panelAxes(
  Array.from({ length: SESSIONS }, (_, day) => new Date(day * 86_400_000).toISOString().slice(0, 10)),
  Array.from({ length: NAMES }, (_, name) => `N${String(name).padStart(2, '0')}`),
);
const [ret, predictions] = simulatedPanel({ rows: SESSIONS * NAMES, columns: 2, seed: 15 }) as [
  Float64Array,
  Float64Array,
];
const input: PortfolioInput = {
  returns: { axes, ret, tradable: new Uint8Array(SESSIONS * NAMES).fill(FULLY_TRADABLE) },
  predictions,
  portfolio: { kind: 'long_short_decile', holdSessions: 4, topFraction: 0.25, turnoverBuffer: 0.1 },
  label: { entryDelaySessions: 1 },
  costs: { buyBps: 10, sellBps: 40 },
};
const ordinary = Float64Array.from({ length: SESSIONS * NAMES }, (_, cell) => 1e6 * (1 + (cell % NAMES)));
const terms: LiquidityTerms = {
  capital: 1e7,
  leastFee: { perOrder: 20, feeBps: 14.25 },
  annualSessions: 246,
  roundTripBps: 50,
};

/** Each session's weights, and what the watch made of them. */
function watched(values = ordinary, given = input) {
  const books: { readonly session: string; readonly weights: Float64Array }[] = [];
  const watch = new TradeWatch(given.returns, values);
  const path = simulatePortfolio(given, (session, weights) => {
    books.push({ session, weights: Float64Array.from(weights) });
    watch.watch(session, weights);
  });
  return { books, path, liquidity: watch.liquidity(path, terms) };
}

/** By plain loops: every change of a weight that the market did not make. */
function tradesByLoops(books: ReturnType<typeof watched>['books']) {
  const found: { session: string; name: string; size: number; value: number }[] = [];
  books.forEach(({ session, weights }, at) => {
    const row = axes.sessions.indexOf(session);
    for (let name = 0; name < NAMES; name += 1) {
      const before = at === 0 ? 0 : (books[at - 1]?.weights[name] ?? 0);
      const size = Math.abs((weights[name] ?? 0) - before * (1 + (ret[row * NAMES + name] ?? 0)));
      if (size > 1e-9)
        found.push({
          session,
          name: axes.symbols[name] ?? '',
          size,
          value: ordinary[row * NAMES + name] ?? 0,
        });
    }
  });
  return found;
}

describe('what a book of a stated size trades of the market', () => {
  const { books, path, liquidity } = watched();
  const trades = tradesByLoops(books);

  it('is the turnover of the path, trade by trade', () => {
    expect(liquidity.trades).toBe(trades.length);
    path.sessions.forEach((session, row) => {
      const size = trades
        .filter((trade) => trade.session === session)
        .reduce((sum, each) => sum + each.size, 0);
      expect(size / 2).toBeCloseTo(path.turnover[row] ?? Number.NaN, 12);
    });
  });

  it('names the largest trade, and the share that 95 % of the money stays within', () => {
    const shares = trades.map((trade) => ({ ...trade, share: (trade.size * terms.capital) / trade.value }));
    const largest = shares.toSorted((a, b) => b.share - a.share)[0];
    expect(liquidity.largest).toMatchObject({ name: largest?.name, session: largest?.session });
    expect(liquidity.largest.share).toBeCloseTo(largest?.share ?? 0, 12);
    const all = shares.reduce((sum, { size }) => sum + size, 0);
    const within = (bound: number) =>
      shares.filter(({ share }) => share <= bound).reduce((sum, { size }) => sum + size, 0) / all;
    expect(within(liquidity.participation * (1 + 1e-12))).toBeGreaterThanOrEqual(0.95);
    expect(within(liquidity.participation * (1 - 1e-9))).toBeLessThan(0.95);
  });

  it('grows in proportion to the book', () => {
    for (const { capital, participation } of liquidity.byCapital)
      expect(participation / capital).toBeCloseTo(liquidity.participation / terms.capital, 18);
  });

  it('charges what a least fee is above the fee in basis points, order by order', () => {
    const years = path.sessions.length / terms.annualSessions;
    for (const { capital, leastFeeDrag } of liquidity.byCapital) {
      const fees = trades.reduce((sum, { size }) => sum + Math.max(20, (size * capital * 14.25) / 1e4), 0);
      const usual = trades.reduce((sum, { size }) => sum + (size * capital * 14.25) / 1e4, 0);
      expect(leastFeeDrag).toBeCloseTo((fees - usual) / capital / years, 12);
    }
    expect(liquidity.byCapital[0]?.leastFeeDrag).toBeGreaterThan(liquidity.byCapital[4]?.leastFeeDrag ?? 1);
  });

  it('lets impact take its square root of the money, name by name', () => {
    // Second route: the cost of each trade by the law itself, at the deviation that half of the names stay under.
    const deviations = axes.symbols
      .map((_, name) => {
        const own = axes.sessions.map((_, row) => ret[row * NAMES + name] ?? 0);
        const centre = own.reduce((sum, value) => sum + value, 0) / own.length;
        return Math.sqrt(own.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (own.length - 1));
      })
      .toSorted((a, b) => a - b);
    const volatility = deviations[NAMES / 2] ?? 0;
    const net = path.grossReturns.map((gross, row) => gross - (path.turnover[row] ?? 0) * 50e-4);
    const mean = (values: Float64Array): number =>
      values.reduce((sum, value) => sum + value, 0) / values.length;
    for (const { capital, annualisedReturn, leastFeeDrag } of liquidity.byCapital) {
      const impact = trades.reduce(
        (sum, { size, value }) => sum + volatility * size * Math.sqrt((size * capital) / value),
        0,
      );
      const expected = 246 * (mean(net) - impact / path.sessions.length) - leastFeeDrag;
      expect(annualisedReturn).toBeCloseTo(expected, 10);
    }
  });

  it('says how much of the money was traded in names of which nothing is known', () => {
    const unknown = watched(ordinary.map((value, cell) => (cell % NAMES < 3 ? Number.NaN : value))).liquidity;
    const blind = trades.filter(({ name }) => name < 'N03').reduce((sum, { size }) => sum + size, 0);
    const all = trades.reduce((sum, { size }) => sum + size, 0);
    expect(unknown.unknownShare).toBeCloseTo(blind / all, 12);
    const nothing = watched(new Float64Array(SESSIONS * NAMES).fill(Number.NaN)).liquidity;
    expect(nothing).toMatchObject({ unknownShare: 1, participation: 0, capacity: null });
  });

  it('does not call it a trade when a name was paid out because it left the market', () => {
    const gone = Math.floor(SESSIONS / 2);
    const tradable = input.returns.tradable.map((bits, cell) =>
      cell % NAMES === 4 && Math.floor(cell / NAMES) >= gone ? LEFT_MARKET : bits,
    );
    const scores = predictions.map((value, cell) => (cell % NAMES === 4 ? 9 : value));
    const left = { ...input, predictions: scores, returns: { ...input.returns, tradable } };
    const { books: held, liquidity: after } = watched(ordinary, left);
    expect(held.some(({ weights }) => (weights[4] ?? 0) > 0)).toBe(true);
    const later = tradesByLoops(held).filter(
      ({ session, name }) => name === 'N04' && axes.sessions.indexOf(session) >= gone,
    );
    expect(after.trades).toBe(tradesByLoops(held).length - later.length);
  });

  it('refuses traded values of another shape', () => {
    expect(() => new TradeWatch(input.returns, new Float64Array(3))).toThrow(EvaluationInputInvalid);
  });
});
