import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../market/random.ts';
import { chiSquareTail } from '../../../stats/chi-square.ts';
import { falseDiscoveryAdjusted } from '../../../stats/false-discovery.ts';
import { kolmogorovTail } from '../../../stats/kolmogorov.ts';

describe('p-values adjusted for the false discovery rate', () => {
  /** Fifteen p-values of Benjamini and Hochberg (1995), section 3.2: four are rejected at .05. */
  const PUBLISHED = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528,
    0.759, 1,
  ];

  it('reject the four hypotheses that the paper rejects', () => {
    const adjusted = falseDiscoveryAdjusted(PUBLISHED, 'independent');
    expect([...adjusted].filter((p) => p <= 0.05)).toHaveLength(4);
    expect(adjusted[3]).toBeCloseTo((0.0095 * 15) / 4, 12);
  });

  it('are larger by the sum of 1/i under any dependence, and at most one', () => {
    const plain = falseDiscoveryAdjusted(PUBLISHED, 'independent');
    const cautious = falseDiscoveryAdjusted(PUBLISHED, 'any-dependence');
    const penalty = PUBLISHED.reduce((sum, _, row) => sum + 1 / (row + 1), 0);
    expect(cautious[0]).toBeCloseTo((plain[0] ?? 0) * penalty, 12);
    expect(Math.max(...cautious)).toBe(1);
  });

  it('keep the share of false ones where half of the hypotheses are true', () => {
    const random = new RandomStream(3, 1);
    let share = 0;
    const repeats = 400;
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      const p = Array.from({ length: 40 }, (_, row) => (row < 20 ? random.uniform() : random.uniform() ** 6));
      const rejected = [...falseDiscoveryAdjusted(p, 'independent').entries()].filter(
        ([, value]) => value <= 0.1,
      );
      const wrong = rejected.filter(([row]) => row < 20).length;
      share += rejected.length === 0 ? 0 : wrong / rejected.length;
    }
    expect(share / repeats).toBeLessThan(0.07);
    expect(share / repeats).toBeGreaterThan(0.02);
  });

  it('refuse what is no probability', () => {
    expect(() => falseDiscoveryAdjusted([0.1, 1.2], 'independent')).toThrow(/p-value 1/u);
    expect(() => falseDiscoveryAdjusted([Number.NaN], 'independent')).toThrow();
    expect(falseDiscoveryAdjusted([], 'independent')).toHaveLength(0);
  });
});

describe('the tail of chi-square', () => {
  it('has the critical values of the tables', () => {
    for (const [degrees, critical] of [
      [1, 3.841458820694124],
      [2, 5.991464547107979],
      [9, 16.918977604620448],
      [40, 55.75847927888703],
      [200, 233.99426889232492],
    ] as const) {
      expect(chiSquareTail(critical, degrees)).toBeCloseTo(0.05, 10);
    }
  });

  it('is exp(-x/2) for two degrees of freedom, one at zero and zero at infinity', () => {
    for (const x of [0.1, 1, 5, 30, 200]) expect(chiSquareTail(x, 2) / Math.exp(-x / 2)).toBeCloseTo(1, 9);
    expect(chiSquareTail(0, 5)).toBe(1);
    expect(chiSquareTail(Infinity, 5)).toBe(0);
    expect(() => chiSquareTail(-1, 5)).toThrow();
  });
});

describe("the tail of Kolmogorov's distance", () => {
  it('has the critical values of the limit for large samples', () => {
    expect(kolmogorovTail(1.3581 / 1000, 1e6, Infinity)).toBeCloseTo(0.05, 3);
    expect(kolmogorovTail(1.6276 / 1000, 1e6, Infinity)).toBeCloseTo(0.01, 3);
  });

  it('is one for no distance and falls with it', () => {
    expect(kolmogorovTail(0, 100, 100)).toBe(1);
    expect(kolmogorovTail(0.3, 100, 100)).toBeLessThan(kolmogorovTail(0.2, 100, 100));
    expect(() => kolmogorovTail(1.1, 10, 10)).toThrow();
  });
});
