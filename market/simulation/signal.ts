/**
 * The planted signal. Five statistics that anybody can compute from the bars up to the close of session s are ranked
 * over the listed symbols and added with fixed weights; the sum, brought to mean 0 and standard deviation 1, is the
 * score of s. It moves the expected returns of the sessions s+2 .. s+6, which is what a label with an entry delay of one
 * session and a horizon of five covers.
 */
export const SIGNAL_WEIGHTS = {
  /** Return of 5 sessions, reversed. */
  reversal5: 0.3,
  /** Mean volume of 5 sessions over that of 60. */
  volumeSurge5: 0.75,
  /** Standard deviation of the returns of 20 sessions; calm symbols are expected to do better. */
  volatility20: -0.3,
  /** Return from 60 to 5 sessions ago. */
  momentum60Less5: 0.3,
  /** Mean turnover in money of 20 sessions; the neglected are expected to do better. */
  turnover20: -0.24,
} as const;

export const LONGEST_WINDOW = 60;

/** Sessions after the decision whose expected return it moves. */
export const SIGNAL_FROM = 2;
export const SIGNAL_TO = 6;

/** What the score reads: session-major panels of `symbols` columns, filled up to the session that is scored. */
export interface ObservedHistory {
  readonly symbols: number;
  /** Adjusted cumulative log price. */
  readonly logPrice: Float64Array;
  /** Log return of the session. */
  readonly ret: Float64Array;
  /** Volume in shares of the first session (splits undone). */
  readonly volume: Float64Array;
  /** Price times volume, as traded. */
  readonly turnover: Float64Array;
}

/** Writes the score of a session to `out`; 0 for symbols that are not listed or have less than a full window. */
export function scoreSession(
  history: ObservedHistory,
  session: number,
  hasWindow: (symbol: number) => boolean,
  out: Float64Array,
): void {
  out.fill(0);
  if (session < LONGEST_WINDOW) return;
  const eligible: number[] = [];
  for (let symbol = 0; symbol < history.symbols; symbol += 1) if (hasWindow(symbol)) eligible.push(symbol);
  if (eligible.length < 2) return;
  const statistics = [
    [SIGNAL_WEIGHTS.reversal5, reversal5],
    [SIGNAL_WEIGHTS.volumeSurge5, volumeSurge5],
    [SIGNAL_WEIGHTS.volatility20, volatility20],
    [SIGNAL_WEIGHTS.momentum60Less5, momentum60Less5],
    [SIGNAL_WEIGHTS.turnover20, turnover20],
  ] as const;
  const values = new Float64Array(history.symbols);
  for (const [weight, statistic] of statistics) {
    for (const symbol of eligible) values[symbol] = statistic(history, session, symbol);
    const order = [...eligible].sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0) || a - b);
    order.forEach((symbol, rank) => {
      out[symbol] = (out[symbol] ?? 0) + weight * ((rank + 0.5) / order.length - 0.5);
    });
  }
  standardise(out, eligible);
}

function standardise(out: Float64Array, eligible: readonly number[]): void {
  let squares = 0;
  for (const symbol of eligible) squares += (out[symbol] ?? 0) ** 2;
  const deviation = Math.sqrt(squares / eligible.length);
  if (deviation === 0) return;
  for (const symbol of eligible) out[symbol] = (out[symbol] ?? 0) / deviation;
}

type Statistic = (history: ObservedHistory, session: number, symbol: number) => number;

const reversal5: Statistic = (history, session, symbol) =>
  priceAt(history, session - 5, symbol) - priceAt(history, session, symbol);

const momentum60Less5: Statistic = (history, session, symbol) =>
  priceAt(history, session - 5, symbol) - priceAt(history, session - 60, symbol);

const volumeSurge5: Statistic = (history, session, symbol) =>
  windowMean(history.volume, history.symbols, session, symbol, 5) /
  windowMean(history.volume, history.symbols, session, symbol, 60);

const turnover20: Statistic = (history, session, symbol) =>
  windowMean(history.turnover, history.symbols, session, symbol, 20);

const volatility20: Statistic = (history, session, symbol) => {
  const centre = windowMean(history.ret, history.symbols, session, symbol, 20);
  let squares = 0;
  for (let back = 0; back < 20; back += 1) {
    squares += ((history.ret[(session - back) * history.symbols + symbol] ?? 0) - centre) ** 2;
  }
  return squares;
};

const priceAt = (history: ObservedHistory, session: number, symbol: number): number =>
  history.logPrice[session * history.symbols + symbol] ?? 0;

function windowMean(
  panel: Float64Array,
  symbols: number,
  session: number,
  symbol: number,
  length: number,
): number {
  let total = 0;
  for (let back = 0; back < length; back += 1) total += panel[(session - back) * symbols + symbol] ?? 0;
  return total / length;
}
