import { Client, type WorkflowHandle } from '@temporalio/client';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { type Config, loadConfig, PROJECT_ROOT } from '../../config/config.ts';
import { aboutModel, guardId, retrainId, rollbackId, TASK_QUEUES } from '../../contracts/ids.ts';
import type { Actor } from '../../contracts/primitives.ts';
import type {
  ApprovalState,
  Decision,
  RetrainInput,
  RetrainResult,
  RetrainState,
  RollbackInput,
  RollbackResult,
} from '../../contracts/retrain.ts';
import { ModelSpec } from '../../contracts/spec.ts';
import { openLine, type TemporalLine } from '../../control/temporal-line.ts';
import { writeSimulatedFolder } from '../../extraction/simulated-folder.ts';
import { decisionInstant } from '../../market/rules.ts';
import { shippedCalendar } from '../../market/shipped-calendar.ts';
import { type SimulatedMarket, simulateMarket } from '../../market/simulator.ts';
import { migrate } from '../../registry/migrator.ts';
import { openRegistry, type Registry } from '../../registry/registry.ts';
import { systemProcesses } from '../../supervisor/processes.ts';
import type { ChildSpec } from '../../supervisor/child.ts';
import {
  type ProcessPlan,
  type ProcessSurroundings,
  type RunningSystem,
  Supervisor,
} from '../../supervisor/supervisor.ts';

export const REQUESTER: Actor = { subject: 'rita', roles: ['researcher'] };
export const AUTHOR: Actor = { subject: 'sam', roles: ['researcher'] };
export const LEAD: Actor = { subject: 'lee', roles: ['quant-lead'] };
export const OPERATOR: Actor = { subject: 'olga', roles: ['operator'] };

export type Retrain = WorkflowHandle<(input: RetrainInput) => Promise<RetrainResult>>;

/** Small enough for a retrain in seconds; the signal is strong, so that a promotion does not hang on luck. */
const MARKET = {
  seed: 7,
  symbols: 40,
  sessions: 330,
  from: '2018-01-02',
  plantedRankIc: 0.35,
  flipSession: null,
} as const;

export const CLOCK: RetrainInput['clock'] = {
  mode: 'replay',
  secondsPerSession: 0.2,
  approvalSecondsPerSession: 600,
};

const POLL_MS = 100;
/** What a busy machine needs for one retrain, kills and restarts included. */
const PATIENCE_MS = 240_000;

export function smallMarket(): SimulatedMarket {
  return simulateMarket(MARKET);
}

/** Instant at which the session at a position of the small market is decided. */
export function decidedAt(position: number): string {
  const calendar = shippedCalendar('XTAI');
  const dates = calendar.between(MARKET.from, '2027-12-31');
  return decisionInstant(calendar, dates[position] ?? '');
}

/** Bounds wide open: these tests are about what happens around a verdict, not about the verdict. */
export function smallSpec(
  model: string,
  data: string,
  changes: Readonly<Record<string, unknown>> = {},
): ModelSpec {
  return ModelSpec.parse({
    model,
    market: 'XTAI',
    data,
    training: { trials: 8, draws: 'fixed', trainSessions: 120, testSessions: 30, minFolds: 2, maxFolds: 3 },
    gates: {
      minSessions: 20,
      minTrials: 8,
      spaAlpha: 0.4,
      spaReplicates: 1000,
      dsrMin: 0.5,
      pboMax: 0.99,
      pboSplits: 4,
      minSharpeImprovement: 6,
      nonInferiorityMargin: 5,
      nonInferiorityAlpha: 0.4,
      maxDrawdownTolerance: 1,
      rankIcMin: -1,
      maxLatencyMs: 10_000,
      minCoverage: 0.5,
    },
    shadow: {
      sessions: 2,
      minPairing: 0.5,
      minRankAgreement: -1,
      maxPaperLoss: 1,
      maxDrawdown: 1,
      maxFeatureSkew: 100,
    },
    guard: { autoRollback: false },
    ...changes,
  });
}

/** Polls until the probe gives something; what it throws meanwhile counts as not yet. Throws when the time is up. */
export async function until<T>(
  what: string,
  probe: () => Promise<T | null | undefined | false>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const deadline = performance.now() + patienceMs;
  let last: unknown = 'nothing yet';
  while (performance.now() < deadline) {
    try {
      const found = await probe();
      if (found !== null && found !== undefined && found !== false) return found;
    } catch (error) {
      last = error;
    }
    await delay(POLL_MS);
  }
  throw new Error(`${what}: not within ${String(patienceMs)} ms`, { cause: last });
}

/** What a test may change of the system that it starts. */
export interface WorldOptions {
  /** What Postgres has acknowledged outlives its kill; costs a flush for each commit. */
  readonly durable: boolean;
  /** The checkout of the project. */
  readonly root: string;
  /** Of a world that was stopped with `keep`; otherwise a new one. */
  readonly dataDir: string;
  /** Settings beside those of every world, by the names of the environment. */
  readonly settings: Readonly<Record<string, string>>;
  /** Where the processes find Postgres and Temporal. */
  readonly surround: (surroundings: ProcessSurroundings) => ProcessSurroundings;
  /** How each of them is started. */
  readonly adapt: (spec: ChildSpec) => ChildSpec;
  /** What runs beside Postgres and Temporal. */
  readonly processes: (config: Config) => ProcessPlan;
}

const USUAL = {
  durable: false,
  root: PROJECT_ROOT,
  settings: {},
  surround: (surroundings) => surroundings,
  adapt: (spec) => spec,
  processes: systemProcesses,
} satisfies Omit<WorldOptions, 'dataDir'>;

/** The whole real system in a folder that is thrown away, with a small market beside it. */
export class SmallWorld {
  readonly dataDir: string;
  readonly marketFolder: string;
  readonly config: Config;
  readonly supervisor: Supervisor;
  readonly running: RunningSystem;
  readonly registry: Registry;
  readonly live: Client;
  readonly replay: Client;
  readonly #line: TemporalLine;
  readonly #heldDown: Set<string>;

  private constructor(parts: {
    readonly config: Config;
    readonly supervisor: Supervisor;
    readonly running: RunningSystem;
    readonly line: TemporalLine;
    readonly marketFolder: string;
    readonly heldDown: Set<string>;
  }) {
    const { config, line, running } = parts;
    this.config = config;
    this.dataDir = config.dataDir;
    this.marketFolder = parts.marketFolder;
    this.supervisor = parts.supervisor;
    this.running = running;
    this.registry = openRegistry({ url: running.databaseUrl, applicationName: 'contender-e2e' });
    this.live = new Client({ connection: line.connection, namespace: config.temporalNamespace });
    this.replay = new Client({ connection: line.connection, namespace: config.replayNamespace });
    this.#line = line;
    this.#heldDown = parts.heldDown;
  }

  static async start(options: Partial<WorldOptions> = {}): Promise<SmallWorld> {
    const {
      durable,
      root,
      dataDir = mkdtempSync(join(tmpdir(), 'contender-e2e-')),
      settings,
      surround,
      adapt,
      processes,
    } = { ...USUAL, ...options };
    const heldDown = new Set<string>();
    const config = loadConfig({ environment: { ...anyPorts(dataDir), ...settings }, root });
    const marketFolder = join(dataDir, 'market');
    if (!existsSync(marketFolder)) {
      await writeSimulatedFolder({ outDir: marketFolder, market: smallMarket() });
    }
    const supervisor = new Supervisor({
      config,
      plan: withHold(processes(config), heldDown, surround, adapt),
      prepare: async ({ endpoints }) => {
        await migrate({ url: endpoints.databaseUrl });
      },
      durable,
    });
    try {
      const running = await supervisor.start();
      const line = await openLine(running.temporalAddress);
      return new SmallWorld({ config, supervisor, running, line, marketFolder, heldDown });
    } catch (error) {
      await supervisor.stop();
      rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
      throw error;
    }
  }

  /** `keep`: leaves the data folder, for another world to go on with. */
  async stop({ keep = false } = {}): Promise<void> {
    this.#heldDown.clear();
    await this.registry.close();
    await this.#line.close();
    await this.supervisor.stop();
    if (!keep) rmSync(this.dataDir, { recursive: true, force: true, maxRetries: 5 });
  }

  async applySpec(spec: ModelSpec): Promise<void> {
    await this.registry.applySpec({ spec, actor: AUTHOR, secondPerson: LEAD, reason: 'e2e' });
  }

  async givenModel(model: string, changes: Readonly<Record<string, unknown>> = {}): Promise<void> {
    await this.applySpec(smallSpec(model, this.marketFolder, changes));
  }

  async startRetrain(
    model: string,
    asOf: string,
    changes: Partial<Pick<RetrainInput, 'clock' | 'requester' | 'allowProbation' | 'emergency'>> = {},
  ): Promise<Retrain> {
    const id = retrainId(model, asOf);
    return await this.replay.workflow.start<(input: RetrainInput) => Promise<RetrainResult>>('retrainModel', {
      workflowId: id,
      taskQueue: TASK_QUEUES.control,
      typedSearchAttributes: aboutModel(model, { trigger: 'manual' }),
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      args: [
        {
          model,
          asOf,
          trigger: 'manual',
          requester: REQUESTER,
          clock: CLOCK,
          emergency: false,
          allowProbation: false,
          reason: 'e2e',
          correlationId: `${id}/${randomUUID().slice(0, 8)}`,
          ...changes,
        },
      ],
    });
  }

  /** Waits until leads are asked; throws when the retrain ends before. */
  async askedForApproval(retrain: Retrain): Promise<ApprovalState> {
    const state = await this.stateWhen(retrain, (now) => now.finished || now.approval !== null);
    if (state.approval !== null && !state.finished) return state.approval;
    throw new Error(`${state.retrainId} ended without asking: ${state.outcome ?? ''}: ${state.reason}`);
  }

  async stateWhen(retrain: Retrain, holds: (state: RetrainState) => boolean): Promise<RetrainState> {
    return await until(retrain.workflowId, async () => {
      const state = await retrain.query<RetrainState>('state');
      return holds(state) ? state : null;
    });
  }

  /** One decision; repeated under the same update id while a part of the system is away. */
  async decide(
    retrain: Retrain,
    evidenceHash: string,
    given: Partial<Pick<Decision, 'decision' | 'actor'>> = {},
  ): Promise<ApprovalState> {
    const decision: Decision = {
      decision: 'approve',
      actor: LEAD,
      evidenceHash,
      reason: 'read in the test',
      ...given,
    };
    return await retrain.executeUpdate<ApprovalState, [Decision]>('decide', {
      updateId: `${decision.decision}:${decision.actor.subject}:${evidenceHash}`,
      args: [decision],
    });
  }

  /** Follows a retrain to its end; a lead signs when asked. */
  async result(
    retrain: Retrain,
    decision: Decision['decision'] = 'approve',
    patienceMs = PATIENCE_MS,
  ): Promise<RetrainResult> {
    const isOver = async (): Promise<boolean> => {
      if ((await retrain.describe()).status.name !== 'RUNNING') return true;
      const state = await retrain.query<RetrainState>('state');
      if (state.approval !== null && !state.finished && state.approval.approvedBy.length === 0) {
        await this.decide(retrain, state.approval.evidenceHash, { decision });
      }
      return state.finished;
    };
    await until(`end of ${retrain.workflowId}`, isOver, patienceMs);
    return await until(`result of ${retrain.workflowId}`, () => retrain.result());
  }

  /** A retrain that opens a reign. Its guard is ended: these tests watch one thing at a time. */
  async promoted(model: string, asOf: string): Promise<RetrainResult & { readonly epoch: number }> {
    const retrain = await this.startRetrain(model, asOf);
    const result = await this.result(retrain);
    const { epoch } = result;
    if (epoch === null) throw new Error(`${result.outcome}: ${result.reason}`);
    await this.endGuard(model, epoch);
    return { ...result, epoch };
  }

  async endGuard(model: string, epoch: number): Promise<void> {
    await this.replay.workflow.getHandle(guardId(model, epoch)).terminate('the test watches something else');
  }

  async rollBack(
    model: string,
    given: Partial<RollbackInput> = {},
  ): Promise<RollbackResult & { readonly commandMs: number }> {
    const { idempotencyKey = `e2e:${randomUUID()}` } = given;
    const input: RollbackInput = {
      model,
      toVersion: null,
      expectedEpoch: null,
      reason: 'taken back by the test',
      actor: OPERATOR,
      idempotencyKey,
      correlationId: idempotencyKey,
      ...given,
    };
    const started = performance.now();
    const result = await this.live.workflow.execute<(input: RollbackInput) => Promise<RollbackResult>>(
      'rollbackModel',
      { workflowId: rollbackId(model, idempotencyKey), taskQueue: TASK_QUEUES.control, args: [input] },
    );
    return { ...result, commandMs: performance.now() - started };
  }

  /** kill -9 of one process. Returns the process id that was killed. */
  kill(name: string): number {
    const pid = this.supervisor.pids()[name] ?? 0;
    if (pid <= 0) throw new Error(`${name} does not run`);
    process.kill(pid, 'SIGKILL');
    return pid;
  }

  /** From now on the supervisor cannot start it again, until `release`. */
  hold(name: string): void {
    this.#heldDown.add(name);
  }

  release(name: string): void {
    this.#heldDown.delete(name);
  }

  /** Waits until another process than `formerPid` runs under the name. */
  async restarted(name: string, formerPid: number): Promise<void> {
    await until(`restart of ${name}`, () => {
      const pid = this.supervisor.pids()[name] ?? 0;
      return Promise.resolve(pid > 0 && pid !== formerPid);
    });
  }

  artifactFile(sha256: string): string {
    const path = join(this.config.artifactsDir, sha256.slice(0, 2), sha256);
    if (!existsSync(path)) throw new Error(`no artifact ${sha256}`);
    return path;
  }
}

/** Every port free, nothing told to the outside. */
function anyPorts(dataDir: string): Record<string, string> {
  return {
    CONTENDER_DATA_DIR: dataDir,
    CONTENDER_SERVER_PORTS: '0,0',
    CONTENDER_API_PORT: '0',
    CONTENDER_POSTGRES_PORT: '0',
    CONTENDER_TEMPORAL_PORT: '0',
    CONTENDER_TEMPORAL_UI_PORT: '0',
    CONTENDER_CONTROL_METRICS_PORT: '0',
    CONTENDER_COMPUTE_METRICS_PORT: '0',
    CONTENDER_SIDECAR_METRICS_PORT: '0',
  };
}

function withHold(
  plan: ProcessPlan,
  heldDown: ReadonlySet<string>,
  surround: WorldOptions['surround'],
  adapt: WorldOptions['adapt'],
): ProcessPlan {
  return {
    ...plan,
    children: (surroundings) =>
      plan.children(surround(surroundings)).map((spec) => ({
        ...adapt(spec),
        beforeStart: async () => {
          if (heldDown.has(spec.name)) throw new Error(`${spec.name} is held down by the test`);
          await spec.beforeStart?.();
        },
      })),
  };
}
