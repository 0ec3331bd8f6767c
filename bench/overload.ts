import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Load, quantile } from './load/load.ts';
import type { LoadCounts } from './load/load-thread.ts';
import { rawRequest } from './load/raw-http.ts';
import { bodyFor, type Fleet, MODEL, withFleet } from './rollback/fleet.ts';
import { metric, rawBodies } from './serving/cells.ts';

/**
 * Several times as many universes as a server can score, for a minute, with single rows beside them:
 * `node bench/overload.ts [--times 5] [--seconds 60] [--rows 2000] [--json]`. The peak is the most that it scores when one to
 * four clients wait for each answer: one that is refused asks again at once, and what refusals cost is not scored, so the level
 * with the largest goodput counts. Ends with 1 when a bar is missed.
 */
const { values } = parseArgs({
  options: {
    times: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '60' },
    rows: { type: 'string', default: '2000' },
    json: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
const rows = Number(values.rows);
const WARM_SECONDS = 3;
const PEAK_SECONDS = 5;
const PEAK_CONNECTIONS = [1, 2, 3, 4] as const;
const SINGLE_ROWS_PER_SECOND = 50;
/** Connections of the overload: enough that the rate is kept while answers are late. */
const LANES = 64;
const BARS = { goodput: 0.9, admittedP99Ms: 100, memory: 2 } as const;

const goodputOf = ({ requests, failed, elapsedMs }: LoadCounts): number =>
  ((requests - failed) / elapsedMs) * 1000;

interface Peak {
  readonly peak: LoadCounts;
  readonly connections: number;
}

/** The most that is scored in a second by any of the levels. */
async function peakOf(ports: readonly number[], requests: readonly Buffer[]): Promise<Peak> {
  let best: Peak | null = null;
  for (const connections of PEAK_CONNECTIONS) {
    const load = new Load({ ports, lanesPerPort: connections, requests, requestsPerSecond: 0 });
    await delay(WARM_SECONDS * 1000);
    await load.take();
    await delay(PEAK_SECONDS * 1000);
    const peak = await load.take();
    await load.stop();
    if (best === null || goodputOf(peak) > goodputOf(best.peak)) best = { peak, connections };
  }
  if (best === null) throw new Error('no level was measured');
  return best;
}

async function main(fleet: Fleet): Promise<Record<string, number>> {
  const [server] = fleet.servers;
  if (server === undefined) throw new Error('no server was started');
  const ports = [Number(new URL(server.url).port)];
  const path = `/api/v1/score?model=${MODEL}&answer=float64`;
  const requests = rawBodies(rows, 3).map((body) =>
    rawRequest({ path, body, contentType: 'application/octet-stream', token: '' }),
  );
  const single = rawRequest({
    path: '/api/v1/predict',
    body: Buffer.from(bodyFor(MODEL)),
    contentType: 'application/json',
    token: '',
  });
  const { peak, connections } = await peakOf(ports, requests);
  const memoryBefore = await metric(server.url, 'process_resident_memory_bytes');
  const offered = goodputOf(peak) * Number(values.times);
  const singles = new Load({
    ports,
    lanesPerPort: 4,
    requests: [single],
    requestsPerSecond: SINGLE_ROWS_PER_SECOND,
  });
  const flood = new Load({ ports, lanesPerPort: LANES, requests, requestsPerSecond: offered });
  let memoryMost = memoryBefore;
  const endMs = performance.now() + seconds * 1000;
  while (performance.now() < endMs) {
    await delay(1000);
    memoryMost = Math.max(memoryMost, await metric(server.url, 'process_resident_memory_bytes'));
  }
  const [counts, rowCounts] = await Promise.all([flood.take(), singles.take()]);
  await Promise.all([flood.stop(), singles.stop()]);
  const refused = counts.statuses['429'] ?? 0;
  return {
    peakPerSecond: goodputOf(peak),
    peakConnections: connections,
    peakFailed: peak.failed,
    offeredPerSecond: (counts.requests / counts.elapsedMs) * 1000,
    goodputPerSecond: goodputOf(counts),
    goodputOfPeak: goodputOf(counts) / goodputOf(peak),
    admittedP50Ms: quantile(counts.latenciesMs, 0.5),
    admittedP99Ms: quantile(counts.latenciesMs, 0.99),
    refused,
    otherwiseFailed: counts.failed - refused,
    singleRows: rowCounts.requests,
    singleRowsFailed: rowCounts.failed,
    singleRowP99Ms: quantile(rowCounts.latenciesMs, 0.99),
    memoryBeforeMb: memoryBefore / 1e6,
    memoryMostMb: memoryMost / 1e6,
    generatorBusy: counts.generatorBusy,
  };
}

const result = await withFleet(1, main);
const facts = { ...result, loadAverage: loadavg()[0] ?? Number.NaN };
if (values.json) console.log(JSON.stringify(facts, undefined, 2));
else for (const [name, value] of Object.entries(facts)) console.log(`${name}: ${value.toFixed(2)}`);
const held =
  Number(result['goodputOfPeak']) >= BARS.goodput &&
  Number(result['admittedP99Ms']) <= BARS.admittedP99Ms &&
  Number(result['memoryMostMb']) <= Number(result['memoryBeforeMb']) * BARS.memory &&
  result['otherwiseFailed'] === 0 &&
  result['singleRowsFailed'] === 0;
if (!held) process.exitCode = 1;
