import { setTimeout as delay } from 'node:timers/promises';
import { Load, quantile } from '../load/load.ts';
import { FEATURE_COUNT, MODEL } from '../rollback/fleet.ts';

/** What one kind of request did at one number of connections. */
export interface Cell {
  readonly what: string;
  readonly connections: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time of the server's process for one request. */
  readonly cpuUs: number;
  readonly refused: number;
  readonly failed: number;
  readonly generatorBusy: number;
}

export interface Target {
  readonly what: string;
  readonly port: number;
  readonly requests: readonly Uint8Array[];
  readonly cpuSeconds: () => number | Promise<number>;
}

const WARM_MS = 1500;

/** Keeps `connections` requests in flight for a while, after a while that is not counted. */
export async function measureCell(target: Target, connections: number, seconds: number): Promise<Cell> {
  const load = new Load({
    ports: [target.port],
    lanesPerPort: connections,
    requests: target.requests,
    requestsPerSecond: 0,
  });
  await delay(WARM_MS);
  const cpuBefore = await target.cpuSeconds();
  await load.take();
  await delay(seconds * 1000);
  const counts = await load.take();
  const cpuUs = (((await target.cpuSeconds()) - cpuBefore) / counts.requests) * 1e6;
  await load.stop();
  const refused = counts.statuses['429'] ?? 0;
  return {
    what: target.what,
    connections,
    requestsPerSecond: ((counts.requests - counts.failed) / counts.elapsedMs) * 1000,
    p50Ms: quantile(counts.latenciesMs, 0.5),
    p99Ms: quantile(counts.latenciesMs, 0.99),
    cpuUs,
    refused,
    failed: counts.failed - refused,
    generatorBusy: counts.generatorBusy,
  };
}

export function describeCell(cell: Cell): string {
  return (
    `${cell.what}, ${String(cell.connections)} connections: ${cell.requestsPerSecond.toFixed(0)} answers/s, ` +
    `p50 ${cell.p50Ms.toFixed(2)} ms, p99 ${cell.p99Ms.toFixed(2)} ms, server CPU ${cell.cpuUs.toFixed(0)} us/request, ` +
    `refused ${String(cell.refused)}, failed ${String(cell.failed)}`
  );
}

/** Of a server of ours, by its own metrics. */
export async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name}\\S* (\\S+)`, 'mu').exec(text)?.[1]);
}

const value = (at: number, seed: number): number =>
  Number((Math.sin((at + 1) * (seed + 1.7)) * 2).toFixed(4));

/** A few different bodies, so that no cache of equal requests could help. */
export const jsonBodies = (rows: number, count: number): readonly Buffer[] =>
  Array.from({ length: count }, (_, seed) => {
    const features = Array.from({ length: rows }, (__, row) =>
      Array.from({ length: FEATURE_COUNT }, (___, column) => value(row * FEATURE_COUNT + column, seed)),
    );
    return Buffer.from(JSON.stringify({ model: MODEL, features }));
  });

export const rawBodies = (rows: number, count: number): readonly Buffer[] =>
  Array.from({ length: count }, (_, seed) =>
    Buffer.from(Float32Array.from({ length: rows * FEATURE_COUNT }, (__, at) => value(at, seed)).buffer),
  );
