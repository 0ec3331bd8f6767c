import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LossyNetwork } from '../../integration/registry/lossy-network.ts';
import { decidedAt, SmallWorld, until } from '../../e2e/small-world.ts';
import { NO_PROCESSES, OwnProcess, type Place } from './own-processes.ts';

/**
 * Postgres and Temporal that take every line and say nothing, as behind a cable that was pulled or a firewall that forgot:
 * refused lines are noticed at once, these never.
 */
const MODEL = 'tw-silent';
const MINUTES = 60_000;
/** An orchestrator kills after thirty seconds. */
const END_MS = 30_000;
/** Longer than any statement may take, shorter than what Temporal gives a poll. */
const SILENT_MS = 25_000;
const ROLES = ['control', 'compute', 'sidecar', 'api', 'server'] as const;

let world: SmallWorld;
let postgres: LossyNetwork;
let temporal: LossyNetwork;
let place: Place;
let processes: OwnProcess[] = [];

beforeAll(async () => {
  world = await SmallWorld.start({ processes: () => NO_PROCESSES });
  const database = new URL(world.running.databaseUrl);
  postgres = new LossyNetwork('127.0.0.1', Number(database.port));
  temporal = new LossyNetwork('127.0.0.1', Number(world.running.temporalAddress.split(':')[1]));
  database.hostname = '127.0.0.1';
  database.port = String(await postgres.listen());
  place = {
    ...{ listenAddress: '127.0.0.1', databaseUrl: database.href },
    temporalAddress: `127.0.0.1:${String(await temporal.listen())}`,
    command: (program, args) => [program, args],
  };
  await world.givenModel(MODEL);
}, 5 * MINUTES);
afterAll(async () => {
  for (const process of processes) process.kill();
  await postgres.close();
  await temporal.close();
  await world.stop();
}, 2 * MINUTES);

function start(roles: readonly (typeof ROLES)[number][]): void {
  processes = roles.map((role) => {
    const serve = ['serve', '--name', 'server-silent', '--port', '0', '--json'];
    return new OwnProcess(world, role, role === 'server' ? serve : ['worker', role], place);
  });
}

const said = (): string => processes.map(({ name, output }) => `${name}: ${output.slice(-1500)}`).join('\n');

async function working(): Promise<void> {
  for (const process of processes) {
    const word = ['api', 'server'].includes(process.name) ? 'listening' : 'polling';
    await until(`${process.name} is ${word}`, () => Promise.resolve(process.output.includes(word)));
  }
}

/** Asks all of them to end; what each ended with. */
async function ended(): Promise<readonly string[]> {
  return await Promise.all(
    processes.map(async (process) => `${process.name}: ${String(await process.stop(END_MS))}`),
  );
}

const inOrder = (): readonly string[] => processes.map(({ name }) => `${name}: 0`);

describe('every process, while Postgres and Temporal take its lines and say nothing', () => {
  it(
    'goes back to work by itself when they speak again',
    async () => {
      start(ROLES);
      await working();
      postgres.staySilent();
      temporal.staySilent();
      await delay(SILENT_MS);
      postgres.speak();
      temporal.speak();
      // Extraction and scoring, training, the record: all three workers have a part in it.
      const retrain = await world.startRetrain(MODEL, decidedAt(265));
      const { outcome, reason } = await world.result(retrain, 'reject', 5 * MINUTES);
      expect(outcome, `${reason}\n${said()}`).toBe('rejected');
      await until('the server has a lease again', async () => {
        const { missing, acknowledged } = await world.registry.swapStatus({ model: MODEL, epoch: 0 });
        return [...missing, ...acknowledged].some(({ server }) => server === 'server-silent');
      });
      for (const process of processes) expect(process.running, said()).toBe(true);
    },
    10 * MINUTES,
  );

  it(
    'ends in order when it is asked to',
    async () => {
      postgres.staySilent();
      temporal.staySilent();
      expect(await ended(), said()).toEqual(inOrder());
    },
    2 * MINUTES,
  );

  it(
    'ends in order when it is asked to before anybody has ever answered it',
    async () => {
      start(['control', 'compute', 'sidecar']);
      const complaint = /does not answer yet|cannot be reached/u;
      for (const process of processes.filter(({ name }) => name !== 'control')) {
        await until(`${process.name} waits`, () => Promise.resolve(complaint.test(process.output)));
      }
      expect(await ended(), said()).toEqual(inOrder());
      postgres.speak();
      temporal.speak();
    },
    5 * MINUTES,
  );
});
