/**
 * The few marks that the plots are made of, as SVG text. Text stays text in the reader's own sans-serif, colours are classes
 * that follow the reader's light or dark setting, and numbers are rounded to a tenth of a pixel: the same data gives the same
 * bytes.
 */

export interface Range {
  readonly from: number;
  readonly to: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface FigureOptions {
  /** Short name in the file, unique on a page. */
  readonly id: string;
  readonly title: string;
  /** What the plot shows, in a sentence: read aloud instead of the picture. */
  readonly description: string;
  readonly x: Range;
  readonly y: Range;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly xTicks: readonly Tick[];
  readonly yTicks: readonly Tick[];
}

export interface Tick {
  readonly at: number;
  readonly label: string;
}

export const WIDTH = 720;
export const HEIGHT = 340;
export const MARGIN = { left: 78, right: 22, top: 54, bottom: 50 };
const CHARACTER = 6.8;

/** Contrast of each colour to its background is above 4.5 : 1 for text and 3 : 1 for marks, in both settings. */
export const STYLE = `
.fig{--ink:#1c2430;--muted:#525d6b;--grid:#dfe3e8;--paper:#ffffff;--main:#0b5cad;--band:#0b5cad;--other:#9a4b00;--good:#1b7340;--bad:#b3261e;font-family:system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif}
@media (prefers-color-scheme:dark){.fig{--ink:#e8ecf1;--muted:#a7b1bd;--grid:#323a45;--paper:#14181e;--main:#79b8ff;--band:#79b8ff;--other:#f0a35e;--good:#6fd08c;--bad:#ff8f87}}
.fig .paper{fill:var(--paper)}.fig text{fill:var(--ink);font-size:12px}.fig .title{font-size:15px;font-weight:600}.fig .note,.fig .tick{fill:var(--muted)}
.fig .grid{stroke:var(--grid);stroke-width:1}.fig .axis{stroke:var(--muted);stroke-width:1}.fig .line{fill:none;stroke:var(--main);stroke-width:2;stroke-linejoin:round}
.fig .line.other{stroke:var(--other);stroke-dasharray:6 4}.fig .band{fill:var(--band);opacity:.18}.fig .bar{fill:var(--main);opacity:.75}.fig .bar.bad{fill:var(--bad)}
.fig .mark{stroke:var(--bad);stroke-width:2}.fig .mark.good{stroke:var(--good)}.fig .mark.other{stroke:var(--other);stroke-dasharray:6 4}.fig .whisker{stroke:var(--ink);stroke-width:1.5}.fig .dot{fill:var(--main)}
.fig .halo{paint-order:stroke;stroke:var(--paper);stroke-width:4px;stroke-linejoin:round}`.trim();

export type LineKind = 'main' | 'other';
export type MarkKind = 'bad' | 'good' | 'other';

/** One plot under construction; `toString` closes it. */
export class Figure {
  private readonly options: FigureOptions;
  private readonly marks: string[] = [];
  private readonly notes: string[] = [];
  private legendAt = MARGIN.left;

  constructor(options: FigureOptions) {
    this.options = options;
  }

  bar(from: number, to: number, height: number, bad = false): void {
    const [left, right] = [this.px(from), this.px(to)];
    const [top, bottom] = [this.py(Math.max(0, height)), this.py(Math.min(0, height))];
    const width = Math.max(0.5, right - left - 0.6);
    this.marks.push(
      `<rect class="bar${bad ? ' bad' : ''}" x="${n(left + 0.3)}" y="${n(top)}" width="${n(width)}" height="${n(Math.max(0, bottom - top))}"/>`,
    );
  }

  line(points: readonly Point[], kind: LineKind = 'main'): void {
    const path = points
      .map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${n(this.px(x))} ${n(this.py(y))}`)
      .join('');
    this.marks.push(`<path class="line${kind === 'main' ? '' : ' other'}" d="${path}"/>`);
  }

  /** Area between two curves over the same x. */
  band(lower: readonly Point[], upper: readonly Point[]): void {
    const there = upper.map(({ x, y }) => `${n(this.px(x))},${n(this.py(y))}`);
    const back = [...lower].reverse().map(({ x, y }) => `${n(this.px(x))},${n(this.py(y))}`);
    this.marks.push(`<polygon class="band" points="${[...there, ...back].join(' ')}"/>`);
  }

  /** A vertical line with its name beside it, on the side that has room. `row` keeps two names apart. */
  vertical(x: number, label: string, kind: MarkKind, row = 0): void {
    const at = this.px(x);
    const y = MARGIN.top + 14 + 17 * row;
    const wide = label.length * CHARACTER + 8;
    const left = at + wide > WIDTH - MARGIN.right;
    this.marks.push(
      `<line class="mark${kind === 'bad' ? '' : ` ${kind}`}" x1="${n(at)}" y1="${n(MARGIN.top)}" x2="${n(at)}" y2="${n(HEIGHT - MARGIN.bottom)}"/>`,
    );
    this.notes.push(
      `<text class="halo" x="${n(left ? at - 6 : at + 6)}" y="${n(y)}"${left ? ' text-anchor="end"' : ''}>${escapeText(label)}</text>`,
    );
  }

  horizontal(y: number, label: string, kind: MarkKind): void {
    const at = this.py(y);
    this.marks.push(
      `<line class="mark${kind === 'bad' ? '' : ` ${kind}`}" x1="${n(MARGIN.left)}" y1="${n(at)}" x2="${n(WIDTH - MARGIN.right)}" y2="${n(at)}"/>`,
    );
    const above = at - 6 > MARGIN.top + 12;
    this.notes.push(
      `<text class="halo" x="${n(WIDTH - MARGIN.right - 6)}" y="${n(above ? at - 6 : at + 16)}" text-anchor="end">${escapeText(label)}</text>`,
    );
  }

  /** A thin line across, such as zero. */
  baseline(y: number): void {
    const at = n(this.py(y));
    this.marks.push(
      `<line class="axis" x1="${n(MARGIN.left)}" y1="${at}" x2="${n(WIDTH - MARGIN.right)}" y2="${at}"/>`,
    );
  }

  whisker(x: number, low: number, high: number): void {
    const [at, top, bottom] = [this.px(x), this.py(high), this.py(low)];
    const cap = (y: number): string => `M${n(at - 5)} ${n(y)}L${n(at + 5)} ${n(y)}`;
    this.marks.push(
      `<path class="whisker" d="M${n(at)} ${n(top)}L${n(at)} ${n(bottom)}${cap(top)}${cap(bottom)}"/>`,
    );
  }

  dot({ x, y }: Point): void {
    this.marks.push(`<circle class="dot" cx="${n(this.px(x))}" cy="${n(this.py(y))}" r="4"/>`);
  }

  /** An entry of the legend, below the title. */
  legend(label: string, kind: 'line' | 'other' | 'band' | 'bar' | 'bad'): void {
    const x = this.legendAt;
    const y = MARGIN.top - 14;
    const sample =
      kind === 'line' || kind === 'other'
        ? `<path class="line${kind === 'other' ? ' other' : ''}" d="M${n(x)} ${n(y - 4)}L${n(x + 20)} ${n(y - 4)}"/>`
        : `<rect class="${kind === 'bad' ? 'bar bad' : kind}" x="${n(x)}" y="${n(y - 9)}" width="20" height="10"/>`;
    this.notes.push(`${sample}<text class="note" x="${n(x + 26)}" y="${n(y)}">${escapeText(label)}</text>`);
    this.legendAt += 26 + label.length * CHARACTER + 16;
  }

  toString(): string {
    const { id, title, description, xLabel, yLabel, xTicks, yTicks } = this.options;
    const bottom = HEIGHT - MARGIN.bottom;
    const right = WIDTH - MARGIN.right;
    const grid = yTicks.map(({ at }) => {
      const y = n(this.py(at));
      return `<line class="grid" x1="${n(MARGIN.left)}" y1="${y}" x2="${n(right)}" y2="${y}"/>`;
    });
    const labels = [
      ...yTicks.map(
        ({ at, label }) =>
          `<text class="tick" x="${n(MARGIN.left - 8)}" y="${n(this.py(at) + 4)}" text-anchor="end">${escapeText(label)}</text>`,
      ),
      ...xTicks.map(
        ({ at, label }) =>
          `<text class="tick" x="${n(this.px(at))}" y="${n(bottom + 18)}" text-anchor="middle">${escapeText(label)}</text>`,
      ),
    ];
    const middle = (MARGIN.top + bottom) / 2;
    return [
      `<svg class="fig" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(WIDTH)} ${String(HEIGHT)}" role="img" aria-labelledby="${id}-title ${id}-desc">`,
      `<title id="${id}-title">${escapeText(title)}</title><desc id="${id}-desc">${escapeText(description)}</desc>`,
      `<style>${STYLE}</style>`,
      `<rect class="paper" width="${String(WIDTH)}" height="${String(HEIGHT)}"/>`,
      `<text class="title" x="${n(MARGIN.left)}" y="22">${escapeText(title)}</text>`,
      ...grid,
      ...this.marks,
      `<line class="axis" x1="${n(MARGIN.left)}" y1="${n(bottom)}" x2="${n(right)}" y2="${n(bottom)}"/>`,
      ...labels,
      ...this.notes,
      `<text class="note" x="${n((MARGIN.left + right) / 2)}" y="${n(HEIGHT - 10)}" text-anchor="middle">${escapeText(xLabel)}</text>`,
      `<text class="note" transform="translate(16 ${n(middle)}) rotate(-90)" text-anchor="middle">${escapeText(yLabel)}</text>`,
      '</svg>',
    ].join('\n');
  }

  private px(x: number): number {
    const { from, to } = this.options.x;
    return MARGIN.left + ((x - from) / (to - from)) * (WIDTH - MARGIN.left - MARGIN.right);
  }

  private py(y: number): number {
    const { from, to } = this.options.y;
    const bottom = HEIGHT - MARGIN.bottom;
    return bottom - ((y - from) / (to - from)) * (bottom - MARGIN.top);
  }
}

/** A tenth of a pixel, without a negative zero. */
function n(value: number): string {
  const rounded = Math.round(value * 10) / 10;
  return String(Object.is(rounded, -0) ? 0 : rounded);
}

export function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** Round ticks over a range: steps of 1, 2 or 5 times a power of ten, about `wanted` of them. */
export function ticks({ from, to }: Range, wanted: number, label: (value: number) => string): Tick[] {
  const rough = (to - from) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((multiple) => multiple * power >= rough) ?? 10);
  const found: Tick[] = [];
  for (let index = Math.ceil(from / step - 1e-9); index * step <= to + step * 1e-9; index += 1) {
    const at = index * step;
    found.push({ at, label: label(Math.abs(at) < step / 1e6 ? 0 : at) });
  }
  return found;
}

/** A range with room around its ends, never empty. */
export function padded(values: readonly number[], share = 0.06): Range {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const room = high > low ? (high - low) * share : Math.max(1e-6, Math.abs(high) * share);
  return { from: low - room, to: high + room };
}
