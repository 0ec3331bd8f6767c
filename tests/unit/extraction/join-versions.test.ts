import { describe, expect, it } from 'vitest';
import { CellVersions } from '../../../extraction/join-versions.ts';
import { RandomStream } from '../../../market/random.ts';

/** Beyond four bytes, below zero, and the borders of what fits. */
const AGES = [0, 1, 3_600_000_000, 0xffff_fffe, 0xffff_ffff, 2 ** 32, 9 * 3_600_000_000];
const SEQS = [-5, 0, 7, 0xffff_fffe, 0xffff_ffff, 2 ** 32, 2 ** 52];

describe('the versions in the cells of a join', () => {
  it('keep the one known last, then the greatest seq, however great the numbers, in whatever order they come', () => {
    const random = new RandomStream(3, 0);
    for (let trial = 0; trial < 2000; trial += 1) {
      const versions = new CellVersions(3);
      const offered: { age: number; seq: number }[] = [];
      let kept: { age: number; seq: number } | null = null;
      for (let at = 0; at < 6; at += 1) {
        const age = AGES[random.integerBetween(0, AGES.length - 1)] ?? 0;
        const seq = SEQS[random.integerBetween(0, SEQS.length - 1)] ?? 0;
        const newer = kept === null || age < kept.age || (age === kept.age && seq > kept.seq);
        const same = kept !== null && age === kept.age && seq === kept.seq;
        expect(versions.offer(1, age, seq), JSON.stringify({ offered, age, seq })).toBe(
          same ? -1 : newer ? 1 : 0,
        );
        if (newer) kept = { age, seq };
        offered.push({ age, seq });
      }
      expect([...versions.filled]).toEqual([0, 1, 0]);
    }
  });
});
