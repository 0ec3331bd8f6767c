import { describe, expect, it } from 'vitest';
import { ParameterOutOfRange } from '../../../stats/errors.ts';
import { normalQuantile } from '../../../stats/normal.ts';
import {
  detectableSharpeDifference,
  icPower,
  sessionsForIc,
  sessionsForSharpeDifference,
  sharpeDifferencePower,
} from '../../../stats/power.ts';

const week = { sessions: 7, sessionsPerYear: 252, alpha: 0.05 } as const;

describe('power of a shadow', () => {
  it.each([
    [1, 0.067],
    [2, 0.089],
    [3, 0.115],
    [5, 0.183],
  ])('finds an annualised Sharpe ratio of %d in seven sessions with probability %d', (sharpe, power) => {
    expect(sharpeDifferencePower(sharpe, week)).toBeCloseTo(power, 3);
  });

  it('finds nothing by the level alone', () => {
    expect(sharpeDifferencePower(0, week)).toBeCloseTo(0.05, 12);
    expect(icPower(0, { sessions: 60, deviation: 0.1, overlapSessions: 5, alpha: 0.05 })).toBeCloseTo(
      0.05,
      12,
    );
    expect(sharpeDifferencePower(3, { ...week, sessions: 1 })).toBe(0.05);
  });

  it.each([
    [1, 1559],
    [2, 390],
    [3, 174],
    [5, 63],
  ])(
    'needs a little more for a ratio of %d than the normal approximation of %d sessions',
    (sharpe, sessions) => {
      const exact = sessionsForSharpeDifference(sharpe, 0.8, week);
      expect(exact).toBeGreaterThanOrEqual(sessions);
      expect(exact).toBeLessThanOrEqual(sessions + 3);
    },
  );

  it('says what seven sessions can detect, and is its own inverse', () => {
    const detectable = detectableSharpeDifference(0.8, week);
    expect(sharpeDifferencePower(detectable, week)).toBeCloseTo(0.8, 10);
    expect(detectable).toBeGreaterThan(15);
    expect(detectableSharpeDifference(0.8, { ...week, sessions: 1 })).toBe(Infinity);
    const sessions = sessionsForSharpeDifference(2, 0.8, week) ?? 0;
    expect(sharpeDifferencePower(2, { ...week, sessions })).toBeGreaterThanOrEqual(0.8);
    expect(sharpeDifferencePower(2, { ...week, sessions: sessions - 1 })).toBeLessThan(0.8);
    expect(sessionsForSharpeDifference(0.001, 0.8, week)).toBeNull();
    expect(sessionsForSharpeDifference(100, 0.8, week)).toBeGreaterThanOrEqual(2);
  });

  it('knows the power of a mean rank IC, and that overlapping labels repeat themselves', () => {
    const design = { sessions: 7, deviation: 0.1, overlapSessions: 1, alpha: 0.05 } as const;
    expect(icPower(0.03, design)).toBeCloseTo(0.17, 2);
    expect(icPower(0.05, { ...design, deviation: 0.12 })).toBeCloseTo(0.25, 2);
    const rule = ((normalQuantile(0.95) + normalQuantile(0.8)) / 0.3) ** 2;
    expect(Math.abs((sessionsForIc(0.03, 0.8, design) ?? 0) - rule)).toBeLessThan(3);
    const overlapping = icPower(0.03, { ...design, sessions: 100, overlapSessions: 5 });
    expect(overlapping).toBeCloseTo(icPower(0.03, { ...design, sessions: 20 }), 12);
  });

  it('refuses designs outside their range', () => {
    expect(() => sharpeDifferencePower(2, { ...week, alpha: 0.6 })).toThrow(ParameterOutOfRange);
    expect(() => sharpeDifferencePower(2, { ...week, sessions: 0 })).toThrow(/sessions is 0/u);
    expect(() => detectableSharpeDifference(0.04, week)).toThrow(/power is 0.04/u);
    expect(() => icPower(0.1, { sessions: 5, deviation: 0, overlapSessions: 1, alpha: 0.05 })).toThrow(
      /deviation/u,
    );
  });
});
