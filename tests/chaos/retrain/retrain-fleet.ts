import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import type { RetrainInput, RetrainResult } from '../../../contracts/retrain.ts';
import type { ChildSpec } from '../../../supervisor/child.ts';
import { decidedAt, type Retrain, SmallWorld, until, type WorldOptions } from '../../e2e/small-world.ts';
import { type FinalState, finalState } from '../final-state.ts';
import { connected, Link } from './link.ts';
import { installPoints } from './points.ts';

export const UNDISTURBED = 'chaos-undisturbed';
const AS_OF = decidedAt(265);
const CLOCK: RetrainInput['clock'] = {
  mode: 'replay',
  secondsPerSession: 0.2,
  approvalSecondsPerSession: 600,
};
/** PENDING_ACTIVITY_STATE_STARTED of Temporal's API. */
const STARTED = 2;
const ASK_TIMEOUT_MS = 5000;

/** What the undisturbed retrain left behind: what every other has to leave behind too. */
interface Expected {
  readonly state: FinalState;
  readonly result: RetrainResult;
  readonly nativeModel: string;
  readonly firstPredictions: string;
  readonly features: number;
}

/** The whole real system with points at every commit of a retrain, and one retrain that nobody disturbed. */
export class RetrainFleet {
  readonly world: SmallWorld;
  readonly expected: Expected;
  readonly link: Link;
  readonly #folder: string;
  #models = 0;

  private constructor(world: SmallWorld, expected: Expected, folder: string) {
    this.world = world;
    this.expected = expected;
    this.link = new Link(world.running.databaseUrl);
    this.#folder = folder;
  }

  /** @throws Error when the undisturbed retrain is not promoted: nothing could be compared with it */
  static async start(options: Partial<WorldOptions> = {}): Promise<RetrainFleet> {
    const folder = mkdtempSync(join(tmpdir(), 'contender-chaos-points-'));
    const { adapt = (spec: ChildSpec) => spec } = options;
    const world = await SmallWorld.start({
      durable: true,
      ...options,
      adapt: (spec) => adapt(withSidecarPoints(spec, folder)),
    });
    try {
      await withClient(world, installPoints);
      const result = await undisturbed(world);
      const state = await finalState(world, UNDISTURBED, result, UNDISTURBED);
      const { manifest } = await world.registry.getVersion({
        model: UNDISTURBED,
        version: result.versionId ?? '',
      });
      const { recipes } = await world.registry.ledger({ model: UNDISTURBED });
      const firstPredictions = recipes.flatMap(({ predictions }) => predictions?.sha256 ?? [])[0] ?? '';
      return new RetrainFleet(
        world,
        {
          ...{ state, result, firstPredictions },
          nativeModel: manifest.artifacts.nativeModel?.sha256 ?? '',
          features: manifest.identity.featureNames.length,
        },
        folder,
      );
    } catch (error) {
      await world.stop();
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  async stop({ keep = false } = {}): Promise<void> {
    await this.link.close();
    await this.world.stop({ keep });
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** A model of its own for each retrain: other retrains neither see it nor stand in its way. */
  async newModel(changes: Readonly<Record<string, unknown>> = {}): Promise<string> {
    this.#models += 1;
    const model = `chaos-${String(this.#models)}`;
    await this.world.givenModel(model, changes);
    return model;
  }

  startRetrain(model: string): Promise<Retrain> {
    return this.world.startRetrain(model, AS_OF, { clock: CLOCK });
  }

  /** Finished folds outlive the retrain that made them; without them every fold is fitted again. */
  forgetFolds(): void {
    const folds = join(this.world.config.artifactsDir, '.scratch', 'folds');
    rmSync(folds, { recursive: true, force: true });
    mkdirSync(folds, { recursive: true });
  }

  /** An artifact that is made again is not written when it is there; without it, it is. */
  forgetArtifact(sha256: string): void {
    rmSync(this.world.artifactFile(sha256), { force: true });
  }

  /** Stops a sidecar at that side of the rename of each of these artifacts. */
  holdSidecar(moment: 'in' | 'after', sha256: string): void {
    appendFileSync(this.#sidecarHolds, `${moment} ${sha256}\n`);
  }

  releaseSidecar(sha256: string): void {
    const holds = readFileSync(this.#sidecarHolds, 'utf8').split('\n');
    writeFileSync(this.#sidecarHolds, holds.filter((hold) => !hold.endsWith(sha256)).join('\n'));
    rmSync(join(this.#folder, `reached-${sha256}`), { force: true });
  }

  sidecarIsHeld(sha256: string): boolean {
    return existsSync(join(this.#folder, `reached-${sha256}`));
  }

  get #sidecarHolds(): string {
    return join(this.#folder, 'hold');
  }

  pid(name: string): number {
    const pid = this.world.supervisor.pids()[name] ?? 0;
    if (pid === 0) throw new Error(`${name} does not run`);
    return pid;
  }

  /** Stops a process and everything it started, or lets it go on. */
  signal(name: string, what: 'SIGSTOP' | 'SIGCONT'): void {
    // Each is the head of a group of its own.
    process.kill(-this.pid(name), what);
  }

  /** kill -9 of one process; `meanwhile` runs once it is dead. Resolves when its successor runs and answers. */
  async killAndRestart(name: string, meanwhile: () => Promise<void> | void = () => undefined): Promise<void> {
    const before = this.world.kill(name);
    await Promise.all([meanwhile(), this.world.restarted(name, before)]);
    await until(`${name} is ready again`, () => this.#isReady(name));
  }

  async #isReady(name: string): Promise<boolean> {
    const { world } = this;
    if (name === 'postgres') {
      await withClient(world, (client) => client.query('select 1'));
    } else if (name === 'temporal') {
      await world.replay.workflowService.getSystemInfo({});
    } else {
      const response = await fetch(world.running.metricsUrls[name] ?? '', {
        signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
      });
      await response.arrayBuffer();
      return response.status === 200;
    }
    return true;
  }
}

async function undisturbed(world: SmallWorld): Promise<RetrainResult> {
  await world.givenModel(UNDISTURBED);
  const retrain = await world.startRetrain(UNDISTURBED, AS_OF, { clock: CLOCK });
  const result = await world.result(retrain);
  if (result.epoch === null) throw new Error(`the undisturbed retrain: ${result.outcome}: ${result.reason}`);
  await world.endGuard(UNDISTURBED, result.epoch);
  return result;
}

function withSidecarPoints(spec: ChildSpec, folder: string): ChildSpec {
  if (spec.name !== 'sidecar') return spec;
  const { PYTHONPATH = '' } = spec.environment;
  const points = join(import.meta.dirname, 'sidecar-points');
  return {
    ...spec,
    environment: { ...spec.environment, PYTHONPATH: `${points}:${PYTHONPATH}`, CHAOS_FOLDER: folder },
  };
}

interface Database {
  readonly running: Pick<SmallWorld['running'], 'databaseUrl'>;
}

/** A connection to Postgres itself, past whatever lies between it and the processes. */
export async function withClient<T>(world: Database, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await connected(world.running.databaseUrl);
  try {
    return await use(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Whether an attempt of the activity is being worked on, as Temporal sees it. */
export async function isRunning(retrain: Retrain, activity: string): Promise<boolean> {
  const { raw } = await retrain.describe();
  return (raw.pendingActivities ?? []).some(
    ({ activityType, state }) => activityType?.name === activity && Number(state) === STARTED,
  );
}
