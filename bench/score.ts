import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { scoreRunActivities } from '../activities/scoring/score-run.ts';
import { loadConfig, PROJECT_ROOT } from '../config/config.ts';
import type { ScoreResult } from '../contracts/score.ts';
import { closeMarketFolders } from '../extraction/folder-cache.ts';
import { parseFeatureSet } from '../extraction/feature-set.ts';
import { writeSimulatedFolder } from '../extraction/simulated-folder.ts';
import { simulateMarket, TAIWAN_SIMULATION } from '../market/simulator.ts';
import { FolderArtifactStore } from '../registry/artifacts/folder-store.ts';
import { openRegistry, type Registry } from '../registry/registry.ts';
import { setup } from '../tests/global-setup.ts';
import { seedModel } from '../tests/integration/serving/seeded-registry.ts';
import { testDatabase } from '../tests/postgres.ts';

/**
 * Scores a simulated market of more than 11,000 members (12,600 symbols) for one session, features and all, in a process of its own: `npm run
 * bench:score [-- --json] [--symbols 12600] [--sessions 400]`. Then once more with a kill -9 in the middle, resumed by another
 * process. 500 trees of 63 leaves over 42 features; rows and scores go to an embedded Postgres. Ends with 1 when a bar is missed.
 */
const BARS = { seconds: 60, megabytes: 2048 } as const;
const MODEL = 'bench-universe';
const FEATURE_COUNT = 42;
const WORKER = '--worker';
const FEATURE_SQL = join(PROJECT_ROOT, 'extraction', 'features', 'price_volume.sql');

interface Measured {
  readonly result: ScoreResult;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
}

interface Worker {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
  readonly alive: () => boolean;
  readonly answer: () => Measured;
}

function argument(name: string, usual: number): number {
  const at = process.argv.indexOf(name);
  const value = at < 0 ? usual : Number(process.argv[at + 1]);
  if (!Number.isInteger(value) || value < 20) throw new Error(`${name} is a whole number from 20`);
  return value;
}

/** One process: the activity as the compute worker runs it. */
async function work(url: string, folder: string, run: number): Promise<void> {
  const registry = openRegistry({ url, applicationName: 'bench worker', role: 'worker' });
  const artifacts = new FolderArtifactStore(join(folder, 'artifacts'));
  const started = performance.now();
  const activities = scoreRunActivities(
    { registry, artifacts, now: () => new Date() },
    { folder: join(folder, 'scores') },
  );
  const result = await activities.scoreUniverse({ run, correlationId: 'bench' });
  const wallSeconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage();
  const measured: Measured = {
    ...{ result, wallSeconds, cpuSeconds: (user + system) / 1e6 },
    peakMegabytes: process.resourceUsage().maxRSS / 1024,
  };
  process.stdout.write(`${JSON.stringify(measured)}\n`);
  await registry.close();
  await closeMarketFolders();
}

function startWorker(url: string, folder: string, run: number): Worker {
  const child = spawn(process.execPath, [import.meta.filename, WORKER, url, folder, String(run)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const ended = once(child, 'exit');
  return {
    child,
    ended,
    alive: () => child.exitCode === null && child.signalCode === null,
    answer: () => JSON.parse(text) as Measured,
  };
}

/** Made once: a market takes longer to simulate than to score. */
async function marketFolder(symbols: number, sessions: number): Promise<string> {
  const folder = join(tmpdir(), `contender-bench-score-${String(symbols)}x${String(sessions)}`);
  if (!existsSync(folder)) {
    process.stderr.write(`simulating ${String(symbols)} symbols x ${String(sessions)} sessions\n`);
    const market = simulateMarket({ ...TAIWAN_SIMULATION, symbols, sessions, seed: 11 });
    await writeSimulatedFolder({ outDir: folder, market });
  }
  return folder;
}

function modelFile(): Uint8Array {
  const { dataDir, pythonPath } = loadConfig();
  const path = join(dataDir, 'cache', 'bench-serving.onnx');
  if (!existsSync(path)) {
    mkdirSync(join(dataDir, 'cache'), { recursive: true });
    execFileSync(pythonPath, [join(PROJECT_ROOT, 'bench', 'serving-model.py'), path], {
      env: { PYTHONPATH: join(PROJECT_ROOT, 'sidecar') },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  return new Uint8Array(readFileSync(path));
}

async function killedAndResumed(
  registry: Registry,
  url: string,
  folder: string,
  run: number,
): Promise<{ readonly doneAtKill: number; readonly resumed: Measured }> {
  const first = startWorker(url, folder, run);
  for (;;) {
    const { done, skipped } = await registry.scoreRun({ run });
    if (done > skipped) break;
    if (!first.alive()) throw new Error('the worker ended before it could be killed');
    await delay(5);
  }
  first.child.kill('SIGKILL');
  await first.ended;
  const { done, completedAt } = await registry.scoreRun({ run });
  if (completedAt !== null) throw new Error('the run was complete before the kill');
  const second = startWorker(url, folder, run);
  await second.ended;
  return { doneAtKill: done, resumed: second.answer() };
}

async function main(): Promise<void> {
  const market = await marketFolder(argument('--symbols', 12_600), argument('--sessions', 400));
  const sql = readFileSync(FEATURE_SQL, 'utf8');
  const teardown = await setup();
  const database = await testDatabase();
  const folder = mkdtempSync(join(tmpdir(), 'contender-bench-scoring-'));
  const registry = openRegistry({ url: database.url, applicationName: 'bench' });
  try {
    const onnx = modelFile();
    const artifacts = new FolderArtifactStore(join(folder, 'artifacts'));
    const seeded = await seedModel(database.url, artifacts, {
      ...{ model: MODEL, fixtures: [onnx, onnx], dataFolder: market },
      features: {
        sql,
        names: parseFeatureSet(sql)
          .columns.map(({ name }) => name)
          .slice(0, FEATURE_COUNT),
      },
    });
    const truth = JSON.parse(readFileSync(`${market}.truth.json`, 'utf8')) as {
      readonly lastSession: string;
    };
    const session = truth.lastSession;
    const runs: number[] = [];
    for (const { versionId } of seeded.manifests) {
      const { id } = await registry.openScoreRun({
        ...{ model: MODEL, session, versionId, epoch: 2, isChampion: false },
        ...{ trigger: 'manual', requestedBy: 'bench' },
      });
      runs.push(id);
    }
    const [whole = 0, broken = 0] = runs;
    const undisturbed = startWorker(database.url, folder, whole);
    await undisturbed.ended;
    if (undisturbed.child.exitCode !== 0)
      throw new Error('the undisturbed run failed; its reason stands above');
    const measured = undisturbed.answer();
    const { doneAtKill, resumed } = await killedAndResumed(registry, database.url, folder, broken);
    const [one, other] = await Promise.all(runs.map((run) => registry.scoreRows({ run })));
    const same = JSON.stringify(one) === JSON.stringify(other);
    const complete = (one ?? []).length;
    report(session, measured, doneAtKill, resumed, same, complete);
  } finally {
    await registry.close();
    await database.drop();
    await teardown();
    rmSync(folder, { recursive: true, force: true });
  }
}

function report(
  session: string,
  whole: Measured,
  doneAtKill: number,
  resumed: Measured,
  same: boolean,
  symbols: number,
): void {
  const load = loadavg()[0] ?? Number.NaN;
  const met = {
    seconds: whole.wallSeconds <= BARS.seconds,
    memory: whole.peakMegabytes <= BARS.megabytes,
    resumed: same && resumed.result.resumed === doneAtKill && resumed.result.outcome === 'scored',
  };
  if (process.argv.includes('--json')) {
    const figures = { session, symbols, whole, doneAtKill, resumed, same, met, load, bars: BARS };
    process.stdout.write(`${JSON.stringify(figures, undefined, 2)}\n`);
  } else {
    const verdict = (ok: boolean): string => (ok ? 'met' : 'MISSED');
    const { result } = whole;
    process.stdout.write(
      [
        `${String(symbols)} symbols on ${session}: ${String(result.scored)} scored, ${String(result.skipped)} skipped`,
        `wall ${whole.wallSeconds.toFixed(1)} s, processor ${whole.cpuSeconds.toFixed(1)} s, load ${load.toFixed(1)}  bar <= ${String(BARS.seconds)} s: ${verdict(met.seconds)}`,
        `peak memory ${whole.peakMegabytes.toFixed(0)} MB  bar <= ${String(BARS.megabytes)} MB: ${verdict(met.memory)}`,
        `killed at ${String(doneAtKill)} rows, resumed in ${resumed.wallSeconds.toFixed(1)} s, every row the same: ${verdict(met.resumed)}`,
        '',
      ].join('\n'),
    );
  }
  process.exitCode = Object.values(met).every(Boolean) ? 0 : 1;
}

const at = process.argv.indexOf(WORKER);
const [url = '', folder = '', run = ''] = process.argv.slice(at + 1);
await (at < 0 ? main() : work(url, folder, Number(run)));
