import { ConstantSeries } from '../stats/errors.ts';
import { hacMean } from '../stats/hac.ts';
import { averageRanks, spearman } from '../stats/rank.ts';
import { MIN_CROSS_SECTION } from '../stats/rank-ic.ts';
import { EvaluationInputInvalid } from './errors.ts';
import type { ReturnsPanel } from './panel.ts';

/** One bar: a mean over sessions with an interval that allows for overlapping labels. */
export interface BreakdownCell {
  /** `1` to `10`, the name of a sector or of a regime, or sessions ahead. */
  readonly name: string;
  /** Rank IC in [-1, 1]; of a decile the return beyond that of the universe, a fraction. */
  readonly mean: number;
  /** 95 %, by Newey and West; null: fewer than 20 sessions, or no variation. */
  readonly interval: readonly [number, number] | null;
  readonly sessions: number;
}

/** Where the skill of predictions lies. Reported, never judged: with this many cells one looks good by luck. */
export interface IcBreakdown {
  /** Of the label's horizon, the lowest predictions first. */
  readonly deciles: readonly BreakdownCell[];
  /** Within each sector, largest first by sessions; names in no sector are left out. */
  readonly sectors: readonly BreakdownCell[];
  readonly regimes: readonly BreakdownCell[];
  /** By sessions ahead, from the entry on. */
  readonly horizons: readonly BreakdownCell[];
}

export interface BreakdownInput {
  readonly returns: ReturnsPanel;
  /** On the axes of the returns; NaN where a name is not scored. */
  readonly predictions: Float64Array;
  readonly entryDelaySessions: number;
  readonly horizonSessions: number;
  /** By cell of the panel: position in `sectorNames` as known on the session; -1: in none. */
  readonly sectors: Int16Array;
  readonly sectorNames: readonly string[];
  /** Regime of each session of the axes as known at its close; null: too early to tell. */
  readonly regimes: readonly (string | null)[];
  /** Autocorrelations that are counted for so many sessions of overlapping labels. */
  readonly lagOf: (observations: number, overlapSessions: number) => number;
}

const DECILES = 10;
const FEWEST_SESSIONS = 20;
const MOST_SECTORS = 12;
const USUAL_HORIZONS = [1, 5, 10, 20];

/**
 * Rank IC by sector, regime and horizon, and returns by decile of the prediction, session by session and then averaged.
 * Forward returns are compounded from the close on which a prediction is traded; a name with an unknown return on the way is
 * left out of its session, never counted as zero. A cell of a session with fewer than five names says nothing.
 *
 * @throws EvaluationInputInvalid when the panels differ in size
 */
export function icBreakdown(input: BreakdownInput): IcBreakdown {
  const { returns, predictions, horizonSessions, regimes } = input;
  const { sessions } = returns.axes;
  const cells = returns.ret.length;
  if (predictions.length !== cells || input.sectors.length !== cells || regimes.length !== sessions.length) {
    throw new EvaluationInputInvalid('predictions, sectors, regimes and returns differ in size');
  }
  const deciles = new Cells(horizonSessions, input.lagOf);
  const sectors = new Cells(horizonSessions, input.lagOf);
  const regimeCells = new Cells(horizonSessions, input.lagOf);
  sessions.forEach((session, at) => {
    const pairs = pairsOf(input, at, horizonSessions);
    addDeciles(deciles, pairs);
    const ic = rankIc(pairs, session);
    const regime = regimes[at] ?? null;
    if (ic !== null && regime !== null) regimeCells.add(regime, ic);
    const bySector = new Map<string, Pair[]>();
    for (const pair of pairs) {
      const sector = input.sectorNames[input.sectors[pair.cell] ?? -1];
      if (sector === undefined) continue;
      const own = bySector.get(sector) ?? [];
      own.push(pair);
      bySector.set(sector, own);
    }
    for (const [sector, own] of bySector) {
      const within = rankIc(own, `${session}, ${sector}`);
      if (within !== null) sectors.add(sector, within);
    }
  });
  const horizons = [...new Set([...USUAL_HORIZONS, horizonSessions])].sort((a, b) => a - b);
  return {
    deciles: deciles.cells((a, b) => Number(a.name) - Number(b.name)),
    sectors: sectors
      .cells((a, b) => b.sessions - a.sessions || (a.name < b.name ? -1 : 1))
      .slice(0, MOST_SECTORS),
    regimes: regimeCells.cells((a, b) => (a.name < b.name ? -1 : 1)),
    horizons: horizons.flatMap((ahead) => {
      const daily = new Cells(ahead, input.lagOf);
      sessions.forEach((session, at) => {
        const ic = rankIc(pairsOf(input, at, ahead), session);
        if (ic !== null) daily.add(String(ahead), ic);
      });
      return daily.cells(() => 0);
    }),
  };
}

interface Pair {
  readonly cell: number;
  readonly prediction: number;
  readonly ahead: number;
}

/** Predictions of a session with the return that a holder of `horizon` sessions would have had. */
function pairsOf(
  { returns, predictions, entryDelaySessions }: BreakdownInput,
  at: number,
  horizon: number,
): Pair[] {
  const { ret, axes } = returns;
  const width = axes.symbols.length;
  const first = at + entryDelaySessions + 1;
  if (first + horizon > axes.sessions.length) return [];
  const pairs: Pair[] = [];
  for (let symbol = 0; symbol < width; symbol += 1) {
    const cell = at * width + symbol;
    const prediction = predictions[cell] ?? Number.NaN;
    if (!Number.isFinite(prediction)) continue;
    let growth = 1;
    for (let session = first; session < first + horizon; session += 1) {
      growth *= 1 + (ret[session * width + symbol] ?? Number.NaN);
    }
    if (Number.isFinite(growth)) pairs.push({ cell, prediction, ahead: growth - 1 });
  }
  return pairs;
}

/** Null: too few names, or nothing to rank. */
function rankIc(pairs: readonly Pair[], name: string): number | null {
  const predictions = pairs.map(({ prediction }) => prediction);
  const ahead = pairs.map((pair) => pair.ahead);
  const flat = (values: readonly number[]): boolean => values.every((value) => value === values[0]);
  if (pairs.length < MIN_CROSS_SECTION || flat(predictions) || flat(ahead)) return null;
  return spearman(predictions, ahead, `predictions of ${name}`, `returns of ${name}`);
}

/** Ties share a decile: their average rank decides. */
function addDeciles(cells: Cells, pairs: readonly Pair[]): void {
  if (pairs.length < DECILES) return;
  const universe = pairs.reduce((sum, { ahead }) => sum + ahead, 0) / pairs.length;
  const ranks = averageRanks(pairs.map(({ prediction }) => prediction));
  const sums = Array.from({ length: DECILES }, () => ({ sum: 0, names: 0 }));
  pairs.forEach(({ ahead }, row) => {
    const place = ((ranks[row] ?? 1) - 0.5) / pairs.length;
    const own = sums[Math.min(DECILES - 1, Math.floor(place * DECILES))];
    if (own === undefined) return;
    own.sum += ahead - universe;
    own.names += 1;
  });
  sums.forEach(({ sum, names }, decile) => {
    if (names > 0) cells.add(String(decile + 1), sum / names);
  });
}

/** Daily values by name, to be averaged. */
class Cells {
  private readonly overlap: number;
  private readonly lagOf: BreakdownInput['lagOf'];
  private readonly values = new Map<string, number[]>();

  constructor(overlap: number, lagOf: BreakdownInput['lagOf']) {
    this.overlap = overlap;
    this.lagOf = lagOf;
  }

  add(name: string, value: number): void {
    const own = this.values.get(name);
    if (own === undefined) this.values.set(name, [value]);
    else own.push(value);
  }

  cells(order: (a: BreakdownCell, b: BreakdownCell) => number): BreakdownCell[] {
    return [...this.values]
      .map(([name, values]) => ({
        name,
        mean: values.reduce((sum, value) => sum + value, 0) / values.length,
        interval: this.intervalOf(values),
        sessions: values.length,
      }))
      .sort(order);
  }

  private intervalOf(values: readonly number[]): readonly [number, number] | null {
    if (values.length < FEWEST_SESSIONS) return null;
    try {
      const lag = this.lagOf(values.length, this.overlap);
      return hacMean(values, { lag, smallSample: true }).intervalStudent;
    } catch (error) {
      // Nothing varies: there is no error to tell, and no reason to judge nothing at all.
      if (error instanceof ConstantSeries) return null;
      throw error;
    }
  }
}
