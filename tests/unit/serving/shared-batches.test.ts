import { describe, expect, it } from 'vitest';
import { SharedBatches } from '../../../serving/shared-batches.ts';

describe('memory shared by the scoring threads', () => {
  it('holds a copy, of exactly the values given', () => {
    const values = Float32Array.of(1.5, Number.NaN, -0);
    const batch = new SharedBatches(1_000_000).copy(values);
    expect([...batch]).toEqual([...values]);
    expect(batch.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it('is given again once it was given back, to a batch of about the same size, never to two at a time', () => {
    const batches = new SharedBatches(1_000_000);
    const first = batches.copy(new Float32Array(10_000).fill(1));
    const second = batches.copy(new Float32Array(10_000).fill(2));
    expect(second.buffer).not.toBe(first.buffer);
    batches.giveBack(first);
    expect(batches.keptBytes).toBe(first.buffer.byteLength);
    expect(batches.copy(new Float32Array(40_000)).buffer).not.toBe(first.buffer);
    const third = batches.copy(new Float32Array(9000).fill(3));
    expect(third.buffer).toBe(first.buffer);
    expect([third.length, batches.keptBytes]).toEqual([9000, 0]);
    expect(new Set(third)).toEqual(new Set([3]));
  });

  it('keeps no more than its bound', () => {
    const batches = new SharedBatches(100_000);
    const taken = Array.from({ length: 10 }, () => batches.copy(new Float32Array(10_000)));
    for (const batch of taken) batches.giveBack(batch);
    expect(batches.keptBytes).toBeLessThanOrEqual(100_000);
    expect(batches.keptBytes).toBeGreaterThan(0);
  });

  it('copies nothing for an empty batch', () => {
    expect(new SharedBatches(0).copy(new Float32Array(0)).length).toBe(0);
  });
});
