import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { loadConfig, PROJECT_ROOT } from '../config/config.ts';
import { FolderArtifactStore } from '../registry/artifacts/folder-store.ts';
import { migrate } from '../registry/migrator.ts';
import { openRegistry, type Registry } from '../registry/registry.ts';
import { Child } from '../supervisor/child.ts';
import { choosePorts } from '../supervisor/ports.ts';
import { embeddedPostgres } from '../supervisor/postgres.ts';
import { Watchdog } from '../supervisor/watchdog.ts';
import { seedModel } from '../tests/integration/serving/seeded-registry.ts';

/**
 * Measures prediction servers as a client sees them, over a real registry: `node bench/serving.ts [--seconds 3] [--json]`.
 * Load generator and servers share the machine. Processor time per request is the server's own (its /metrics); it moves less
 * with other work on the machine than wall time does.
 */
const MODEL = 'bench-alpha';
const FEATURE_COUNT = 42;
const NAMES = Array.from({ length: FEATURE_COUNT }, (_, index) => `feature_${String(index)}`);
const SWAPS = 30;

interface Cell {
  readonly name: string;
  readonly connections: number;
  readonly requestsPerSecond: number;
  readonly rowsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failed: number;
  readonly serverCpuUsPerRequest: number;
}

interface SwapCell {
  readonly swaps: number;
  readonly failed: number;
  readonly requests: number;
  readonly acknowledgedP50Ms: number;
  readonly acknowledgedMaxMs: number;
  readonly p99BeforeMs: number;
  readonly p99DuringMs: number;
}

interface Server {
  readonly child: ChildProcess;
  readonly url: string;
}

const option = (name: string): string | undefined => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};
const seconds = Number(option('--seconds') ?? 3);
const asJson = process.argv.includes('--json');

function modelFile(): string {
  const { dataDir, pythonPath } = loadConfig();
  const path = join(dataDir, 'cache', 'bench-serving.onnx');
  if (existsSync(path)) return path;
  mkdirSync(dirname(path), { recursive: true });
  if (!asJson) console.log('training the model of the bench once (about half a minute)');
  const script = join(PROJECT_ROOT, 'bench', 'serving-model.py');
  execFileSync(pythonPath, [script, path], {
    env: { PYTHONPATH: join(PROJECT_ROOT, 'sidecar') },
    stdio: 'inherit',
  });
  return path;
}

async function startServer(name: string, databaseUrl: string, folder: string): Promise<Server> {
  const program = join(PROJECT_ROOT, 'cli', 'main.ts');
  const child = spawn(process.execPath, [program, '--json', 'serve', '--name', name, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      CONTENDER_DATA_DIR: folder,
      CONTENDER_ARTIFACTS_DIR: join(folder, 'artifacts'),
      CONTENDER_DATABASE_URL: databaseUrl,
      CONTENDER_TEMPORAL_ADDRESS: '127.0.0.1:1',
      CONTENDER_LOG_LEVEL: 'error',
    },
  });
  let text = '';
  while (!text.includes('}')) {
    const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
    text += chunk.toString('utf8');
  }
  child.stdout.resume();
  const { url } = JSON.parse(text) as { readonly url: string };
  while ((await fetch(`${url}/health`)).status !== 200) await delay(50);
  return { child, url };
}

async function serverCpuSeconds(server: Server): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(/^process_cpu_seconds_total\S* (\S+)/mu.exec(text)?.[1]);
}

function body(rows: number, seed: number): string {
  const value = (at: number): number => Number((Math.sin((at + 1) * (seed + 1.7)) * 2).toFixed(4));
  const features = Array.from({ length: rows }, (_, row) =>
    Array.from({ length: FEATURE_COUNT }, (__, column) => value(row * FEATURE_COUNT + column)),
  );
  return JSON.stringify({ model: MODEL, features });
}

/** A few different bodies, so that no cache of equal requests could help. */
const bodiesOf = (rows: number): readonly string[] =>
  Array.from({ length: rows === 1 ? 20 : 3 }, (_, seed) => body(rows, seed));

interface Answered {
  readonly latencyMs: number;
  readonly status: number;
}

function ask(url: string, text: string, agent: Agent): Promise<Answered> {
  const started = performance.now();
  return new Promise((resolve) => {
    const settle = (status: number): void => {
      resolve({ latencyMs: performance.now() - started, status });
    };
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    const outgoing = request(`${url}/api/v1/predict`, { method: 'POST', agent, headers }, (incoming) => {
      incoming.resume();
      incoming.on('end', () => {
        settle(incoming.statusCode ?? 0);
      });
    });
    outgoing.on('error', () => {
      settle(0);
    });
    outgoing.end(text);
  });
}

/** Keeps `connections` requests in flight until `until` says stop. */
async function load(
  server: Server,
  bodies: readonly string[],
  connections: number,
  until: () => boolean,
  seen: (answer: Answered) => void,
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  await Promise.all(
    Array.from({ length: connections }, async (_, lane) => {
      for (let turn = lane; !until(); turn += 1)
        seen(await ask(server.url, bodies[turn % bodies.length] ?? '', agent));
    }),
  );
  agent.destroy();
}

const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(share * values.length) - 1)] ?? Number.NaN;

async function measure(server: Server, rows: number, connections: number): Promise<Cell> {
  const bodies = bodiesOf(rows);
  const warmUntil = performance.now() + 500;
  await load(
    server,
    bodies,
    connections,
    () => performance.now() > warmUntil,
    () => undefined,
  );
  const answers: Answered[] = [];
  const cpuBefore = await serverCpuSeconds(server);
  const started = performance.now();
  await load(
    server,
    bodies,
    connections,
    () => performance.now() - started > seconds * 1000,
    (answer) => answers.push(answer),
  );
  const elapsedSeconds = (performance.now() - started) / 1000;
  const cpuSeconds = (await serverCpuSeconds(server)) - cpuBefore;
  const latencies = answers.map(({ latencyMs }) => latencyMs);
  return {
    name: `${String(rows)} x ${String(FEATURE_COUNT)} JSON`,
    connections,
    requestsPerSecond: answers.length / elapsedSeconds,
    rowsPerSecond: (answers.length * rows) / elapsedSeconds,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    failed: answers.filter(({ status }) => status !== 200).length,
    serverCpuUsPerRequest: (cpuSeconds / answers.length) * 1e6,
  };
}

/** Rollbacks to and fro between warm versions, each acknowledged by both servers, under single-row load on both. */
async function measureSwaps(servers: readonly Server[], registry: Registry): Promise<SwapCell> {
  const bodies = bodiesOf(1);
  const before: Answered[] = [];
  const during: Answered[] = [];
  const state = { phase: before, running: true };
  const loads = servers.map((server) =>
    load(
      server,
      bodies,
      4,
      () => !state.running,
      (answer) => state.phase.push(answer),
    ),
  );
  await delay(seconds * 1000);
  state.phase = during;
  const acknowledgedMs: number[] = [];
  for (let swap = 0; swap < SWAPS; swap += 1) {
    const started = performance.now();
    const { epoch } = await registry.rollback({
      model: MODEL,
      toVersion: (swap % 2) + 1,
      reason: 'bench',
      actor: { subject: 'bench', roles: ['operator'] },
      idempotencyKey: `bench-${String(swap)}`,
      correlationId: `bench-${String(swap)}`,
    });
    while ((await registry.swapStatus({ model: MODEL, epoch })).status !== 'complete') await delay(1);
    acknowledgedMs.push(performance.now() - started);
    await delay(50);
  }
  state.running = false;
  await Promise.all(loads);
  const latencies = (answers: readonly Answered[]): number[] => answers.map(({ latencyMs }) => latencyMs);
  return {
    swaps: SWAPS,
    failed: [...before, ...during].filter(({ status }) => status !== 200).length,
    requests: before.length + during.length,
    acknowledgedP50Ms: quantile(acknowledgedMs, 0.5),
    acknowledgedMaxMs: Math.max(...acknowledgedMs),
    p99BeforeMs: quantile(latencies(before), 0.99),
    p99DuringMs: quantile(latencies(during), 0.99),
  };
}

async function withSystem<T>(
  use: (servers: readonly Server[], registry: Registry) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'contender-bench-'));
  const watchdog = new Watchdog();
  const { postgres: port = 0 } = await choosePorts([{ name: 'postgres', candidates: [] }]);
  const { spec, databaseUrl } = await embeddedPostgres({
    root: PROJECT_ROOT,
    dataDir: folder,
    port,
    durable: true,
  });
  const postgres = new Child({
    spec,
    logFile: join(folder, 'postgres.log'),
    watchdog,
    onEvent: () => undefined,
  });
  const servers: Server[] = [];
  let registry: Registry | undefined;
  try {
    await postgres.start();
    await migrate({ url: databaseUrl });
    registry = openRegistry({ url: databaseUrl, applicationName: 'bench' });
    const bytes = new Uint8Array(readFileSync(modelFile()));
    const features = { sql: 'no features are asked for', names: NAMES };
    const artifacts = new FolderArtifactStore(join(folder, 'artifacts'));
    await seedModel(databaseUrl, artifacts, { model: MODEL, fixtures: [bytes, bytes, bytes], features });
    for (const name of ['server-a', 'server-b']) servers.push(await startServer(name, databaseUrl, folder));
    return await use(servers, registry);
  } finally {
    for (const { child } of servers) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await registry?.close();
    await postgres.stop();
    watchdog.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

const results = await withSystem(async (servers, registry) => {
  const [server] = servers;
  if (server === undefined) throw new Error('no server was started');
  const cells: Cell[] = [];
  for (const connections of [1, 8, 64]) cells.push(await measure(server, 1, connections));
  for (const connections of [1, 8]) cells.push(await measure(server, 2000, connections));
  return { cells, swaps: await measureSwaps(servers, registry) };
});

if (asJson) {
  console.log(JSON.stringify(results, undefined, 2));
} else {
  for (const cell of results.cells) {
    console.log(
      `${cell.name}, c=${String(cell.connections)}: ${cell.requestsPerSecond.toFixed(0)} requests/s, ` +
        `${cell.rowsPerSecond.toFixed(0)} rows/s, p50 ${cell.p50Ms.toFixed(2)} ms, p99 ${cell.p99Ms.toFixed(2)} ms, ` +
        `server CPU ${cell.serverCpuUsPerRequest.toFixed(0)} us/request, failed ${String(cell.failed)}`,
    );
  }
  const { swaps } = results;
  console.log(
    `${String(swaps.swaps)} rollbacks over 2 servers under load: acknowledged p50 ${swaps.acknowledgedP50Ms.toFixed(1)} ms, ` +
      `max ${swaps.acknowledgedMaxMs.toFixed(1)} ms; ${String(swaps.requests)} requests, ${String(swaps.failed)} failed; ` +
      `p99 ${swaps.p99BeforeMs.toFixed(2)} ms before, ${swaps.p99DuringMs.toFixed(2)} ms during`,
  );
}
if (results.swaps.failed > 0 || results.swaps.acknowledgedMaxMs > 1000) process.exitCode = 1;
