import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { bodyFor, type Fleet, MODEL, VERSIONS, withFleet } from './rollback/fleet.ts';
import type { LoadCounts, LoadMessage, LoadPlan } from './rollback/load-thread.ts';

/**
 * How long a rollback takes under load, from the command to the last server's acknowledgement, and what clients see of it:
 * `node bench/rollback.ts [--servers 8] [--rate 1600] [--rollbacks 500] [--cold 50] [--idle 1000] [--json]`.
 * Warm: between two champions that every server holds. Cold: to a version that no server has in memory. Servers, load and
 * database share the machine.
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
const BASELINE_MS = 5000;
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

const quantile = (times: readonly number[], share: number): number =>
  times.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(share * times.length) - 1)] ?? Number.NaN;

/** Milliseconds from the command to the last acknowledgement, as the one who commands sees it. */
async function rollBack({ registry }: Fleet, toVersion: number): Promise<{ epoch: number; tookMs: number }> {
  const key = randomUUID();
  const started = performance.now();
  const { epoch } = await registry.rollback({
    model: MODEL,
    toVersion,
    reason: 'bench',
    actor: { subject: 'bench', roles: ['operator'] },
    idempotencyKey: key,
    correlationId: key,
  });
  while ((await registry.swapStatus({ model: MODEL, epoch })).status !== 'complete') await delay(2);
  return { epoch, tookMs: performance.now() - started };
}

class Load {
  readonly #thread: Worker;

  constructor({ servers }: Fleet, requestsPerSecond: number) {
    const plan: LoadPlan = { urls: servers.map(({ url }) => url), requestsPerSecond, body: bodyFor(MODEL) };
    this.#thread = new Worker(new URL('./rollback/load-thread.ts', import.meta.url), { workerData: plan });
  }

  tell(message: LoadMessage): void {
    this.#thread.postMessage(message);
  }

  async take(): Promise<LoadCounts> {
    this.tell({ kind: 'take' });
    const [counts] = (await once(this.#thread, 'message')) as [LoadCounts];
    return counts;
  }

  async stop(): Promise<void> {
    const ended = once(this.#thread, 'exit');
    this.tell({ kind: 'stop' });
    await ended;
  }
}

async function total({ servers }: Fleet, metric: string): Promise<number> {
  const texts = await Promise.all(servers.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()));
  const pattern = new RegExp(`^${metric}\\S* (\\S+)`, 'mu');
  return texts.reduce((sum, text) => sum + Number(pattern.exec(text)?.[1]), 0);
}

/** The version a number of swaps later, in the order that keeps the target warm or evicted. */
const warmTarget = (swap: number): number => (swap % 2) + 1;
const coldTarget = (swap: number): number => ((swap + 2) % VERSIONS) + 1;

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

const rate = Number(values.rate);
const result = await withFleet(Number(values.servers), async (fleet) => {
  const load = new Load(fleet, rate);
  // Both are made champion once, so that each of the measured swaps finds its target warm.
  for (const swap of [0, 1, 0, 1]) await rollBack(fleet, warmTarget(swap));
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
    idle: { swaps: Number(values.idle), memoryBefore, memoryAfter, growth: memoryAfter / memoryBefore },
  };
});

const { warm, cold, idle, baseline } = result;
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
