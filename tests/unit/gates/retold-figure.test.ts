import { describe, expect, it } from 'vitest';
import { Explanation } from '../../../contracts/explanation.ts';
import { explanationPlots } from '../../../gates/plots/explanation-plots.ts';
import { readFigure } from '../../../gates/plots/figure-elements.ts';
import { gatePlots } from '../../../gates/plots/gate-page.ts';
import { figureDescription, retoldFigure } from '../../../gates/plots/retold-figure.ts';
import { textWidth } from '../../../gates/plots/text-size.ts';
import { drawFigure } from '../../../reports/svg-marks.ts';
import { passingInput } from './judge-fixture.ts';

const cells = (names: readonly string[]) =>
  names.map((name, at) => ({
    ...{ name, sessions: 100 + 50 * at, mean: 0.02 - 0.006 * at },
    interval: [0.01 - 0.006 * at, 0.03 - 0.006 * at] as const,
  }));

const FEATURES = [
  'momentum_60',
  'reversal_5_within_its_sector_and_year',
  'turnover_<20>',
  'a',
  'b',
  'c',
  'd',
];
const numbers = FEATURES.map((_, at) => 0.01 * (at - 1));

/** Every figure that is drawn, and the same of a route without some of them. */
function figures(): readonly (readonly [name: string, svg: string])[] {
  const input = passingInput({
    breakdown: {
      deciles: cells(['1', '2', '3', '4', '5', '6', '7', '8', '9', '10']),
      sectors: cells([
        '半導體業',
        '金融保險業',
        'Electronic Components',
        '航運業',
        '食品',
        '水泥',
        '塑膠工業',
      ]),
      regimes: cells(['bull', 'bear', 'high-volatility']),
      horizons: cells(['1', '2', '5', '10', '20']),
    },
  });
  const explanation = Explanation.parse({
    ...{ schema: 1, features: FEATURES, gain: [30, 50, 0, 20, 3, 4, 5] },
    permutation: { from: '2026-07-01', to: '2026-09-30', rows: 1200, meanRankIc: 0.05, fall: numbers },
    partialDependence: FEATURES.map((_, at) => ({
      value: [-1, 0, 1],
      score: [0, 0.01 * at, 0.02 * at - 0.01],
    })),
    shap: { meanAbsolute: numbers.map(Math.abs), meanSigned: numbers, base: 0.5 },
  });
  return [
    ...gatePlots(input).map(({ name, svg }) => [name, svg ?? ''] as const),
    ...gatePlots({ ...input, route: 'first' }).flatMap(({ name, svg }) =>
      svg === null ? [] : [[`first ${name}`, svg] as const],
    ),
    ...Object.entries(explanationPlots(explanation)),
  ];
}

const FIGURES = figures();
const WISHES = [
  { language: 'zh-TW', size: 'wide' },
  { language: 'zh-TW', size: 'narrow' },
  { language: 'en', size: 'narrow' },
] as const;

/** Letters of a figure with the box they stand in, after what may turn them. */
function boxes(
  svg: string,
): readonly { text: string; left: number; right: number; y: number; size: number }[] {
  return readFigure(svg)
    .elements.filter(({ tag }) => tag === 'text')
    .map(({ attributes, text }) => {
      const size = attributes.get('class') === 'title' ? 15 : 12;
      const [, tx, ty, turn = '0'] =
        /translate\(([-\d.]+) ([-\d.]+)\) rotate\(([-\d]+)\)/u.exec(attributes.get('transform') ?? '') ?? [];
      const wide = textWidth(text, size) * Math.cos((Number(turn) * Math.PI) / 180);
      const [x, y] = [Number(tx ?? attributes.get('x')), Number(ty ?? attributes.get('y'))];
      const anchor = attributes.get('text-anchor') ?? 'start';
      const left = anchor === 'end' ? x - wide : anchor === 'middle' ? x - wide / 2 : x;
      return { text, left, right: left + wide, y, size };
    });
}

/** Names of recipes, features and sectors, short words of statistics: what Chinese readers write in Latin letters too. */
const KEPT =
  /momentum_60|reversal_5\S*|turnover_<20>|Electr\S*(?: Components)?|Rank IC|\bIC\b|SPA|SHAP|\bbp\b|\blogit\b|\bp\b|\b[abcd]\b|Sharpe ratio/gu;

describe('a recorded figure retold', () => {
  it('is the recorded one, byte for byte, in English and wide', () => {
    for (const [name, svg] of FIGURES)
      expect(retoldFigure(svg, { language: 'en', size: 'wide' }), name).toBe(svg);
  });

  it.each(FIGURES)('has no English word in Chinese: %s', (_, svg) => {
    for (const size of ['wide', 'narrow'] as const) {
      const read = readFigure(retoldFigure(svg, { language: 'zh-TW', size }));
      const words = [read.title, read.description, ...read.elements.map(({ text }) => text)];
      for (const text of words) expect(text.replaceAll(KEPT, ''), text).not.toMatch(/[A-Za-z]{2}/u);
    }
  });

  it.each(FIGURES)('tells every number of the recorded one: %s', (_, svg) => {
    const english = readFigure(svg);
    const chinese = readFigure(retoldFigure(svg, { language: 'zh-TW', size: 'wide' }));
    const said = (text: string): string[] => text.match(/\d[\d.,]*\d|\d/gu) ?? [];
    const told = new Set(
      said([chinese.title, chinese.description, ...chinese.elements.map(({ text }) => text)].join(' | ')),
    );
    for (const text of [english.title, english.description, ...english.elements.map((one) => one.text)]) {
      // Amounts are counted in other units: the test of phrases holds them.
      if (/million|billion/u.test(text)) continue;
      for (const number of said(text)) expect(told, `${number} of ${text}`).toContain(number);
    }
  });

  it.each(FIGURES)('cuts no letter at an edge, in any language and size: %s', (_, svg) => {
    for (const wish of WISHES) {
      const retold = retoldFigure(svg, wish);
      const { width, height } = readFigure(retold);
      expect(width).toBe(wish.size === 'narrow' ? 300 : 720);
      for (const { text, left, right, y, size } of boxes(retold)) {
        const where = `${wish.language} ${wish.size}: ${text}`;
        expect(left, where).toBeGreaterThanOrEqual(0);
        expect(right, where).toBeLessThanOrEqual(width);
        expect(y, where).toBeGreaterThanOrEqual(size);
        expect(y, where).toBeLessThanOrEqual(height);
      }
    }
  });

  it.each(FIGURES)('keeps every mark: %s', (_, svg) => {
    const marks = (from: string): string[] =>
      readFigure(from)
        .elements.filter(({ tag, attributes }) => tag !== 'text' && attributes.get('class') !== 'axis')
        .map(({ tag, attributes }) => `${tag} ${attributes.get('class') ?? ''}`)
        .sort();
    for (const wish of WISHES) expect(marks(retoldFigure(svg, wish))).toEqual(marks(svg));
  });

  it('can be printed like the recorded one', () => {
    for (const [, svg] of FIGURES) {
      const letters: string[] = [];
      const nothing = (): void => undefined;
      drawFigure(retoldFigure(svg, { language: 'zh-TW', size: 'wide' }), {
        ...{ rectangle: nothing, polygon: nothing, path: nothing, disc: nothing },
        text: (text) => letters.push(text),
      });
      expect(letters.length).toBeGreaterThan(3);
      expect(letters.join(' ')).not.toContain('NaN');
    }
  });

  it('is left alone when it is none of ours', () => {
    const foreign = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><circle r="1"/></svg>';
    expect(retoldFigure(foreign, { language: 'zh-TW', size: 'narrow' })).toBe(foreign);
  });

  it('says what it shows', () => {
    const [, svg] = FIGURES.find(([name]) => name === 'equity') ?? ['', ''];
    expect(figureDescription(svg)).toMatch(/^One unit in the candidate grew to \d/u);
  });
});
