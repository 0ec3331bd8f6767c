import { ContenderError } from '../contracts/error.ts';
import { readFigure } from '../gates/plots/figure-elements.ts';

/**
 * Draws the figures of gates/plots on a printed page. They are made of a handful of marks with known classes, so that this
 * reads just those; an unknown mark is an error, not a gap in the picture.
 */
export interface Canvas {
  rectangle(
    at: { x: number; y: number; width: number; height: number },
    colour: string,
    opacity: number,
  ): void;
  polygon(points: readonly (readonly [number, number])[], colour: string, opacity: number): void;
  path(d: string, colour: string, width: number, dashed: boolean): void;
  disc(x: number, y: number, radius: number, colour: string): void;
  text(
    text: string,
    at: { x: number; y: number; size: number; anchor: Anchor; turned: boolean },
    colour: string,
  ): void;
}

export type Anchor = 'start' | 'middle' | 'end';

const INK = '#1c2430';
const MUTED = '#525d6b';
const GRID = '#dfe3e8';
const MAIN = '#0b5cad';
const OTHER = '#9a4b00';
const GOOD = '#1b7340';
const BAD = '#b3261e';

/** A figure holds a mark that cannot be printed: it was drawn by a newer release. */
export class FigureUnreadable extends ContenderError {
  readonly code = 'FIGURE_UNREADABLE';
  readonly kind = 'bug';
}

export function drawFigure(svg: string, canvas: Canvas): void {
  for (const { tag, attributes, text } of readFigure(svg).elements) draw(tag, attributes, text, canvas);
}

type Attributes = ReadonlyMap<string, string>;

function draw(tag: string, attributes: Attributes, text: string, canvas: Canvas): void {
  const classes = (attributes.get('class') ?? '').split(' ');
  const has = (name: string): boolean => classes.includes(name);
  const number = (name: string): number => Number(attributes.get(name) ?? 0);
  switch (tag) {
    case 'rect':
      canvas.rectangle(
        { x: number('x'), y: number('y'), width: number('width'), height: number('height') },
        has('bad') ? BAD : MAIN,
        has('band') ? 0.18 : 0.75,
      );
      return;
    case 'polygon':
      canvas.polygon(pointsOf(attributes.get('points') ?? ''), MAIN, 0.18);
      return;
    case 'line':
      canvas.path(
        `M${String(number('x1'))} ${String(number('y1'))}L${String(number('x2'))} ${String(number('y2'))}`,
        lineColour(has),
        has('mark') ? 2 : 1,
        has('mark') && has('other'),
      );
      return;
    case 'path':
      canvas.path(
        attributes.get('d') ?? '',
        has('whisker') ? INK : has('other') ? OTHER : MAIN,
        has('whisker') ? 1.5 : 2,
        has('other'),
      );
      return;
    case 'circle':
      canvas.disc(number('cx'), number('cy'), number('r'), MAIN);
      return;
    case 'text':
      canvas.text(text, placeOf(attributes, has), has('note') || has('tick') ? MUTED : INK);
      return;
    default:
      throw new FigureUnreadable(`a figure holds <${tag}>, which is not drawn`);
  }
}

function lineColour(has: (name: string) => boolean): string {
  if (has('grid')) return GRID;
  if (has('axis')) return MUTED;
  return has('good') ? GOOD : has('other') ? OTHER : BAD;
}

function placeOf(attributes: Attributes, has: (name: string) => boolean) {
  const anchor: Anchor =
    attributes.get('text-anchor') === 'middle'
      ? 'middle'
      : attributes.get('text-anchor') === 'end'
        ? 'end'
        : 'start';
  const size = has('title') ? 15 : 12;
  const [, x = '', y = ''] =
    /translate\(([\d.-]+) ([\d.-]+)\)/u.exec(attributes.get('transform') ?? '') ?? [];
  if (x !== '') return { x: Number(x), y: Number(y), size, anchor, turned: true };
  return {
    x: Number(attributes.get('x') ?? 0),
    y: Number(attributes.get('y') ?? 0),
    size,
    anchor,
    turned: false,
  };
}

const pointsOf = (text: string): (readonly [number, number])[] =>
  text.split(' ').map((pair) => {
    const [x = '0', y = '0'] = pair.split(',');
    return [Number(x), Number(y)] as const;
  });
