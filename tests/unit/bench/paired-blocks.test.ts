import { describe, expect, it } from 'vitest';
import { judgeBlocks, windowChange, type BlockPair } from '../../../bench/shadow/paired-blocks.ts';

/** Latencies 1 to 1000 ms, jittered by the number of the block; p99 is 990 times the factor. */
const latencies = (factor: number, jitter: number): number[] =>
  Array.from({ length: 1000 }, (_, at) => (at + 1) * factor * (1 + jitter));
/** Blocks that differ by up to `spread`, and those beside by `change` on top. */
const pairs = (count: number, change: number, spread: number): BlockPair[] =>
  Array.from({ length: count }, (_, at) => {
    const drift = spread * Math.sin(at * 1.7);
    return { alone: latencies(1, drift), beside: latencies(1 + change, -drift) };
  });

describe('blocks with challengers against blocks without', () => {
  it('meet the bar only when the whole interval lies below it', () => {
    expect(judgeBlocks(pairs(40, 0.001, 0.001), 0.02)).toMatchObject({ verdict: 'met' });
    expect(judgeBlocks(pairs(40, 0.5, 0.01), 0.02)).toMatchObject({ verdict: 'missed' });
  });

  it('are not resolved where the machine alone moves by more than the bar', () => {
    const { verdict, resolution, change } = judgeBlocks(pairs(12, 0.01, 0.3), 0.02);
    expect(verdict).toBe('not resolved');
    expect(resolution).toBeGreaterThan(0.02);
    expect(change.lower).toBeLessThan(0.02);
    expect(change.upper).toBeGreaterThan(0.02);
  });

  it('move the p99 of a window by no more than the share of the requests that a session meets', () => {
    // A hundredth of the window: whatever those requests take, the p99 of all is the quantile .99 / .99 of the others.
    expect(windowChange(pairs(4, 0.5, 0), 35.9, 3600).atMost).toBeCloseTo(1000 / 990 - 1, 12);
    expect(windowChange(pairs(4, 0.5, 0), 37, 3600).atMost).toBeNull();
    for (const seconds of [3.5, 35]) {
      const { change, atMost } = windowChange(pairs(12, 0.5, 0.01), seconds, 3600);
      expect(change.median).toBeLessThanOrEqual((atMost ?? Number.NaN) + 1e-12);
      expect(change.lower).toBeLessThanOrEqual(change.median);
      expect(change.upper).toBeGreaterThanOrEqual(change.median);
    }
  });

  it('mix to what plain sorting of the mixture gives', () => {
    // One request in four beside the challengers: three copies of each alone, one of each beside.
    const [only] = pairs(1, 0.5, 0);
    if (only === undefined) throw new Error('a pair is missing');
    const mixture = [...only.alone, ...only.alone, ...only.alone, ...only.beside].sort((a, b) => a - b);
    const expected = (mixture[Math.ceil(0.99 * mixture.length) - 1] ?? Number.NaN) / 990 - 1;
    expect(windowChange([only], 15, 60).change.median).toBeCloseTo(expected, 12);
  });

  it('refuse a window that a session does not fit into', () => {
    expect(() => windowChange(pairs(2, 0, 0), 60, 60)).toThrow(RangeError);
  });
});
