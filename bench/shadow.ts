import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { inheritedEnvironment, PROJECT_ROOT } from '../config/config.ts';
import { writeSimulatedFolder } from '../extraction/simulated-folder.ts';
import { simulateMarket } from '../market/simulator.ts';
import { FolderArtifactStore } from '../registry/artifacts/folder-store.ts';
import { startInBackground } from '../supervisor/background.ts';
import { FEATURE_SQL } from '../tests/integration/serving/feature-sql.ts';
import { seedModel } from '../tests/integration/serving/seeded-registry.ts';
import { FEATURES, modelBytes } from '../tests/unit/serving/fixtures.ts';
import { Load, quantile } from './load/load.ts';
import { rawRequest } from './load/raw-http.ts';
import { type Fleet, withFleet } from './rollback/fleet.ts';
import { jsonBodies } from './serving/cells.ts';
import type { ChallengerBench, ChallengerReport } from './shadow/challenger-input.ts';
import { type BlockPair, judgeBlocks, windowChange } from './shadow/paired-blocks.ts';

/**
 * What three challengers cost the champion: `node bench/shadow.ts [--seconds 5] [--pairs 40] [--rate 200] [--priority idle] [--json]`.
 *
 * A prediction server answers at a fixed rate, in short blocks in the order A B B A: in the B blocks a process of its own scores
 * the shadows of three challengers on a simulated market of 200 symbols, session after session without a pause; in the A blocks
 * that process is stopped. A block has its p99; a pair of neighbours its ratio. Printed are the median ratio with its 95 %
 * interval, the same of neighbouring A blocks (the noise of this machine, hence what can be resolved at all), and what users meet:
 * the p99 of a market's open hours, in which one session of three shadows is scored and not one after the other. That is the
 * figure of the bar; it is made of the very same requests, mixed in the share of the time that a session takes. `--priority
 * normal` runs that process as any other. Ends with 1 when a bar is missed.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    pairs: { type: 'string', default: '40' },
    rate: { type: 'string', default: '200' },
    priority: { type: 'string', default: 'idle' },
    json: { type: 'boolean', default: false },
  },
});
const BARS = { pairing: 0.999, p99Change: 0.02 } as const;
/** Open hours of the market: the shortest window that has one session of shadows. */
const OPEN_SECONDS = 4.5 * 3600;
const SHADOW_MODEL = 'bench-shadow';
const FROM = '2018-06-01';
const say = (text: string): void => {
  if (!values.json) console.log(text);
};

async function seedShadow(fleet: Fleet, folder: string): Promise<ChallengerBench> {
  const market = simulateMarket({ symbols: 200, sessions: 260, flipSession: null });
  await writeSimulatedFolder({ outDir: join(folder, 'market'), market });
  const databaseUrl = fleet.environment['CONTENDER_DATABASE_URL'] ?? '';
  const artifacts = fleet.environment['CONTENDER_ARTIFACTS_DIR'] ?? '';
  const fixtures = (['a', 'b', 'c', 'a'] as const).map((name) => modelBytes(name));
  await seedModel(databaseUrl, new FolderArtifactStore(artifacts), {
    ...{ model: SHADOW_MODEL, fixtures, dataFolder: join(folder, 'market') },
    features: { sql: FEATURE_SQL, names: FEATURES },
  });
  return {
    ...{ databaseUrl, artifacts, scratch: folder, model: SHADOW_MODEL, from: FROM, sessions: 120 },
  };
}

async function startChallengers(input: ChallengerBench): Promise<ChildProcess> {
  const program = join(PROJECT_ROOT, 'bench', 'shadow', 'challengers.ts');
  const environment = inheritedEnvironment();
  const child =
    values.priority === 'idle'
      ? startInBackground(program, [JSON.stringify(input)], environment)
      : fork(program, [JSON.stringify(input)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => {
      throw new Error('the challengers ended early');
    }),
  ]);
  return child;
}

async function reportOf(child: ChildProcess): Promise<ChallengerReport> {
  child.send('report');
  const [report] = (await once(child, 'message')) as [ChallengerReport];
  return report;
}

/** Latencies of one block, ms. */
async function block(load: Load): Promise<readonly number[]> {
  await load.take();
  await delay(Number(values.seconds) * 1000);
  const { latenciesMs, failed } = await load.take();
  if (failed > 0) throw new Error(`${String(failed)} requests failed`);
  return [...latenciesMs];
}

async function measure(fleet: Fleet, folder: string) {
  const [server] = fleet.servers;
  if (server === undefined) throw new Error('no server was started');
  const child = await startChallengers(await seedShadow(fleet, folder));
  const before = await reportOf(child);
  child.kill('SIGSTOP');
  const requests = jsonBodies(1, 20).map((body) =>
    rawRequest({ path: '/api/v1/predict', body, contentType: 'application/json', token: '' }),
  );
  const load = new Load({
    ...{ ports: [Number(new URL(server.url).port)], lanesPerPort: 4, requests },
    requestsPerSecond: Number(values.rate),
  });
  await delay(3000);
  const alone = (): Promise<readonly number[]> => block(load);
  const beside = async (): Promise<readonly number[]> => {
    child.kill('SIGCONT');
    try {
      return await block(load);
    } finally {
      child.kill('SIGSTOP');
    }
  };
  const pairs: BlockPair[] = [];
  for (let at = 0; at < Number(values.pairs); at += 1) {
    const aloneFirst = at % 2 === 0;
    const [first, second] = aloneFirst
      ? [await alone(), await beside()]
      : [await beside(), await alone()].toReversed();
    if (first === undefined || second === undefined) throw new Error('a block is missing');
    pairs.push({ alone: first, beside: second });
    say(
      `pair ${String(at + 1)}: p99 alone ${quantile(first, 0.99).toFixed(2)} ms, beside three challengers ${quantile(second, 0.99).toFixed(2)} ms`,
    );
  }
  await load.stop();
  child.kill('SIGCONT');
  const after = await reportOf(child);
  const ended = once(child, 'exit');
  child.disconnect();
  await ended;
  return { pairs, before, after };
}

const folder = mkdtempSync(join(tmpdir(), 'contender-bench-shadow-'));
try {
  const { pairs, before, after } = await withFleet(1, (fleet) => measure(fleet, folder));
  const judged = judgeBlocks(pairs, BARS.p99Change);
  const sessions = after.sessions - before.sessions;
  const cpuSecondsPerSession = (after.cpuSeconds - before.cpuSeconds) / Math.max(1, sessions);
  const wallSecondsPerSession = (Number(values.seconds) * pairs.length) / Math.max(1, sessions);
  const windows = {
    openHours: windowChange(pairs, wallSecondsPerSession, OPEN_SECONDS),
    tenMinutes: windowChange(pairs, wallSecondsPerSession, 600),
  };
  const pairing = after.pairedRows / after.rows;
  const met = pairing >= BARS.pairing && windows.openHours.change.upper < BARS.p99Change;
  const result = {
    ...{ ...judged, windows, pairing, rows: after.rows, sessions: after.sessions, lost: after.lost },
    ...{ lostReasons: after.reasons, cpuSecondsPerSession, wallSecondsPerSession },
    ...{ priority: values.priority, load: loadavg()[0], bars: BARS, met },
  };
  if (values.json) console.log(JSON.stringify(result, null, 2));
  else {
    const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
    const { change, noise } = judged;
    say(
      `p99 ${judged.p99AloneMs.toFixed(2)} ms alone, ${judged.p99BesideMs.toFixed(2)} ms while three challengers are scored (medians of ${String(pairs.length)} blocks of ${values.seconds} s)`,
    );
    say(
      `work without end: ${percent(change.median)} while they are scored (95 %: ${percent(change.lower)} to ${percent(change.upper)}); held against the bar: ${judged.verdict}`,
    );
    say(
      `noise: alone against alone ${percent(noise.median)} (95 %: ${percent(noise.lower)} to ${percent(noise.upper)}), so ${percent(judged.resolution)} can be resolved`,
    );
    for (const [name, window] of [
      ['open hours of 4.5 h', windows.openHours],
      ['the ten minutes around it', windows.tenMinutes],
    ] as const) {
      const { median, lower, upper } = window.change;
      say(
        `${name} with one session of three shadows (${percent(window.share)} of the time): p99 ${percent(median)} (95 %: ${percent(lower)} to ${percent(upper)})${window.atMost === null ? '' : `, at most ${percent(window.atMost)} whatever it does to the requests it meets`}`,
      );
    }
    say(
      `bar: p99 of the open hours changes by less than ${percent(BARS.p99Change)}: ${windows.openHours.change.upper < BARS.p99Change ? 'met' : 'missed'}`,
    );
    say(
      `pairing ${(100 * pairing).toFixed(3)} % of ${String(after.rows)} rows over ${String(after.sessions)} sessions (bar 99.9 %), ${String(after.lost)} lost${after.reasons.length === 0 ? '' : `: ${after.reasons.join('; ')}`}`,
    );
    say(
      `${cpuSecondsPerSession.toFixed(2)} s of processor time and ${wallSecondsPerSession.toFixed(2)} s of work per session of three shadows; priority ${values.priority}; load ${String(result.load?.toFixed(1))}`,
    );
  }
  if (!met) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
