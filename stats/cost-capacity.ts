import { NonFiniteValue, ParameterOutOfRange, ShapeMismatch } from './errors.ts';
import {
  finiteSeries,
  isConstant,
  mean,
  requireLength,
  requireRange,
  requireSameLength,
  standardDeviation,
} from './series.ts';
import type { Series } from './series.ts';

/**
 * One-sided turnover of each session: half of the sum of absolute changes of weight, against the weights the market had
 * drifted the holdings to. The first session builds the book from nothing and is counted like any other.
 * @param weights target weights after trading, one row of names per session (fractions of equity; cash is the rest)
 * @param returns simple returns of the names until the next trade; 0 where a name is not held
 * Throws `ShapeMismatch`, `NonFiniteValue`, `ParameterOutOfRange` when the book loses everything.
 */
export function driftedTurnover(weights: readonly Series[], returns: readonly Series[]): Float64Array {
  if (weights.length !== returns.length) {
    throw new ShapeMismatch(
      `${String(weights.length)} sessions of weights, ${String(returns.length)} of returns; they must be paired`,
      { remedy: 'Give both for the same sessions.' },
    );
  }
  let held = new Float64Array(weights[0]?.length ?? 0);
  return Float64Array.from(weights, (row, session) => {
    const target = finiteSeries(row, `weights of session ${String(session + 1)}`);
    requireSameLength(held, target, 'the weights before', `weights of session ${String(session + 1)}`);
    const moves = finiteSeries(returns[session] ?? [], `returns of session ${String(session + 1)}`);
    requireSameLength(target, moves, `weights of session ${String(session + 1)}`, 'its returns');
    let traded = 0;
    let earned = 0;
    target.forEach((weight, name) => {
      traded += Math.abs(weight - (held[name] ?? 0));
      earned += weight * (moves[name] ?? 0);
    });
    if (earned <= -1) {
      throw new ParameterOutOfRange(`the book loses everything in session ${String(session + 1)}`, {
        remedy: 'Returns are simple returns as fractions, weights fractions of equity.',
      });
    }
    held = target.map((weight, name) => (weight * (1 + (moves[name] ?? 0))) / (1 + earned));
    return traded / 2;
  });
}

export interface TradedReturns {
  /** Daily returns before any cost, fractions of equity. */
  readonly grossReturns: Series;
  /** One-sided turnover per session, fraction of equity. */
  readonly turnover: Series;
  /** Trading sessions in a year. */
  readonly sessionsPerYear: number;
}

export interface CostPoint {
  /** Cost of one unit of one-sided turnover, buy and sell together, in basis points. */
  readonly costBps: number;
  readonly annualisedReturn: number;
  /** Null when the net returns do not vary. */
  readonly annualisedSharpe: number | null;
}

export interface CostCurve {
  readonly points: readonly CostPoint[];
  /** Cost at which the mean net return is zero; null without any turnover, negative when nothing is earned before cost. */
  readonly breakEvenBps: number | null;
}

/**
 * Return and Sharpe ratio net of a cost proportional to turnover, over a grid of costs: how much worse trading may become
 * before the edge is gone. Throws `NonFiniteValue`, `ShapeMismatch`, `SampleTooShort`, `ParameterOutOfRange`.
 * @param costsBps in [0, 10,000]
 */
export function costCurve(traded: TradedReturns, costsBps: readonly number[]): CostCurve {
  const { gross, turnover } = checked(traded);
  const points = costsBps.map((costBps) => {
    requireRange('cost', costBps, 0, 10_000);
    const net = gross.map((value, row) => value - (turnover[row] ?? 0) * costBps * 1e-4);
    return { costBps, ...annualised(net, traded.sessionsPerYear) };
  });
  const traded1 = mean(turnover);
  return { points, breakEvenBps: traded1 === 0 ? null : (mean(gross) / traded1) * 1e4 };
}

export interface CapacityOptions extends TradedReturns {
  /** Proportional cost of one unit of turnover, both sides, in basis points. */
  readonly costBps: number;
  /** Money traded per session in the names of the book, one number per session, > 0, in the currency of `capitals`. */
  readonly tradedValue: Series;
  /** Daily volatility of a typical name, fraction. */
  readonly dailyVolatility: number;
  /** Impact of trading the whole daily volume, in daily volatilities: about 1 (Almgren et al. 2005 find 0.9 to 1.4). */
  readonly impactCoefficient: number;
}

export interface CapacityPoint {
  readonly capital: number;
  readonly annualisedReturn: number;
  readonly annualisedSharpe: number | null;
  /** Largest share of a session's traded value that the book would be. */
  readonly largestParticipation: number;
}

export interface CapacityCurve {
  readonly points: readonly CapacityPoint[];
  /** Capital at which impact has eaten the mean net return; null when it is negative without any impact. Infinity without turnover. */
  readonly capacity: number | null;
}

/**
 * Net results by capital under the square-root law of impact: trading a share q of the session's traded value costs
 * coefficient x volatility x sqrt(q) of what is traded, on both sides (Almgren, Thum, Hauptmann and Li, "Direct estimation of
 * equity market impact", Risk 18, 2005; the exponent one half is the usual rounding of their 0.6). The mean cost grows
 * with the square root of capital, so the capacity has a closed form. Participation is not capped: a point at which
 * `largestParticipation` passes a few per cent could not be traded at all.
 */
export function capacityCurve(options: CapacityOptions, capitals: readonly number[]): CapacityCurve {
  const { gross, turnover } = checked(options);
  const value = finiteSeries(options.tradedValue, 'traded value');
  requireSameLength(gross, value, 'gross returns', 'traded value');
  requireRange('costBps', options.costBps, 0, 10_000);
  requireRange('dailyVolatility', options.dailyVolatility, 0, 1);
  requireRange('impactCoefficient', options.impactCoefficient, 0, 100);
  value.forEach((money, row) => {
    if (money > 0) return;
    throw new NonFiniteValue(
      `traded value is ${String(money)} in row ${String(row + 1)}, expected more than 0`,
      {
        remedy: 'Leave out sessions without trading.',
        details: { row: row + 1 },
      },
    );
  });
  const net = gross.map((earned, row) => earned - (turnover[row] ?? 0) * options.costBps * 1e-4);
  const scale = options.impactCoefficient * options.dailyVolatility;
  // Both sides are traded: twice the one-sided turnover, each at the impact of its own share of the session's value.
  const perRootCapital = turnover.map(
    (share, row) => 2 * scale * share * Math.sqrt(share / (value[row] ?? 1)),
  );
  const points = capitals.map((capital) => {
    requireRange('capital', capital, 0, 1e18);
    const root = Math.sqrt(capital);
    const after = net.map((earned, row) => earned - (perRootCapital[row] ?? 0) * root);
    const largestParticipation = turnover.reduce(
      (most, share, row) => Math.max(most, (share * capital) / (value[row] ?? 1)),
      0,
    );
    return { capital, ...annualised(after, options.sessionsPerYear), largestParticipation };
  });
  const earned = mean(net);
  const impact = mean(perRootCapital);
  const limit = impact === 0 ? Infinity : (earned / impact) ** 2;
  return { points, capacity: earned < 0 ? null : limit };
}

function checked({ grossReturns, turnover, sessionsPerYear }: TradedReturns): {
  readonly gross: Float64Array;
  readonly turnover: Float64Array;
} {
  requireLength(grossReturns, 2, 'gross returns');
  requireSameLength(grossReturns, turnover, 'gross returns', 'turnover');
  requireRange('sessionsPerYear', sessionsPerYear, 1, 366);
  const shares = finiteSeries(turnover, 'turnover');
  shares.forEach((share, row) => {
    requireRange(`turnover in row ${String(row + 1)}`, share, 0, 1000);
  });
  return { gross: finiteSeries(grossReturns, 'gross returns'), turnover: shares };
}

function annualised(net: Float64Array, perYear: number): Omit<CostPoint, 'costBps'> {
  const average = mean(net);
  return {
    annualisedReturn: perYear * average,
    annualisedSharpe: isConstant(net) ? null : (Math.sqrt(perYear) * average) / standardDeviation(net, 1),
  };
}
