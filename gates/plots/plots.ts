import { cscv } from '../../stats/cscv.ts';
import { effectiveTrials } from '../../stats/effective-trials.ts';
import { hacMean } from '../../stats/hac.ts';
import { isConstant, mean, quantileOfSorted, squaredDeviations } from '../../stats/series.ts';
import { deflatedSharpe, returnMoments } from '../../stats/sharpe.ts';
import type { SpaResult } from '../../stats/spa.ts';
import { StationaryBootstrap } from '../../stats/stationary-bootstrap.ts';
import type { JudgeInput } from '../judge-input.ts';
import { countTrials } from '../overfitting.ts';
import { blockSessions, hacLag } from '../paired-panel.ts';
import type { PairedPanel } from '../paired-panel.ts';
import { figure, percent } from '../wording.ts';
import { Figure, padded, ticks } from './figure.ts';
import type { Point } from './figure.ts';
import { histogram } from './histogram.ts';

const BINS = 60;

/** Bootstrap maxima under the null, and where the statistic lies among them. */
export function spaPlot(result: SpaResult, alpha: number): string {
  const { statistic, maxima, critical95 } = result;
  const bars = histogram(maxima, statistic, BINS);
  const p = result.p.consistent;
  const x = padded([bars.from, bars.from + bars.width * bars.shares.length, statistic, critical95]);
  const y = { from: 0, to: Math.max(...bars.shares) * 1.25 };
  const plot = new Figure({
    id: 'spa',
    title: 'SPA: what luck alone reaches, and what the best recipe reached',
    description: `Distribution of the bootstrap maximum over ${String(result.replicates)} replicates. The statistic ${figure(statistic, 2)} has a p of ${figure(p, 4)}; the level is ${String(Number(alpha.toPrecision(4)))}.`,
    x,
    y,
    xLabel: 'largest studentised mean difference over all recipes',
    yLabel: 'share of replicates',
    xTicks: ticks(x, 8, (value) => figure(value, 1)),
    yTicks: ticks(y, 4, (value) => percent(value, 1)),
  });
  bars.shares.forEach((share, bin) => {
    if (share === 0) return;
    const from = bars.from + bin * bars.width;
    plot.bar(from, from + bars.width, share, from >= statistic - bars.width * 1e-6);
  });
  plot.legend('below the statistic', 'bar');
  plot.legend(`at or above it: p ${figure(p, 4)}`, 'bad');
  plot.vertical(statistic, `statistic ${figure(statistic, 2)}`, p < alpha ? 'good' : 'bad');
  plot.vertical(critical95, `95 % of luck ${figure(critical95, 2)}`, 'other', 1);
  return plot.toString();
}

/** Logits of the winner's rank out of sample: at or below zero it lost to the median. */
export function pboPlot(panel: PairedPanel, input: JudgeInput): string {
  const { pboSplits, pboMax } = input.gates;
  const result = cscv({ columns: panel.columns, names: panel.names, splits: pboSplits });
  const bars = histogram(result.logits, 0, BINS);
  const x = padded([bars.from, bars.from + bars.width * bars.shares.length]);
  const y = { from: 0, to: Math.max(...bars.shares) * 1.25 };
  const plot = new Figure({
    id: 'pbo',
    title: 'PBO: where the winner of one half ranks in the other',
    description: `Logits of the out-of-sample rank over ${String(result.combinations)} combinations. PBO is ${figure(result.pbo, 3)}, the bound ${String(pboMax)}.`,
    x,
    y,
    xLabel: 'logit of the relative rank out of sample; 0 is the median',
    yLabel: 'share of combinations',
    xTicks: ticks(x, 8, (value) => figure(value, 1)),
    yTicks: ticks(y, 4, (value) => percent(value, 1)),
  });
  bars.shares.forEach((share, bin) => {
    if (share === 0) return;
    const from = bars.from + bin * bars.width;
    plot.bar(from, from + bars.width, share, from + bars.width <= bars.width * 1e-6);
  });
  plot.legend('above the median', 'bar');
  plot.legend(`at or below it: PBO ${figure(result.pbo, 3)}, bound ${String(pboMax)}`, 'bad');
  plot.vertical(0, 'median', 'other');
  return plot.toString();
}

const DSR_POINTS = 120;

/** How the deflated Sharpe ratio falls with the number of trials it is charged for. */
export function dsrPlot(panel: PairedPanel, input: JudgeInput): string {
  const moments = returnMoments(panel.candidateReturns, 'candidate');
  const sharpes = panel.columns.map((column, index) => returnMoments(column, panel.names[index]).sharpe);
  const variance = squaredDeviations(sharpes) / (sharpes.length - 1);
  const { counted } = countTrials(panel, input);
  const { lowest } = effectiveTrials(panel.columns, panel.names);
  const most = Math.max(100, counted * 10);
  const at = (trials: number): number => deflatedSharpe(moments, variance, trials).dsr;
  const x = { from: 0, to: Math.log10(most) };
  const y = { from: 0, to: 1.05 };
  const points: Point[] = Array.from({ length: DSR_POINTS + 1 }, (_, index) => {
    const exponent = (index / DSR_POINTS) * x.to;
    return { x: exponent, y: at(10 ** exponent) };
  });
  const threshold = input.gates.dsrMin;
  const judged = at(counted);
  const plot = new Figure({
    id: 'dsr',
    title: 'Deflated Sharpe ratio against the number of trials',
    description: `With the ${String(counted)} trials counted the ratio is ${figure(judged, 3)}; at the lowest effective number ${figure(lowest, 1)} it would be ${figure(at(lowest), 3)}. The bound is ${String(threshold)}.`,
    x,
    y,
    xLabel: 'trials counted (logarithmic)',
    yLabel: 'deflated Sharpe ratio',
    xTicks: Array.from({ length: Math.floor(x.to + 1e-9) + 1 }, (_, power) => ({
      at: power,
      label: String(10 ** power),
    })),
    yTicks: ticks({ from: 0, to: 1 }, 5, (value) => figure(value, 1)),
  });
  plot.line(points);
  plot.horizontal(threshold, `bound ${String(threshold)}`, 'other');
  plot.vertical(
    Math.log10(counted),
    `counted ${String(counted)}: DSR ${figure(judged, 3)}`,
    judged >= threshold ? 'good' : 'bad',
    9,
  );
  plot.dot({ x: Math.log10(counted), y: judged });
  plot.vertical(Math.log10(Math.max(1, lowest)), `lowest effective ${figure(lowest, 1)}`, 'other', 10);
  return plot.toString();
}

/** Resampled paths that the band is made of; its edges move by under 2 % of the band with ten times as many. */
const BAND_PATHS = 400;
const BAND = { low: 0.05, high: 0.95 };
const MAX_POINTS = 360;

/** Growth of one unit in candidate and benchmark, with the range of resampled histories. */
export function equityPlot(panel: PairedPanel, input: JudgeInput): string {
  const { candidateReturns: candidate, benchmark, sessions } = panel;
  const rows = [...drawnRows(sessions.length)];
  const own = growth(candidate);
  const other = growth(benchmark);
  const bands = resampledBand(
    candidate,
    // A refresh that came out as the champion itself differs nowhere; its own returns say how long blocks have to be.
    blockSessions(isConstant(panel.difference) ? candidate : panel.difference, input.holdSessions),
    input.seed,
    rows,
  );
  const pick = (curve: ArrayLike<number>): Point[] => rows.map((row) => ({ x: row, y: curve[row] ?? 1 }));
  const lower = rows.map((row, index) => ({ x: row, y: bands.lower[index] ?? 1 }));
  const upper = rows.map((row, index) => ({ x: row, y: bands.upper[index] ?? 1 }));
  const first = input.route === 'first';
  const shown = [pick(own), lower, upper, ...(first ? [] : [pick(other)])];
  const y = padded([1, ...shown.flatMap((curve) => curve.map((point) => point.y))]);
  const x = { from: 0, to: Math.max(1, sessions.length - 1) };
  const plot = new Figure({
    id: 'equity',
    title: 'Equity out of sample, net of cost',
    description: `One unit in the candidate grew to ${figure(own.at(-1) ?? 1, 3)} from ${sessions[0] ?? ''} to ${sessions.at(-1) ?? ''}${first ? '' : `, in ${input.benchmark.name} to ${figure(other.at(-1) ?? 1, 3)}`}. The band holds 90 % of resampled histories of the candidate.`,
    x,
    y,
    xLabel: 'session',
    yLabel: 'growth of one unit',
    xTicks: yearTicks(sessions),
    yTicks: ticks(y, 5, (value) => figure(value, 2)),
  });
  plot.band(lower, upper);
  plot.baseline(1);
  if (!first) plot.line(pick(other), 'other');
  plot.line(pick(own));
  plot.legend('candidate', 'line');
  if (!first) plot.legend(input.benchmark.name, 'other');
  plot.legend('90 % of resampled histories', 'band');
  return plot.toString();
}

/** Rows that are drawn: at most `MAX_POINTS`, the last one among them. */
export function* drawnRows(length: number): Generator<number> {
  const step = Math.max(1, Math.ceil(length / MAX_POINTS));
  for (let row = 0; row < length - 1; row += step) yield row;
  if (length > 0) yield length - 1;
}

export function growth(returns: Float64Array): Float64Array {
  let value = 1;
  return returns.map((change) => (value *= 1 + change));
}

/** Pointwise quantiles of a curve over stationary-bootstrap histories: the same blocks as the tests use. */
export function resampledBand(
  returns: Float64Array,
  block: number,
  seed: number,
  rows: readonly number[],
  curveOf: (returns: Float64Array) => Float64Array = growth,
): { readonly lower: readonly number[]; readonly upper: readonly number[] } {
  const bootstrap = new StationaryBootstrap(returns.length, Math.min(block, returns.length), seed);
  const at = rows.map(() => new Float64Array(BAND_PATHS));
  for (let path = 0; path < BAND_PATHS; path += 1) {
    const indices = bootstrap.indices(path);
    const curve = curveOf(Float64Array.from(indices, (index) => returns[index] ?? 0));
    rows.forEach((row, position) => {
      const values = at[position];
      if (values !== undefined) values[path] = curve[row] ?? 1;
    });
  }
  const sorted = at.map((values) => values.sort());
  return {
    lower: sorted.map((values) => quantileOfSorted(values, BAND.low)),
    upper: sorted.map((values) => quantileOfSorted(values, BAND.high)),
  };
}

/** First session of each year; of each quarter when there is one year only. */
export function yearTicks(sessions: readonly string[]): { at: number; label: string }[] {
  const years = new Set(sessions.map((session) => session.slice(0, 4)));
  const key = (session: string): string => session.slice(0, years.size > 2 ? 4 : 7);
  const marks = sessions.flatMap((session, row) => {
    const before = row === 0 ? null : (sessions[row - 1] ?? null);
    return before !== null && key(before) === key(session) ? [] : [{ at: row, label: key(session) }];
  });
  const step = Math.ceil(marks.length / 8);
  return marks.filter((_, index) => index % step === 0);
}

/** Sessions under which a year's mean is drawn without an interval: its error would be a guess. */
const MIN_SESSIONS_OF_A_YEAR = 20;

interface YearOfIc {
  readonly year: string;
  readonly sessions: number;
  readonly mean: number;
  /** Null: too few sessions, or no variation. */
  readonly interval: readonly [number, number] | null;
}

/** Mean daily rank IC of each calendar year, with a 95 % interval that allows for overlapping labels. */
export function icPlot(input: JudgeInput): string {
  const years = icByYear(input);
  const values = years.flatMap(({ mean: centre, interval }) => [centre, ...(interval ?? [])]);
  const y = padded([0, ...values], 0.12);
  const x = { from: -0.5, to: years.length - 0.5 };
  const spoken = years.map(({ year, mean: centre }) => `${year} ${figure(centre, 4)}`).join(', ');
  const plot = new Figure({
    id: 'ic',
    title: 'Rank IC by year',
    description: `Mean daily rank IC by calendar year: ${spoken}.`,
    x,
    y,
    xLabel: 'year (sessions)',
    yLabel: 'mean daily rank IC',
    xTicks: years.map(({ year, sessions }, index) => ({ at: index, label: `${year} (${String(sessions)})` })),
    yTicks: ticks(y, 5, (value) => figure(value, 3)),
  });
  years.forEach(({ mean: centre, interval }, index) => {
    plot.bar(index - 0.32, index + 0.32, centre, centre < 0);
    if (interval !== null) plot.whisker(index, interval[0], interval[1]);
  });
  plot.baseline(0);
  plot.legend('mean, with 95 % interval', 'bar');
  plot.legend('below zero', 'bad');
  return plot.toString();
}

function icByYear({ rankIc }: JudgeInput): YearOfIc[] {
  if (rankIc === null) return [];
  const byYear = new Map<string, number[]>();
  rankIc.sessions.forEach((session, row) => {
    const year = session.slice(0, 4);
    const values = byYear.get(year) ?? [];
    values.push(rankIc.values[row] ?? Number.NaN);
    byYear.set(year, values);
  });
  return [...byYear]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([year, values]) => ({
      year,
      sessions: values.length,
      mean: mean(values),
      interval: intervalOf(values, rankIc.overlapSessions),
    }));
}

function intervalOf(values: readonly number[], overlap: number): readonly [number, number] | null {
  const varies = values.some((value) => value !== values[0]);
  if (values.length < MIN_SESSIONS_OF_A_YEAR || !varies) return null;
  return hacMean(values, { lag: hacLag(values.length, overlap), smallSample: true }).intervalStudent;
}
