import { COLUMNS, PANEL } from './dependence-panels.ts';
import { HEIGHT, WIDTH } from './figure.ts';
import { hasClass, numberOf } from './figure-elements.ts';
import type { FigureElement, ReadFigure } from './figure-elements.ts';
import { LETTER, movedMark, NARROW_WIDTH, textAt, TITLE_LETTER } from './layout.ts';
import type { Anchor, Layout, Mapping } from './layout.ts';
import { wrapped } from './text-size.ts';

const TITLE_LINE = 20;
const LINE = 17;
const NARROW = { left: 60, width: NARROW_WIDTH - 68, down: 132, height: PANEL.height };

/** Small plots beside each other; narrow, below each other. */
export function layoutPanels(figure: ReadFigure, narrow: boolean): Layout {
  const width = narrow ? NARROW_WIDTH : WIDTH;
  const edge = narrow ? 6 : 16;
  const title = wrapped(figure.title, TITLE_LETTER, width - 2 * edge);
  const words = figure.elements.filter(isNote);
  const below = words.flatMap(({ text }) => wrapped(text, LETTER, width - 2 * edge));
  const first = narrow ? 22 + (title.length - 1) * TITLE_LINE + 30 : PANEL.top;
  const rest = figure.elements.filter((element) => !isNote(element) && !hasClass(element, 'title'));
  const panels = Math.max(0, ...rest.map((element) => panelOf(element) + 1));
  const height = narrow ? first + Math.max(1, panels) * NARROW.down + 6 + below.length * LINE : HEIGHT;
  return {
    ...{ width, height },
    body: [
      ...title.map((line, at) => textAt(line, { x: edge, y: 22 + at * TITLE_LINE, name: 'title' })),
      ...rest.map((element) => {
        const map = narrow ? narrowMap(panelOf(element), first) : AS_IT_WAS;
        return element.tag === 'text' ? movedText(element, map) : movedMark(element, map);
      }),
      ...below.map((line, at) =>
        textAt(line, {
          ...{ x: width / 2, name: 'note', anchor: 'middle' as const },
          y: height - 10 + (at - below.length + 1) * LINE,
        }),
      ),
    ],
  };
}

const AS_IT_WAS: Mapping = { x: (value) => value, y: (value) => value };

const isNote = (element: FigureElement): boolean => element.tag === 'text' && hasClass(element, 'note');

/** Number of the panel that an element belongs to, row by row. */
function panelOf(element: FigureElement): number {
  const [x, y] = placeOf(element);
  const column = Math.min(COLUMNS - 1, Math.max(0, Math.floor((x - PANEL.left + 8) / PANEL.across)));
  const row = Math.max(0, Math.floor((y - PANEL.top + 20) / PANEL.down));
  return row * COLUMNS + column;
}

function placeOf(element: FigureElement): readonly [x: number, y: number] {
  if (element.tag === 'line') return [numberOf(element, 'x1'), numberOf(element, 'y1')];
  if (element.tag !== 'path') return [numberOf(element, 'x'), numberOf(element, 'y')];
  const [, x = '0', y = '0'] = /M(-?[\d.]+) (-?[\d.]+)/u.exec(element.attributes.get('d') ?? '') ?? [];
  return [Number(x), Number(y)];
}

function narrowMap(panel: number, first: number): Mapping {
  const left = PANEL.left + (panel % COLUMNS) * PANEL.across;
  const top = PANEL.top + Math.floor(panel / COLUMNS) * PANEL.down;
  return {
    // What stands left of the axis keeps its distance from it.
    x: (value) =>
      value < left ? NARROW.left + value - left : NARROW.left + ((value - left) / PANEL.width) * NARROW.width,
    y: (value) => first + panel * NARROW.down + value - top,
  };
}

function movedText(element: FigureElement, { x, y }: Mapping): string {
  const given = element.attributes.get('text-anchor');
  const anchor: Anchor = given === 'end' ? 'end' : 'start';
  return textAt(element.text, {
    ...{ x: x(numberOf(element, 'x')), y: y(numberOf(element, 'y')), anchor },
    name: element.attributes.get('class') ?? '',
  });
}
