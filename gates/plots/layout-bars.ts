import { BARS } from './bar-list.ts';
import { HEIGHT, WIDTH } from './figure.ts';
import { hasClass, numberOf } from './figure-elements.ts';
import type { FigureElement, ReadFigure } from './figure-elements.ts';
import { LETTER, movedMark, NARROW_WIDTH, textAt, TITLE_LETTER } from './layout.ts';
import type { Layout } from './layout.ts';
import { wrapped } from './text-size.ts';

const TITLE_LINE = 20;
const LINE = 17;
const ROW = 36;
const EDGE = 6;

/** Named bars below each other. Narrow, a name with its value stands above its bar, which has the whole width. */
export function layoutBars(figure: ReadFigure, narrow: boolean): Layout {
  const { elements, title } = figure;
  if (!narrow) {
    const same = { x: (value: number) => value, y: (value: number) => value };
    return {
      ...{ width: WIDTH, height: HEIGHT },
      body: elements.map((element) =>
        element.tag === 'text'
          ? textAt(hasClass(element, 'title') ? title : element.text, placeOf(element))
          : movedMark(element, same),
      ),
    };
  }
  const names = elements.filter((element) => element.tag === 'text' && hasClass(element, 'tick'));
  const bars = elements.filter(({ tag }) => tag === 'rect');
  const notes = elements.filter((element) => element.tag === 'text' && hasClass(element, 'note'));
  const values = notes.filter(({ attributes }) => !attributes.has('text-anchor'));
  const words = notes.filter(({ attributes }) => attributes.get('text-anchor') === 'middle');
  const head = wrapped(title, TITLE_LETTER, NARROW_WIDTH - 2 * EDGE);
  const top = 22 + (head.length - 1) * TITLE_LINE + 12;
  const x = (value: number): number =>
    EDGE + ((value - BARS.left) / (BARS.right - BARS.left)) * (NARROW_WIDTH - 2 * EDGE);
  const bottom = top + names.length * ROW;
  const below = words.flatMap(({ text }) => wrapped(text, LETTER, NARROW_WIDTH - 2 * EDGE));
  return {
    width: NARROW_WIDTH,
    height: bottom + 20 + below.length * LINE,
    body: [
      ...head.map((line, at) => textAt(line, { x: EDGE, y: 22 + at * TITLE_LINE, name: 'title' })),
      ...names.flatMap((name, row) => {
        const y = top + row * ROW + 14;
        const bar = bars[row];
        return [
          textAt(name.text, { x: EDGE, y, name: 'tick' }),
          textAt(values[row]?.text ?? '', { x: NARROW_WIDTH - EDGE, y, name: 'note', anchor: 'end' }),
          ...(bar === undefined ? [] : [barAt(bar, x, y + 5)]),
        ];
      }),
      // The axis beside each bar, and not through the names above it.
      ...elements
        .filter(({ tag }) => tag === 'line')
        .flatMap((line) =>
          names.map((_, row) => {
            const [at, y] = [x(numberOf(line, 'x1')), top + row * ROW + 17];
            return movedMark(line, { x: () => at, y: (value) => (value === BARS.top ? y : y + 14) });
          }),
        ),
      ...below.map((line, at) =>
        textAt(line, { x: NARROW_WIDTH / 2, y: bottom + 20 + at * LINE, name: 'note', anchor: 'middle' }),
      ),
    ],
  };
}

function barAt(bar: FigureElement, x: (value: number) => number, top: number): string {
  const y = numberOf(bar, 'y');
  const height = Math.max(1, numberOf(bar, 'height'));
  return movedMark(bar, { x, y: (value) => top + ((value - y) / height) * 10 });
}

function placeOf(element: FigureElement): Parameters<typeof textAt>[1] {
  const anchor = element.attributes.get('text-anchor');
  return {
    ...{ x: numberOf(element, 'x'), y: numberOf(element, 'y') },
    name: element.attributes.get('class') ?? '',
    anchor: anchor === 'end' || anchor === 'middle' ? anchor : 'start',
  };
}
