import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { inheritedEnvironment, loadConfig, PROJECT_ROOT } from '../../config/config.ts';
import { issueToken } from '../../registry/identity/tokens.ts';
import { migrate } from '../../registry/migrator.ts';
import { openRegistry } from '../../registry/registry.ts';
import { Child } from '../../supervisor/child.ts';
import { choosePorts } from '../../supervisor/ports.ts';
import { embeddedPostgres } from '../../supervisor/postgres.ts';
import { API_NODE_FLAGS } from '../../supervisor/processes.ts';
import { Watchdog } from '../../supervisor/watchdog.ts';
import { RegistryWorld } from '../../tests/integration/registry/world.ts';

/** Models with three champions each, and one retrain that waits for a signature. */
const MODELS = 20;
const START_MS = 60_000;

/** The control API as a process of its own over a registry with models, as `contender up` starts it. */
export interface ApiUnderBench {
  readonly base: string;
  readonly pid: number;
  readonly models: readonly string[];
  readonly retrain: string;
  /** The model whose reports are the longest: a rollback with all the audit that a report shows. */
  readonly eventful: string;
  readonly token: (subject: string) => Promise<string>;
}

/** Starts it in a folder that is thrown away, and ends it whatever happens. */
export async function withApi<T>(use: (api: ApiUnderBench) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'contender-people-bench-'));
  const watchdog = new Watchdog();
  const { postgres: postgresPort = 0, api: apiPort = 0 } = await choosePorts([
    { name: 'postgres', candidates: [] },
    { name: 'api', candidates: [] },
  ]);
  const { spec, databaseUrl } = await embeddedPostgres({
    ...{ root: PROJECT_ROOT, dataDir: folder, port: postgresPort, durable: true },
  });
  const logFile = join(folder, 'postgres.log');
  const postgres = new Child({ spec, logFile, watchdog, onEvent: () => undefined });
  try {
    await postgres.start();
    await migrate({ url: databaseUrl });
    const seeded = await seed(databaseUrl);
    const signingKeyFile = join(folder, 'key');
    const api = spawn(process.execPath, [...API_NODE_FLAGS, join(PROJECT_ROOT, 'workers', 'api.ts')], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        PATH: inheritedEnvironment()['PATH'] ?? '',
        CONTENDER_DATA_DIR: folder,
        CONTENDER_DATABASE_URL: databaseUrl,
        CONTENDER_METRICS_PORT: String(apiPort),
        CONTENDER_TOKEN_SIGNING_KEY_FILE: signingKeyFile,
        CONTENDER_TEMPORAL_ADDRESS: '127.0.0.1:1',
        CONTENDER_LOG_LEVEL: 'warn',
        CONTENDER_PYTHON_PATH: loadConfig().pythonPath,
      },
    });
    const exited = once(api, 'exit');
    try {
      const base = `http://127.0.0.1:${String(apiPort)}`;
      await ready(base);
      return await use({
        ...{ base, pid: api.pid ?? 0, ...seeded },
        token: async (subject) =>
          (
            await issueToken({
              ...{ signingKeyFile, subject, roles: ['viewer'], ttlSeconds: 3600, now: new Date() },
            })
          ).token,
      });
    } finally {
      api.kill('SIGTERM');
      await exited;
    }
  } finally {
    await postgres.stop();
    watchdog.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function seed(url: string): Promise<Pick<ApiUnderBench, 'models' | 'retrain' | 'eventful'>> {
  const registry = openRegistry({ url, applicationName: 'bench' });
  const world = new RegistryWorld(registry);
  const models: string[] = [];
  for (let index = 0; index < MODELS; index += 1) {
    const model = await world.model();
    models.push(model);
    for (const version of [1, 2, 3]) await world.champion(model, 10 * index + version);
  }
  const candidate = await world.candidate(models[0] ?? '', 900);
  await world.decision(candidate, await world.shadowed(candidate));
  const eventful = models[5] ?? '';
  await makeEventful(world, eventful);
  await registry.close();
  return { models, retrain: candidate.retrainId, eventful };
}

/** As many rows of audit around a rollback as the report of the incident shows, by people with Chinese names and reasons. */
const AUDIT_ROWS = 500;

async function makeEventful(world: RegistryWorld, model: string): Promise<void> {
  await world.rollback(model, { reason: '回撤超過界限，值班人員已確認部位與伺服器的狀態。'.repeat(40) });
  for (let index = 0; index < AUDIT_ROWS; index += 1) {
    await world.registry.setFreeze({
      ...{ model, frozen: index % 2 === 0, reason: '觀察期間' },
      actor: { subject: `量化主管-陳${String(index)}`, roles: ['quant-lead'] },
      idempotencyKey: `freeze-of-the-bench-${String(index)}`,
    });
  }
}

async function ready(base: string): Promise<void> {
  const deadline = performance.now() + START_MS;
  for (;;) {
    const answers = await fetch(`${base}/health`)
      .then(({ ok }) => ok)
      .catch(() => false);
    if (answers) return;
    if (performance.now() > deadline) throw new Error('the API did not start within a minute');
    await delay(50);
  }
}
