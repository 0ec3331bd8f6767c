import { describe, expect, it } from 'vitest';
import { EvaluationInputInvalid } from '../../../evaluation/errors.ts';
import { lossesByReason, pairRows } from '../../../evaluation/paired-rows.ts';
import { measureShadowSession } from '../../../evaluation/shadow-measures.ts';

const symbols = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J'];
const rising = Float64Array.from(symbols, (_, row) => row / 10);
const side = (predictions: Float64Array, names = symbols, failure: string | null = null) => ({
  symbols: names,
  predictions,
  failure,
});
const moments = [
  { feature: 'reversal_5', mean: 0, standardDeviation: 0.3 },
  { feature: 'volume_surge_5', mean: 0.5, standardDeviation: 0.1 },
];
const features = Float32Array.from({ length: symbols.length * 2 }, (_, cell) => (cell % 2 === 0 ? 0 : 0.5));
const base = { session: '2024-03-01', paired: pairRows(side(rising), side(rising)), features, moments };

describe('rows of both versions', () => {
  it('are paired where both scored, and each lost one says who is to blame', () => {
    const gap = rising.map((value, row) => (row === 3 ? Number.NaN : value));
    const paired = pairRows(side(gap), side(rising.slice(1), symbols.slice(1)));
    expect(paired.symbols).toEqual(symbols);
    expect(paired.lost).toEqual([
      { symbol: 'A', reason: "the champion's features have no row" },
      { symbol: 'D', reason: 'the challenger gave no finite score' },
    ]);
  });

  it('count when only the champion has them: what the challenger cannot score is not left out', () => {
    const paired = pairRows(side(rising.slice(0, 8), symbols.slice(0, 8)), side(rising));
    expect(paired.symbols).toHaveLength(10);
    expect(measureShadowSession({ ...base, paired }).pairing).toBe(0.8);
  });

  it('of a version that failed are all lost for that one reason', () => {
    const failed = side(new Float64Array(10).fill(Number.NaN), symbols, 'the file is torn');
    const { lost } = pairRows(failed, side(rising));
    expect(lossesByReason(lost)).toEqual([
      { reason: 'the challenger failed: the file is torn', rows: 10, example: 'A' },
    ]);
  });

  it('do not depend on the order in which a version names them', () => {
    const turned = side(rising.toReversed(), symbols.toReversed());
    expect(pairRows(turned, side(rising))).toEqual(pairRows(side(rising), side(rising)));
  });
});

describe('one session of the shadow', () => {
  it('pairs the rows that both scored and measures their rank agreement', () => {
    const cubes = rising.map((value, row) => (row === 3 ? Number.NaN : value ** 3));
    const measures = measureShadowSession({ ...base, paired: pairRows(side(cubes), side(rising)) });
    expect(measures).toMatchObject({ rows: 10, pairedRows: 9, pairing: 0.9 });
    expect(measures.rankAgreement).toBeCloseTo(1, 12);
    expect(measures.challenger.missing).toBeCloseTo(0.1, 12);
  });

  it('names the feature that is farthest from its training mean', () => {
    const moved = features.map((value, cell) => (cell % 2 === 1 ? 1.2 : value));
    const { worstSkew } = measureShadowSession({ ...base, features: moved });
    expect(worstSkew?.feature).toBe('volume_surge_5');
    expect(worstSkew?.skew).toBeCloseTo(7, 5);
  });

  it('finds a feature infinitely far when it is unknown today, or moved though it was constant', () => {
    const skewOf = (change: Partial<typeof base>) =>
      measureShadowSession({ ...base, ...change }).worstSkew?.skew;
    const unknown = features.map((value, cell) => (cell % 2 === 1 ? Number.NaN : value));
    expect(skewOf({ features: unknown })).toBe(Infinity);
    const still = [{ feature: 'a', mean: 1, standardDeviation: 0 }];
    expect(skewOf({ features: new Float32Array(10).fill(1), moments: still })).toBe(0);
    expect(skewOf({ features: new Float32Array(10).fill(2), moments: still })).toBe(Infinity);
  });

  it('measures no skew of a challenger that could not be scored', () => {
    expect(measureShadowSession({ ...base, features: null }).worstSkew).toBeNull();
  });

  it('has no agreement before the first champion', () => {
    const measures = measureShadowSession({ ...base, paired: pairRows(side(rising), null) });
    expect(measures).toMatchObject({ champion: null, rankAgreement: null, pairedRows: 10 });
  });

  it('refuses rows that do not belong together', () => {
    const torn = { ...base.paired, champion: new Float64Array(3) };
    expect(() => measureShadowSession({ ...base, paired: torn })).toThrow(EvaluationInputInvalid);
    expect(() => measureShadowSession({ ...base, features: new Float32Array(3) })).toThrow(
      EvaluationInputInvalid,
    );
    expect(() => measureShadowSession({ ...base, features: new Float32Array(0), moments: [] })).toThrow(
      EvaluationInputInvalid,
    );
  });
});
