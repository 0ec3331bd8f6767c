import { tenth } from './bar-list.ts';
import { escapeText } from './figure.ts';
import type { FigureElement } from './figure-elements.ts';

/** A figure laid out anew. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly body: readonly string[];
}

/** A phone of 360 pixels leaves about this much beside the margins of a page. */
export const NARROW_WIDTH = 300;
export const LETTER = 12;
export const TITLE_LETTER = 15;

export type Anchor = 'start' | 'middle' | 'end';

export function textAt(
  text: string,
  {
    x,
    y,
    name,
    anchor = 'start',
    turn = 0,
  }: { x: number; y: number; name: string; anchor?: Anchor; turn?: number },
): string {
  const kind = name === '' ? '' : ` class="${name}"`;
  const place =
    turn === 0
      ? `x="${tenth(x)}" y="${tenth(y)}"`
      : `transform="translate(${tenth(x)} ${tenth(y)}) rotate(${String(turn)})"`;
  return `<text${kind} ${place}${anchor === 'start' ? '' : ` text-anchor="${anchor}"`}>${escapeText(text)}</text>`;
}

/** Where a point of the recorded figure lies in the new one. */
export interface Mapping {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

/** A mark (no text) of the recorded figure in its new place; radii and widths of lines stay. */
export function movedMark({ tag, attributes }: FigureElement, { x, y }: Mapping): string {
  const get = (name: string): number => Number(attributes.get(name) ?? 0);
  const kind = `class="${attributes.get('class') ?? ''}"`;
  switch (tag) {
    case 'rect': {
      const [left, right] = [x(get('x')), x(get('x') + get('width'))];
      const [top, bottom] = [y(get('y')), y(get('y') + get('height'))];
      return `<rect ${kind} x="${tenth(left)}" y="${tenth(top)}" width="${tenth(right - left)}" height="${tenth(bottom - top)}"/>`;
    }
    case 'line':
      return `<line ${kind} x1="${tenth(x(get('x1')))}" y1="${tenth(y(get('y1')))}" x2="${tenth(x(get('x2')))}" y2="${tenth(y(get('y2')))}"/>`;
    case 'circle':
      return `<circle ${kind} cx="${tenth(x(get('cx')))}" cy="${tenth(y(get('cy')))}" r="${tenth(get('r'))}"/>`;
    case 'polygon':
      return `<polygon ${kind} points="${pairs(attributes.get('points') ?? '', / /u, ',')
        .map(([px, py]) => `${tenth(x(px))},${tenth(y(py))}`)
        .join(' ')}"/>`;
    case 'path':
      return `<path ${kind} d="${(attributes.get('d') ?? '').replaceAll(
        /([ML])(-?[\d.]+) (-?[\d.]+)/gu,
        (_, move: string, px: string, py: string) => `${move}${tenth(x(Number(px)))} ${tenth(y(Number(py)))}`,
      )}"/>`;
    default:
      return '';
  }
}

const pairs = (text: string, between: RegExp, comma: string): (readonly [number, number])[] =>
  text.split(between).map((pair) => {
    const [px = '0', py = '0'] = pair.split(comma);
    return [Number(px), Number(py)] as const;
  });
