import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { PROJECT_ROOT } from '../config/config.ts';
import { writeSimulatedFolder } from '../extraction/simulated-folder.ts';
import { simulateMarket } from '../market/simulator.ts';
import { FolderArtifactStore } from '../registry/artifacts/folder-store.ts';
import { seedModel } from '../tests/integration/serving/seeded-registry.ts';
import { FEATURES, modelBytes } from '../tests/unit/serving/fixtures.ts';
import { Load, quantile } from './load/load.ts';
import { rawRequest } from './load/raw-http.ts';
import { type Fleet, withFleet } from './rollback/fleet.ts';
import { jsonBodies } from './serving/cells.ts';
import type { ChallengerBench, ChallengerReport } from './shadow/challenger-input.ts';

/**
 * What three challengers cost the champion: `node bench/shadow.ts [--seconds 20] [--rounds 6] [--rate 200] [--pause 0]
 * [--nice 0] [--json]`. A prediction server answers at a fixed rate; in every other round a process of its own scores the shadows of
 * three challengers on a simulated market of 200 symbols, session after session. A market has one a day; `--pause` puts so many
 * seconds between two, and with 0 a processor is never without that work. `--nice` is the niceness of that process, as a
 * compute worker on the machine of a server should have it. Ends with 1 when a bar is missed.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '6' },
    rate: { type: 'string', default: '200' },
    pause: { type: 'string', default: '0' },
    nice: { type: 'string', default: '0' },
    json: { type: 'boolean', default: false },
  },
});
const BARS = { pairing: 0.999, p99Change: 0.02 } as const;
const SHADOW_MODEL = 'bench-shadow';
const FROM = '2018-06-01';
const SQL = `-- feature-set: price_volume
-- views: 1
-- lookback: 21
-- bars: open[1], high[5], close[21], ret[20], turnover[20]
-- column momentum_20: return over 20 sessions, as it is
-- column reversal_5 rank: return over 4 sessions, reversed
-- column volatility_20 rank: of the absolute returns
-- column turnover_20 rank: greatest turnover
-- column gap_1: open over the close before
-- column age_sessions: highest high over close
SELECT symbol, session_index, close[-1] / close[-21] - 1 AS momentum_20, -close[-1] / close[-5] AS reversal_5,
  mean_of(list_transform(ret, lambda r: abs(r)), 5) AS volatility_20, highest_of(turnover, 5) AS turnover_20,
  open[-1] / close[-2] - 1 AS gap_1, highest_of(high, 2) / close[-1] AS age_sessions
FROM windows
`;

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
    features: { sql: SQL, names: FEATURES },
  });
  return {
    ...{ databaseUrl, artifacts, scratch: folder, model: SHADOW_MODEL, from: FROM, sessions: 120 },
    pauseMs: Number(values.pause) * 1000,
  };
}

async function startChallengers(input: ChallengerBench): Promise<ChildProcess> {
  const program = join(PROJECT_ROOT, 'bench', 'shadow', 'challengers.ts');
  const child = spawn('nice', ['-n', values.nice, process.execPath, program, JSON.stringify(input)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => {
      throw new Error('the challengers ended early');
    }),
  ]);
  return child;
}

async function endChallengers(child: ChildProcess): Promise<ChallengerReport> {
  child.send('report');
  const [report] = (await once(child, 'message')) as [ChallengerReport];
  child.disconnect();
  if (child.exitCode === null) await once(child, 'exit');
  return report;
}

async function round(load: Load): Promise<number> {
  await load.take();
  await delay(Number(values.seconds) * 1000);
  const { latenciesMs, failed } = await load.take();
  if (failed > 0) throw new Error(`${String(failed)} requests failed`);
  return quantile(latenciesMs, 0.99);
}

async function measure(fleet: Fleet, folder: string) {
  const [server] = fleet.servers;
  if (server === undefined) throw new Error('no server was started');
  const input = await seedShadow(fleet, folder);
  const requests = jsonBodies(1, 20).map((body) =>
    rawRequest({ path: '/api/v1/predict', body, contentType: 'application/json', token: '' }),
  );
  const load = new Load({
    ...{ ports: [Number(new URL(server.url).port)], lanesPerPort: 4, requests },
    requestsPerSecond: Number(values.rate),
  });
  await delay(2000);
  const [alone, beside]: [number[], number[]] = [[], []];
  const reports: ChallengerReport[] = [];
  for (let at = 0; at < Number(values.rounds); at += 1) {
    alone.push(await round(load));
    const child = await startChallengers(input);
    beside.push(await round(load));
    reports.push(await endChallengers(child));
    say(
      `round ${String(at + 1)}: p99 alone ${String(alone.at(-1)?.toFixed(2))} ms, beside three challengers ${String(beside.at(-1)?.toFixed(2))} ms`,
    );
  }
  await load.stop();
  return { alone, beside, reports };
}

const folder = mkdtempSync(join(tmpdir(), 'contender-bench-shadow-'));
try {
  const { alone, beside, reports } = await withFleet(1, (fleet) => measure(fleet, folder));
  const sum = (of: (report: ChallengerReport) => number): number =>
    reports.reduce((total, report) => total + of(report), 0);
  const [p99Alone, p99Beside] = [quantile(alone, 0.5), quantile(beside, 0.5)];
  const result = {
    ...{ p99AloneMs: p99Alone, p99BesideMs: p99Beside, p99Change: p99Beside / p99Alone - 1 },
    sessions: sum(({ sessions }) => sessions),
    rows: sum(({ rows }) => rows),
    pairing: sum(({ pairedRows }) => pairedRows) / sum(({ rows }) => rows),
    lost: sum(({ lost }) => lost),
    lostReasons: [...new Set(reports.flatMap(({ reasons }) => reasons))],
    cpuSecondsPerSession: sum(({ cpuSeconds }) => cpuSeconds) / sum(({ sessions }) => sessions),
    ...{ pauseSeconds: Number(values.pause), nice: Number(values.nice), load: loadavg()[0] },
  };
  const met = result.pairing >= BARS.pairing && result.p99Change < BARS.p99Change;
  if (values.json) console.log(JSON.stringify({ ...result, bars: BARS, met }, null, 2));
  else {
    say(
      `p99 ${p99Alone.toFixed(2)} ms alone, ${p99Beside.toFixed(2)} ms beside three challengers: ${(100 * result.p99Change).toFixed(1)} % (bar < 2 %), medians of ${values.rounds} rounds`,
    );
    say(
      `pairing ${(100 * result.pairing).toFixed(3)} % of ${String(result.rows)} rows over ${String(result.sessions)} sessions (bar 99.9 %), ${String(result.lost)} lost${result.lostReasons.length === 0 ? '' : `: ${result.lostReasons.join('; ')}`}`,
    );
    say(
      `${result.cpuSecondsPerSession.toFixed(2)} s of processor time per session of three shadows, start included; load ${String(result.load?.toFixed(1))}`,
    );
  }
  if (!met) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
