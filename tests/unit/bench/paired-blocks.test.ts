import { describe, expect, it } from 'vitest';
import { dayBound, judgeBlocks, type BlockPair } from '../../../bench/shadow/paired-blocks.ts';

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

  it('move the p99 of a day by no more than the share of the requests that a session meets', () => {
    // A hundredth of the day: whatever those requests take, the p99 of all is the quantile .99 / .99 of the others.
    const { ofADay, ofASession } = dayBound(pairs(4, 0.5, 0), 864);
    expect(ofADay).toBeCloseTo(1000 / 990 - 1, 12);
    expect(ofASession).toBeCloseTo(1000 / 990 - 1, 12);
    // Three seconds and a half of a day: the next of the thousand latencies at most.
    expect(dayBound(pairs(4, 0.5, 0), 3.5).ofADay).toBeLessThanOrEqual(1 / 990 + 1e-12);
  });
});
