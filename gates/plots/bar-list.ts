import { escapeText, HEIGHT, STYLE, WIDTH } from './figure.ts';

export interface ListedBar {
  readonly name: string;
  readonly value: number;
  /** The value as text, beside the bar. */
  readonly label: string;
}

export interface BarListOptions {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** What the length of a bar is. */
  readonly axis: string;
  /** From top to bottom. */
  readonly bars: readonly ListedBar[];
  /** How many smaller ones are not drawn. */
  readonly left: number;
  /** Said in the place of bars when there is none. */
  readonly nothing: string;
}

const NAMES = { left: 16, width: 170 };
export const BARS = { left: 200, right: 560, top: 46, bottom: 302 };
const LONGEST_NAME = 24;

/** Named bars lying below each other: for things with names too long to stand beneath a column. */
export function barList({ id, title, description, axis, bars, left, nothing }: BarListOptions): string {
  const low = Math.min(0, ...bars.map(({ value }) => value));
  const high = Math.max(0, ...bars.map(({ value }) => value));
  const span = high > low ? high - low : 1;
  const x = (value: number): number => BARS.left + ((value - low) / span) * (BARS.right - BARS.left);
  const step = (BARS.bottom - BARS.top) / Math.max(6, bars.length);
  const marks = bars.flatMap(({ name, value, label }, row) => {
    const top = BARS.top + row * step;
    const middle = top + step / 2 + 4;
    const [from, to] = [x(Math.min(0, value)), x(Math.max(0, value))];
    return [
      `<text class="tick" x="${tenth(NAMES.left + NAMES.width)}" y="${tenth(middle)}" text-anchor="end">${escapeText(shortened(name))}</text>`,
      `<rect class="bar${value < 0 ? ' bad' : ''}" x="${tenth(from)}" y="${tenth(top + step * 0.15)}" width="${tenth(Math.max(0.5, to - from))}" height="${tenth(step * 0.7)}"/>`,
      `<text class="note" x="${tenth(x(Math.max(0, value)) + 6)}" y="${tenth(middle)}">${escapeText(label)}</text>`,
    ];
  });
  const zero = tenth(x(0));
  const note = left === 0 ? axis : `${axis}; ${String(left)} smaller ones are not drawn`;
  const body =
    bars.length === 0
      ? [
          `<text class="note" x="${tenth(WIDTH / 2)}" y="150" text-anchor="middle">${escapeText(nothing)}</text>`,
        ]
      : [
          ...marks,
          `<line class="axis" x1="${zero}" y1="${tenth(BARS.top)}" x2="${zero}" y2="${tenth(BARS.bottom)}"/>`,
          `<text class="note" x="${tenth((BARS.left + BARS.right) / 2)}" y="${tenth(HEIGHT - 10)}" text-anchor="middle">${escapeText(note)}</text>`,
        ];
  return [
    `<svg class="fig" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(WIDTH)} ${String(HEIGHT)}" role="img" aria-labelledby="${id}-title ${id}-desc">`,
    `<title id="${id}-title">${escapeText(title)}</title><desc id="${id}-desc">${escapeText(description)}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="paper" width="${String(WIDTH)}" height="${String(HEIGHT)}"/>`,
    `<text class="title" x="${tenth(NAMES.left)}" y="22">${escapeText(title)}</text>`,
    ...body,
    '</svg>',
  ].join('\n');
}

/** Without its middle: names of one family differ at their end. */
export function shortened(name: string, longest = LONGEST_NAME): string {
  if (name.length <= longest) return name;
  const head = Math.ceil((longest - 1) / 2);
  return `${name.slice(0, head)}…${name.slice(name.length - (longest - 1 - head))}`;
}

/** A tenth of a pixel, without a negative zero. */
export function tenth(value: number): string {
  const rounded = Math.round(value * 10) / 10;
  return String(Object.is(rounded, -0) ? 0 : rounded);
}
