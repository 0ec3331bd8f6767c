import type { ModelSpec } from '../contracts/spec.ts';
import { axesOf, fillPanel, returnsPanel } from '../evaluation/panel.ts';
import { simulatePortfolio } from '../evaluation/portfolio.ts';
import { extractReturns } from '../extraction/session.ts';
import { marketRules, tradingCosts } from '../market/rules.ts';
import { folderCalendar } from './scoring-ground.ts';

/** What a version predicted for the members of one session. */
export interface SessionPredictions {
  readonly session: string;
  readonly symbols: readonly string[];
  /** NaN where there is none. */
  readonly predictions: Float64Array;
}

/** One entry per session; fractions of the book. */
export interface PaperTrack {
  readonly sessions: readonly string[];
  readonly netReturns: Float64Array;
  readonly grossReturns: Float64Array;
  readonly costs: Float64Array;
  /** One-way. */
  readonly turnover: Float64Array;
  /** Names bought or sold; entries and exits that the market did not allow. As in `PortfolioPath`. */
  readonly trades: number;
  readonly skippedEntries: number;
  readonly blockedExits: number;
}

const NO_TRACK: PaperTrack = {
  sessions: [],
  netReturns: new Float64Array(0),
  grossReturns: new Float64Array(0),
  costs: new Float64Array(0),
  turnover: new Float64Array(0),
  trades: 0,
  skippedEntries: 0,
  blockedExits: 0,
};

/**
 * Paper returns of a run of sessions, as known at `asOf`, by the evaluation that gates use: decided on a session, entered
 * after the delay, with costs. Empty until the first entry has earned.
 */
export async function paperTrack(
  spec: ModelSpec,
  days: readonly SessionPredictions[],
  asOf: string,
): Promise<PaperTrack> {
  const first = days[0];
  const last = days.at(-1);
  if (first === undefined || last === undefined) return NO_TRACK;
  const returns = await extractReturns({
    folder: spec.data,
    market: spec.market,
    asOf,
    fromSession: first.session,
    toSession: last.session,
  });
  const axes = axesOf(returns, await folderCalendar(spec));
  const scored = days.flatMap((day) =>
    day.symbols
      .map((symbol, row) => ({ session: day.session, symbol, value: day.predictions[row] ?? Number.NaN }))
      .filter((cell) => axes.symbolAt.has(cell.symbol) && axes.sessionAt.has(cell.session)),
  );
  const keys = { session: scored.map((cell) => cell.session), symbol: scored.map((cell) => cell.symbol) };
  const predictions = fillPanel(
    axes,
    keys,
    scored.map((cell) => cell.value),
  );
  if (!predictions.some((value) => Number.isFinite(value))) return NO_TRACK;
  return simulatePortfolio({
    returns: returnsPanel(axes, returns),
    predictions,
    portfolio: spec.portfolio,
    label: spec.label,
    costs: tradingCosts(marketRules(spec.market), spec.portfolio.costs),
  });
}
