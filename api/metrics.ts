import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface ApiMetrics {
  readonly registry: Registry;
  readonly requests: Counter<'method' | 'route' | 'status'>;
  readonly seconds: Histogram<'method' | 'route'>;
  readonly denied: Counter<'code'>;
  /** Denied attempts that could not be written to their log. */
  readonly unrecorded: Counter;
  readonly liveClients: Gauge;
  readonly liveFrames: Counter<'kind'>;
  readonly snapshotSeconds: Histogram;
  readonly snapshotFailures: Counter;
}

/** Metrics of the control API, by the conventions of Prometheus. */
export function createApiMetrics(options: { readonly processMetrics: boolean }): ApiMetrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service: 'api' });
  if (options.processMetrics) collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    requests: new Counter({
      name: 'contender_api_requests_total',
      help: 'Requests by operation and status',
      labelNames: ['method', 'route', 'status'],
      registers,
    }),
    seconds: new Histogram({
      name: 'contender_api_request_duration_seconds',
      help: 'From the headers read to the answer sent',
      labelNames: ['method', 'route'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers,
    }),
    denied: new Counter({
      name: 'contender_api_denied_total',
      help: 'Attempts that were refused for who made them or how often',
      labelNames: ['code'],
      registers,
    }),
    unrecorded: new Counter({
      name: 'contender_api_denied_unrecorded_total',
      help: 'Denied attempts that could not be written to the log of refused attempts',
      registers,
    }),
    liveClients: new Gauge({
      name: 'contender_api_live_clients',
      help: 'Open WebSockets of the live view',
      registers,
    }),
    liveFrames: new Counter({
      name: 'contender_api_live_frames_total',
      help: 'Frames of the live view by kind: snapshot, delta, dropped',
      labelNames: ['kind'],
      registers,
    }),
    snapshotSeconds: new Histogram({
      name: 'contender_api_snapshot_duration_seconds',
      help: 'One reading of the registry for everybody who watches',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers,
    }),
    snapshotFailures: new Counter({
      name: 'contender_api_snapshot_failures_total',
      help: 'Readings for the live view that failed',
      registers,
    }),
  };
}
