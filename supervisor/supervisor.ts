import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { readRuntimeState, writeRuntimeState } from '../config/runtime-state.ts';
import type { Endpoints, RuntimeState } from '../config/runtime-state.ts';
import { EMBEDDED } from '../config/settings.ts';
import { Child } from './child.ts';
import type { ChildEvent, ChildSpec } from './child.ts';
import { StartInterrupted } from './errors.ts';
import { lockFolder } from './folder-lock.ts';
import type { FolderLock } from './folder-lock.ts';
import { endLeftovers } from './leftovers.ts';
import { choosePorts } from './ports.ts';
import type { PortWish } from './ports.ts';
import { embeddedPostgres } from './postgres.ts';
import { temporalServer } from './temporal.ts';
import { Watchdog } from './watchdog.ts';

const HOST = '127.0.0.1';

/** What the processes of the system are told about where they and the others live. */
export interface ProcessSurroundings {
  readonly config: Config;
  readonly endpoints: Pick<Endpoints, 'databaseUrl' | 'temporalAddress' | 'temporalUiUrl'>;
  /** By the names of the wishes. */
  readonly ports: Readonly<Record<string, number>>;
}

/** The processes beside Postgres and Temporal. */
export interface ProcessPlan {
  readonly wishes: readonly PortWish[];
  readonly children: (surroundings: ProcessSurroundings) => readonly ChildSpec[];
  readonly apiUrl: (ports: Readonly<Record<string, number>>) => string;
  /** By name, from the chosen ports. */
  readonly serverUrls: (ports: Readonly<Record<string, number>>) => Readonly<Record<string, string>>;
  readonly metricsUrls: (ports: Readonly<Record<string, number>>) => Readonly<Record<string, string>>;
}

export interface SupervisorEvent extends Omit<ChildEvent, 'kind'> {
  readonly kind: ChildEvent['kind'] | 'leftover-ended' | 'preparing' | 'unwritten';
}

export interface SupervisorOptions {
  readonly config: Config;
  readonly plan: ProcessPlan;
  /** Run between the database and the processes that need its tables: migrations. */
  readonly prepare?: (surroundings: ProcessSurroundings) => Promise<void>;
  readonly onEvent?: (event: SupervisorEvent) => void;
  /** False gives up durability over a power loss for speed: for tests. */
  readonly durable?: boolean;
}

export interface RunningSystem extends Endpoints {
  readonly metricsUrls: Readonly<Record<string, string>>;
  readonly ports: Readonly<Record<string, number>>;
}

/**
 * Starts Postgres and Temporal unless they are elsewhere, prepares the database, starts the processes, and keeps all of
 * them running until `stop`. Everything that was started is ended whichever way it goes: by `stop`, by a failed start, and
 * by a watchdog when this process itself is killed.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #config: Config;
  #lock: FolderLock | undefined;
  #watchdog: Watchdog | undefined;
  #infrastructure: Child[] = [];
  #processes: Child[] = [];
  #state: RuntimeState | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#config = options.config;
  }

  /**
   * Resolves when every part is ready.
   *
   * @throws AlreadyRunning, DataFolderUnusable, ProgramMissing, DatabaseFolderUnusable, ChildNotReady; nothing is left running then
   * @throws StartInterrupted when `stop` is called meanwhile
   */
  async start(): Promise<RunningSystem> {
    this.#lock = lockFolder(this.#config.dataDir);
    try {
      return await this.#startAll();
    } catch (error) {
      const interrupted = this.#stopped !== undefined;
      await this.stop();
      throw interrupted ? new StartInterrupted('The start was interrupted', { cause: error }) : error;
    }
  }

  /** Ends everything in reverse order and returns when it is gone. Calling it again waits for the same end. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopAll();
    return this.#stopped;
  }

  /** Process id of each part; zero while it is being started again. */
  pids(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#children().map((child) => [child.spec.name, child.pid]));
  }

  /** How often each part was started again. */
  restarts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#children().map((child) => [child.spec.name, child.restarts]));
  }

  async #startAll(): Promise<RunningSystem> {
    const { plan, prepare } = this.#options;
    const previous = readRuntimeState(this.#config.dataDir);
    for (const name of await endLeftovers(previous)) this.#emit(name, 'leftover-ended');
    const ports = await choosePorts(this.#wishes(previous?.ports ?? {}));
    const surroundings = await this.#startInfrastructure(ports);
    if (prepare !== undefined) {
      this.#emit('database', 'preparing');
      await prepare(surroundings);
    }
    this.#refuseIfStopped();
    this.#processes = plan.children(surroundings).map((spec) => this.#child(spec));
    await startTogether(this.#processes);
    this.#refuseIfStopped();
    this.#update({ state: 'running' });
    const { apiUrl, serverUrls, metricsUrls } = this.#writtenState();
    return { ...surroundings.endpoints, apiUrl, serverUrls, metricsUrls, ports };
  }

  #wishes(previous: Readonly<Record<string, number>>): readonly PortWish[] {
    const config = this.#config;
    const usual: PortWish[] = [];
    if (config.databaseUrl === EMBEDDED) usual.push({ name: 'postgres', candidates: [config.postgresPort] });
    if (config.temporalAddress === EMBEDDED) {
      usual.push(
        { name: 'temporal', candidates: [config.temporalPort] },
        { name: 'temporal-ui', candidates: [config.temporalUiPort] },
        { name: 'temporal-http', candidates: [] },
        { name: 'temporal-metrics', candidates: [] },
      );
    }
    const wishes = [...usual, ...this.#options.plan.wishes];
    // Where the usual one is taken, last time's: bookmarks and scripts stay right.
    return wishes.map(({ name, candidates }) => ({ name, candidates: [...candidates, previous[name] ?? 0] }));
  }

  async #startInfrastructure(ports: Readonly<Record<string, number>>): Promise<ProcessSurroundings> {
    const config = this.#config;
    const specs: ChildSpec[] = [];
    let { databaseUrl, temporalAddress, temporalUiUrl } = config;
    if (databaseUrl === EMBEDDED) {
      const { root, dataDir } = config;
      const { durable = true } = this.#options;
      const postgres = await embeddedPostgres({ root, dataDir, port: portOf(ports, 'postgres'), durable });
      databaseUrl = postgres.databaseUrl;
      specs.push(postgres.spec);
    }
    if (temporalAddress === EMBEDDED) {
      temporalAddress = `${HOST}:${String(portOf(ports, 'temporal'))}`;
      specs.push(this.#temporal(ports));
    }
    if (temporalUiUrl === EMBEDDED) {
      const embedded = ports['temporal-ui'];
      temporalUiUrl = embedded === undefined ? '' : `http://${HOST}:${String(embedded)}`;
    }
    const endpoints = { databaseUrl, temporalAddress, temporalUiUrl };
    this.#state = this.#firstState(ports, endpoints);
    this.#refuseIfStopped();
    this.#watchdog = new Watchdog();
    this.#infrastructure = specs.map((spec) => this.#child(spec));
    await startTogether(this.#infrastructure);
    this.#refuseIfStopped();
    return { config, endpoints, ports };
  }

  #temporal(ports: Readonly<Record<string, number>>): ChildSpec {
    const { pythonPath, dataDir, temporalNamespace, replayNamespace } = this.#config;
    return temporalServer({
      pythonPath,
      dataDir,
      ports: {
        grpc: portOf(ports, 'temporal'),
        ui: portOf(ports, 'temporal-ui'),
        http: portOf(ports, 'temporal-http'),
        metrics: portOf(ports, 'temporal-metrics'),
      },
      namespaces: [temporalNamespace, replayNamespace],
    });
  }

  async #stopAll(): Promise<void> {
    // Processes first, while what they need to end in order still answers.
    await Promise.all(this.#processes.map((child) => child.stop()));
    await Promise.all(this.#infrastructure.map((child) => child.stop()));
    this.#watchdog?.close();
    try {
      if (this.#state !== undefined) this.#update({ state: 'stopped', processes: [] });
    } finally {
      this.#lock?.release();
    }
  }

  #child(spec: ChildSpec): Child {
    const watchdog = this.#watchdog;
    if (watchdog === undefined) throw new StartInterrupted('The supervisor has no watchdog yet');
    const logFile = join(this.#config.dataDir, 'logs', `${spec.name}.log`);
    const onEvent = (event: ChildEvent): void => {
      if (event.kind === 'starting' || event.kind === 'exited') this.#noteProcesses();
      this.#options.onEvent?.(event);
    };
    return new Child({ spec, logFile, watchdog, onEvent });
  }

  #children(): readonly Child[] {
    return [...this.#infrastructure, ...this.#processes];
  }

  #firstState(
    ports: Readonly<Record<string, number>>,
    endpoints: ProcessSurroundings['endpoints'],
  ): RuntimeState {
    const { plan } = this.#options;
    return {
      schema: 1,
      state: 'starting',
      supervisorPid: process.pid,
      startedAt: new Date().toISOString(),
      ports: { ...ports },
      ...endpoints,
      apiUrl: plan.apiUrl(ports),
      serverUrls: { ...plan.serverUrls(ports) },
      metricsUrls: { ...plan.metricsUrls(ports) },
      processes: [],
    };
  }

  #writtenState(): RuntimeState {
    if (this.#state === undefined) throw new StartInterrupted('The supervisor has not started anything');
    return this.#state;
  }

  #update(change: Partial<RuntimeState>): void {
    const processes = this.#children()
      .filter(({ pid }) => pid > 0)
      .map(({ pid, spec: { name, marker } }) => ({ name, pid, marker }));
    this.#state = { ...this.#writtenState(), processes, ...change };
    writeRuntimeState(this.#config.dataDir, this.#state);
  }

  /** A full disk must not end the system: the note serves a later start, which also finds Postgres without it. */
  #noteProcesses(): void {
    try {
      this.#update({});
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      this.#options.onEvent?.({ ...this.#event('runtime state', 'unwritten'), detail });
    }
  }

  #refuseIfStopped(): void {
    if (this.#stopped !== undefined) throw new StartInterrupted('The start was interrupted');
  }

  #emit(name: string, kind: SupervisorEvent['kind']): void {
    this.#options.onEvent?.(this.#event(name, kind));
  }

  #event(name: string, kind: SupervisorEvent['kind']): SupervisorEvent {
    return { at: new Date().toISOString(), name, kind, pid: 0, detail: '' };
  }
}

/** All at once; the first failure is reported after the others have settled, so that none starts behind our back. */
async function startTogether(children: readonly Child[]): Promise<void> {
  const outcomes = await Promise.allSettled(children.map((child) => child.start()));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

function portOf(ports: Readonly<Record<string, number>>, name: string): number {
  return ports[name] ?? 0;
}
