import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { DrillRunner } from '../../../serving/drill-runner.ts';
import { createServingMetrics } from '../../../serving/metrics.ts';
import { type DrillOrder, SYSTEM_CLOCK } from '../../../serving/ports.ts';
import { createScorerPool } from '../../../serving/scorer-pool.ts';
import { ServedModel } from '../../../serving/served-model.ts';
import { VersionCache } from '../../../serving/version-cache.ts';
import { MemoryRegistry, QUIET_LOG } from './memory-registry.ts';

/** Drills over a store that says nothing of the versions named, until it is told to. */
function drilling() {
  const memory = new MemoryRegistry();
  const asked: string[] = [];
  const store = { speak: (): void => undefined };
  const spoken = new Promise<void>((resolve) => {
    store.speak = resolve;
  });
  const registry = {
    readArtifact: async (ref: DrillOrder['parity']) => {
      asked.push(ref.sha256);
      await spoken;
      return memory.readArtifact(ref);
    },
    reportDrill: () => Promise.resolve(),
  };
  const scorer = createScorerPool({
    ...{ threads: 1, splitRows: 512, onThreadLost: () => undefined, onThreadDown: () => undefined },
  });
  const state = { open: 0 };
  const counted: typeof scorer = {
    concurrency: scorer.concurrency,
    load: async (onnx, names) => {
      const session = await scorer.load(onnx, names);
      state.open += 1;
      return Object.assign(Object.create(session) as typeof session, {
        release: async () => {
          state.open -= 1;
          await session.release();
        },
      });
    },
    close: () => scorer.close(),
  };
  const clock = SYSTEM_CLOCK;
  const runner = new DrillRunner({
    ...{ registry, scorer: counted, clock, server: 'server-a', log: QUIET_LOG },
    metrics: createServingMetrics({ service: 'server-a', defaults: false }),
    send: async (step) => {
      await step();
      return true;
    },
  });
  const served = (name: string): ServedModel =>
    new ServedModel(
      name,
      new VersionCache({ ...{ registry: memory, scorer, clock }, onSettled: () => undefined }),
      clock,
    );
  const order = (id: number, fixture: 'a' | 'b'): DrillOrder => {
    const target = memory.version(fixture, id);
    return { id, target, parity: target.onnx };
  };
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await nextTurn();
  };
  return { runner, served, order, asked, state, scorer, until, store };
}

it('ends at once while the store says nothing, and lets go of what comes after all', async () => {
  const { runner, served, order, asked, state, scorer, until, store } = drilling();
  runner.follow(served('tw-alpha'), order(1, 'a'));
  await until(() => asked.length === 1);
  await runner.close();
  store.speak();
  await scorer.close();
  await until(() => state.open === 0);
});

it('goes on to another model when a drill is over that waits for the store', async () => {
  const { runner, served, order, asked, state, scorer, until, store } = drilling();
  const [first, second] = [served('tw-alpha'), served('us-alpha')];
  const waiting = order(1, 'a');
  const next = order(2, 'b');
  runner.follow(first, waiting);
  await until(() => asked.length === 1);
  runner.follow(second, next);
  runner.follow(first, null);
  await until(() => asked.length === 2);
  expect(asked).toEqual([waiting.parity.sha256, next.parity.sha256]);
  store.speak();
  await runner.close();
  await until(() => state.open === 0);
  await scorer.close();
});
