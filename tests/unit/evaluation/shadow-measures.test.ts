import { describe, expect, it } from 'vitest';
import { ShadowSpec } from '../../../contracts/spec.ts';
import { EvaluationInputInvalid } from '../../../evaluation/errors.ts';
import {
  checkShadowBounds,
  concludeShadow,
  measureShadowSession,
  paperLoss,
  worstBound,
} from '../../../evaluation/shadow-measures.ts';

const spec = ShadowSpec.parse({});
const rows = 10;
const rising = Float64Array.from({ length: rows }, (_, row) => row / 10);
const moments = [
  { feature: 'reversal_5', mean: 0, standardDeviation: 0.3 },
  { feature: 'volume_surge_5', mean: 0.5, standardDeviation: 0.1 },
];
const features = Float32Array.from({ length: rows * 2 }, (_, cell) => (cell % 2 === 0 ? 0 : 0.5));
const base = { session: '2024-03-01', challenger: rising, champion: rising, features, moments };
const noReturns = new Float64Array(0);
const verdictOf = (change: Partial<typeof base>, returns = noReturns) =>
  worstBound(checkShadowBounds(measureShadowSession({ ...base, ...change }), returns, spec));

describe('one session of the shadow', () => {
  it('pairs the rows that both scored and measures their rank agreement', () => {
    const challenger = Float64Array.from(rising, (value, row) => (row === 3 ? NaN : value ** 3));
    const measures = measureShadowSession({ ...base, challenger });
    expect(measures).toMatchObject({ rows: 10, pairedRows: 9, pairing: 0.9 });
    expect(measures.rankAgreement).toBeCloseTo(1, 12);
    expect(measures.challenger.missing).toBeCloseTo(0.1, 12);
  });

  it('names the feature that is farthest from its training mean', () => {
    const moved = features.map((value, cell) => (cell % 2 === 1 ? 1.2 : value));
    const { worstSkew } = measureShadowSession({ ...base, features: moved });
    expect(worstSkew.feature).toBe('volume_surge_5');
    expect(worstSkew.skew).toBeCloseTo(7, 5);
  });

  it('finds a feature infinitely far when it is unknown today, or moved though it was constant', () => {
    const unknown = features.map((value, cell) => (cell % 2 === 1 ? NaN : value));
    expect(measureShadowSession({ ...base, features: unknown }).worstSkew.skew).toBe(Infinity);
    const still = [{ feature: 'a', mean: 1, standardDeviation: 0 }];
    const ones = new Float32Array(rows).fill(1);
    expect(measureShadowSession({ ...base, features: ones, moments: still }).worstSkew.skew).toBe(0);
    const twos = new Float32Array(rows).fill(2);
    expect(measureShadowSession({ ...base, features: twos, moments: still }).worstSkew.skew).toBe(Infinity);
  });

  it('passes when nothing is crossed', () => {
    expect(verdictOf({})).toEqual({ verdict: 'pass', reason: 'no bound was crossed' });
  });

  it('fails a challenger that leaves rows without a score', () => {
    const challenger = rising.map((value, row) => (row < 2 ? NaN : value));
    const { verdict, reason } = verdictOf({ challenger });
    expect(verdict).toBe('fail');
    expect(reason).toContain('the challenger scored 0.800');
  });

  it('is inconclusive where the champion is what is missing', () => {
    const champion = rising.map((value, row) => (row < 2 ? NaN : value));
    expect(verdictOf({ champion })).toMatchObject({ verdict: 'inconclusive' });
  });

  it('fails a constant challenger and one that ranks against the champion', () => {
    expect(verdictOf({ challenger: new Float64Array(rows).fill(0.2) }).verdict).toBe('fail');
    const against = verdictOf({ challenger: rising.map((value) => -value) });
    expect(against).toMatchObject({ verdict: 'fail', reason: 'rank agreement -1.000, bound -0.500' });
  });

  it('fails on features that moved away and on paper losses beyond the bound', () => {
    const moved = features.map((value, cell) => (cell % 2 === 1 ? 1.2 : value));
    expect(verdictOf({ features: moved }).reason).toMatch(/volume_surge_5 lies 7.000/u);
    const losing = Float64Array.from([0.01, -0.05, -0.06]);
    expect(verdictOf({}, losing).reason).toMatch(/paper loss 0.098 over 3 sessions/u);
  });

  it('is an error, never a pass, when a paper return is not a number', () => {
    expect(verdictOf({}, Float64Array.from([0.01, NaN])).verdict).toBe('error');
  });

  it('asks for no agreement before the first champion', () => {
    const measures = measureShadowSession({ ...base, champion: null });
    expect(measures).toMatchObject({ champion: null, rankAgreement: null, pairedRows: 10 });
    expect(worstBound(checkShadowBounds(measures, noReturns, spec)).verdict).toBe('pass');
  });

  it('is inconclusive on an empty universe', () => {
    const nothing = new Float64Array(0);
    const empty = { challenger: nothing, champion: nothing, features: new Float32Array(0) };
    const measures = measureShadowSession({ ...base, ...empty });
    expect(worstBound(checkShadowBounds(measures, noReturns, spec)).verdict).not.toBe('pass');
  });

  it('refuses rows that do not belong together', () => {
    expect(() => measureShadowSession({ ...base, champion: new Float64Array(3) })).toThrow(
      EvaluationInputInvalid,
    );
    expect(() => measureShadowSession({ ...base, features: new Float32Array(3) })).toThrow(
      EvaluationInputInvalid,
    );
    const none = { features: new Float32Array(0), moments: [] };
    expect(() => measureShadowSession({ ...base, ...none })).toThrow(EvaluationInputInvalid);
  });
});

describe('paper loss', () => {
  it('is the deepest fall below the start, not below a later peak', () => {
    expect(paperLoss(Float64Array.from([0.1, -0.05]))).toBe(0);
    expect(paperLoss(Float64Array.from([-0.1, 0.2]))).toBeCloseTo(0.1, 12);
    expect(paperLoss(noReturns)).toBe(0);
  });
});

describe('the verdict of a shadow', () => {
  const pass = checkShadowBounds(measureShadowSession(base), noReturns, spec);
  const fail = checkShadowBounds(
    measureShadowSession({ ...base, challenger: rising.map((value) => -value) }),
    noReturns,
    spec,
  );
  const unpaired = checkShadowBounds(
    measureShadowSession({ ...base, champion: rising.map((value, row) => (row < 2 ? NaN : value)) }),
    noReturns,
    spec,
  );
  const week = (last: typeof pass) => [...Array.from({ length: 6 }, () => pass), last];

  it('passes after all sessions were measured', () => {
    expect(concludeShadow(week(pass), spec).verdict).toBe('pass');
  });

  it('fails when one session did', () => {
    expect(concludeShadow([fail], spec).verdict).toBe('fail');
  });

  it('is inconclusive when a session is missing or could not be paired', () => {
    expect(concludeShadow(week(pass).slice(1), spec)).toMatchObject({
      verdict: 'inconclusive',
      reason: '6 of 7 sessions measured: it ended early',
    });
    expect(concludeShadow(week(unpaired), spec).verdict).toBe('inconclusive');
    expect(concludeShadow([], spec).verdict).toBe('inconclusive');
  });
});
