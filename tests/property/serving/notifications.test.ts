import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createServingMetrics } from '../../../serving/metrics.ts';
import type { Scorer } from '../../../serving/scorer.ts';
import { SwapFollower } from '../../../serving/swap-follower.ts';
import { eventually, MemoryRegistry, QUIET_LOG, SkippingClock } from '../../unit/serving/memory-registry.ts';

const MODEL = 'tw-alpha';

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

/** What may happen between two commits: how often it is announced, and whether readings come back late. */
const step = fc.record({
  commit: fc.boolean(),
  announcements: fc.integer({ min: 0, max: 3 }),
  /** The notice says only that the model moved, or that notices were missed. */
  named: fc.boolean(),
  cutOff: fc.boolean(),
  settle: fc.boolean(),
});

describe('a server that hears of swaps by notifications', () => {
  it('never falls to a lower epoch and ends at the last one, whichever notifications are lost, doubled or late', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), async (steps) => {
        const registry = new MemoryRegistry();
        registry.silent = true;
        const versions = [registry.version('a', 1), registry.version('b', 2), registry.version('c', 3)];
        const [one = registry.version('a', 1)] = versions;
        registry.commit(MODEL, 1, one, { previous: versions });
        // Readings that come back in another order than they were asked for, as over several connections.
        let reading = 0;
        const read = registry.readReign.bind(registry);
        registry.readReign = async (model) => {
          reading += 1;
          const late = reading % 3 === 0;
          const view = await read(model);
          if (late) await new Promise((resolve) => setImmediate(resolve));
          return view;
        };
        const follower = new SwapFollower({
          registry,
          scorer: anyScorer,
          server: { name: 'server-a', models: [MODEL] },
          clock: new SkippingClock(),
          log: QUIET_LOG,
          metrics: createServingMetrics({ service: 'server-a', defaults: false }),
          pollMs: 20,
          callTimeoutMs: 1000,
          leaseSeconds: 10,
          beforeReading: () => Promise.resolve(),
        });
        follower.start('http://127.0.0.1:1');
        let epoch = 1;
        let highest = 0;
        const look = (): void => {
          const now = follower.model(MODEL)?.reign?.epoch ?? 0;
          expect(now).toBeGreaterThanOrEqual(highest);
          expect(now).toBeLessThanOrEqual(epoch);
          highest = now;
        };
        for (const { commit, announcements, named, cutOff, settle } of steps) {
          registry.cutOff = cutOff;
          if (commit) {
            epoch += 1;
            registry.commit(MODEL, epoch, versions[epoch % 3] ?? one, { previous: versions });
          }
          for (let told = 0; told < announcements; told += 1) registry.announce(named ? MODEL : null);
          if (settle) await new Promise((resolve) => setImmediate(resolve));
          look();
        }
        registry.cutOff = false;
        await eventually('the last epoch, by polling at the latest', () => {
          look();
          return highest === epoch;
        });
        const acknowledged = registry.acknowledgements.map((one) => one.epoch);
        expect(acknowledged).toEqual(acknowledged.toSorted((a, b) => a - b));
        await follower.stop();
      }),
      { numRuns: 100 },
    );
  }, 60_000);
});
