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
  { feature: 'reversal_5', mean: 0, standardDeviation: 0.3, missing: 0 },
  { feature: 'volume_surge_5', mean: 0.5, standardDeviation: 0.1, missing: 0.2 },
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
    expect(worstSkew).toMatchObject({ feature: 'volume_surge_5', kind: 'moved' });
    expect(worstSkew?.kind === 'moved' ? worstSkew.deviations : null).toBeCloseTo(7, 5);
  });

  it('puts before it a feature that is unknown today, and one that had a single value in training and has another', () => {
    const worstOf = (change: Partial<typeof base>) => measureShadowSession({ ...base, ...change }).worstSkew;
    const unknown = features.map((_, cell) => (cell % 2 === 1 ? Number.NaN : 900));
    expect(worstOf({ features: unknown })).toEqual({ feature: 'volume_surge_5', kind: 'unknown-today' });
    const still = [{ feature: 'a', mean: 1, standardDeviation: 0, missing: 0 }];
    const same = { feature: 'a', kind: 'moved', deviations: 0 };
    expect(worstOf({ features: new Float32Array(10).fill(1), moments: still })).toEqual(same);
    const tenths = [{ feature: 'a', mean: 0.1, standardDeviation: 0, missing: 0 }];
    expect(worstOf({ features: new Float32Array(10).fill(0.1), moments: tenths })).toEqual(same);
    expect(worstOf({ features: new Float32Array(10).fill(2), moments: still })).toEqual({
      ...{ feature: 'a', kind: 'constant-moved', was: 1, is: 2 },
    });
  });

  it('names a feature that no row of training knew and leaves it out, whatever it is today', () => {
    const year = { feature: 'momentum_250_20', mean: 0, standardDeviation: 0, missing: 1 };
    const withYear = (today: number) =>
      measureShadowSession({
        ...base,
        moments: [...moments, year],
        features: Float32Array.from({ length: 30 }, (_, cell) => [0, 0.5, today][cell % 3] ?? 0),
      });
    for (const today of [Number.NaN, 0, 0.7]) {
      const { worstSkew, neverKnown } = withYear(today);
      expect(neverKnown).toEqual(['momentum_250_20']);
      expect(worstSkew).toMatchObject({ kind: 'moved', deviations: 0 });
    }
    const alone = { ...base, moments: [year], features: new Float32Array(10).fill(1) };
    expect(measureShadowSession(alone)).toMatchObject({ worstSkew: null, neverKnown: ['momentum_250_20'] });
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
