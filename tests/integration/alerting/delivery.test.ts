import { afterEach, describe, expect, it } from 'vitest';
import { randomSource } from './random-manner.ts';
import { DeliveryWorld } from './alert-delivery.ts';

const DEADLINE_MS = 100_000;
/** Processes are started and killed; on a busy machine each start takes seconds. */
const TEST_MS = 300_000;

describe('I7 alerts from the report to the receivers', () => {
  let world: DeliveryWorld | null = null;
  afterEach(async () => {
    await world?.close();
    world = null;
  });

  it(
    'reach a webhook and a mailbox, each once',
    async () => {
      world = await DeliveryWorld.open({
        timeoutMs: 10_000,
        leaseSeconds: 60,
        groupBy: ['...'],
        groupInterval: '5m',
      });
      const here = world;
      await here.startWorker();
      for (let number = 1; number <= 12; number += 1) {
        await here.raise(number, { rule: 'decay-alarm', model: 'tw-alpha', severity: 'CRITICAL' });
      }
      await here.until(
        '24 receipts',
        DEADLINE_MS,
        () => here.http.receipts.length + here.smtp.receipts.length >= 24,
      );
      await here.until('all recorded', DEADLINE_MS, async () => (await here.open()) === 0);
      const account = await here.account();
      expect(account).toHaveLength(24);
      expect(account.every(({ state, copies }) => state === 'sent' && copies === 1)).toBe(true);
    },
    TEST_MS,
  );

  it(
    'are neither lost nor sent again after a recorded success, with failing receivers and a worker that is killed',
    async () => {
      world = await DeliveryWorld.open({
        timeoutMs: 1500,
        leaseSeconds: 20,
        groupBy: ['...'],
        groupInterval: '5m',
      });
      const here = world;
      const count = 30;
      const draw = randomSource(11);
      here.http.manner = draw;
      here.smtp.manner = draw;
      for (let number = 1; number <= count; number += 1) {
        await here.raise(number, { rule: 'decay-alarm', model: 'tw-alpha', severity: 'CRITICAL' });
      }
      for (let kill = 1; kill <= 2; kill += 1) {
        await here.startWorker();
        const before = here.http.receipts.length + here.smtp.receipts.length;
        await here.until(
          `receipts before kill ${String(kill)}`,
          DEADLINE_MS,
          () => here.http.receipts.length + here.smtp.receipts.length >= before + 8,
        );
        await here.killWorker('SIGKILL');
        await here.expireLeases();
        await here.hasten();
      }
      await here.startWorker();
      await here.until('everything recorded', DEADLINE_MS, async () => {
        await here.hasten();
        return (await here.open()) === 0;
      });
      const account = await here.account();
      expect(account).toHaveLength(2 * count);
      expect(account.filter(({ copies }) => copies === 0)).toEqual([]);
      expect(account.filter(({ afterSuccess }) => afterSuccess > 0)).toEqual([]);
      expect(account.filter(({ copies, unknownOutcomes }) => copies > 1 + unknownOutcomes)).toEqual([]);
      expect(account.some(({ unknownOutcomes }) => unknownOutcomes > 0)).toBe(true);
    },
    TEST_MS,
  );
});
