import { limitLock } from '../market/price-limits.ts';
import type { MarketRules } from '../market/rules.ts';
import { EvaluationInputInvalid } from './errors.ts';
import {
  autocorrelation,
  correlation,
  excessKurtosis,
  hillExponent,
  leverageCorrelation,
  median,
  skewnessOf,
  spread,
} from './series-facts.ts';

/** Daily bars, symbol by symbol: the cell of symbol i and session s lies at `i * dates.length + s`; NaN: no bar. */
export interface BarPanel {
  readonly symbols: readonly string[];
  readonly dates: readonly string[];
  /** Null where unknown. */
  readonly sectors: readonly (string | null)[];
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
  readonly adjusted: Float64Array;
}

/** Symbols with fewer returns say too little about tails and memory. */
const SHORTEST_HISTORY = 250;
/** Pairs are drawn evenly over all of them; more would not move the mean. */
const MOST_PAIRS = 20_000;

/**
 * What daily equity returns are known to have in common (Cont 2001, "Empirical properties of asset returns: stylized
 * facts and statistical issues", Quantitative Finance 1, 223-236), one number each. Medians are over symbols. Returns are
 * logarithmic and adjusted; volume is turnover in money, which splits leave alone.
 */
export interface StylisedFacts {
  readonly symbols: number;
  readonly sessions: number;
  /** Median standard deviation of a symbol's daily return. */
  readonly dailyVolatility: number;
  /** 90th over 10th percentile of the symbols' volatilities. */
  readonly volatilitySpread: number;
  readonly excessKurtosis: number;
  readonly skewness: number;
  /** Hill's estimate of the tail exponent of |r| from its greatest 5 %. */
  readonly tailExponent: number;
  readonly returnAutocorrelation1: number;
  readonly absoluteAutocorrelation1: number;
  readonly absoluteAutocorrelation5: number;
  readonly absoluteAutocorrelation20: number;
  readonly absoluteAutocorrelation60: number;
  /** Mean correlation of r with |r| of the ten sessions after, of the equally weighted index. */
  readonly indexLeverage: number;
  readonly indexVolatility: number;
  readonly indexExcessKurtosis: number;
  readonly indexAbsoluteAutocorrelation1: number;
  readonly indexAbsoluteAutocorrelation20: number;
  /** Mean correlation of the returns of two symbols. */
  readonly pairCorrelation: number;
  /** The same for two of one sector, and for two of different ones; null without sectors. */
  readonly sectorPairCorrelation: number | null;
  readonly otherPairCorrelation: number | null;
  /** Shares of bars that close at the upper and at the lower limit price. */
  readonly limitUpShare: number;
  readonly limitDownShare: number;
  readonly unchangedShare: number;
  /** Probability that a close at a limit is followed by another at the same one. */
  readonly limitRepeat: number;
  /** Standard deviation of the overnight return over that of the whole. */
  readonly overnightShare: number;
  /** Mean of (high - low) / close over the mean of |r|. */
  readonly rangeToReturn: number;
  readonly volumeAutocorrelation1: number;
  readonly volumeAutocorrelation20: number;
  /** Median standard deviation of a symbol's log volume. */
  readonly volumeDispersion: number;
  /** Correlation of |r| with log volume. */
  readonly volumeOfMoves: number;
  /** Mean correlation of the log volumes of two symbols. */
  readonly volumePairCorrelation: number;
}

/** Throws `EvaluationInputInvalid` when no two symbols have 250 returns. */
export function stylisedFacts(bars: BarPanel, rules: MarketRules): StylisedFacts {
  const sessions = bars.dates.length;
  const returns = logReturns(bars);
  const kept = [...bars.symbols.keys()].filter(
    (symbol) => known(rowOf(returns, symbol, sessions)).length >= SHORTEST_HISTORY,
  );
  if (kept.length < 2) {
    throw new EvaluationInputInvalid('fewer than two symbols have 250 returns', {
      remedy: 'Take a longer market data folder.',
    });
  }
  const turnover = logTurnover(bars);
  const own = kept.map((symbol) => rowOf(returns, symbol, sessions));
  const volumes = kept.map((symbol) => rowOf(turnover, symbol, sessions));
  const over = (fact: (values: Float64Array) => number): number => median(own.map(fact));
  const absolute = (values: Float64Array): Float64Array => values.map(Math.abs);
  const volatilities = own.map((values) => spread(known(values)));
  const index = equalWeighted(own, sessions);
  const limits = limitFacts(bars, rules);
  const pairs = pairFacts(
    own,
    kept.map((symbol) => bars.sectors[symbol] ?? null),
  );
  return {
    symbols: kept.length,
    sessions,
    dailyVolatility: median(volatilities),
    volatilitySpread: quantile(volatilities, 0.9) / quantile(volatilities, 0.1),
    excessKurtosis: over((values) => excessKurtosis(known(values))),
    skewness: over((values) => skewnessOf(known(values))),
    tailExponent: over((values) => hillExponent(known(values), 0.05)),
    returnAutocorrelation1: over((values) => autocorrelation(values, 1)),
    absoluteAutocorrelation1: over((values) => autocorrelation(absolute(values), 1)),
    absoluteAutocorrelation5: over((values) => autocorrelation(absolute(values), 5)),
    absoluteAutocorrelation20: over((values) => autocorrelation(absolute(values), 20)),
    absoluteAutocorrelation60: over((values) => autocorrelation(absolute(values), 60)),
    indexLeverage: leverageCorrelation(index, 10),
    indexVolatility: spread(known(index)),
    indexExcessKurtosis: excessKurtosis(known(index)),
    indexAbsoluteAutocorrelation1: autocorrelation(absolute(index), 1),
    indexAbsoluteAutocorrelation20: autocorrelation(absolute(index), 20),
    ...pairs,
    ...limits,
    volumeAutocorrelation1: median(volumes.map((values) => autocorrelation(values, 1))),
    volumeAutocorrelation20: median(volumes.map((values) => autocorrelation(values, 20))),
    volumeDispersion: median(volumes.map((values) => spread(known(values)))),
    volumeOfMoves: median(own.map((values, at) => correlation(absolute(values), volumes[at] ?? values))),
    volumePairCorrelation: pairFacts(
      volumes,
      volumes.map(() => null),
    ).pairCorrelation,
  };
}

const rowOf = (panel: Float64Array, symbol: number, sessions: number): Float64Array =>
  panel.subarray(symbol * sessions, (symbol + 1) * sessions);

const known = (values: Float64Array): Float64Array => values.filter((value) => !Number.isNaN(value));

function quantile(values: readonly number[], level: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.round(level * (sorted.length - 1))] ?? NaN;
}

/** From one session to the next; NaN unless both have a bar. */
function logReturns(bars: BarPanel): Float64Array {
  const sessions = bars.dates.length;
  return bars.adjusted.map((value, cell) =>
    cell % sessions === 0 ? NaN : Math.log(value / (bars.adjusted[cell - 1] ?? NaN)),
  );
}

const logTurnover = (bars: BarPanel): Float64Array =>
  bars.close.map((close, cell) => {
    const traded = close * (bars.volume[cell] ?? NaN);
    return traded > 0 ? Math.log(traded) : NaN;
  });

function equalWeighted(own: readonly Float64Array[], sessions: number): Float64Array {
  return Float64Array.from({ length: sessions }, (_, session) => {
    let total = 0;
    let count = 0;
    for (const values of own) {
      const value = values[session] ?? NaN;
      if (Number.isNaN(value)) continue;
      total += value;
      count += 1;
    }
    return count === 0 ? NaN : total / count;
  });
}

type PairFacts = Pick<StylisedFacts, 'pairCorrelation' | 'sectorPairCorrelation' | 'otherPairCorrelation'>;

function pairFacts(own: readonly Float64Array[], sectors: readonly (string | null)[]): PairFacts {
  const pairs = (own.length * (own.length - 1)) / 2;
  const step = Math.max(1, Math.floor(pairs / MOST_PAIRS));
  const all = { total: 0, count: 0 };
  const same = { total: 0, count: 0 };
  const other = { total: 0, count: 0 };
  let pair = 0;
  for (let a = 0; a < own.length; a += 1) {
    for (let b = a + 1; b < own.length; b += 1) {
      pair += 1;
      if (pair % step !== 0) continue;
      const value = correlation(own[a] ?? new Float64Array(), own[b] ?? new Float64Array());
      if (Number.isNaN(value)) continue;
      const [first, second] = [sectors[a] ?? null, sectors[b] ?? null];
      const group = first === null || second === null ? null : first === second ? same : other;
      for (const sum of group === null ? [all] : [all, group]) {
        sum.total += value;
        sum.count += 1;
      }
    }
  }
  const mean = ({ total, count }: typeof all): number | null => (count === 0 ? null : total / count);
  return {
    pairCorrelation: mean(all) ?? NaN,
    sectorPairCorrelation: mean(same),
    otherPairCorrelation: mean(other),
  };
}

type LimitFacts = Pick<
  StylisedFacts,
  'limitUpShare' | 'limitDownShare' | 'limitRepeat' | 'unchangedShare' | 'overnightShare' | 'rangeToReturn'
>;

/** Against the close of the session before; ex days, on which that is not the reference price, do not count. */
function limitFacts(bars: BarPanel, rules: MarketRules): LimitFacts {
  const sessions = bars.dates.length;
  const sums = { bars: 0, up: 0, down: 0, unchanged: 0, repeats: 0, followed: 0 };
  const squares = { overnight: 0, whole: 0, range: 0, moved: 0 };
  bars.dates.forEach((date, session) => {
    for (let symbol = 0; session > 0 && symbol < bars.symbols.length; symbol += 1) {
      const cell = symbol * sessions + session;
      const at = limitAt(bars, rules, cell, date);
      if (at === null) continue;
      const close = bars.close[cell] ?? NaN;
      const before = bars.close[cell - 1] ?? NaN;
      sums.bars += 1;
      if (at === 1) sums.up += 1;
      if (at === -1) sums.down += 1;
      if (close === before) sums.unchanged += 1;
      const next =
        session + 1 < sessions ? limitAt(bars, rules, cell + 1, bars.dates[session + 1] ?? date) : null;
      if (at !== 0 && next !== null) {
        sums.followed += 1;
        if (next === at) sums.repeats += 1;
      }
      squares.overnight += Math.log((bars.open[cell] ?? NaN) / before) ** 2;
      squares.whole += Math.log(close / before) ** 2;
      squares.range += ((bars.high[cell] ?? NaN) - (bars.low[cell] ?? NaN)) / close;
      squares.moved += Math.abs(close / before - 1);
    }
  });
  return {
    limitUpShare: sums.up / sums.bars,
    limitDownShare: sums.down / sums.bars,
    unchangedShare: sums.unchanged / sums.bars,
    limitRepeat: sums.repeats / sums.followed,
    overnightShare: Math.sqrt(squares.overnight / squares.whole),
    rangeToReturn: squares.range / squares.moved,
  };
}

/** 1 at the upper limit, -1 at the lower, 0 between; null where that cannot be said. */
function limitAt(bars: BarPanel, rules: MarketRules, cell: number, date: string): 1 | 0 | -1 | null {
  const close = bars.close[cell] ?? NaN;
  const reference = bars.close[cell - 1] ?? NaN;
  const adjusted = (bars.adjusted[cell] ?? NaN) / (bars.adjusted[cell - 1] ?? NaN);
  if (!(Math.abs(adjusted / (close / reference) - 1) < 1e-9)) return null;
  return limitLock(rules, { close, reference, date });
}
