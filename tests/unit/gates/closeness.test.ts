import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GateVerdict } from '../../../contracts/verdict.ts';
import { closenessOf, closestCall, closestCallText } from '../../../gates/closeness.ts';
import { normalCdf } from '../../../stats/normal.ts';

const verdict = (gate: GateVerdict['gate'], changes: Partial<GateVerdict>): GateVerdict => ({
  gate,
  verdict: 'pass',
  number: 0,
  threshold: 0,
  comparison: '>=',
  enforced: true,
  reason: 'measured',
  details: {},
  ...changes,
});

describe('how close a check came to its bound', () => {
  it('is the margin in standard errors where there is an estimate', () => {
    const ic = verdict('rank-ic', {
      number: 0.012,
      comparison: '>',
      details: { mean: 0.03, standardError: 0.006 },
    });
    expect(closenessOf(ic)).toEqual({
      gate: 'rank-ic',
      distance: 2,
      atLeast: false,
      scale: 'standard-errors',
    });
  });

  it('is the distance of normal quantiles for a p-value and for a probability of skill', () => {
    const p = 1 - normalCdf(2.5);
    const spa = verdict('spa', { number: p, threshold: 1 - normalCdf(1), comparison: '<' });
    expect(closenessOf(spa)?.distance).toBeCloseTo(1.5, 10);
    const dsr = verdict('dsr', { number: normalCdf(1.9), threshold: normalCdf(0.7) });
    expect(closenessOf(dsr)?.distance).toBeCloseTo(1.2, 10);
  });

  it('says at least, where no replicate exceeded the statistic or rounding ends', () => {
    const none = verdict('stepm', {
      ...{ number: 0, threshold: 0.15, comparison: '<' },
      details: { interval: [0, 1 - normalCdf(3)] },
    });
    expect(closenessOf(none)).toMatchObject({ atLeast: true, scale: 'p-value' });
    expect(closenessOf(none)?.distance).toBeCloseTo(3 - 1.0364333894937898, 8);
    expect(closenessOf(verdict('dsr', { number: 1, threshold: 0.75 }))).toMatchObject({
      distance: 8,
      atLeast: true,
    });
  });

  it('is measured by the resampled histories on the side of the bound', () => {
    const pbo = (upper: number) =>
      closenessOf(
        verdict('pbo', {
          ...{ number: 0.02, threshold: 0.12, comparison: '<=' },
          details: { interval90: [0, upper] },
        }),
      );
    // The upper end of 90 % lies 1.645 deviations out; the bound here as far.
    expect(pbo(0.12)?.distance).toBeCloseTo(1.6448536269514722, 10);
    expect(pbo(0.22)?.distance).toBeCloseTo(1.6448536269514722 / 2, 10);
    // Resampling never moved towards the bound: nothing says how far it is.
    expect(pbo(0.02)).toBeNull();
  });

  it('is not said of a probability of overfitting from a handful of ways to halve the sessions', () => {
    const of = (combinations: number) =>
      closenessOf(
        verdict('pbo', {
          ...{ number: 0, threshold: 0.99, comparison: '<=' },
          details: { interval90: [0, 0.5], combinations },
        }),
      );
    // Four blocks have six, three and their mirrors: the interval is one of jumps, and 0.000 is no close call of 0.99.
    expect(of(6)).toBeNull();
    expect(of(20)).toBeNull();
    expect(of(70)?.scale).toBe('resampled');
    expect(of(12_870)?.distance).toBeCloseTo((0.99 / 0.5) * 1.6448536269514722, 10);
  });

  it('is not said of counts, shares and milliseconds, nor without number or bound', () => {
    expect(closenessOf(verdict('turnover', { number: 59.9, threshold: 60, comparison: '<=' }))).toBeNull();
    expect(closenessOf(verdict('leak', { comparison: '==' }))).toBeNull();
    expect(closenessOf(verdict('dsr', { number: null, threshold: 0.9 }))).toBeNull();
    expect(closenessOf(verdict('rank-ic', { number: 1, details: { standardError: 0 } }))).toBeNull();
  });

  it('leaves the ranking to checks that count and passed', () => {
    const near = verdict('rank-ic', { number: 0.01, details: { standardError: 0.01 } });
    const far = verdict('dsr', { number: 0.99, threshold: 0.5 });
    const share = verdict('coverage', { number: 0.901, threshold: 0.9 });
    expect(closestCall([share, far, near])?.verdict.gate).toBe('rank-ic');
    expect(closestCall([share, far, { ...near, enforced: false }])?.verdict.gate).toBe('dsr');
    expect(closestCall([share, far, { ...near, verdict: 'fail' }])?.verdict.gate).toBe('dsr');
    expect(closestCall([share])).toBeNull();
    expect(closestCallText([share])).toBe('');
    expect(closestCallText([far, near])).toBe(
      'rank-ic, 0.010 where >= 0 is asked for: it would have to come out 1.0 standard errors worse to fail',
    );
  });

  it('is positive inside the bound and negative outside, and falls as the number nears it', () => {
    const share = fc.integer({ min: 1, max: 999 }).map((thousandths) => thousandths / 1000);
    fc.assert(
      fc.property(share, share, share, (bound, one, other) => {
        const distance = (number: number) =>
          closenessOf(verdict('dsr', { number, threshold: bound }))?.distance ?? Number.NaN;
        expect(Math.sign(distance(one))).toBe(Math.sign(one - bound));
        if (one > other) expect(distance(one)).toBeGreaterThan(distance(other));
      }),
    );
  });

  it('does not change when a measure and its bound are given in another unit', () => {
    const real = fc.double({ min: -5, max: 5, noNaN: true });
    const scale = fc.double({ min: 0.01, max: 100, noNaN: true });
    fc.assert(
      fc.property(real, real, scale, scale, (number, threshold, standardError, unit) => {
        const distance = (times: number) =>
          closenessOf(
            verdict('sharpe-improvement', {
              ...{ number: number * times, threshold: threshold * times },
              details: { standardError: standardError * times },
            }),
          )?.distance ?? Number.NaN;
        expect(distance(unit)).toBeCloseTo(distance(1), 6);
      }),
    );
  });
});
