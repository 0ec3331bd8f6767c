import type { JudgeInput } from '../judge-input.ts';
import { blockSessions } from '../paired-panel.ts';
import type { PairedPanel } from '../paired-panel.ts';
import { percent } from '../wording.ts';
import { Figure, padded, ticks } from './figure.ts';
import type { Point } from './figure.ts';
import { drawnRows, resampledBand, yearTicks } from './plots.ts';

/** Sum of the daily differences up to each session: what the candidate earned more, a fraction of the book. */
export function summed(differences: Float64Array): Float64Array {
  let total = 0;
  return differences.map((value) => (total += value));
}

/**
 * What the candidate earned beyond the benchmark on the same sessions, with the range of resampled histories: pairing takes
 * out what both have in common, so the band is that of the difference and not of either.
 */
export function differencePlot(panel: PairedPanel, input: JudgeInput): string {
  const { difference, sessions } = panel;
  const rows = [...drawnRows(sessions.length)];
  const block = blockSessions(difference, input.holdSessions);
  const curve = summed(difference);
  const band = resampledBand(difference, block, input.seed, rows, summed);
  const points = (values: readonly number[]): Point[] =>
    rows.map((row, at) => ({ x: row, y: values[at] ?? 0 }));
  const own = points(rows.map((row) => curve[row] ?? 0));
  const lower = points(band.lower);
  const upper = points(band.upper);
  const y = padded([0, ...[...own, ...lower, ...upper].map((point) => point.y)]);
  const x = { from: 0, to: Math.max(1, sessions.length - 1) };
  const [low, high] = [lower.at(-1)?.y ?? 0, upper.at(-1)?.y ?? 0];
  const plot = new Figure({
    id: 'difference',
    title: 'Candidate less benchmark, out of sample, net of cost',
    description: `Over ${String(sessions.length)} paired sessions the candidate earned ${percent(own.at(-1)?.y ?? 0, 1)} of the book more than ${input.benchmark.name}; 90 % of resampled histories end between ${percent(low, 1)} and ${percent(high, 1)}.`,
    x,
    y,
    xLabel: 'session',
    yLabel: 'summed difference of daily returns',
    xTicks: yearTicks(sessions),
    yTicks: ticks(y, 5, (value) => percent(value, 0)),
  });
  plot.band(lower, upper);
  plot.baseline(0);
  plot.line(own);
  plot.legend(`candidate less ${input.benchmark.name}`, 'line');
  plot.legend(`90 % of resampled histories, mean block ${String(block)}`, 'band');
  return plot.toString();
}
