import { describe, expect, it } from 'vitest';
import { betaQuantile, clopperPearson, incompleteBeta, logGamma } from '../../../stats/beta.ts';
import { normalCdf, normalDensity, normalQuantile } from '../../../stats/normal.ts';
import { studentCdf, studentQuantile, studentTwoSided } from '../../../stats/student-t.ts';

const relative = (actual: number, expected: number): number => Math.abs(actual / expected - 1);

describe('normal distribution', () => {
  it('matches tabulated values into the far tail', () => {
    // From the reference implementation of SciPy 1.17.
    const table: readonly [number, number][] = [
      [0, 0.5],
      [0.5, 0.6914624612740131],
      [1.96, 0.9750021048517795],
      [-1, 0.15865525393145705],
      [-3, 0.0013498980316300933],
      [-6, 9.865876450376946e-10],
      [-10, 7.61985302416047e-24],
    ];
    for (const [z, probability] of table) expect(relative(normalCdf(z), probability)).toBeLessThan(1e-14);
    expect(normalCdf(-60)).toBe(0);
    expect(normalCdf(60)).toBe(1);
  });

  it('has a distribution function whose slope is the density', () => {
    for (let z = -5; z <= 5; z += 0.21) {
      const step = 1e-4;
      const slope = (normalCdf(z + step) - normalCdf(z - step)) / (2 * step);
      expect(Math.abs(slope - normalDensity(z))).toBeLessThan(1e-8);
    }
  });

  it('inverts itself', () => {
    for (const p of [1e-300, 1e-30, 1e-9, 0.001, 0.07, 0.0751, 0.3, 0.5, 0.8, 0.93, 0.9999, 1 - 1e-12]) {
      expect(relative(normalCdf(normalQuantile(p)), p)).toBeLessThan(p < 1e-100 ? 1e-12 : 1e-13);
    }
    expect(normalQuantile(0)).toBe(-Infinity);
    expect(normalQuantile(1)).toBe(Infinity);
    expect(() => normalQuantile(1.1)).toThrow(/probability/u);
    expect(() => normalQuantile(Number.NaN)).toThrow(/probability/u);
  });
});

describe("gamma and beta functions, Student's t", () => {
  it('has log gamma equal to sums of logarithms at integers and half integers', () => {
    let factorial = 0;
    for (let n = 1; n <= 170; n += 1) {
      expect(Math.abs(logGamma(n) - factorial)).toBeLessThan(1e-12 * Math.max(1, factorial));
      factorial += Math.log(n);
    }
    expect(logGamma(0.5)).toBeCloseTo(0.5 * Math.log(Math.PI), 14);
  });

  it('has the incomplete beta function equal to a binomial tail', () => {
    const [n, k, p] = [12, 5, 0.37];
    let tail = 0;
    for (let j = k; j <= n; j += 1) {
      const choose = Math.exp(logGamma(n + 1) - logGamma(j + 1) - logGamma(n - j + 1));
      tail += choose * p ** j * (1 - p) ** (n - j);
    }
    expect(incompleteBeta(p, k, n - k + 1)).toBeCloseTo(tail, 13);
    expect(incompleteBeta(betaQuantile(0.123, 4, 9), 4, 9)).toBeCloseTo(0.123, 13);
    expect(() => incompleteBeta(1.5, 1, 1)).toThrow(/x is 1.5/u);
  });

  it('covers a proportion as Clopper and Pearson published', () => {
    const interval = clopperPearson(3, 30, 0.95);
    expect(interval.lower).toBeCloseTo(0.0211171370297226, 12);
    expect(interval.upper).toBeCloseTo(0.265288450474208, 12);
    expect(clopperPearson(0, 100, 0.99).lower).toBe(0);
    expect(clopperPearson(0, 100, 0.99).upper).toBeCloseTo(1 - 0.005 ** (1 / 100), 12);
    expect(clopperPearson(100, 100, 0.99).upper).toBe(1);
    expect(() => clopperPearson(5, 4, 0.9)).toThrow(/successes/u);
  });

  it('has closed forms for one and two degrees of freedom', () => {
    for (const t of [-30, -2, -0.3, 0, 0.7, 4]) {
      expect(studentCdf(t, 1)).toBeCloseTo(0.5 + Math.atan(t) / Math.PI, 13);
      expect(studentCdf(t, 2)).toBeCloseTo(0.5 + t / (2 * Math.sqrt(2 + t * t)), 13);
      expect(studentTwoSided(t, 2)).toBeCloseTo(1 - Math.abs(t) / Math.sqrt(2 + t * t), 13);
    }
    expect(studentQuantile(0.975, 1)).toBeCloseTo(Math.tan(0.475 * Math.PI), 11);
    expect(studentQuantile(0.5, 7)).toBe(0);
    expect(studentQuantile(0.025, 9)).toBeCloseTo(-2.262157162798205, 11);
  });
});
