import { describe, expect, it } from 'vitest';
import { Philox, philoxBlock } from '../../../stats/philox.ts';

type Words = readonly [number, number, number, number];

/** The published round function written with 64-bit integers. */
function blockByDefinition(counter: Words, key: readonly [number, number]): number[] {
  const mask = 0xffffffffn;
  let [a, b, c, d] = counter.map(BigInt) as [bigint, bigint, bigint, bigint];
  let [k0, k1] = key.map(BigInt) as [bigint, bigint];
  for (let round = 0; round < 10; round += 1) {
    const first = 0xd2511f53n * a;
    const second = 0xcd9e8d57n * c;
    [a, b, c, d] = [(second >> 32n) ^ b ^ k0, second & mask, (first >> 32n) ^ d ^ k1, first & mask];
    k0 = (k0 + 0x9e3779b9n) & mask;
    k1 = (k1 + 0xbb67ae85n) & mask;
  }
  return [a, b, c, d].map(Number);
}

const blockOf = (counter: Words, key: readonly [number, number]): number[] => {
  const out = new Uint32Array(4);
  philoxBlock(...counter, ...key, out);
  return [...out];
};

describe('Philox 4x32-10', () => {
  it('reproduces the published known answers', () => {
    expect(blockOf([0, 0, 0, 0], [0, 0])).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
    const ones = 0xffffffff;
    expect(blockOf([ones, ones, ones, ones], [ones, ones])).toEqual([
      0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd,
    ]);
    expect(blockOf([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])).toEqual([
      0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1,
    ]);
  });

  it('equals the round function written with 64-bit integers', () => {
    for (let trial = 0; trial < 200; trial += 1) {
      const random = new Philox(3, trial);
      const counter: Words = [random.nextWord(), random.nextWord(), random.nextWord(), random.nextWord()];
      const key = [random.nextWord(), random.nextWord()] as const;
      expect(blockOf(counter, key)).toEqual(blockByDefinition(counter, key));
    }
  });

  it('gives each pair of seed and stream a sequence of its own, seeds above 32 bits included', () => {
    const first = (seed: number, stream: number): string => {
      const random = new Philox(seed, stream);
      return [random.nextWord(), random.nextWord(), random.nextWord()].join(' ');
    };
    const pairs = [0, 1, 2 ** 32, 2 ** 32 + 1].flatMap((seed) => [0, 1, 2 ** 32].map((s) => first(seed, s)));
    expect(new Set(pairs).size).toBe(pairs.length);
    expect(first(5, 9)).toBe(first(5, 9));
  });

  it('draws uniforms in [0, 1) with the right mean and variance', () => {
    const random = new Philox(1, 1);
    const values = Array.from({ length: 40_000 }, () => random.nextUniform());
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / values.length));
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.002);
  });

  it('draws below a bound without favouring any value', () => {
    const random = new Philox(2, 0);
    const counts = new Array<number>(7).fill(0);
    for (let draw = 0; draw < 70_000; draw += 1) {
      const value = random.nextBelow(7);
      counts[value] = (counts[value] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(5 * Math.sqrt(10_000));
  });
});
