import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useTheme } from '../theme.ts';
import { coloursOf, faded } from './colours.ts';
import { movable } from './pan.ts';
import { Levels } from './thinned.ts';

export interface TimeLine {
  readonly label: string;
  /** One value a session; null where there is none. */
  readonly values: readonly (number | null)[];
  readonly colour: 'main' | 'other' | 'good' | 'bad' | 'muted';
  /** Of values that jump from session to session: a fine line leaves them apart, and is drawn in a fraction of the time. */
  readonly thin?: boolean;
}

export interface Band {
  readonly label: string;
  readonly lower: readonly (number | null)[];
  readonly upper: readonly (number | null)[];
}

export interface TimeChartProps {
  /** What it shows, in a sentence: read aloud instead of the picture. */
  readonly description: string;
  /** `YYYY-MM-DD`, ascending. */
  readonly sessions: readonly string[];
  readonly lines: readonly TimeLine[];
  readonly band?: Band;
  readonly format: (value: number) => string;
  readonly height?: number;
}

/**
 * Values by session on a canvas: dragging shows a range, a double click everything again; arrow keys or a sideways wheel move
 * along it.
 */
export default function TimeChart(props: TimeChartProps): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const { shown } = useTheme();
  const { description, sessions, lines, band, format, height = 220 } = props;
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const levels = new Levels(dataOf(props));
    const plot = new uPlot(optionsOf(props, element, height, levels), levels.whole, element);
    const watch = new ResizeObserver(() => {
      plot.setSize({ width: element.clientWidth, height });
    });
    watch.observe(element);
    const release = movable(plot, element);
    return () => {
      release();
      watch.disconnect();
      plot.destroy();
    };
    // Drawn anew when what is shown changes, or the colours do.
  }, [sessions, lines, band, format, height, shown]);
  return <div className="chart" ref={box} role="img" aria-label={description} tabIndex={0} />;
}

function dataOf({ sessions, lines, band }: TimeChartProps): uPlot.AlignedData {
  const times = sessions.map((session) => Date.parse(`${session}T00:00:00Z`) / 1000);
  const edges = band === undefined ? [] : [[...band.upper], [...band.lower]];
  return [times, ...lines.map(({ values }) => [...values]), ...edges];
}

function optionsOf(
  { lines, band, format }: TimeChartProps,
  element: HTMLElement,
  height: number,
  levels: Levels,
): uPlot.Options {
  const colours = coloursOf(element);
  const axis = {
    stroke: colours.muted,
    grid: { stroke: colours.grid, width: 1 },
    ticks: { stroke: colours.grid, width: 1 },
    font: '12px system-ui, sans-serif',
  };
  const value = (_plot: uPlot, raw: number | null): string => (raw === null ? '–' : format(raw));
  const edge = (label: string): uPlot.Series => ({
    label,
    value,
    stroke: faded(colours.main, 0.4),
    width: 1,
  });
  return {
    width: element.clientWidth,
    height,
    tzDate: (timestamp) => uPlot.tzDate(new Date(timestamp * 1000), 'UTC'),
    cursor: { drag: { x: true, y: false } },
    scales: { x: { range: (plot, min, max) => inView(plot, min, max, levels) } },
    series: [
      { label: '', value: '{YYYY}-{MM}-{DD}' },
      ...lines.map(({ label, colour, thin }): uPlot.Series => ({
        label,
        value,
        stroke: colours[colour],
        width: thin === true ? 1 : 2,
        spanGaps: true,
        points: { show: false },
      })),
      ...(band === undefined ? [] : [edge(`${band.label} ↑`), edge(`${band.label} ↓`)]),
    ],
    ...(band === undefined
      ? {}
      : {
          bands: [
            {
              series: [lines.length + 1, lines.length + 2] as [number, number],
              fill: faded(colours.main, 0.16),
            },
          ],
        }),
    axes: [axis, { ...axis, size: 64, values: (_plot, ticks) => ticks.map((tick) => format(tick)) }],
  };
}

/**
 * Asked by uPlot for the range of times before it looks which rows lie in it: here it gets the rows that the pixels can show,
 * however long the series is.
 */
function inView(plot: uPlot, min: number, max: number, levels: Levels): uPlot.Range.MinMax {
  const data = levels.within(min, max, plot.width);
  if (plot.data !== data) plot.setData(data, false);
  return [min, max];
}
