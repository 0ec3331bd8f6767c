import { HEIGHT, MARGIN, WIDTH } from './figure.ts';
import { hasClass, numberOf } from './figure-elements.ts';
import type { FigureElement, ReadFigure } from './figure-elements.ts';
import { LETTER, movedMark, NARROW_WIDTH, textAt, TITLE_LETTER } from './layout.ts';
import type { Layout, Mapping } from './layout.ts';
import { textWidth, wrapped } from './text-size.ts';

const SAMPLE = 26;
const LINE = 17;
const TITLE_LINE = 20;
/** Two names at ticks do not come closer. */
const GAP = 8;
/** Names of bars stand aslant where they would run into each other. */
const SLANT = -40;

/** The texts of a plot with axes, by what they are. */
interface Texts {
  readonly legend: readonly (readonly [sample: FigureElement, text: FigureElement])[];
  readonly xTicks: readonly FigureElement[];
  readonly yTicks: readonly FigureElement[];
  readonly names: readonly FigureElement[];
  readonly xLabel: string;
  readonly yLabel: string;
}

/** A plot of `Figure`: title and legend above, the plot, its axes; rows of title and legend as many as they need. */
export function layoutAxes(figure: ReadFigure, narrow: boolean): Layout {
  const { texts, marks } = sorted(figure);
  const width = narrow ? NARROW_WIDTH : WIDTH;
  const widest = Math.max(...texts.yTicks.map(({ text }) => textWidth(text, LETTER)), 0);
  const left = narrow ? Math.ceil(widest) + 12 : MARGIN.left;
  const right = narrow ? 8 : MARGIN.right;
  const edge = narrow ? 4 : left;
  const title = wrapped(figure.title, TITLE_LETTER, width - edge - right);
  const legend = legendRows(texts.legend, edge, width - right);
  const head = 22 + (title.length - 1) * TITLE_LINE;
  const axisName = narrow ? wrapped(texts.yLabel, LETTER, width - 2 * edge) : [];
  const top = Math.max(narrow ? 0 : MARGIN.top, head + 18 + legend.rows * LINE + axisName.length * LINE - 4);
  const scale = plotScale(width, left, right);
  const ticks = tickNames(texts.xTicks, scale, narrow);
  const below = wrapped(texts.xLabel, LETTER, width - 2 * edge);
  const room = ticks.depth + below.length * LINE + 10;
  const height = narrow ? Math.max(380, top + 230 + room) : HEIGHT;
  const bottom = height - (narrow ? room : MARGIN.bottom);
  const map: Mapping = {
    x: scale,
    y: (value) => top + ((value - MARGIN.top) / (HEIGHT - MARGIN.bottom - MARGIN.top)) * (bottom - top),
  };
  return {
    ...{ width, height },
    body: [
      ...title.map((line, at) => textAt(line, { x: edge, y: 22 + at * TITLE_LINE, name: 'title' })),
      ...marks.map((mark) => movedMark(mark, map)),
      ...texts.yTicks.map((tick) =>
        textAt(tick.text, {
          x: left - 8,
          y: map.y(numberOf(tick, 'y') - 4) + 4,
          name: 'tick',
          anchor: 'end',
        }),
      ),
      ...ticks.draw(bottom),
      ...legend.draw(head + 20),
      ...texts.names.map((name) => nameOfLine(name, map, { left, right: width - right, top })),
      ...below.map((line, at) =>
        textAt(line, {
          ...{ x: narrow ? width / 2 : (left + width - right) / 2, name: 'note', anchor: 'middle' as const },
          y: narrow ? bottom + ticks.depth + 14 + at * LINE : height - 10 + (at - below.length + 1) * LINE,
        }),
      ),
      ...axisName.map((line, at) =>
        textAt(line, { x: edge, y: top - 8 + (at - axisName.length + 1) * LINE, name: 'note' }),
      ),
      ...(narrow
        ? []
        : [
            textAt(texts.yLabel, { x: 16, y: (top + bottom) / 2, name: 'note', anchor: 'middle', turn: -90 }),
          ]),
    ],
  };
}

function sorted({ elements }: ReadFigure): {
  readonly texts: Texts;
  readonly marks: readonly FigureElement[];
} {
  const legend: (readonly [FigureElement, FigureElement])[] = [];
  const parts = { xTicks: [], yTicks: [], names: [] } as Record<
    'xTicks' | 'yTicks' | 'names',
    FigureElement[]
  >;
  const marks: FigureElement[] = [];
  let [xLabel, yLabel] = ['', ''];
  for (const element of elements) {
    const anchor = element.attributes.get('text-anchor');
    if (element.tag !== 'text') marks.push(element);
    else if (hasClass(element, 'tick')) parts[anchor === 'middle' ? 'xTicks' : 'yTicks'].push(element);
    else if (hasClass(element, 'halo')) parts.names.push(element);
    else if (element.attributes.has('transform')) yLabel = element.text;
    else if (hasClass(element, 'note') && anchor === 'middle') xLabel = element.text;
    else if (hasClass(element, 'note')) {
      // What was drawn just before the words of the legend is the sample of what they name.
      const sample = marks.pop();
      if (sample !== undefined) legend.push([sample, element]);
    }
  }
  return { texts: { ...parts, legend, xLabel, yLabel }, marks };
}

const plotScale =
  (width: number, left: number, right: number) =>
  (value: number): number =>
    left + ((value - MARGIN.left) / (WIDTH - MARGIN.left - MARGIN.right)) * (width - left - right);

interface LegendRows {
  readonly rows: number;
  readonly draw: (first: number) => readonly string[];
}

/** Entries beside each other while they fit; one that is wider than a row goes on in the next. */
function legendRows(entries: Texts['legend'], from: number, to: number): LegendRows {
  let [x, row] = [from, 0];
  const placed = entries.flatMap(([sample, { text }]) => {
    if (x > from && x + SAMPLE + textWidth(text, LETTER) > to) [x, row] = [from, row + 1];
    const lines = wrapped(text, LETTER, to - from - SAMPLE);
    const here = { sample, lines, x, row };
    x += SAMPLE + textWidth(lines[0] ?? '', LETTER) + 16;
    if (lines.length > 1) [x, row] = [to, row + lines.length - 1];
    return [here];
  });
  return {
    rows: entries.length === 0 ? 0 : row + 1,
    draw: (first) =>
      placed.flatMap(({ sample, lines, x: at, row: of }) => {
        const y = first + of * LINE;
        const [oldX, oldY] = sampleAt(sample);
        return [
          movedMark(sample, { x: (value) => at + value - oldX, y: (value) => y - 4 + value - oldY }),
          ...lines.map((line, next) => textAt(line, { x: at + SAMPLE, y: y + next * LINE, name: 'note' })),
        ];
      }),
  };
}

/** Left edge and middle of a sample: a short line, or a rectangle ten high. */
function sampleAt(sample: FigureElement): readonly [x: number, y: number] {
  if (sample.tag === 'rect') return [numberOf(sample, 'x'), numberOf(sample, 'y') + 5];
  const [, x = '0', y = '0'] = /M(-?[\d.]+) (-?[\d.]+)/u.exec(sample.attributes.get('d') ?? '') ?? [];
  return [Number(x), Number(y)];
}

interface TickNames {
  /** How far they reach below the axis. */
  readonly depth: number;
  readonly draw: (bottom: number) => readonly string[];
}

/** Numbers that would run into each other are thinned out; names of bars are all shown, aslant. */
function tickNames(
  ticks: readonly FigureElement[],
  scale: (x: number) => number,
  narrow: boolean,
): TickNames {
  const placed = ticks.map((tick) => ({ text: tick.text, x: scale(numberOf(tick, 'x')) }));
  const collide = (every: number): boolean => {
    const shown = placed.filter((_, at) => at % every === 0);
    return shown.some(({ text, x }, at) => {
      const next = shown[at + 1];
      if (next === undefined) return false;
      return (textWidth(text, LETTER) + textWidth(next.text, LETTER)) / 2 + GAP > next.x - x;
    });
  };
  const most = (text: string): number => (narrow ? NARROW_WIDTH - 2 - textWidth(text, LETTER) / 2 : WIDTH);
  const straight = (every: number): TickNames => ({
    depth: 24,
    draw: (bottom) =>
      placed
        .filter((_, at) => at % every === 0)
        .map(({ text, x }) =>
          textAt(text, { x: Math.min(x, most(text)), y: bottom + 18, name: 'tick', anchor: 'middle' }),
        ),
  });
  if (!narrow || !collide(1)) return straight(1);
  const numbers = placed.every(({ text }) => /^[-−+]?[\d.,]+(?:[ -]?[\d%萬億]*)?$/u.test(text));
  if (numbers) return straight([2, 3, 4, 5, 6].find((every) => !collide(every)) ?? 8);
  const longest = Math.max(...placed.map(({ text }) => textWidth(text, LETTER)));
  return {
    depth: 22 + longest * Math.sin((-SLANT * Math.PI) / 180),
    draw: (bottom) =>
      placed.map(({ text, x }) =>
        textAt(text, { x: x + 4, y: bottom + 14, name: 'tick', anchor: 'end', turn: SLANT }),
      ),
  };
}

/** The name beside a line across or upwards: on the side with room, and never beyond the plot. */
function nameOfLine(
  name: FigureElement,
  map: Mapping,
  edges: { readonly left: number; readonly right: number; readonly top: number },
): string {
  const ends = name.attributes.get('text-anchor') === 'end';
  const [x, y] = [numberOf(name, 'x'), numberOf(name, 'y')];
  const wide = textWidth(name.text, LETTER);
  // At the right edge: the name of a line across, which lies above or below it.
  if (ends && x === WIDTH - MARGIN.right - 6) {
    return textAt(name.text, { x: edges.right - 4, y: map.y(y + 6) - 6, name: 'halo', anchor: 'end' });
  }
  const line = map.x(ends ? x + 6 : x - 6);
  // Rows of names keep their distance, whatever becomes of the height of the plot.
  const row = edges.top + (y - MARGIN.top);
  if (line + 6 + wide <= edges.right) return textAt(name.text, { x: line + 6, y: row, name: 'halo' });
  if (line - 6 - wide >= edges.left) {
    return textAt(name.text, { x: line - 6, y: row, name: 'halo', anchor: 'end' });
  }
  return textAt(name.text, { x: Math.max(edges.left, edges.right - wide), y: row, name: 'halo' });
}
