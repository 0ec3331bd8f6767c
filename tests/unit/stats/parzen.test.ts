import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adaptiveParzen, countedParzen } from '../../../stats/parzen.ts';
import { Philox } from '../../../stats/philox.ts';

const points = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 });

/** Midpoint rule on a grid finer than the narrowest kernel. */
function integral(density: (x: number) => number, from: number, to: number): number {
  const cells = 4000;
  const width = (to - from) / cells;
  let sum = 0;
  for (let cell = 0; cell < cells; cell += 1) sum += density(from + (cell + 0.5) * width);
  return sum * width;
}

describe('the adaptive Parzen estimator', () => {
  it('is a density on [0, 1], whatever it has seen', () => {
    fc.assert(
      fc.property(points, (seen) => {
        const estimator = adaptiveParzen(seen);
        expect(integral((x) => Math.exp(estimator.logDensity(x)), 0, 1)).toBeCloseTo(1, 4);
      }),
      { numRuns: 40 },
    );
  });

  it('is uniform while nothing was seen, and nowhere below its share of the uniform density', () => {
    expect(adaptiveParzen([]).logDensity(0.3)).toBe(0);
    const { logDensity } = adaptiveParzen([0.1, 0.11, 0.12]);
    expect(Math.exp(logDensity(0.95))).toBeGreaterThanOrEqual(1 / 4);
    expect(logDensity(0.11)).toBeGreaterThan(logDensity(0.6));
  });

  it('gives the mixture of the paper for one point: a normal density as wide as the way to the farther end', () => {
    // One point at .25: its neighbours are 0 and 1, hence a deviation of .75. The normal distribution by integration here.
    const deviation = 0.75;
    const cdf = (z: number) => integral((x) => Math.exp(-(x ** 2) / 2) / Math.sqrt(2 * Math.PI), -12, z);
    const inside = cdf(1) - cdf(-1 / 3);
    const normal = Math.exp(-((0.25 / deviation) ** 2) / 2) / Math.sqrt(2 * Math.PI) / deviation / inside;
    expect(Math.exp(adaptiveParzen([0.25]).logDensity(0.5))).toBeCloseTo((1 + normal) / 2, 5);
  });

  it('is drawn from as it says: shares of draws are integrals of the density', () => {
    const estimator = adaptiveParzen([0.2, 0.22, 0.25, 0.9]);
    const random = new Philox(11, 0);
    const draws = Array.from({ length: 40_000 }, () => estimator.draw(random));
    expect(Math.min(...draws)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...draws)).toBeLessThanOrEqual(1);
    for (const [from, to] of [
      [0, 0.2],
      [0.2, 0.3],
      [0.3, 0.8],
      [0.8, 1],
    ] as const) {
      const expected = integral((x) => Math.exp(estimator.logDensity(x)), from, to);
      const share = draws.filter((draw) => draw >= from && draw < to).length / draws.length;
      expect(Math.abs(share - expected)).toBeLessThan(0.015);
    }
  });
});

describe('the estimator of a choice', () => {
  it('counts each value once more than it was seen', () => {
    const { logDensity } = countedParzen(4, [2, 2, 2, 0]);
    expect([0, 1, 2, 3].map((value) => Math.exp(logDensity(value)) * 8)).toEqual(
      [2, 1, 4, 1].map((weight) => expect.closeTo(weight, 9) as number),
    );
  });

  it('is drawn from in those shares', () => {
    const estimator = countedParzen(3, [1, 1, 1]);
    const random = new Philox(5, 1);
    const counts = [0, 0, 0];
    for (let draw = 0; draw < 12_000; draw += 1) {
      const value = estimator.draw(random);
      counts[value] = (counts[value] ?? 0) + 1;
    }
    expect(counts[0]).toBeGreaterThan(1750);
    expect(counts[1]).toBeGreaterThan(7700);
    expect(counts[2]).toBeGreaterThan(1750);
  });
});
