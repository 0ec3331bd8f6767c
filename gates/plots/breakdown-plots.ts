import type { BreakdownCell, IcBreakdown } from '../../evaluation/ic-breakdown.ts';
import { figure, percent } from '../wording.ts';
import { Figure, padded, ticks } from './figure.ts';

export type BreakdownName = 'ic-decile' | 'ic-sector' | 'ic-regime' | 'ic-horizon';

interface BreakdownLook {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly cells: (breakdown: IcBreakdown) => readonly BreakdownCell[];
  readonly show: (value: number) => string;
}

const IC = 'mean daily rank IC';
const ic = (value: number): string => figure(value, 3);

export const BREAKDOWNS: Readonly<Record<BreakdownName, BreakdownLook>> = {
  'ic-decile': {
    title: 'Return by decile of the prediction',
    xLabel: 'decile of the prediction, the lowest first',
    yLabel: 'mean return beyond the universe',
    cells: ({ deciles }) => deciles,
    show: (value) => percent(value, 2),
  },
  'ic-sector': {
    title: 'Rank IC within sectors',
    xLabel: 'sector',
    yLabel: IC,
    cells: ({ sectors }) => sectors,
    show: ic,
  },
  'ic-regime': {
    title: 'Rank IC by market regime',
    xLabel: 'regime as known at the close (sessions)',
    yLabel: IC,
    cells: ({ regimes }) => regimes,
    show: ic,
  },
  'ic-horizon': {
    title: 'Rank IC by horizon',
    xLabel: 'sessions held from the entry on',
    yLabel: IC,
    cells: ({ horizons }) => horizons,
    show: ic,
  },
};

/** Longer names are cut: the sentence that is read aloud has them whole. */
const LONGEST_NAME = 7;

/** Bars with 95 % intervals. `cells` is not empty. */
export function breakdownPlot(name: BreakdownName, cells: readonly BreakdownCell[]): string {
  const { title, xLabel, yLabel, show } = BREAKDOWNS[name];
  const y = padded([0, ...cells.flatMap(({ mean, interval }) => [mean, ...(interval ?? [])])], 0.12);
  const spoken = cells.map((cell) => `${cell.name} ${show(cell.mean)}`).join(', ');
  const few = cells.length <= 6;
  const plot = new Figure({
    id: name,
    title,
    description: `${title}: ${spoken}.`,
    x: { from: -0.5, to: cells.length - 0.5 },
    y,
    xLabel,
    yLabel,
    xTicks: cells.map((cell, at) => ({ at, label: few ? labelOf(cell) : shortened(cell.name) })),
    yTicks: ticks(y, 5, show),
  });
  cells.forEach(({ mean, interval }, at) => {
    plot.bar(at - 0.32, at + 0.32, mean, mean < 0);
    if (interval !== null) plot.whisker(at, interval[0], interval[1]);
  });
  plot.baseline(0);
  plot.legend('mean, with 95 % interval', 'bar');
  plot.legend('below zero', 'bad');
  return plot.toString();
}

const labelOf = ({ name, sessions }: BreakdownCell): string => `${name} (${String(sessions)})`;
const shortened = (name: string): string =>
  name.length <= LONGEST_NAME ? name : `${name.slice(0, LONGEST_NAME - 1)}…`;
