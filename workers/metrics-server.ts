import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { ObserveActivity } from '../activities/edge.ts';
import type { Config } from '../config/config.ts';
import type { DrillStanding } from '../contracts/drill.ts';

export interface WorkerMetrics {
  readonly observeActivity: ObserveActivity;
  /** Counts the messages that wait whenever somebody scrapes. */
  watchOutbox(counts: () => Promise<readonly OutboxCount[]>): void;
  /** Says how old the rehearsals of every way back are whenever somebody scrapes. */
  watchDrills(standings: () => Promise<readonly DrillAge[]>, now: () => Date): void;
  listen(at: Listening): Promise<MetricsServer>;
}

/** Of a model that has a way back. */
export type DrillAge = Pick<DrillStanding, 'passedAt' | 'wayBackSince' | 'maxAgeDays' | 'newest'> & {
  readonly model: string;
};

export interface OutboxCount {
  readonly channel: string;
  readonly state: string;
  readonly rows: number;
}

export type Listening = Pick<Config, 'metricsPort' | 'listenAddress'>;

export interface MetricsServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Metrics of a worker process, by the conventions of Prometheus: seconds, `_total` for counters. */
export function createWorkerMetrics(service: string): WorkerMetrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  const attempts = new Counter({
    name: 'contender_activity_attempts_total',
    help: 'Attempts of activities by outcome',
    labelNames: ['activity', 'outcome'],
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'contender_activity_duration_seconds',
    help: 'Duration of an attempt of an activity',
    labelNames: ['activity'],
    buckets: [0.01, 0.05, 0.25, 1, 5, 15, 60, 300, 1800],
    registers: [registry],
  });
  return {
    watchOutbox: (counts) => {
      watchOutbox(registry, counts);
    },
    watchDrills: (standings, now) => {
      watchDrills(registry, standings, now);
    },
    observeActivity: (activity, outcome, seconds) => {
      attempts.inc({ activity, outcome });
      durations.observe({ activity }, seconds);
    },
    listen: (at) => listen(registry, at),
  };
}

function watchOutbox(registry: Registry, counts: () => Promise<readonly OutboxCount[]>): void {
  new Gauge({
    name: 'contender_outbox_pending',
    help: 'Notifications that wait to be sent, by channel',
    labelNames: ['channel'],
    registers: [registry],
    async collect() {
      // While the registry is away the last count stands; that it is away is said elsewhere.
      const rows = await counts().catch(() => null);
      if (rows === null) return;
      this.reset();
      for (const { channel, state, rows: waiting } of rows) {
        this.inc({ channel }, state === 'pending' ? waiting : 0);
      }
    },
  });
}

const DAY_SECONDS = 86_400;

function watchDrills(
  registry: Registry,
  standings: () => Promise<readonly DrillAge[]>,
  now: () => Date,
): void {
  let reading: Promise<readonly DrillAge[] | null> | null = null;
  // One scrape asks for all three at once, and the registry is asked once. While it is away the last word stands.
  const read = (): Promise<readonly DrillAge[] | null> =>
    (reading ??= standings()
      .catch(() => null)
      .finally(() => {
        reading = null;
      }));
  const gauge = (name: string, help: string, value: (age: DrillAge) => number): void => {
    new Gauge({
      ...{ name: `contender_drill_${name}`, help, labelNames: ['model'], registers: [registry] },
      async collect() {
        const rows = await read();
        if (rows === null) return;
        this.reset();
        for (const row of rows) this.set({ model: row.model }, value(row));
      },
    });
  };
  gauge(
    'age_seconds',
    'Since a rehearsal of the way back has passed, or since there is a way back',
    ({ passedAt, wayBackSince }) =>
      Math.max(0, (now().getTime() - Date.parse(passedAt ?? wayBackSince ?? now().toISOString())) / 1000),
  );
  gauge('failed', '1 while the newest rehearsal of the way back has failed', ({ newest }) =>
    newest?.result === 'failed' ? 1 : 0,
  );
  gauge(
    'max_age_seconds',
    'How old the spec lets the newest rehearsal that passed become',
    ({ maxAgeDays }) => maxAgeDays * DAY_SECONDS,
  );
}

async function listen(registry: Registry, at: Listening): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    if (request.url !== '/metrics' && request.url !== '/health') {
      response.writeHead(404).end();
      return;
    }
    if (request.url === '/health') {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ok"}');
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at.metricsPort, at.listenAddress, resolve);
  });
  return { port: (server.address() as AddressInfo).port, close: () => closeServer(server) };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}
