import { randomUUID } from 'node:crypto';
import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { awaitReports } from '../activities/drill.ts';
import type { RollbackDrill } from '../contracts/drill.ts';
import { Load, quantile } from './load/load.ts';
import { rawRequest } from './load/raw-http.ts';
import { total } from './rollback/commands.ts';
import { bodyFor, type Fleet, MODEL, withFleet } from './rollback/fleet.ts';

/**
 * What a drill of the way back costs, and what clients see of it: `node bench/drill.ts [--servers 8] [--rate 1600] [--drills 20]
 * [--json]`. Each server reads, verifies, loads and warms a version of 500 trees beside the one that answers, answers 5,000
 * recorded rows with it and with the one that it keeps warm, and lets go of it. Servers, load and database share the machine.
 */
const { values } = parseArgs({
  options: {
    servers: { type: 'string', default: '8' },
    rate: { type: 'string', default: '1600' },
    drills: { type: 'string', default: '20' },
    json: { type: 'boolean', default: false },
  },
});
const LANES_PER_SERVER = 8;
/** The compilers of all servers have settled by then; the second half is what the rest is compared with. */
const SETTLE_MS = 10_000;
const BASELINE_MS = 10_000;
const PAUSE_MS = 250;
const PATIENCE_SECONDS = 60;
/** Drills before the memory is looked at first: what is allocated once is not growth. */
const SETTLING_DRILLS = 15;
const MEMORY_BAR = 1.05;

async function drill({
  registry,
}: Fleet): Promise<{ readonly drill: RollbackDrill; readonly tookMs: number }> {
  const started = performance.now();
  const { id } = await registry.openDrill({
    ...{ model: MODEL, trigger: 'manual', reason: 'bench', patienceSeconds: PATIENCE_SECONDS },
    ...{ actor: { subject: 'bench', roles: ['operator'] }, idempotencyKey: randomUUID() },
  });
  await awaitReports(registry, id);
  return { drill: await registry.endDrill({ id }), tookMs: performance.now() - started };
}

const result = await withFleet(Number(values.servers), async (fleet) => {
  const load = new Load({
    ports: fleet.servers.map(({ url }) => Number(new URL(url).port)),
    lanesPerPort: LANES_PER_SERVER,
    requests: [
      rawRequest({
        path: '/api/v1/predict',
        body: Buffer.from(bodyFor(MODEL)),
        contentType: 'application/json',
        token: '',
      }),
    ],
    requestsPerSecond: Number(values.rate),
  });
  const before = await fleet.registry.champion({ model: MODEL });
  for (let at = 0; at < SETTLING_DRILLS; at += 1) await drill(fleet);
  await delay(SETTLE_MS);
  await load.take();
  await delay(BASELINE_MS);
  const quiet = await load.take();
  const memoryBefore = await total(fleet, 'process_resident_memory_bytes');
  const tookMs: number[] = [];
  const loadMs: number[] = [];
  let broken = 0;
  for (let at = 0; at < Number(values.drills); at += 1) {
    const { drill: ended, tookMs: took } = await drill(fleet);
    tookMs.push(took);
    loadMs.push(...ended.servers.map((server) => server.loadMs ?? Number.NaN));
    if (ended.result !== 'passed') broken += 1;
    await delay(PAUSE_MS);
  }
  const during = await load.take();
  const memoryAfter = await total(fleet, 'process_resident_memory_bytes');
  await load.stop();
  const after = await fleet.registry.champion({ model: MODEL });
  return {
    servers: fleet.servers.length,
    loadAverage: loadavg().map((value) => Number(value.toFixed(1))),
    drills: tookMs.length,
    broken,
    epochMoved: after.epoch !== before.epoch,
    p50Ms: quantile(tookMs, 0.5),
    maxMs: Math.max(...tookMs),
    loadP50Ms: quantile(loadMs, 0.5),
    loadMaxMs: Math.max(...loadMs),
    requests: during.requests,
    failed: during.failed,
    anotherVersion: during.mixed + during.fell,
    quietP99Ms: quantile(quiet.latenciesMs, 0.99),
    p99Ms: quantile(during.latenciesMs, 0.99),
    memoryBefore,
    memoryAfter,
    growth: memoryAfter / memoryBefore,
  };
});

if (values.json) {
  console.log(JSON.stringify(result, undefined, 2));
} else {
  const { p50Ms, maxMs, loadP50Ms, loadMaxMs, quietP99Ms, p99Ms, growth } = result;
  console.log(`${String(result.servers)} servers, load average ${result.loadAverage.join(' ')}`);
  console.log(
    `${String(result.drills)} drills, ${String(result.broken)} did not pass: p50 ${p50Ms.toFixed(0)} ms, max ${maxMs.toFixed(0)} ms; ` +
      `loaded anew by a server p50 ${loadP50Ms.toFixed(0)} ms, max ${loadMaxMs.toFixed(0)} ms`,
  );
  console.log(
    `${String(result.requests)} requests meanwhile, ${String(result.failed)} failed, ${String(result.anotherVersion)} of another version or epoch; ` +
      `p99 ${p99Ms.toFixed(1)} ms, without drills ${quietP99Ms.toFixed(1)} ms (${(p99Ms / quietP99Ms).toFixed(2)}x)`,
  );
  console.log(
    `resident memory of all servers ${(result.memoryBefore / 1e6).toFixed(0)} -> ${(result.memoryAfter / 1e6).toFixed(0)} MB (${growth.toFixed(3)}x)`,
  );
}
if (
  result.broken + result.failed + result.anotherVersion > 0 ||
  result.epochMoved ||
  result.growth > MEMORY_BAR
) {
  process.exitCode = 1;
}
