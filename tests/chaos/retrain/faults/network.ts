import { RetrainStep } from '../../../../contracts/retrain.ts';
import { until } from '../../swap/swap-fleet.ts';
import { judgedRetrain, overNow } from '../judged-retrain.ts';
import { Hold } from '../points.ts';
import { always, type Fault } from './fault.ts';

/** The message by which Postgres says that a transaction is committed. */
const COMMITTED = Buffer.from('COMMIT\0');
const SLOW_MS = 100;

const resetName = (step: RetrainStep): string => `fault/reset-after-commit/${step}`;

/** The transaction of the step is committed, and its connection is reset before anybody hears of it. */
const resetsAfterCommit: Fault = {
  names: RetrainStep.options.map(resetName),
  impossible: always,
  run: ({ fleet, surroundings }, wanted) =>
    judgedRetrain(fleet, wanted.join(' '), async ({ model, start }) => {
      const { database } = surroundings.lines;
      const holds: Hold[] = [];
      for (const step of RetrainStep.options) {
        if (wanted.includes(resetName(step))) holds.push(await Hold.place(fleet.link, model, step, 'in'));
      }
      await start();
      for (const hold of holds) {
        await until('somebody at the point', async () => ((await hold.isReached()) ? true : null));
        const before = database.resets;
        database.become({ kind: 'reset-at-answer', bytes: COMMITTED });
        try {
          await hold.release();
          await until('a reset in place of the answer', () => (database.resets > before ? true : null));
        } finally {
          database.become({ kind: 'open' });
        }
      }
      return overNow('committed, connection reset');
    }),
};

const slow = (line: 'database' | 'temporal'): Fault => ({
  names: [`fault/slow-network/${line}`],
  impossible: always,
  run: ({ fleet, surroundings }) =>
    judgedRetrain(fleet, `fault/slow-network/${line}`, async ({ start }) => {
      const proxy = surroundings.lines[line];
      proxy.become({ kind: 'slow', delayMs: SLOW_MS });
      try {
        const retrain = await start();
        await until('the end', async () =>
          (await retrain.describe()).status.name === 'RUNNING' ? null : true,
        );
      } finally {
        proxy.become({ kind: 'open' });
      }
      return overNow(`${String(SLOW_MS)} ms each way`);
    }),
});

export const NETWORK_FAULTS: readonly Fault[] = [resetsAfterCommit, slow('database'), slow('temporal')];
