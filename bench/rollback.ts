import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ModelSpec } from '../contracts/spec.ts';
import { Load, quantile } from './load/load.ts';
import { rawRequest } from './load/raw-http.ts';
import { coldTarget, rollBack, total, warmTarget } from './rollback/commands.ts';
import { bodyFor, type Fleet, MODEL, withFleet } from './rollback/fleet.ts';

/**
 * How long a rollback takes under load, from the command to the last server's acknowledgement, and what clients see of it:
 * `node bench/rollback.ts [--servers 8] [--rate 1600] [--rollbacks 500] [--cold 50] [--idle 1000] [--json]`.
 * Warm: between two champions that every server holds. Cold: to a version that no server has in memory. Servers, load and
 * database share the machine. Before a guard commands, it has to see the fault: that time is added once (docs/rollback.md).
 */
const { values } = parseArgs({
  options: {
    servers: { type: 'string', default: '8' },
    rate: { type: 'string', default: '1600' },
    rollbacks: { type: 'string', default: '500' },
    cold: { type: 'string', default: '50' },
    idle: { type: 'string', default: '1000' },
    json: { type: 'boolean', default: false },
  },
});
const WARM_BAR_MS = 1000;
const COLD_BAR_MS = 5000;
const MEMORY_BAR = 1.05;
/** Between two rollbacks: longer than the time within which servers poll, so that each finds them settled. */
const PAUSE_MS = 100;
/** The compilers of all servers have settled by then; the second half is what the rest is compared with. */
const SETTLE_MS = 10_000;
const BASELINE_MS = 10_000;
/** As many as keep the rate although a server has a slow moment. */
const LANES_PER_SERVER = 8;
/** Swaps before the memory is looked at first: what is allocated once is not growth. */
const SETTLING_SWAPS = 100;

interface Cell {
  readonly rollbacks: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly failed: number;
  readonly fell: number;
  readonly afterAcknowledgement: number;
  readonly mixed: number;
  readonly requestP99Ms: number;
  readonly serverCpuUsPerRequest: number;
}

async function measure(
  fleet: Fleet,
  load: Load,
  rollbacks: number,
  target: (swap: number) => number,
): Promise<Cell> {
  const tookMs: number[] = [];
  const cpuBefore = await total(fleet, 'process_cpu_seconds_total');
  await load.take();
  for (let swap = 0; swap < rollbacks; swap += 1) {
    const { epoch, tookMs: took } = await rollBack(fleet, target(swap));
    load.tell({ kind: 'acknowledged', epoch });
    tookMs.push(took);
    await delay(PAUSE_MS);
  }
  const counts = await load.take();
  const cpuSeconds = (await total(fleet, 'process_cpu_seconds_total')) - cpuBefore;
  const { requests, failed, fell, afterAcknowledgement, mixed } = counts;
  return {
    rollbacks,
    p50Ms: quantile(tookMs, 0.5),
    p99Ms: quantile(tookMs, 0.99),
    maxMs: Math.max(...tookMs),
    ...{ requests, failed, fell, afterAcknowledgement, mixed },
    requestsPerSecond: requests / (counts.elapsedMs / 1000),
    requestP99Ms: quantile(counts.latenciesMs, 0.99),
    serverCpuUsPerRequest: (cpuSeconds / requests) * 1e6,
  };
}

/** A guard measures once in a session; those of a live clock are a day apart, and further over a weekend. */
const MEASURING_INTERVAL_SECONDS = 86_400;

/** What a guard adds once to a rollback of its own: the longest that a fault which shows in every session stays unseen. */
function detectionSeconds(): number {
  const { failedLimit } = ModelSpec.parse({ model: MODEL, market: 'XTAI', data: '.' }).guard;
  return failedLimit * MEASURING_INTERVAL_SECONDS;
}

const rate = Number(values.rate);
const result = await withFleet(Number(values.servers), async (fleet) => {
  const ports = fleet.servers.map(({ url }) => Number(new URL(url).port));
  const request = rawRequest({
    path: '/api/v1/predict',
    body: Buffer.from(bodyFor(MODEL)),
    contentType: 'application/json',
    token: '',
  });
  const load = new Load({
    ports,
    lanesPerPort: LANES_PER_SERVER,
    requests: [request],
    requestsPerSecond: rate,
  });
  // Both are made champion once, so that each of the measured swaps finds its target warm.
  for (const swap of [0, 1, 0, 1]) await rollBack(fleet, warmTarget(swap));
  await delay(SETTLE_MS);
  await load.take();
  await delay(BASELINE_MS);
  const before = await load.take();
  const warm = await measure(fleet, load, Number(values.rollbacks), warmTarget);
  const cold = await measure(fleet, load, Number(values.cold), coldTarget);
  await load.stop();
  for (let swap = 0; swap < SETTLING_SWAPS; swap += 1) await rollBack(fleet, warmTarget(swap));
  const memoryBefore = await total(fleet, 'process_resident_memory_bytes');
  for (let swap = 0; swap < Number(values.idle); swap += 1) await rollBack(fleet, warmTarget(swap));
  const memoryAfter = await total(fleet, 'process_resident_memory_bytes');
  return {
    servers: fleet.servers.length,
    loadAverage: loadavg().map((value) => Number(value.toFixed(1))),
    baseline: {
      requestsPerSecond: before.requests / (before.elapsedMs / 1000),
      failed: before.failed,
      requestP99Ms: quantile(before.latenciesMs, 0.99),
    },
    warm,
    cold,
    guarded: {
      detectionSeconds: detectionSeconds(),
      withWarmP99Seconds: detectionSeconds() + warm.p99Ms / 1000,
    },
    idle: { swaps: Number(values.idle), memoryBefore, memoryAfter, growth: memoryAfter / memoryBefore },
  };
});

const { warm, cold, idle, baseline, guarded } = result;
if (values.json) {
  console.log(JSON.stringify(result, undefined, 2));
} else {
  console.log(`${String(result.servers)} servers, load average ${result.loadAverage.join(' ')}`);
  console.log(
    `without swaps: ${baseline.requestsPerSecond.toFixed(0)} requests/s, p99 ${baseline.requestP99Ms.toFixed(1)} ms`,
  );
  for (const [name, cell] of [
    ['warm', warm],
    ['cold', cold],
  ] as const) {
    console.log(
      `${name}: ${String(cell.rollbacks)} rollbacks at ${cell.requestsPerSecond.toFixed(0)} requests/s, command to last ` +
        `acknowledgement p50 ${cell.p50Ms.toFixed(0)} ms, p99 ${cell.p99Ms.toFixed(0)} ms, max ${cell.maxMs.toFixed(0)} ms; ` +
        `${String(cell.requests)} requests, ${String(cell.failed)} failed, ${String(cell.fell)} of a lower epoch, ` +
        `${String(cell.afterAcknowledgement)} old after the acknowledgement, ${String(cell.mixed)} of a second version in one epoch; ` +
        `request p99 ${cell.requestP99Ms.toFixed(1)} ms (${(cell.requestP99Ms / baseline.requestP99Ms).toFixed(2)}x), ` +
        `server CPU ${cell.serverCpuUsPerRequest.toFixed(0)} us/request`,
    );
  }
  console.log(
    `a rollback by the guard, its detection added once (failedLimit of a plain spec x ${String(MEASURING_INTERVAL_SECONDS)} s): ` +
      `at most ${guarded.withWarmP99Seconds.toFixed(2)} s after the fault began, ${(guarded.withWarmP99Seconds - guarded.detectionSeconds).toFixed(2)} s after it was seen`,
  );
  console.log(
    `${String(idle.swaps)} idle swaps: resident memory of all servers ${(idle.memoryBefore / 1e6).toFixed(0)} -> ` +
      `${(idle.memoryAfter / 1e6).toFixed(0)} MB (${idle.growth.toFixed(3)}x)`,
  );
}
const broken = (cell: Cell): number => cell.failed + cell.fell + cell.afterAcknowledgement + cell.mixed;
const missed =
  broken(warm) + broken(cold) > 0 ||
  warm.p99Ms >= WARM_BAR_MS ||
  cold.p99Ms >= COLD_BAR_MS ||
  (idle.swaps > 0 && idle.growth > MEMORY_BAR);
if (missed) process.exitCode = 1;
