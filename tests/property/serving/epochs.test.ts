import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EpochConflict } from '../../../serving/errors.ts';
import type { ReignView } from '../../../serving/ports.ts';
import { ServedModel } from '../../../serving/served-model.ts';
import type { Scorer } from '../../../serving/scorer.ts';
import { VersionCache } from '../../../serving/version-cache.ts';
import { MemoryRegistry, SkippingClock } from '../../unit/serving/memory-registry.ts';

/** Loads any bytes; scores are never asked for here. */
const anyScorer: Scorer = {
  concurrency: 1,
  load: (_, featureNames) =>
    Promise.resolve({
      featureNames,
      inlineRows: 0,
      scoreNow: (_batch, rows) => new Float64Array(rows),
      score: (_batch, rows) => Promise.resolve(new Float64Array(rows)),
      release: () => Promise.resolve(),
    }),
  close: () => Promise.resolve(),
};

describe('a served model', () => {
  it('never goes back to a lower epoch, and shows with each epoch the champion of that epoch, whatever order readings arrive in', async () => {
    const reading = fc.record({
      epoch: fc.integer({ min: 1, max: 12 }),
      /** Readings of a registry whose invariant is broken name another champion. */
      broken: fc.boolean(),
      settle: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(reading, { maxLength: 30 }), async (readings) => {
        const registry = new MemoryRegistry();
        const versions = [registry.version('a', 1), registry.version('b', 2), registry.version('c', 3)];
        const clock = new SkippingClock();
        const cache = new VersionCache({ registry, scorer: anyScorer, clock, onSettled: () => undefined });
        const model = new ServedModel('tw-alpha', cache, clock);
        const championOf = (epoch: number, broken: boolean): ReignView => {
          const champion = versions[(epoch + (broken ? 1 : 0)) % 3] ?? registry.version('a', 9);
          return registry.commit('tw-alpha', epoch, champion, { previous: versions });
        };
        let before = 0;
        const answered = new Map<number, string>();
        for (const { epoch, broken, settle } of readings) {
          const read = { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() };
          try {
            model.apply(championOf(epoch, broken), read);
          } catch (error) {
            if (!(error instanceof EpochConflict)) throw error;
          }
          if (settle) await new Promise((resolve) => setImmediate(resolve));
          const { reign } = model;
          if (reign === null) continue;
          expect(reign.epoch).toBeGreaterThanOrEqual(before);
          before = reign.epoch;
          const { versionId } = reign.champion.version;
          expect(answered.get(reign.epoch) ?? versionId).toBe(versionId);
          answered.set(reign.epoch, versionId);
        }
        await cache.close();
      }),
      { numRuns: 300 },
    );
  });
});
