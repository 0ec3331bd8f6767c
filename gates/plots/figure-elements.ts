/** One element of a figure as it was recorded. */
export interface FigureElement {
  readonly tag: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly text: string;
}

export interface ReadFigure {
  /** Prefix of its ids: `equity`. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly width: number;
  readonly height: number;
  /** Every mark and text, in the order of drawing; the paper behind them is left out. */
  readonly elements: readonly FigureElement[];
}

const ELEMENT = /<(?!\/|svg)([a-z]+)\s([^>]*?)(?:\/>|>([^<]*)<\/text>|>)/gu;

/** Takes a recorded figure apart. Figures are drawn by this folder alone, so that a handful of forms is all there is. */
export function readFigure(svg: string): ReadFigure {
  const [, id = '', title = ''] = /<title id="([\w-]+)-title">([^<]*)</u.exec(svg) ?? [];
  const [, description = ''] = /<desc[^>]*>([^<]*)</u.exec(svg) ?? [];
  const [, width = '0', height = '0'] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/u.exec(svg) ?? [];
  const body = svg.replace(/<(title|desc|style)[^>]*>[\s\S]*?<\/\1>/gu, '');
  const elements = [...body.matchAll(ELEMENT)]
    .map(([, tag = '', attributes = '', text = '']) => ({
      tag,
      attributes: readAttributes(attributes),
      text: unescaped(text),
    }))
    .filter(({ attributes }) => attributes.get('class') !== 'paper');
  return {
    ...{ id, title: unescaped(title), description: unescaped(description) },
    ...{ width: Number(width), height: Number(height), elements },
  };
}

function readAttributes(text: string): ReadonlyMap<string, string> {
  return new Map(
    [...text.matchAll(/([\w-]+)="([^"]*)"/gu)].map(([, name = '', value = '']) => [name, value]),
  );
}

export function unescaped(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}

export const hasClass = ({ attributes }: FigureElement, name: string): boolean =>
  (attributes.get('class') ?? '').split(' ').includes(name);

export const numberOf = ({ attributes }: FigureElement, name: string): number =>
  Number(attributes.get(name) ?? 0);
