import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../../market/random.ts';
import { columnDrift } from '../../../../monitoring/drift/column-drift.ts';
import { columnOf, sketchColumn } from '../../../../monitoring/drift/feature-sketch.ts';

function normals(count: number, stream: number, shift = 0): Float64Array {
  const random = new RandomStream(11, stream);
  return Float64Array.from({ length: count }, () => random.normal() + shift);
}

/** Largest difference of two empirical distribution functions, by looking at every value of both. */
function plainDistance(a: Float64Array, b: Float64Array): number {
  const share = (values: Float64Array, x: number) =>
    values.filter((value) => value <= x).length / values.length;
  return Math.max(...[...a, ...b].map((x) => Math.abs(share(a, x) - share(b, x))));
}

/** First Wasserstein distance of samples of one size: mean difference of their order statistics. */
function plainArea(a: Float64Array, b: Float64Array): number {
  const [x, y] = [a.toSorted(), b.toSorted()];
  return x.reduce((sum, value, row) => sum + Math.abs(value - (y[row] ?? 0)), 0) / x.length;
}

const against = (reference: Float64Array, now: Float64Array) =>
  columnDrift(sketchColumn(columnOf(reference)), columnOf(now));

describe('the distance of a sample from a sketch', () => {
  it('is that of Kolmogorov and Smirnov, within the mass between two knots', () => {
    for (let seed = 0; seed < 6; seed += 1) {
      const reference = normals(700, seed);
      const now = normals(200 + 13 * seed, 100 + seed, seed / 5);
      const { ks } = against(reference, now);
      const exact = plainDistance(reference, now);
      expect(ks).toBeLessThanOrEqual(exact + 1e-12);
      expect(ks).toBeGreaterThan(exact - 1 / 512 - 1e-12);
    }
  });

  it('is exact where the reference has few distinct values', () => {
    const reference = Float64Array.from({ length: 1000 }, (_, row) => row % 7);
    const now = Float64Array.from({ length: 300 }, (_, row) => (row % 5) + 1);
    expect(against(reference, now).ks).toBeCloseTo(plainDistance(reference, now), 12);
  });

  it('is the area between the distribution functions in deviations of the reference', () => {
    const reference = normals(400, 1);
    const now = normals(400, 2, 0.5);
    const { deviation } = sketchColumn(columnOf(reference));
    expect(against(reference, now).wasserstein).toBeCloseTo(plainArea(reference, now) / deviation, 1);
  });

  it('is nothing against itself', () => {
    const reference = normals(2000, 3);
    expect(against(reference, reference)).toMatchObject({
      ks: 0,
      ksP: 1,
      psi: 0,
      wasserstein: 0,
      outOfRange: 0,
    });
  });
});

describe('the stability index', () => {
  it('is called unusual as often as promised in samples of any size from one distribution', () => {
    for (const count of [100, 1000]) {
      const repeats = 200;
      const alarms = Array.from({ length: repeats }, (_, seed) =>
        against(normals(2000, 1000 + seed), normals(count, 5000 + seed)),
      ).filter(({ psiP }) => psiP < 0.1).length;
      expect(alarms / repeats).toBeGreaterThan(0.04);
      expect(alarms / repeats).toBeLessThan(0.17);
    }
  });

  it('stays finite where a bin is empty', () => {
    const { psi, psiP } = against(normals(500, 1), normals(500, 2, 50));
    expect(Number.isFinite(psi)).toBe(true);
    expect(psi).toBeGreaterThan(1);
    expect(psiP).toBeLessThan(1e-6);
  });
});

describe('a sample that is not what it was', () => {
  it('says which share is missing, outside the range, and whether it became constant', () => {
    const reference = normals(500, 1);
    const now = Float64Array.from({ length: 100 }, (_, row) => (row < 40 ? Number.NaN : 9));
    expect(against(reference, now)).toMatchObject({
      missing: 0.4,
      missingBefore: 0,
      outOfRange: 1,
      becameConstant: true,
    });
  });

  it('has no distance, and no alarm, where there is no value on either side', () => {
    const nothing = new Float64Array(10).fill(Number.NaN);
    expect(against(normals(50, 1), nothing)).toMatchObject({ ks: 0, ksP: 1, psiP: 1, missing: 1 });
    expect(against(nothing, normals(50, 1))).toMatchObject({ ks: 0, ksP: 1, psiP: 1, missingBefore: 1 });
  });

  it('counts infinities as missing', () => {
    expect(against(normals(50, 1), Float64Array.from([Infinity, -Infinity, 0, 1])).missing).toBe(0.5);
  });
});
