import type { LabelSpec, PortfolioSpec } from '../contracts/spec.ts';
import type { TradingCosts } from '../market/rules.ts';
import { EvaluationInputInvalid } from './errors.ts';
import type { ReturnsPanel } from './panel.ts';
import { rankedSymbols, selectNames } from './selection.ts';
import { Tranche, type Trades } from './tranche.ts';

export interface PortfolioInput {
  readonly returns: ReturnsPanel;
  /** On the axes of `returns`; NaN where a name is not scored (no member, or no prediction). */
  readonly predictions: Float64Array;
  readonly portfolio: Pick<PortfolioSpec, 'kind' | 'holdSessions' | 'topFraction' | 'turnoverBuffer'>;
  readonly label: Pick<LabelSpec, 'entryDelaySessions'>;
  readonly costs: TradingCosts;
}

/** One entry per session, from the first trade to the last exit. Fractions of the book. */
export interface PortfolioPath {
  readonly sessions: readonly string[];
  /** Before costs; for `long_only_excess` over the equally weighted universe. */
  readonly grossReturns: Float64Array;
  readonly netReturns: Float64Array;
  readonly costs: Float64Array;
  /** One-way: half of what is bought plus what is sold. */
  readonly turnover: Float64Array;
  /** Names held after the close, all tranches together. */
  readonly heldNames: Int32Array;
  /** Positions whose return of a session was unknown and counted as zero. */
  readonly missingReturns: number;
  /** Entries not made, or made smaller: no bar with volume, locked at a limit, or banned from short sales. In cash. */
  readonly skippedEntries: number;
  /** Positions that could not be let go when their tranche was due: no bar with volume, or locked at a limit. */
  readonly blockedExits: number;
  /** Decision sessions within the range on which nothing could be ranked; the tranche due kept what it held. */
  readonly unrankedSessions: number;
  /** Names bought or sold, session by session and tranche by tranche. */
  readonly trades: number;
}

/** Told the book after each close: signed weights by symbol, all tranches together, as shares of the book. */
export type WatchBook = (session: string, weights: Float64Array) => void;

/**
 * From predictions to daily returns: the one path that gates, shadow, guard and live go.
 *
 * Predictions of session s are traded at the close of s + entryDelay and earn from the session after. The book consists
 * of `holdSessions` overlapping tranches (Jegadeesh and Titman 1993, section I); each session one of them is renewed to
 * 1/holdSessions of the book, equally weighted, and then drifts with its names until its turn comes again.
 * `long_only_excess` holds the best `topFraction` and is measured against the equally weighted universe (names scored
 * on the newest decision that could be in the book), which pays no costs; cash in a tranche earns nothing, and so lags
 * the universe. `long_short_decile` is long the best and short the worst `topFraction`, each leg one tranche in size.
 *
 * Nothing trades that could not have been traded at that close (`ReturnsPanel.tradable`): a name locked at its upper
 * limit is not bought and one locked at its lower limit is not sold, it stays in the tranche and keeps its share of it.
 *
 * Costs fall on every trade of either side on the session of its close. After the last decision the tranches run out
 * and are sold one by one, what is locked as soon as it can be; a path that reaches its end earlier stops there with its
 * positions open.
 *
 * Throws `EvaluationInputInvalid` when the panels differ in size or no session can be ranked.
 */
export function simulatePortfolio(input: PortfolioInput, watch: WatchBook | null = null): PortfolioPath {
  return new Book(input).run(watch);
}

class Book {
  private readonly input: PortfolioInput;
  private readonly width: number;
  private readonly tranches: Tranche[];
  private readonly firstDecision: number;
  private readonly lastDecision: number;
  private universe: Int32Array = new Int32Array(0);
  private unrankedSessions = 0;

  constructor(input: PortfolioInput) {
    this.input = input;
    const { axes, ret, tradable } = input.returns;
    this.width = axes.symbols.length;
    const cells = axes.sessions.length * this.width;
    if (input.predictions.length !== cells || ret.length !== cells || tradable.length !== cells) {
      throw new EvaluationInputInvalid(
        `predictions (${String(input.predictions.length)}), returns (${String(ret.length)}) and axes (${String(cells)}) differ in size`,
      );
    }
    const scored = axes.sessions.map((_, at) => this.scoresOf(at).some((score) => Number.isFinite(score)));
    this.firstDecision = scored.indexOf(true);
    this.lastDecision = scored.lastIndexOf(true);
    if (this.firstDecision < 0) throw new EvaluationInputInvalid('there is not one finite prediction');
    this.tranches = Array.from({ length: input.portfolio.holdSessions }, () => new Tranche(this.width));
  }

  run(watch: WatchBook | null): PortfolioPath {
    const { returns, portfolio, label, costs } = this.input;
    const first = this.firstDecision + label.entryDelaySessions;
    const exit = this.lastDecision + label.entryDelaySessions + portfolio.holdSessions;
    const last = Math.min(exit, returns.axes.sessions.length - 1);
    const length = Math.max(0, last - first + 1);
    const path = {
      grossReturns: new Float64Array(length),
      netReturns: new Float64Array(length),
      costs: new Float64Array(length),
      turnover: new Float64Array(length),
      heldNames: new Int32Array(length),
    };
    for (let session = first; session <= last; session += 1) {
      const row = session - first;
      const gross = this.earn(session);
      const { bought, sold } = this.trade(session);
      const share = 1 / portfolio.holdSessions;
      const cost = (share * (bought * costs.buyBps + sold * costs.sellBps)) / 10_000;
      path.grossReturns[row] = gross;
      path.costs[row] = cost;
      path.netReturns[row] = gross - cost;
      path.turnover[row] = (share * (bought + sold)) / 2;
      path.heldNames[row] = this.countHeld();
      watch?.(returns.axes.sessions[session] ?? '', this.weights());
    }
    return {
      ...path,
      sessions: returns.axes.sessions.slice(first, first + length),
      missingReturns: sum(this.tranches, (tranche) => tranche.missingReturns),
      skippedEntries: sum(this.tranches, (tranche) => tranche.skippedEntries),
      blockedExits: sum(this.tranches, (tranche) => tranche.blockedExits),
      unrankedSessions: this.unrankedSessions,
      trades: sum(this.tranches, (tranche) => tranche.trades),
    };
  }

  private weights(): Float64Array {
    const weights = new Float64Array(this.width);
    for (const tranche of this.tranches) {
      tranche.weights.forEach((weight, symbol) => {
        weights[symbol] = (weights[symbol] ?? 0) + weight / this.tranches.length;
      });
    }
    return weights;
  }

  /** Return of the book over one session; the weights drift. */
  private earn(session: number): number {
    const { returns, portfolio } = this.input;
    const from = session * this.width;
    const ret = returns.ret.subarray(from, from + this.width);
    const benchmark = portfolio.kind === 'long_only_excess' ? this.universeReturn(session, ret) : 0;
    let total = 0;
    for (const tranche of this.tranches) {
      if (!tranche.open) continue;
      const exposure = tranche.exposure;
      total += tranche.earn(ret) - exposure * benchmark;
    }
    return total / portfolio.holdSessions;
  }

  /** Mean return of the names scored on the newest decision that could be in the book; unknown returns count as zero. */
  private universeReturn(session: number, ret: Float64Array): number {
    const decision = session - this.input.label.entryDelaySessions - 1;
    if (decision <= this.lastDecision) {
      const ranked = finitePositions(this.scoresOf(decision));
      if (ranked.length > 0) this.universe = ranked;
    }
    if (this.universe.length === 0) return 0;
    let total = 0;
    for (const symbol of this.universe) {
      const value = ret[symbol] ?? NaN;
      if (Number.isFinite(value)) total += value;
    }
    return total / this.universe.length;
  }

  /** Trades at the close of a session, in units of one tranche: of the one whose turn it is, and of leftovers. */
  private trade(session: number): Trades {
    const from = session * this.width;
    const permissions = this.input.returns.tradable.subarray(from, from + this.width);
    const leftovers = this.tranches.filter((tranche) => tranche.unfinished);
    return [
      this.renewDue(session, permissions),
      ...leftovers.map((tranche) => tranche.liquidate(permissions)),
    ].reduce((all, { bought, sold }) => ({ bought: all.bought + bought, sold: all.sold + sold }));
  }

  private renewDue(session: number, permissions: Uint8Array): Trades {
    const { portfolio, label } = this.input;
    const decision = session - label.entryDelaySessions;
    const tranche = this.tranches[(decision - this.firstDecision) % portfolio.holdSessions];
    if (tranche === undefined) throw new RangeError('no tranche');
    if (decision > this.lastDecision) return tranche.liquidate(permissions);
    const ranking = rankedSymbols(this.scoresOf(decision));
    if (ranking.length === 0) {
      this.unrankedSessions += 1;
      return { bought: 0, sold: 0 };
    }
    const blocked = tranche.blocked(permissions);
    return tranche.renew(selectNames(ranking, tranche.weights, blocked, portfolio), blocked, permissions);
  }

  private countHeld(): number {
    let held = 0;
    for (let symbol = 0; symbol < this.width; symbol += 1) {
      if (this.tranches.some((tranche) => (tranche.weights[symbol] ?? 0) !== 0)) held += 1;
    }
    return held;
  }

  private scoresOf(session: number): Float64Array {
    return this.input.predictions.subarray(session * this.width, (session + 1) * this.width);
  }
}

function finitePositions(scores: Float64Array): Int32Array {
  const positions: number[] = [];
  for (let symbol = 0; symbol < scores.length; symbol += 1) {
    if (Number.isFinite(scores[symbol] ?? NaN)) positions.push(symbol);
  }
  return Int32Array.from(positions);
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += of(item);
  return total;
}
