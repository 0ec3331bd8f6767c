import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExplanationFigures } from '../../../contracts/explanation.ts';
import { Link } from '../../chaos/retrain/link.ts';
import { Hold, installPoints } from '../../chaos/retrain/points.ts';
import { withClient } from '../../chaos/retrain/retrain-fleet.ts';
import { type RecordedHistory, violations } from '../../chaos/swap/invariants.ts';
import { decidedAt, type Retrain, SmallWorld, until } from '../../e2e/small-world.ts';
import { Cluster } from './cluster.ts';
import { NO_PROCESSES } from './own-processes.ts';
import { obstacleToNamespaces } from './private-network.ts';

const MODEL = 'tw-production';
const SERVING = { onStale: 'refuse', maxStaleSeconds: 5 };
const WATCH_MS = 100;
const MINUTES = 60_000;
/** Longer than the poll of a line that was dead, which Temporal answers after a minute. */
const END_MS = 4 * MINUTES;
const SERVERS = ['server-1', 'server-2'] as const;
const WORKERS = ['control', 'compute', 'sidecar'] as const;

const obstacle = obstacleToNamespaces();
const where =
  obstacle === null ? 'each in a network namespace of its own' : `without network namespaces: ${obstacle}`;

let world: SmallWorld;
let cluster: Cluster;
let features: readonly string[] = [];

async function polls(name: string): Promise<void> {
  const said = name.startsWith('server') ? 'listening' : 'polling';
  const process = cluster.process(name);
  await until(`${name} is ${said}`, () => Promise.resolve(process.output.includes(said) || !process.running));
}

const predict = (server: string) =>
  cluster.ask(server, '/api/v1/predict', {
    model: MODEL,
    rows: [Object.fromEntries(features.map((feature) => [feature, 0.1]))],
  });

beforeAll(async () => {
  world = await SmallWorld.start({ processes: () => NO_PROCESSES });
  await withClient(world, installPoints);
  await world.givenModel(MODEL, {
    training: {
      ...{ folds: 'combinatorial', groups: 4, testGroups: 2, trials: 8, draws: 'fixed' },
      ...{ trainSessions: 120, testSessions: 30, maxFolds: 3, minFolds: 2 },
    },
    serving: SERVING,
  });
  cluster = await Cluster.open(world, obstacle === null);
  for (const number of ['1', '2']) {
    for (const role of WORKERS) await cluster.start(`${role}-${number}`, 'worker', role);
    await cluster.serve(`server-${number}`);
  }
}, 5 * MINUTES);
afterAll(async () => {
  cluster.close();
  await world.stop();
}, 2 * MINUTES);

describe(`two of everything as separate processes, ${where}`, () => {
  it(
    'polls and listens, each process with its own settings',
    async () => {
      for (const { name } of cluster.processes()) await polls(name);
      for (const process of cluster.processes()) expect(process.running, cluster.said()).toBe(true);
      const secret = new URL(world.running.databaseUrl).password;
      if (secret !== '') expect(cluster.said()).not.toContain(secret);
    },
    5 * MINUTES,
  );

  it(
    'carries a retrain with combinatorial folds to a champion on both servers, although one of each worker is killed on the way',
    async () => {
      const retrain = await world.startRetrain(MODEL, decidedAt(265));
      await world.stateWhen(retrain, ({ step }) => step === 'train');
      for (const role of WORKERS) cluster.process(`${role}-1`).kill();
      const result = await world.result(retrain);
      expect(result, cluster.said()).toMatchObject({ outcome: 'promoted', epoch: 1, version: 1 });
      await world.endGuard(MODEL, 1);

      const { champion } = await world.registry.champion({ model: MODEL });
      expect(champion?.manifest.identity.recipe).toMatchObject({ foldPlan: { groups: 4, testGroups: 2 } });
      const drawn = ExplanationFigures.parse(champion?.manifest.provenance['explanationFigures']);
      for (const { sha256 } of Object.values(drawn)) {
        expect(readFileSync(world.artifactFile(sha256), 'utf8')).toMatch(/^<svg class="fig"/u);
      }
      features = champion?.manifest.identity.featureNames ?? [];
      for (const name of SERVERS) {
        await until(`${name} answers with the champion`, async () => {
          const { status, body } = await predict(name);
          return status === 200 && body['epoch'] === 1;
        });
      }
    },
    8 * MINUTES,
  );
});

/** What both servers answer, all the time, until `stop`; one that is ended meanwhile answers nothing. */
class Watch {
  readonly answers: { server: string; model: string; epoch: number; versionId: string; at: number }[] = [];
  readonly refusals: { server: string; code: string; at: number }[] = [];
  #watching = true;
  readonly #loops = SERVERS.map((server) => this.#follow(server));

  async stop(): Promise<void> {
    this.#watching = false;
    await Promise.all(this.#loops);
  }

  async #follow(server: string): Promise<void> {
    while (this.#watching) {
      await this.#look(server).catch(() => undefined);
      await delay(WATCH_MS);
    }
  }

  async #look(server: string): Promise<void> {
    const at = performance.now();
    const { status, body } = await predict(server);
    if (status === 200) {
      const { epoch, versionHash: versionId } = body;
      this.answers.push({
        ...{ server, model: MODEL, at },
        epoch: Number(epoch),
        versionId: String(versionId),
      });
    } else this.refusals.push({ server, code: String(body['code']), at });
  }
}

describe.skipIf(obstacle !== null)(`machines whose cable is pulled, ${where}`, () => {
  let link: Link;
  let watch: Watch;
  beforeAll(async () => {
    link = new Link(world.running.databaseUrl);
    watch = new Watch();
    await world.givenModel(MODEL, { serving: SERVING });
    for (const role of WORKERS) {
      await cluster.start(`${role}-1`, 'worker', role);
      await polls(`${role}-1`);
    }
  }, 5 * MINUTES);
  afterAll(async () => {
    // A process that is cut off could not end in order.
    for (const { name } of cluster.processes()) cluster.machine(name).plugIn();
    await watch.stop();
    await link.close();
  });

  /** Pulls the cable of whoever stands in the middle of the activity, and lets the statement that it waits for be done. */
  async function cutAt(retrain: Retrain, activity: string, hold: Hold): Promise<string> {
    const holder = await until(`a worker in ${activity}`, async () =>
      (await hold.isReached()) ? cluster.holderOf(retrain, activity) : null,
    );
    cluster.machine(holder).pullCable();
    await hold.release();
    return holder;
  }

  async function reaches(retrain: Retrain, steps: readonly string[]): Promise<void> {
    const state = await world.stateWhen(retrain, ({ finished, step }) => finished || steps.includes(step));
    if (state.finished) throw new Error(`ended at ${state.step}: ${state.reason}\n${cluster.said()}`);
  }

  /** From now on the one that was cut off has to do all of it. */
  function killTheOther(name: string): void {
    const [role = '', number] = name.split('-');
    cluster.process(`${role}-${number === '1' ? '2' : '1'}`).kill();
  }

  it(
    'workers cut off in the middle of an activity are replaced, write nothing more, and go on when they are back; a server cut off refuses, and none answers with the former champion after the swap',
    async () => {
      const scored = await Hold.place(link, MODEL, 'train', 'before');
      const reigned = await Hold.place(link, MODEL, 'swap', 'before');
      const retrain = await world.startRetrain(MODEL, decidedAt(300));
      const ended = world.result(retrain, 'approve', 8 * MINUTES);
      // Waited for below; what fails before must not end the process.
      ended.catch(() => undefined);

      const sidecar = await until('a sidecar with a trial', () => cluster.holderOf(retrain, 'runTrial'));
      cluster.machine(sidecar).pullCable();
      const compute = await cutAt(retrain, 'selectTrial', scored);
      await reaches(retrain, ['package', 'judge', 'shadow', 'approve', 'swap']);
      for (const name of [sidecar, compute]) {
        cluster.machine(name).plugIn();
        killTheOther(name);
      }

      await reaches(retrain, ['approve', 'swap']);
      const [server, other] = SERVERS;
      cluster.machine(server).pullCable();
      const refused = await until(`${server} refuses`, () =>
        Promise.resolve(watch.refusals.find((one) => one.server === server && one.code === 'SERVER_STALE')),
      );
      const control = await cutAt(retrain, 'promoteChampion', reigned);

      const result = await ended;
      const endedAt = performance.now();
      expect(result, cluster.said()).toMatchObject({ outcome: 'promoted', epoch: 2 });
      await world.endGuard(MODEL, 2);
      for (const name of [server, control]) cluster.machine(name).plugIn();
      killTheOther(control);
      for (const name of SERVERS) {
        await until(`${name} answers with the new champion`, () =>
          Promise.resolve(watch.answers.some((answer) => answer.server === name && answer.epoch === 2)),
        );
      }
      expect(await world.rollBack(MODEL)).toMatchObject({ epoch: 3 });
      await watch.stop();

      expect(watch.answers.find((one) => one.server === other && one.at > refused.at)?.epoch).toBe(1);
      expect(watch.answers.filter(({ at, epoch }) => at > endedAt && epoch < 2)).toEqual([]);
      const versionId = String(result.versionId);
      const key = `promote:${result.retrainId}:${versionId}`;
      const history: RecordedHistory = {
        acknowledged: [{ key, model: MODEL, epoch: 2, versionId }],
        ...{ answers: watch.answers, readings: [], deliveries: [] },
      };
      expect(await withClient(world, (client) => violations(client, history))).toEqual([]);
      for (const name of [sidecar, compute, control]) expect(cluster.process(name).running, name).toBe(true);
    },
    12 * MINUTES,
  );
});

describe('processes that are asked to', () => {
  it(
    'end in order, with exit code 0',
    async () => {
      // All at once: one whose line was dead for a while waits for the end of a poll that nobody will answer.
      const running = cluster.processes().filter((process) => process.running);
      const codes = await Promise.all(
        running.map(async (process) => `${process.name}: ${String(await process.stop(END_MS))}`),
      );
      expect(codes, cluster.said()).toEqual(running.map(({ name }) => `${name}: 0`));
    },
    5 * MINUTES,
  );
});
