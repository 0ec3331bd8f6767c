import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { loadConfig, PROJECT_ROOT } from '../../config/config.ts';
import { FolderArtifactStore } from '../../registry/artifacts/folder-store.ts';
import { migrate } from '../../registry/migrator.ts';
import { openRegistry, type Registry } from '../../registry/registry.ts';
import { Child } from '../../supervisor/child.ts';
import { choosePorts } from '../../supervisor/ports.ts';
import { embeddedPostgres } from '../../supervisor/postgres.ts';
import { Watchdog } from '../../supervisor/watchdog.ts';
import { seedModel } from '../../tests/integration/serving/seeded-registry.ts';
import { recordedRows } from './recorded-rows.ts';

export const MODEL = 'bench-alpha';
export const VERSIONS = 6;
/** A second model of the same versions that stops answering when it has not heard of the registry for this long. */
export const REFUSING_MODEL = 'bench-refusing';
export const REFUSE_AFTER_SECONDS = 30;
export const FEATURE_COUNT = 42;
const NAMES = Array.from({ length: FEATURE_COUNT }, (_, index) => `feature_${String(index)}`);

/** A server that is not warm by then never will be. */
const READY_WITHIN_MS = 60_000;

/** One row of a model's 42 features. */
export const bodyFor = (model: string): string =>
  JSON.stringify({ model, features: [NAMES.map((_, at) => Number((Math.sin(at + 1) * 2).toFixed(4)))] });

export interface ServerProcess {
  readonly child: ChildProcess;
  readonly url: string;
}

export interface Fleet {
  readonly registry: Registry;
  readonly servers: readonly ServerProcess[];
  /** The environment of the servers, for commands beside them. */
  readonly environment: Readonly<Record<string, string>>;
  readonly postgres: { stop(): Promise<void>; start(): Promise<void> };
}

export interface FleetOptions {
  /** Settings by the names of their variables, for servers and commands alike. */
  readonly settings: Readonly<Record<string, string>>;
  readonly serverArguments: readonly string[];
}

const PLAIN: FleetOptions = { settings: {}, serverArguments: [] };

/** 500 trees of 63 leaves, trained once and kept in the data folder. */
export function modelFile(): string {
  const { dataDir, pythonPath } = loadConfig();
  const path = join(dataDir, 'cache', 'bench-serving.onnx');
  if (existsSync(path)) return path;
  mkdirSync(dirname(path), { recursive: true });
  execFileSync(pythonPath, [join(PROJECT_ROOT, 'bench', 'serving-model.py'), path], {
    env: { PYTHONPATH: join(PROJECT_ROOT, 'sidecar') },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return path;
}

async function startServer(
  name: string,
  environment: Readonly<Record<string, string>>,
  more: readonly string[],
): Promise<ServerProcess> {
  const program = join(PROJECT_ROOT, 'cli', 'main.ts');
  const arguments_ = [program, '--json', 'serve', '--name', name, '--port', '0', ...more];
  const child = spawn(process.execPath, arguments_, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: environment,
  });
  let text = '';
  while (!text.includes('}')) {
    const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
    text += chunk.toString('utf8');
  }
  child.stdout.resume();
  const { url } = JSON.parse(text) as { readonly url: string };
  const deadline = performance.now() + READY_WITHIN_MS;
  while ((await fetch(`${url}/health`)).status !== 200) {
    if (performance.now() > deadline)
      throw new Error(`${name} was not ready within ${String(READY_WITHIN_MS)} ms`);
    await delay(50);
  }
  return { child, url };
}

/** Postgres with fsync on, and `count` prediction servers as processes of their own, over a registry with six versions. */
export async function withFleet<T>(
  count: number,
  use: (fleet: Fleet) => Promise<T>,
  options: FleetOptions = PLAIN,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'contender-rollback-'));
  const watchdog = new Watchdog();
  const { postgres: port = 0 } = await choosePorts([{ name: 'postgres', candidates: [] }]);
  const { spec, databaseUrl } = await embeddedPostgres({
    root: PROJECT_ROOT,
    dataDir: folder,
    port,
    durable: true,
  });
  const newPostgres = (): Child =>
    new Child({ spec, logFile: join(folder, 'postgres.log'), watchdog, onEvent: () => undefined });
  let postgres = newPostgres();
  const environment = {
    CONTENDER_DATA_DIR: folder,
    CONTENDER_ARTIFACTS_DIR: join(folder, 'artifacts'),
    CONTENDER_DATABASE_URL: databaseUrl,
    // Nobody listens there: what is measured here needs no Temporal.
    CONTENDER_TEMPORAL_ADDRESS: '127.0.0.1:1',
    CONTENDER_LOG_LEVEL: 'error',
    ...options.settings,
  };
  const servers: ServerProcess[] = [];
  let registry: Registry | undefined;
  try {
    await postgres.start();
    await migrate({ url: databaseUrl });
    registry = openRegistry({ url: databaseUrl, applicationName: 'bench' });
    const bytes = new Uint8Array(readFileSync(modelFile()));
    const features = { sql: 'no features are asked for', names: NAMES };
    const artifacts = new FolderArtifactStore(join(folder, 'artifacts'));
    const fixtures = Array.from({ length: VERSIONS }, () => bytes);
    const rows = await recordedRows(artifacts, bytes, NAMES);
    const parity = fixtures.map(() => rows);
    await seedModel(databaseUrl, artifacts, { model: MODEL, fixtures, features, parity });
    const serving = { onStale: 'refuse', maxStaleSeconds: REFUSE_AFTER_SECONDS } as const;
    await seedModel(databaseUrl, artifacts, { model: REFUSING_MODEL, fixtures, features, serving });
    for (let at = 0; at < count; at += 1) {
      servers.push(
        await startServer(`server-${String.fromCharCode(97 + at)}`, environment, options.serverArguments),
      );
    }
    return await use({
      registry,
      servers,
      environment,
      postgres: {
        stop: () => postgres.stop(),
        start: async () => {
          postgres = newPostgres();
          await postgres.start();
        },
      },
    });
  } finally {
    for (const { child } of servers) child.kill('SIGTERM');
    for (const { child } of servers) if (child.exitCode === null) await once(child, 'exit');
    await registry?.close();
    await postgres.stop();
    watchdog.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
