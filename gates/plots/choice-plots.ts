import type { BookLiquidity } from '../../evaluation/book-liquidity.ts';
import type { JudgeInput } from '../judge-input.ts';
import type { PairedPanel } from '../paired-panel.ts';
import { searchPaths } from '../search-paths.ts';
import { figure, moneyFigure, percent } from '../wording.ts';
import { Figure, padded, ticks } from './figure.ts';
import type { Point } from './figure.ts';
import { drawnRows, growth, yearTicks } from './plots.ts';

/** Growth of one unit along the paths of the search: each recipe chosen on other sessions than it is held on. */
export function searchPlot(panel: PairedPanel, input: JudgeInput): string {
  const { sessions } = panel;
  const rows = [...drawnRows(sessions.length)];
  const { paths, sharpes, candidateChosen, splits } = searchPaths(panel, input);
  const pick = (curve: Float64Array): Point[] => rows.map((row) => ({ x: row, y: curve[row] ?? 1 }));
  const curves = paths.map((path) => pick(growth(path)));
  const own = pick(growth(panel.candidateReturns));
  const known = sharpes.filter((value) => value !== null).toSorted((a, b) => a - b);
  const range =
    known.length === 0 ? 'none' : `${figure(known[0] ?? 0, 2)} to ${figure(known.at(-1) ?? 0, 2)}`;
  const x = { from: 0, to: Math.max(1, sessions.length - 1) };
  const y = padded([1, ...[...curves, own].flatMap((curve) => curve.map((point) => point.y))]);
  const plot = new Figure({
    id: 'search',
    title: 'The search itself: recipes chosen on other sessions than they are held on',
    description: `Annualised Sharpe ratios of ${String(paths.length)} paths: ${range}. The candidate is the recipe chosen in ${percent(candidateChosen, 0)} of ${String(splits)} splits.`,
    x,
    y,
    xLabel: 'session',
    yLabel: 'growth of one unit',
    xTicks: yearTicks(sessions),
    yTicks: ticks(y, 5, (value) => figure(value, 2)),
  });
  plot.baseline(1);
  for (const curve of curves) plot.line(curve, 'other');
  plot.line(own);
  plot.legend('candidate on all sessions', 'line');
  plot.legend(`paths of the search, Sharpe ${range}`, 'other');
  return plot.toString();
}

/** What is left of the return as the book grows: least fees at the small end, impact at the large one. */
export function capacityPlot(liquidity: BookLiquidity): string {
  const { byCapital, capital, capacity, participation } = liquidity;
  const points = byCapital.map((point) => ({ x: Math.log10(point.capital), y: point.annualisedReturn }));
  const y = padded([0, ...points.map((point) => point.y)], 0.12);
  const x = padded(points.map((point) => point.x));
  const plot = new Figure({
    id: 'capacity',
    title: 'Return by the size of the book',
    description: `Annualised net return after least fees and impact: ${byCapital.map((point) => `${percent(point.annualisedReturn, 1)} at ${moneyFigure(point.capital)}`).join(', ')}. ${capacity === null ? 'No capacity is known.' : `Impact eats the return at ${moneyFigure(capacity)}.`}`,
    x,
    y,
    xLabel: "money in the book, market's currency (logarithmic)",
    yLabel: 'annualised return',
    xTicks: byCapital.map((point) => ({ at: Math.log10(point.capital), label: moneyFigure(point.capital) })),
    yTicks: ticks(y, 5, (value) => percent(value, 0)),
  });
  plot.baseline(0);
  plot.line(points);
  for (const point of points) plot.dot(point);
  plot.vertical(Math.log10(capital), `judged: ${percent(participation, 1)} of the market`, 'other');
  return plot.toString();
}

/** What is left of the return as trading gets dearer. */
export function costPlot({ costs }: BookLiquidity): string {
  const points = costs.points.map((point) => ({ x: point.costBps, y: point.annualisedReturn }));
  const x = { from: 0, to: Math.max(1, ...points.map((point) => point.x)) };
  const y = padded([0, ...points.map((point) => point.y)], 0.12);
  const { breakEvenBps } = costs;
  const spoken =
    breakEvenBps === null ? 'Nothing is traded.' : `Nothing is left at ${figure(breakEvenBps, 0)} bp.`;
  const plot = new Figure({
    id: 'costs',
    title: 'Return by the cost of trading',
    description: `Annualised return by the cost of a round trip. ${spoken}`,
    x,
    y,
    xLabel: 'cost of a round trip, basis points of the money traded one way',
    yLabel: 'annualised return',
    xTicks: ticks(x, 8, (value) => figure(value, 0)),
    yTicks: ticks(y, 5, (value) => percent(value, 0)),
  });
  plot.baseline(0);
  plot.line(points);
  if (breakEvenBps !== null && breakEvenBps >= x.from && breakEvenBps <= x.to)
    plot.vertical(breakEvenBps, `nothing left at ${figure(breakEvenBps, 0)} bp`, 'bad');
  return plot.toString();
}
