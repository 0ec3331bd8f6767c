import { describe, expect, it } from 'vitest';
import { Explanation } from '../../../contracts/explanation.ts';
import { explanationPlots } from '../../../gates/plots/explanation-plots.ts';
import { type Canvas, drawFigure } from '../../../reports/svg-marks.ts';

const names = ['momentum_60', 'reversal_5', 'volatility_20', 'turnover_<20>'];

function explanation(change: Partial<Explanation> = {}): Explanation {
  return Explanation.parse({
    schema: 1,
    features: names,
    gain: [30, 50, 0, 20],
    permutation: {
      ...{ from: '2026-07-01', to: '2026-09-30', rows: 1200, meanRankIc: 0.05 },
      fall: [0.01, 0.03, -0.002, 0],
    },
    partialDependence: names.map((_, at) => ({ value: [-1, 0, 1], score: [0, 0.01 * at, 0.02 * at] })),
    shap: { meanAbsolute: [0.02, 0.04, 0.001, 0.01], meanSigned: [0.01, -0.02, 0, 0.001], base: 0.5 },
    ...change,
  });
}

const texts = (svg: string): string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)</gu)].map(([, text = '']) => text);

describe('plots of what a model uses', () => {
  it('list features by size, with the value beside each bar', () => {
    const { permutation, gain, shap } = explanationPlots(explanation());
    expect(texts(permutation)).toEqual([
      'What the rank IC loses without a feature, out of sample',
      ...['reversal_5', '0.0300', 'momentum_60', '0.0100', 'volatility_20', '-0.0020'],
      ...['turnover_&lt;20&gt;', '0.0000', 'fall of the mean rank IC'],
    ]);
    expect(texts(gain)).toContain('50.0 %');
    expect(texts(shap)).toContain('0.0400 (mean -)');
    expect(permutation).toContain('Fall of the mean rank IC of 0.0500');
    expect(
      permutation.match(/class="bar bad"/gu),
      'a feature that only disturbs points the other way',
    ).toHaveLength(1);
  });

  it('make bars as long as their values', () => {
    const { gain } = explanationPlots(explanation());
    const widths = [...gain.matchAll(/class="bar"[^>]*width="([\d.]+)"/gu)].map(([, width]) => Number(width));
    expect(widths[1] ?? 0).toBeCloseTo(((widths[0] ?? 0) * 30) / 50, 0);
    expect(widths[2] ?? 0).toBeCloseTo(((widths[0] ?? 0) * 20) / 50, 0);
  });

  it('draw twelve features of many and say how many are missing', () => {
    const many = Array.from({ length: 30 }, (_, at) => `feature_${String(at)}`);
    const wide = explanation({
      features: many,
      gain: many.map((_, at) => at),
      permutation: { ...explanation().permutation, fall: many.map((_, at) => at / 1000) },
      partialDependence: many.map(() => ({ value: [0, 1], score: [0, 1] })),
      shap: { meanAbsolute: many.map((_, at) => at), meanSigned: many.map(() => 0), base: 0 },
    });
    const { gain, dependence } = explanationPlots(wide);
    expect(gain.match(/<rect class="bar/gu)).toHaveLength(12);
    expect(gain).toContain('18 smaller ones are not drawn');
    expect(dependence.match(/<path class="line"/gu)).toHaveLength(6);
  });

  it('keep names apart that differ at their end alone', () => {
    const long = [1, 2, 3, 4].map((at) => `fundamental_book_to_price_sector_relative_${String(at)}`);
    const { gain, dependence } = explanationPlots(explanation({ features: long }));
    for (const svg of [gain, dependence]) {
      const shown = texts(svg).filter((text) => text.startsWith('fundamental'));
      expect(shown.length).toBeGreaterThan(2);
      expect(new Set(shown).size).toBe(shown.length);
    }
  });

  it('of a model without a split say so', () => {
    const none = [0, 0, 0, 0];
    const { gain, shap } = explanationPlots(
      explanation({ gain: none, shap: { meanAbsolute: none, meanSigned: none, base: 0.5 } }),
    );
    for (const svg of [gain, shap]) {
      expect(svg).not.toContain('class="bar"');
      expect(texts(svg).at(-1)).toContain('no split');
    }
  });

  it('say what could not be measured instead of drawing nothing', () => {
    const unmeasured = explanation({
      permutation: { ...explanation().permutation, meanRankIc: null, fall: [null, null, null, null] },
      partialDependence: names.map(() => ({ value: [], score: [] })),
    });
    const { permutation, dependence } = explanationPlots(unmeasured);
    expect(texts(permutation).at(-1)).toBe(
      'No session of the last test block has a rank IC: nothing could be measured.',
    );
    expect(permutation).toContain('No session of the last test block has a rank IC');
    expect(dependence).toContain('No feature has two different values on recent rows.');
  });

  it('are the same bytes each time and hold no mark that a printed report could not draw', () => {
    const plots = explanationPlots(explanation());
    expect(explanationPlots(explanation())).toEqual(plots);
    const ignore = (): void => undefined;
    const canvas: Canvas = { rectangle: ignore, polygon: ignore, path: ignore, disc: ignore, text: ignore };
    for (const svg of Object.values(plots)) {
      expect(() => {
        drawFigure(svg, canvas);
      }).not.toThrow();
      expect(svg).not.toMatch(/NaN|Infinity|undefined/u);
    }
  });

  it('are refused for an explanation that misses a feature', () => {
    expect(() => explanation({ gain: [1, 2, 3] })).toThrow(/one number for each feature/u);
  });
});
