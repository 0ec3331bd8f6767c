import { capacityCurve, costCurve } from '../stats/cost-capacity.ts';
import type { CapacityPoint, CostCurve } from '../stats/cost-capacity.ts';
import { standardDeviation } from '../stats/series.ts';
import { EvaluationInputInvalid } from './errors.ts';
import { LEFT_MARKET } from './panel.ts';
import type { ReturnsPanel } from './panel.ts';
import type { PortfolioPath, WatchBook } from './portfolio.ts';

/** The largest trade against what its name ordinarily trades in a session. */
export interface LargestTrade {
  readonly name: string;
  readonly session: string;
  /** Money traded over the name's ordinary traded value; 0 when nothing was traded. */
  readonly share: number;
}

/** A book of one size: what its trades are of the market, and what its size costs. */
export interface CapitalPoint extends Pick<
  CapacityPoint,
  'capital' | 'annualisedReturn' | 'annualisedSharpe'
> {
  /** Share of a name's ordinary traded value that 95 % of the money traded stays within. */
  readonly participation: number;
  /** What orders below the least fee cost beyond the fee in basis points, a year, as a fraction of the book. */
  readonly leastFeeDrag: number;
}

/** What the candidate's book would move, by its size. Money in the market's currency. Plain data. */
export interface BookLiquidity {
  /** The size that is judged. */
  readonly capital: number;
  readonly participation: number;
  readonly largest: LargestTrade;
  /** Share of the traded money in names whose ordinary traded value is not known, in [0, 1]. */
  readonly unknownShare: number;
  readonly trades: number;
  /** At a hundredth to a hundred times the size judged; returns after fees, least fees and impact. */
  readonly byCapital: readonly CapitalPoint[];
  /** Size at which impact has eaten the mean net return; null when that is not above zero, or nothing is known to trade. */
  readonly capacity: number | null;
  readonly costs: CostCurve;
}

/** What an order pays at least, and the fee that is measured against it. */
export interface LeastFee {
  /** Money per order. */
  readonly perOrder: number;
  /** Of the traded money, basis points. */
  readonly feeBps: number;
}

export interface LiquidityTerms {
  readonly capital: number;
  readonly leastFee: LeastFee;
  readonly annualSessions: number;
  /** Cost of one unit of one-sided turnover, buy and sell together, basis points. */
  readonly roundTripBps: number;
}

interface Trade {
  readonly session: number;
  readonly symbol: number;
  /** Money traded over the book's. */
  readonly size: number;
  /** Money that the name ordinarily trades in a session; NaN where not known. */
  readonly ordinary: number;
}

/** A change of weight below this is rounding, not a trade. */
const SMALLEST_TRADE = 1e-9;
const PARTICIPATION_QUANTILE = 0.95;
const SIZES = [0.01, 0.1, 1, 10, 100] as const;
/** A pool so large that no trade moves it. */
const BOUNDLESS = 1e60;
/** Round trips at which the cost curve is drawn, basis points. */
const COSTS_BPS = [0, 10, 20, 30, 40, 60, 80, 100, 150, 200] as const;
/** Cost of trading all that a name ordinarily trades, in its daily volatilities: Almgren et al. 2005 find 0.9 to 1.4. */
const IMPACT = 1;

/**
 * Watches a book trade. A trade is the change of a weight against what the market had drifted it to; what was paid out because
 * the name left the market is none.
 */
export class TradeWatch {
  private readonly returns: ReturnsPanel;
  private readonly ordinary: Float64Array;
  private readonly trades: Trade[] = [];
  private held: Float64Array;

  /**
   * @param ordinary money that a name ordinarily trades in a session, on the axes of the returns; NaN where not known
   * Throws `EvaluationInputInvalid` when the panels differ in size.
   */
  constructor(returns: ReturnsPanel, ordinary: Float64Array) {
    if (ordinary.length !== returns.ret.length) {
      throw new EvaluationInputInvalid(
        `traded values (${String(ordinary.length)}) and returns (${String(returns.ret.length)}) differ in size`,
      );
    }
    this.returns = returns;
    this.ordinary = ordinary;
    this.held = new Float64Array(returns.axes.symbols.length);
  }

  readonly watch: WatchBook = (date, weights) => {
    const { axes, ret, tradable } = this.returns;
    const session = axes.sessionAt.get(date) ?? -1;
    const from = session * axes.symbols.length;
    weights.forEach((weight, symbol) => {
      const moved = ret[from + symbol] ?? Number.NaN;
      const drifted = (this.held[symbol] ?? 0) * (1 + (Number.isFinite(moved) ? moved : 0));
      const size = Math.abs(weight - drifted);
      if (size < SMALLEST_TRADE || ((tradable[from + symbol] ?? 0) & LEFT_MARKET) !== 0) return;
      this.trades.push({ session, symbol, size, ordinary: this.ordinary[from + symbol] ?? Number.NaN });
    });
    this.held = Float64Array.from(weights);
  };

  /** What the trades seen so far mean for a book of a stated size. Throws what the curves refuse (too short a path). */
  liquidity(path: PortfolioPath, terms: LiquidityTerms): BookLiquidity {
    const { axes } = this.returns;
    const known = this.trades.filter(({ ordinary }) => ordinary > 0);
    const largest = known.reduce<Trade | null>(
      (most, trade) => (most === null || pressure(trade) > pressure(most) ? trade : most),
      null,
    );
    const traded = total(this.trades);
    const { grossReturns, turnover } = path;
    const returns = { grossReturns, turnover, sessionsPerYear: terms.annualSessions };
    const perUnit = participationPerUnit(known);
    const years = path.sessions.length / terms.annualSessions;
    const capitals = SIZES.map((size) => size * terms.capital);
    const curve = capacityCurve(
      {
        ...returns,
        costBps: terms.roundTripBps,
        tradedValue: this.equivalentValue(path, known),
        dailyVolatility: this.typicalVolatility(),
        impactCoefficient: known.length === 0 ? 0 : IMPACT,
      },
      capitals,
    );
    return {
      capital: terms.capital,
      participation: perUnit * terms.capital,
      largest: {
        name: largest === null ? 'none' : (axes.symbols[largest.symbol] ?? ''),
        session: largest === null ? '' : (axes.sessions[largest.session] ?? ''),
        share: largest === null ? 0 : pressure(largest) * terms.capital,
      },
      unknownShare: traded === 0 ? 0 : Math.min(1, Math.max(0, 1 - total(known) / traded)),
      trades: this.trades.length,
      byCapital: curve.points.map(({ capital, annualisedReturn, annualisedSharpe }) => {
        const leastFeeDrag = this.leastFees(capital, terms.leastFee) / years;
        const after = annualisedReturn - leastFeeDrag;
        return {
          capital,
          participation: perUnit * capital,
          leastFeeDrag,
          annualisedReturn: after,
          // The drag is the same on every session to first order, so that it moves the mean and not the deviation.
          annualisedSharpe:
            annualisedSharpe === null || annualisedReturn === 0
              ? annualisedSharpe
              : annualisedSharpe * (after / annualisedReturn),
        };
      }),
      capacity:
        known.length === 0 || curve.capacity === null || !Number.isFinite(curve.capacity)
          ? null
          : curve.capacity,
      costs: costCurve(returns, COSTS_BPS),
    };
  }

  /** Money over the book's, all trades together, beyond the fee in basis points. */
  private leastFees(capital: number, { perOrder, feeBps }: LeastFee): number {
    return this.trades.reduce(
      (sum, { size }) => sum + Math.max(0, perOrder / capital - (size * feeBps) / 10_000),
      0,
    );
  }

  /**
   * Traded value of one pool, by session, in which the session's whole turnover has the impact that its trades have name by name:
   * sum of size^1.5 / sqrt(ordinary) = (2 turnover)^1.5 / sqrt(2 value), with turnover one-sided. A session without a known
   * trade has no impact; its value is then of no consequence.
   */
  private equivalentValue(path: PortfolioPath, known: readonly Trade[]): Float64Array {
    const sizes = new Map<number, { size: number; impact: number }>();
    for (const trade of known) {
      const day = sizes.get(trade.session) ?? { size: 0, impact: 0 };
      day.size += trade.size;
      day.impact += trade.size ** 1.5 / Math.sqrt(trade.ordinary);
      sizes.set(trade.session, day);
    }
    return Float64Array.from(path.sessions, (date) => {
      const day = sizes.get(this.returns.axes.sessionAt.get(date) ?? -1);
      if (day === undefined) return BOUNDLESS;
      return (day.size ** 1.5 / day.impact) ** 2 / 2;
    });
  }

  /** Median over the names of the deviation of their daily returns. */
  private typicalVolatility(): number {
    const { axes, ret } = this.returns;
    const width = axes.symbols.length;
    const deviations = axes.symbols.flatMap((_, symbol) => {
      const own = axes.sessions
        .map((_, session) => ret[session * width + symbol] ?? Number.NaN)
        .filter((value) => Number.isFinite(value));
      return own.length < 2 ? [] : [standardDeviation(Float64Array.from(own), 1)];
    });
    return Math.min(1, deviations.toSorted((a, b) => a - b)[Math.floor(deviations.length / 2)] ?? 0);
  }
}

const pressure = ({ size, ordinary }: Trade): number => size / ordinary;

const total = (trades: readonly Trade[]): number => trades.reduce((sum, { size }) => sum + size, 0);

/** Participation per unit of money in the book that 95 % of the money traded stays within. */
function participationPerUnit(known: readonly Trade[]): number {
  const all = total(known);
  let below = 0;
  for (const trade of known.toSorted((a, b) => pressure(a) - pressure(b))) {
    below += trade.size;
    if (below >= PARTICIPATION_QUANTILE * all) return pressure(trade);
  }
  return 0;
}
