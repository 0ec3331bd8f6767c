import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExplanationFigures } from '../../../contracts/explanation.ts';
import { decidedAt, SmallWorld, until } from '../../e2e/small-world.ts';
import { NO_PROCESSES, OwnProcess } from './own-processes.ts';

const MODEL = 'tw-production';
const MINUTES = 60_000;

let world: SmallWorld;
const processes = new Map<string, OwnProcess>();

function start(name: string, ...args: readonly string[]): void {
  processes.set(name, new OwnProcess(world, name, args));
}

function named(name: string): OwnProcess {
  const found = processes.get(name);
  if (found === undefined) throw new Error(`${name} was not started`);
  return found;
}

const everythingSaid = (): string =>
  [...processes.values()].map(({ name, output }) => `${name}: ${output.slice(-1500)}`).join('\n');

/** Where a server says it answers. */
async function addressOf(name: string): Promise<string> {
  return until(`${name} listens`, () =>
    Promise.resolve(/"url":\s*"(http:[^"]+)"/u.exec(named(name).output)?.[1] ?? null),
  );
}

beforeAll(async () => {
  world = await SmallWorld.start({ processes: () => NO_PROCESSES });
  await world.givenModel(MODEL, {
    training: {
      ...{ folds: 'combinatorial', groups: 4, testGroups: 2, trials: 8, draws: 'fixed' },
      ...{ trainSessions: 120, testSessions: 30, maxFolds: 3, minFolds: 2 },
    },
  });
  for (const number of ['1', '2']) {
    start(`control-${number}`, 'worker', 'control');
    start(`compute-${number}`, 'worker', 'compute');
    start(`sidecar-${number}`, 'worker', 'sidecar');
    start(`server-${number}`, 'serve', '--name', `server-${number}`, '--port', '0', '--json');
  }
}, 5 * MINUTES);
afterAll(async () => {
  for (const process of processes.values()) process.kill();
  await world.stop();
}, 2 * MINUTES);

describe('two of everything as separate processes', () => {
  it(
    'polls and listens, each process with its own settings',
    async () => {
      for (const { name } of processes.values()) {
        const said = name.startsWith('server') ? 'listening' : 'polling';
        await until(`${name} is ${said}`, () =>
          Promise.resolve(named(name).output.includes(said) || !named(name).running),
        );
      }
      for (const process of processes.values()) expect(process.running, everythingSaid()).toBe(true);
      const secret = new URL(world.running.databaseUrl).password;
      if (secret !== '') expect(everythingSaid()).not.toContain(secret);
    },
    5 * MINUTES,
  );

  it(
    'carries a retrain with combinatorial folds to a champion on both servers, although one of each worker is killed on the way',
    async () => {
      const retrain = await world.startRetrain(MODEL, decidedAt(265));
      await world.stateWhen(retrain, ({ step }) => step === 'train');
      for (const name of ['control-1', 'compute-1', 'sidecar-1']) named(name).kill();
      const result = await world.result(retrain);
      expect(result, everythingSaid()).toMatchObject({ outcome: 'promoted', epoch: 1, version: 1 });
      await world.endGuard(MODEL, 1);

      const { champion } = await world.registry.champion({ model: MODEL });
      expect(champion?.manifest.identity.recipe).toMatchObject({ foldPlan: { groups: 4, testGroups: 2 } });
      const drawn = ExplanationFigures.parse(champion?.manifest.provenance['explanationFigures']);
      for (const { sha256 } of Object.values(drawn)) {
        expect(readFileSync(world.artifactFile(sha256), 'utf8')).toMatch(/^<svg class="fig"/u);
      }
      for (const name of ['server-1', 'server-2']) {
        const address = await addressOf(name);
        const features = champion?.manifest.identity.featureNames ?? [];
        await until(`${name} answers with the champion`, async () => {
          const response = await fetch(`${address}/api/v1/predict`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({
              model: MODEL,
              rows: [Object.fromEntries(features.map((feature) => [feature, 0.1]))],
            }),
          });
          const served = (await response.json()) as { readonly epoch?: number };
          return response.status === 200 && served.epoch === 1;
        });
      }
    },
    8 * MINUTES,
  );

  it(
    'ends in order when it is asked to, with exit code 0',
    async () => {
      for (const name of ['control-2', 'compute-2', 'sidecar-2', 'server-2']) {
        expect(await named(name).stop(), `${name}: ${named(name).output.slice(-500)}`).toBe(0);
      }
    },
    2 * MINUTES,
  );
});
