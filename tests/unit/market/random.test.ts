import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../market/random.ts';

const draw = (
  seed: number,
  stream: number,
  length: number,
  of: (random: RandomStream) => number,
): number[] => {
  const random = new RandomStream(seed, stream);
  return Array.from({ length }, () => of(random));
};
const moment = (values: readonly number[], power: number): number =>
  values.reduce((total, value) => total + value ** power, 0) / values.length;

describe('random streams', () => {
  it('repeat themselves, and differ by seed and by stream', () => {
    const word = (random: RandomStream) => random.word();
    expect(draw(1, 1, 5, word)).toEqual(draw(1, 1, 5, word));
    expect(draw(1, 1, 5, word)).not.toEqual(draw(1, 2, 5, word));
    expect(draw(1, 1, 5, word)).not.toEqual(draw(2, 1, 5, word));
  });

  it('are not correlated between neighbouring streams', () => {
    const normals = (stream: number) => draw(7, stream, 20_000, (random) => random.normal());
    const [a, b] = [normals(100), normals(101)];
    const product = a.reduce((total, value, row) => total + value * (b[row] ?? 0), 0) / a.length;
    expect(Math.abs(product)).toBeLessThan(0.03);
  });

  it('have the moments of their distributions', () => {
    const normal = draw(3, 1, 40_000, (random) => random.normal());
    expect(moment(normal, 1)).toBeCloseTo(0, 1);
    expect(moment(normal, 2)).toBeCloseTo(1, 1);
    expect(moment(normal, 4)).toBeCloseTo(3, 0);
    const heavy = draw(3, 2, 40_000, (random) => random.heavyTailed(6));
    expect(moment(heavy, 2)).toBeCloseTo(1, 1);
    expect(moment(heavy, 4)).toBeGreaterThan(4);
    const uniform = draw(3, 3, 40_000, (random) => random.uniform());
    expect(moment(uniform, 1)).toBeCloseTo(0.5, 2);
    expect(Math.min(...uniform.slice(0, 20_000)) > 0).toBe(true);
  });

  it('reach both ends of an integer range', () => {
    const integers = new Set(draw(5, 1, 500, (random) => random.integerBetween(2, 4)));
    expect([...integers].sort()).toEqual([2, 3, 4]);
  });
});
