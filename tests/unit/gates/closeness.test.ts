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

  it('counts a margin from the bound, in the direction that the sign asks for', () => {
    const details = { standardError: 0.5 };
    const above = { number: 2, threshold: 1, details };
    for (const comparison of ['>=', '>'] as const) {
      expect(closenessOf(verdict('sharpe-improvement', { ...above, comparison }))?.distance).toBe(2);
    }
    for (const comparison of ['<=', '<'] as const) {
      expect(closenessOf(verdict('sharpe-improvement', { ...above, comparison }))?.distance).toBe(-2);
    }
  });

  it('is measured by the resampled histories for a drawdown as for an overfitting', () => {
    const drawdown = (details: GateVerdict['details']) =>
      closenessOf(verdict('drawdown', { number: 0.1, threshold: 0.2, comparison: '<=', details }));
    expect(drawdown({ interval90: [0.05, 0.15] })).toEqual({
      ...{ gate: 'drawdown', atLeast: false, scale: 'resampled' },
      distance: expect.closeTo((0.1 / 0.05) * 1.6448536269514722, 10) as number,
    });
    expect(drawdown({})).toBeNull();
  });

  it('is not said without number, bound or a readable uncertainty, of any gate', () => {
    const scales = { standardError: 0.01, interval: [0, 0.1], interval90: [0, 0.5], combinations: 12_870 };
    for (const gate of ['rank-ic', 'spa', 'dsr', 'pbo', 'drawdown'] as const) {
      const whole = { number: 0.2, threshold: 0.3, comparison: '<=', details: scales } as const;
      expect(closenessOf(verdict(gate, whole))).not.toBeNull();
      expect(closenessOf(verdict(gate, { ...whole, number: null }))).toBeNull();
      expect(closenessOf(verdict(gate, { ...whole, threshold: null }))).toBeNull();
    }
    const unreadable: GateVerdict['details'][] = [
      ...['0.01', null, true].map((standardError) => ({ standardError })),
      ...['0 to 1', null, [0], [0, '0.5'], ['0', 0.5], ['0', '0.5']].map((interval90) => ({ interval90 })),
    ];
    for (const details of unreadable) {
      expect(closenessOf(verdict('rank-ic', { number: 1, details }))).toBeNull();
      expect(closenessOf(verdict('pbo', { threshold: 1, comparison: '<=', details }))).toBeNull();
    }
    // No replicate exceeded the statistic, and no interval says how far that reaches.
    expect(closenessOf(verdict('spa', { number: 0, threshold: 0.15, comparison: '<' }))).toBeNull();
    // Certain skill against a bound of certainty: the difference of two infinite quantiles is no distance.
    expect(closenessOf(verdict('dsr', { number: 1, threshold: 1 }))).toBeNull();
  });

  it('says at least only beyond eight standard errors, on either side no more than eight', () => {
    const of = (number: number) =>
      closenessOf(verdict('rank-ic', { number, comparison: '>', details: { standardError: 1 } }));
    expect([of(7.9), of(8), of(9)]).toMatchObject([
      { distance: 7.9, atLeast: false },
      { distance: 8, atLeast: false },
      { distance: 8, atLeast: true },
    ]);
    expect(of(-9)).toMatchObject({ distance: -8, atLeast: false });
    expect(closenessOf(verdict('dsr', { number: 0.9, threshold: 0.8 }))).toMatchObject({
      ...{ atLeast: false, scale: 'confidence' },
    });
  });

  it('ranks by distance in any order, the first in reading order where two are as close', () => {
    const at = (gate: GateVerdict['gate'], number: number) =>
      verdict(gate, { number, comparison: '>', details: { standardError: 1 } });
    const [near, same, far] = [at('rank-ic', 1), at('recovery', 1), at('non-inferiority', 2)];
    expect(closestCall([near, far])?.verdict).toBe(near);
    expect(closestCall([far, near])?.verdict).toBe(near);
    expect(closestCall([far, same, near])?.verdict).toBe(same);
    expect(closestCall([near, same, far])?.verdict).toBe(near);
  });

  it('is said with the number and its bound', () => {
    const dsr = verdict('dsr', { number: normalCdf(1.9), threshold: 0.75123456 });
    expect(closestCallText([dsr])).toBe(
      'dsr, 0.971 where >= 0.7512 is asked for: it would have to come out 1.2 standard errors worse to fail',
    );
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
