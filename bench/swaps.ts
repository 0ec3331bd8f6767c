import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Load, quantile } from './load/load.ts';
import type { LoadCounts } from './load/load-thread.ts';
import { rawRequest } from './load/raw-http.ts';
import { coldTarget, rollBack, total, warmTarget } from './rollback/commands.ts';
import { bodyFor, type Fleet, MODEL, withFleet } from './rollback/fleet.ts';

/**
 * What clients see of swaps while the servers are half busy: `node bench/swaps.ts [--servers 2] [--swaps 50] [--cold 10]
 * [--spacing-ms 1000] [--idle 1000] [--json]`.
 *
 * 1. The peak: single rows, every connection asking again as soon as it is answered. Half of that rate is the load of the rest.
 * 2. Latency without swaps, as long as the swaps will take.
 * 3. `--swaps` between versions that every server holds, one each `--spacing-ms`; then `--cold` to a version that none holds.
 * 4. `--idle` swaps without load, for the memory.
 *
 * p99 is over every request of a phase, those between two swaps among them. Servers (as many as `contender up` starts),
 * generator and database share the machine. Ends with 1 when a bar is missed.
 */
const { values } = parseArgs({
  options: {
    servers: { type: 'string', default: '2' },
    swaps: { type: 'string', default: '50' },
    cold: { type: 'string', default: '10' },
    'spacing-ms': { type: 'string', default: '1000' },
    idle: { type: 'string', default: '1000' },
    json: { type: 'boolean', default: false },
  },
});
const BARS = { warm: 1.2, cold: 3, memory: 1.05 } as const;
const LANES_PER_SERVER = 16;
/** The compilers of all servers have settled by then. */
const SETTLE_MS = 8000;
const PEAK_MS = 5000;
/** Swaps before the memory is looked at first: what is allocated once is not growth. */
const SETTLING_SWAPS = 100;
const spacingMs = Number(values['spacing-ms']);

interface Phase {
  readonly requestsPerSecond: number;
  readonly failed: number;
  readonly fell: number;
  readonly afterAcknowledgement: number;
  readonly mixed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly generatorBusy: number;
}

function phaseOf(counts: LoadCounts): Phase {
  const { requests, failed, fell, afterAcknowledgement, mixed, latenciesMs, generatorBusy } = counts;
  return {
    requestsPerSecond: (requests / counts.elapsedMs) * 1000,
    ...{ failed, fell, afterAcknowledgement, mixed, generatorBusy },
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    maxMs: quantile(latenciesMs, 1),
  };
}

/** One swap each `spacingMs`, whatever a swap takes. */
async function swapUnder(
  fleet: Fleet,
  load: Load,
  swaps: number,
  target: (swap: number) => number,
): Promise<Phase & { readonly swapP50Ms: number; readonly swapMaxMs: number }> {
  const tookMs: number[] = [];
  await load.take();
  for (let swap = 0; swap < swaps; swap += 1) {
    const next = delay(spacingMs);
    const done = await rollBack(fleet, target(swap));
    load.tell({ kind: 'acknowledged', epoch: done.epoch });
    tookMs.push(done.tookMs);
    await next;
  }
  const phase = phaseOf(await load.take());
  return { ...phase, swapP50Ms: quantile(tookMs, 0.5), swapMaxMs: quantile(tookMs, 1) };
}

async function main(fleet: Fleet) {
  const ports = fleet.servers.map(({ url }) => Number(new URL(url).port));
  const request = rawRequest({
    ...{ path: '/api/v1/predict', contentType: 'application/json', token: '' },
    body: Buffer.from(bodyFor(MODEL)),
  });
  const plan = { ports, lanesPerPort: LANES_PER_SERVER, requests: [request] };
  for (const swap of [0, 1, 0, 1]) await rollBack(fleet, warmTarget(swap));
  const closed = new Load({ ...plan, requestsPerSecond: 0 });
  await delay(SETTLE_MS);
  await closed.take();
  await delay(PEAK_MS);
  const peak = phaseOf(await closed.take());
  await closed.stop();

  const load = new Load({ ...plan, requestsPerSecond: peak.requestsPerSecond / 2 });
  // Each is measured right after a swap has been made and settled, so that both phases begin alike.
  await rollBack(fleet, warmTarget(0));
  await delay(SETTLE_MS);
  await load.take();
  await delay(Number(values.swaps) * spacingMs);
  const before = phaseOf(await load.take());
  const warm = await swapUnder(fleet, load, Number(values.swaps), (swap) => warmTarget(swap + 1));
  const cold = await swapUnder(fleet, load, Number(values.cold), coldTarget);
  await load.stop();

  for (let swap = 0; swap < SETTLING_SWAPS; swap += 1) await rollBack(fleet, warmTarget(swap));
  const memoryBefore = await total(fleet, 'process_resident_memory_bytes');
  for (let swap = 0; swap < Number(values.idle); swap += 1) await rollBack(fleet, warmTarget(swap));
  const memoryAfter = await total(fleet, 'process_resident_memory_bytes');
  return {
    servers: fleet.servers.length,
    spacingMs,
    peak,
    before,
    warm: { ...warm, swaps: Number(values.swaps), ratio: warm.p99Ms / before.p99Ms },
    cold: { ...cold, swaps: Number(values.cold), ratio: cold.p99Ms / before.p99Ms },
    idle: { swaps: Number(values.idle), memoryBefore, memoryAfter, growth: memoryAfter / memoryBefore },
  };
}

const result = await withFleet(Number(values.servers), main);
const { peak, before, warm, cold, idle } = result;
const load = loadavg().map((value) => Number(value.toFixed(1)));
if (values.json) console.log(JSON.stringify({ ...result, loadAverage: load }, undefined, 2));
else {
  const line = (name: string, phase: Phase): string =>
    `${name}: ${phase.requestsPerSecond.toFixed(0)} requests/s, p50 ${phase.p50Ms.toFixed(2)} ms, p99 ${phase.p99Ms.toFixed(2)} ms, ` +
    `max ${phase.maxMs.toFixed(0)} ms; ${String(phase.failed)} failed, ${String(phase.fell)} of a lower epoch, ` +
    `${String(phase.afterAcknowledgement)} old after the acknowledgement, ${String(phase.mixed)} of a second version in one epoch`;
  console.log(
    `${String(result.servers)} servers, a swap each ${String(spacingMs)} ms, load average ${load.join(' ')}`,
  );
  console.log(line('peak', peak));
  console.log(line('half of it, without swaps', before));
  for (const [name, cell, bar] of [
    ['warm', warm, BARS.warm],
    ['cold', cold, BARS.cold],
  ] as const) {
    console.log(line(`${String(cell.swaps)} ${name} swaps`, cell));
    console.log(
      `  p99 ${cell.ratio.toFixed(2)}x of before (bar ${String(bar)}); a swap took ${cell.swapP50Ms.toFixed(0)} ms, at most ${cell.swapMaxMs.toFixed(0)} ms`,
    );
  }
  console.log(
    `${String(idle.swaps)} idle swaps: memory of all servers ${(idle.memoryBefore / 1e6).toFixed(0)} -> ` +
      `${(idle.memoryAfter / 1e6).toFixed(0)} MB (${idle.growth.toFixed(3)}x, bar ${String(BARS.memory)})`,
  );
}
const broken = (phase: Phase): number => phase.failed + phase.fell + phase.afterAcknowledgement + phase.mixed;
const missed =
  broken(warm) + broken(cold) > 0 ||
  warm.ratio > BARS.warm ||
  cold.ratio > BARS.cold ||
  (idle.swaps > 0 && idle.growth > BARS.memory);
if (missed) process.exitCode = 1;
