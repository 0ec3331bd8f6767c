import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Client } from '@temporalio/client';
import { inheritedEnvironment, loadConfig, PROJECT_ROOT } from '../config/config.ts';
import { ContenderError } from '../contracts/error.ts';
import { openLine } from '../control/temporal-line.ts';
import { FolderArtifactStore } from '../registry/artifacts/folder-store.ts';
import { BackupManifest } from '../registry/backup/backup-manifest.ts';
import { issueToken } from '../registry/identity/tokens.ts';
import { migrate } from '../registry/migrator.ts';
import { openRegistry } from '../registry/registry.ts';
import { Child, type ChildSpec } from '../supervisor/child.ts';
import { choosePorts } from '../supervisor/ports.ts';
import { embeddedPostgres } from '../supervisor/postgres.ts';
import { temporalServer } from '../supervisor/temporal.ts';
import { Watchdog } from '../supervisor/watchdog.ts';
import { loadableManifests } from '../tests/integration/registry/loadable-manifests.ts';
import { RegistryWorld } from '../tests/integration/registry/world.ts';
import { FEATURES } from '../tests/unit/serving/fixtures.ts';

/**
 * A host that is lost: `node bench/restore.ts [--models 10] [--champions 3] [--megabytes 200] [--json]`.
 *
 * 1. A registry of `--models` models with `--champions` reigns each, artifacts of `--megabytes`, a prediction server, Temporal.
 * 2. `contender backup`; afterwards another retrain begins, which Temporal runs and the backup does not know.
 * 3. Database, artifacts and server are gone. From the empty host to the first answer: a new Postgres, `contender restore`,
 *    `contender serve`. The answer has to have the same bits by the same version.
 * 4. The audit verifies against the heads of the backup; a promotion is refused, and `restore reconcile` names the retrain.
 *
 * Ends with 1 when a bar is missed.
 */
const { values } = parseArgs({
  options: {
    models: { type: 'string', default: '10' },
    champions: { type: 'string', default: '3' },
    megabytes: { type: 'string', default: '200' },
    json: { type: 'boolean', default: false },
  },
});
const BAR_SECONDS = 600;
const MEGABYTE = 1024 * 1024;
const PATIENCE_MS = 300_000;

const folder = mkdtempSync(join(tmpdir(), 'contender-restore-'));
const watchdog = new Watchdog();
const running = new Set<Child>();

async function stop(child: Child): Promise<void> {
  running.delete(child);
  await child.stop();
}

async function start(spec: ChildSpec): Promise<Child> {
  const logFile = join(folder, `${spec.name}.log`);
  const child = new Child({ spec, logFile, watchdog, onEvent: () => undefined });
  running.add(child);
  await child.start();
  return child;
}

/** A machine: a database of its own, a folder of its own, and the environment of what runs there. */
async function newHost(name: string, temporal: string) {
  const dataDir = join(folder, name);
  mkdirSync(dataDir);
  const { postgres: port = 0, server = 0 } = await choosePorts([
    { name: 'postgres', candidates: [] },
    { name: 'server', candidates: [] },
  ]);
  const { spec, databaseUrl } = await embeddedPostgres({ root: PROJECT_ROOT, dataDir, port, durable: true });
  const environment = {
    ...inheritedEnvironment(),
    CONTENDER_DATA_DIR: dataDir,
    CONTENDER_ARTIFACTS_DIR: join(dataDir, 'artifacts'),
    CONTENDER_DATABASE_URL: databaseUrl,
    CONTENDER_TEMPORAL_ADDRESS: temporal,
    CONTENDER_TOKEN_SIGNING_KEY_FILE: join(folder, 'key'),
    CONTENDER_LOG_LEVEL: 'error',
  };
  const url = `http://127.0.0.1:${String(server)}`;
  const serving: ChildSpec = {
    ...{
      name: `server-${name}`,
      command: process.execPath,
      cwd: PROJECT_ROOT,
      environment,
      marker: databaseUrl,
    },
    args: [join(PROJECT_ROOT, 'cli', 'main.ts'), 'serve', '--name', 'server-a', '--port', String(server)],
    stop: { signal: 'SIGTERM', target: 'process', graceMs: 10_000 },
    isReady: async () => (await fetch(`${url}/health`)).status === 200,
    readyTimeoutMs: PATIENCE_MS,
  };
  return {
    spec,
    databaseUrl,
    environment,
    url,
    serving,
    artifacts: new FolderArtifactStore(join(dataDir, 'artifacts')),
  };
}

interface Told {
  readonly exitCode: number;
  readonly said: string;
}

function contender(environment: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Told> {
  const program = [join(PROJECT_ROOT, 'cli', 'main.ts'), '--json', ...args];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      program,
      { env: environment, timeout: PATIENCE_MS },
      (error, stdout, stderr) => {
        const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : 4;
        resolve({ exitCode, said: `${stdout}${stderr}` });
      },
    );
  });
}

async function done(told: Promise<Told>): Promise<void> {
  const { exitCode, said } = await told;
  if (exitCode !== 0) throw new Error(said);
}

/** What a client gets, without what every answer has anew. */
async function answer(url: string, model: string): Promise<unknown> {
  const response = await fetch(`${url}/api/v1/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, features: [FEATURES.map((_, at) => at / 7)] }),
  });
  const { predictions, version, versionHash, epoch } = (await response.json()) as Record<string, unknown>;
  return { predictions, version, versionHash, epoch };
}

const codeOf = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'done',
    (error: unknown) => (error instanceof ContenderError ? error.code : String(error)),
  );

async function drill() {
  const ports = await choosePorts(
    ['grpc', 'ui', 'http', 'metrics'].map((name) => ({ name, candidates: [] })),
  );
  const { grpc = 0, ui = 0, http = 0, metrics = 0 } = ports;
  const { pythonPath, temporalNamespace, replayNamespace } = loadConfig();
  const namespaces = [temporalNamespace, replayNamespace];
  const dataDir = folder;
  await start(temporalServer({ pythonPath, dataDir, ports: { grpc, ui, http, metrics }, namespaces }));
  const temporal = `127.0.0.1:${String(grpc)}`;

  const first = await newHost('first', temporal);
  const database = await start(first.spec);
  await migrate({ url: first.databaseUrl });
  const registry = openRegistry({ url: first.databaseUrl, applicationName: 'bench' });
  const world = new RegistryWorld(registry, await loadableManifests(first.artifacts));
  const models: string[] = [];
  for (let at = 0; at < Number(values.models); at += 1) {
    const model = await world.model();
    for (let seed = 1; seed <= Number(values.champions); seed += 1) await world.champion(model, seed);
    models.push(model);
  }
  const [model = ''] = models;
  for (let at = 0; at < Number(values.megabytes); at += 1)
    await first.artifacts.put(randomBytes(MEGABYTE), 'application/octet-stream');
  const server = await start(first.serving);
  const before = await answer(first.url, model);

  const copied = join(folder, 'backup');
  const backupBegan = performance.now();
  await done(contender(first.environment, 'backup', '--to', copied));
  const backupSeconds = (performance.now() - backupBegan) / 1000;
  const later = world.input(model);
  await registry.createRetrain(later);
  const { connection, close } = await openLine(temporal);
  const client = new Client({ connection, namespace: temporalNamespace });
  await client.workflow.start('retrainModel', {
    workflowId: later.retrainId,
    taskQueue: 'nobody',
    args: [later],
  });
  await stop(server);
  await registry.close();
  await stop(database);
  rmSync(join(folder, 'first'), { recursive: true, force: true });

  const lost = performance.now();
  const second = await newHost('second', temporal);
  await start(second.spec);
  const restoreBegan = performance.now();
  await done(contender(second.environment, 'restore', '--from', copied));
  const restoreSeconds = (performance.now() - restoreBegan) / 1000;
  await start(second.serving);
  const after = await answer(second.url, model);
  const servingAgainSeconds = (performance.now() - lost) / 1000;

  const restored = openRegistry({ url: second.databaseUrl, applicationName: 'bench' });
  try {
    const manifest = BackupManifest.parse(JSON.parse(readFileSync(join(copied, 'manifest.json'), 'utf8')));
    const audit = await restored.verifyAudit({ model: null, anchor: manifest.anchor });
    const there = new RegistryWorld(restored, await loadableManifests(second.artifacts));
    const other = await there.candidate(await there.model(), 1);
    const promotion = await codeOf(there.approved(other).then((evidence) => there.promote(other, evidence)));
    const admin = await issueToken({
      ...{ signingKeyFile: join(folder, 'key'), subject: 'mia', roles: ['admin'], ttlSeconds: 600 },
      now: new Date(),
    });
    const reconcile = ['restore', 'reconcile', '--reason', 'drill', '--token', admin.token];
    const told = await contender(second.environment, ...reconcile);
    return {
      models: models.length,
      auditRows: audit.rows,
      megabytes: Number(values.megabytes),
      ...{ backupSeconds, restoreSeconds, servingAgainSeconds },
      sameAnswer: JSON.stringify(after) === JSON.stringify(before),
      chainVerifies: audit.ok,
      promotion,
      divergenceNamed: told.exitCode === 1 && told.said.includes(later.retrainId),
      reconcile: /"code": "(\w+)"/u.exec(told.said)?.[1] ?? told.said.slice(0, 500),
    };
  } finally {
    await restored.close();
    await close();
  }
}

try {
  const result = await drill();
  const load = loadavg().map((value) => Number(value.toFixed(1)));
  const met =
    result.servingAgainSeconds <= BAR_SECONDS &&
    result.sameAnswer &&
    result.chainVerifies &&
    result.promotion === 'RESTORE_UNRECONCILED' &&
    result.divergenceNamed;
  if (values.json) console.log(JSON.stringify({ ...result, met, loadAverage: load }, undefined, 2));
  else
    console.log(
      [
        `${String(result.models)} models, ${String(result.auditRows)} audit rows, ${String(result.megabytes)} MB of artifacts, load average ${load.join(' ')}`,
        `backup ${result.backupSeconds.toFixed(1)} s; from an empty host to the same answer ${result.servingAgainSeconds.toFixed(1)} s (bar ${String(BAR_SECONDS)}), the restore ${result.restoreSeconds.toFixed(1)} s of it`,
        `same bits by the same version: ${String(result.sameAnswer)}; chain verifies: ${String(result.chainVerifies)}`,
        `promotion: ${result.promotion}; reconcile with a Temporal that is ahead: ${result.reconcile}, retrain named: ${String(result.divergenceNamed)}`,
      ].join('\n'),
    );
  if (!met) process.exitCode = 1;
} finally {
  for (const child of [...running].reverse()) await stop(child);
  watchdog.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
