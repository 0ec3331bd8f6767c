import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { inheritedEnvironment, PROJECT_ROOT } from '../../../config/config.ts';
import { FolderArtifactStore } from '../../../registry/artifacts/folder-store.ts';
import { migrate } from '../../../registry/migrator.ts';
import { openRegistry, type Registry } from '../../../registry/registry.ts';
import { Child, type ChildSpec } from '../../../supervisor/child.ts';
import { choosePorts } from '../../../supervisor/ports.ts';
import { embeddedPostgres } from '../../../supervisor/postgres.ts';
import { Watchdog } from '../../../supervisor/watchdog.ts';
import { loadableManifests } from '../../integration/registry/loadable-manifests.ts';
import { type manifestOf, RegistryWorld } from '../../integration/registry/world.ts';
import { FEATURES } from '../../unit/serving/fixtures.ts';
import { installPoints } from './points.ts';

export const SERVERS = ['server-a', 'server-b'] as const;
export type ServerName = (typeof SERVERS)[number];
type ProcessName = ServerName | 'postgres';

/** What a server says of itself with every prediction. */
export interface Answer {
  readonly server: ServerName;
  readonly model: string;
  readonly epoch: number;
  readonly versionId: string;
}

const PATIENCE_MS = 240_000;
const POLL_MS = 20;

/** Polls until the probe gives something; what it throws counts as not yet. */
export async function until<T>(what: string, probe: () => Promise<T | null> | T | null): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  let last: unknown = 'nothing yet';
  while (performance.now() < deadline) {
    try {
      const found = await probe();
      if (found !== null) return found;
    } catch (error) {
      last = error;
    }
    await delay(POLL_MS);
  }
  throw new Error(`${what}: not within ${String(PATIENCE_MS)} ms`, { cause: last });
}

/** Postgres with fsync on and two prediction servers, each a process that is started again when it ends. */
export class SwapFleet {
  readonly url: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly registry: Registry;
  readonly world: RegistryWorld;
  readonly #folder: string;
  readonly #children: ReadonlyMap<ProcessName, Child>;
  readonly #ports: Readonly<Record<string, number>>;
  readonly #watchdog: Watchdog;

  private constructor(parts: {
    readonly url: string;
    readonly environment: Readonly<Record<string, string>>;
    readonly folder: string;
    readonly children: ReadonlyMap<ProcessName, Child>;
    readonly ports: Readonly<Record<string, number>>;
    readonly watchdog: Watchdog;
    readonly manifest: typeof manifestOf;
  }) {
    this.url = parts.url;
    this.environment = parts.environment;
    this.registry = openRegistry({ url: parts.url, applicationName: 'chaos world' });
    this.world = new RegistryWorld(this.registry, parts.manifest);
    this.#folder = parts.folder;
    this.#children = parts.children;
    this.#ports = parts.ports;
    this.#watchdog = parts.watchdog;
  }

  static async start(): Promise<SwapFleet> {
    const folder = mkdtempSync(join(tmpdir(), 'contender-chaos-'));
    const watchdog = new Watchdog();
    const names: readonly ProcessName[] = ['postgres', ...SERVERS];
    const ports = await choosePorts(names.map((name) => ({ name, candidates: [] })));
    const { spec, databaseUrl: url } = await embeddedPostgres({
      ...{ root: PROJECT_ROOT, dataDir: folder, port: ports['postgres'] ?? 0, durable: true },
    });
    const environment = {
      ...inheritedEnvironment(),
      CONTENDER_DATA_DIR: folder,
      CONTENDER_ARTIFACTS_DIR: join(folder, 'artifacts'),
      CONTENDER_DATABASE_URL: url,
      // Nobody listens there: a swap needs no Temporal once its command is given.
      CONTENDER_TEMPORAL_ADDRESS: '127.0.0.1:1',
      CONTENDER_LOG_LEVEL: 'warn',
    };
    const specs = [spec, ...SERVERS.map((name) => serverSpec(name, ports[name] ?? 0, environment))];
    const children = new Map(
      specs.map((child, at) => [
        names[at] ?? 'postgres',
        new Child({
          ...{ spec: child, logFile: join(folder, `${child.name}.log`), watchdog },
          onEvent: () => undefined,
        }),
      ]),
    );
    const manifest = await loadableManifests(new FolderArtifactStore(join(folder, 'artifacts')));
    try {
      await children.get('postgres')?.start();
      await migrate({ url });
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await installPoints(client);
      await client.end();
      for (const name of SERVERS) await children.get(name)?.start();
    } catch (error) {
      for (const child of [...children.values()].reverse()) await child.stop();
      throw error;
    }
    return new SwapFleet({ url, environment, folder, children, ports, watchdog, manifest });
  }

  async stop(): Promise<void> {
    await this.registry.close();
    for (const child of [...this.#children.values()].reverse()) await child.stop();
    this.#watchdog.close();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** kill -9; resolves when another process has taken its place and answers. */
  async killAndRestart(name: ProcessName): Promise<void> {
    const child = this.#child(name);
    const before = child.pid;
    if (before === 0) throw new Error(`${name} does not run`);
    process.kill(before, 'SIGKILL');
    await until(`restart of ${name}`, async () => {
      if (child.pid === 0 || child.pid === before) return null;
      return (await child.spec.isReady()) ? true : null;
    });
  }

  /** One prediction of one server. Throws while it does not answer with 200. */
  async ask(server: ServerName, model: string): Promise<Answer> {
    const response = await fetch(`http://127.0.0.1:${String(this.#ports[server])}/api/v1/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model, features: [FEATURES.map((_, at) => at / 7)] }),
      signal: AbortSignal.timeout(5000),
    });
    if (response.status !== 200) throw new Error(`${server} answers ${String(response.status)}`);
    const { epoch, versionHash } = (await response.json()) as {
      readonly epoch: number;
      readonly versionHash: string;
    };
    return { server, model, epoch, versionId: versionHash };
  }

  #child(name: ProcessName): Child {
    const child = this.#children.get(name);
    if (child === undefined) throw new Error(`there is no ${name}`);
    return child;
  }
}

function serverSpec(name: string, port: number, environment: Readonly<Record<string, string>>): ChildSpec {
  return {
    name,
    command: process.execPath,
    args: [join(PROJECT_ROOT, 'cli', 'main.ts'), 'serve', '--name', name, '--port', String(port)],
    cwd: PROJECT_ROOT,
    environment,
    marker: name,
    stop: { signal: 'SIGTERM', target: 'process', graceMs: 10_000 },
    isReady: async () => (await fetch(`http://127.0.0.1:${String(port)}/metrics`)).status === 200,
    readyTimeoutMs: PATIENCE_MS,
  };
}
