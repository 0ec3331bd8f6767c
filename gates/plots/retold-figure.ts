import { told } from '../../contracts/wording/told.ts';
import { readFigure } from './figure-elements.ts';
import type { ReadFigure } from './figure-elements.ts';
import { layoutAxes } from './layout-axes.ts';
import { layoutBars } from './layout-bars.ts';
import { layoutPanels } from './layout-panels.ts';
import { escapeText, STYLE } from './figure.ts';
import type { Layout } from './layout.ts';

export interface FigureWish {
  readonly language: 'en' | 'zh-TW';
  /** `narrow`: for a phone, letters as large as the others and everything within 300 pixels. */
  readonly size: 'wide' | 'narrow';
}

/** Fonts with the characters of Taiwan, before those of the system that may have the forms of elsewhere. */
const CHINESE_STYLE =
  ".fig{font-family:system-ui,-apple-system,'Noto Sans TC','Noto Sans CJK TC','PingFang TC','Microsoft JhengHei',sans-serif}";

/**
 * A recorded figure for a reader: its words in the reader's language, its marks where they were or, narrow, in the place that
 * a phone has. English and wide it is the recorded one, byte for byte. It is made of nothing but the recorded figure, so that
 * the evidence binds it too and figures of every release are told. Deterministic.
 */
export function retoldFigure(svg: string, { language, size }: FigureWish): string {
  if (language === 'en' && size === 'wide') return svg;
  const read = readFigure(svg);
  // Not drawn here: nothing is known of where its words belong.
  if (read.id === '' || read.elements.length === 0) return svg;
  const figure = retold(read, language);
  return drawn(figure, layoutOf(figure, size === 'narrow'), language, size);
}

/** What a figure shows, as it is read aloud in the place of the picture. */
export function figureDescription(svg: string): string {
  return readFigure(svg).description;
}

function retold(figure: ReadFigure, language: FigureWish['language']): ReadFigure {
  const say = (text: string): string => told(text, language).text;
  return {
    ...figure,
    title: say(figure.title),
    description: say(figure.description),
    elements: figure.elements.map((element) => ({ ...element, text: say(element.text) })),
  };
}

function layoutOf(figure: ReadFigure, narrow: boolean): Layout {
  if (figure.id === 'dependence') return layoutPanels(figure, narrow);
  return ['permutation', 'gain', 'shap'].includes(figure.id)
    ? layoutBars(figure, narrow)
    : layoutAxes(figure, narrow);
}

function drawn(
  { id, title, description }: ReadFigure,
  { width, height, body }: Layout,
  language: FigureWish['language'],
  size: FigureWish['size'],
): string {
  const prefix = size === 'wide' ? id : `${id}-${size}`;
  return [
    `<svg class="fig" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(width)} ${String(height)}" role="img" lang="${language === 'en' ? 'en' : 'zh-Hant-TW'}" aria-labelledby="${prefix}-title ${prefix}-desc">`,
    `<title id="${prefix}-title">${escapeText(title)}</title><desc id="${prefix}-desc">${escapeText(description)}</desc>`,
    `<style>${STYLE}${language === 'en' ? '' : `\n${CHINESE_STYLE}`}</style>`,
    `<rect class="paper" width="${String(width)}" height="${String(height)}"/>`,
    ...body,
    '</svg>',
  ].join('\n');
}
