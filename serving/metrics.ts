import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Metrics of one server process, in a registry of its own so that several servers can live in one test. */
export interface ServingMetrics {
  readonly registry: Registry;
  readonly requests: Counter<'route' | 'status'>;
  readonly requestSeconds: Histogram<'route'>;
  readonly predictions: Counter<'model'>;
  readonly queuedRows: Gauge<'lane'>;
  readonly inPlaceRows: Counter;
  readonly refusedRequests: Counter<'reason'>;
  readonly batchRows: Histogram;
  readonly scoreSeconds: Histogram;
  readonly swaps: Counter<'model'>;
  readonly refusedEpochs: Counter<'model'>;
  readonly epoch: Gauge<'model'>;
  readonly versionNumber: Gauge<'model'>;
  readonly loadedVersions: Gauge<'model'>;
  readonly loads: Counter<'model' | 'result'>;
  readonly loadSeconds: Histogram<'model'>;
  readonly notifications: Counter;
  readonly notificationGaps: Counter<'model'>;
  readonly lazyHits: Counter;
  readonly lazyLoads: Counter<'result'>;
  readonly lazyLoadSeconds: Histogram;
  readonly comparedCells: Counter<'model'>;
  readonly differingCells: Counter<'model'>;
  readonly largestDifference: Gauge<'model'>;
  readonly registryUp: Gauge;
  readonly registryFailures: Counter<'step'>;
  readonly scorerDeaths: Counter;
  readonly breakGlass: Counter<'result'>;
  readonly drills: Counter<'model' | 'result'>;
  readonly explanations: Counter<'result'>;
}

const LATENCY_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export interface ServingMetricsOptions {
  /** Value of the label `service` of every metric. */
  readonly service: string;
  /** Also CPU, memory and event loop of the process. */
  readonly defaults: boolean;
}

export function createServingMetrics(options: ServingMetricsOptions): ServingMetrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service: options.service });
  if (options.defaults) collectDefaultMetrics({ register: registry });
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[] = []): Counter<L> =>
    new Counter({
      name: `contender_serving_${name}`,
      help,
      labelNames: [...labelNames],
      registers: [registry],
    });
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[] = []): Gauge<L> =>
    new Gauge({
      name: `contender_serving_${name}`,
      help,
      labelNames: [...labelNames],
      registers: [registry],
    });
  const histogram = <L extends string>(
    name: string,
    help: string,
    buckets: readonly number[],
    labelNames: readonly L[] = [],
  ): Histogram<L> =>
    new Histogram({
      name: `contender_serving_${name}`,
      help,
      buckets: [...buckets],
      labelNames: [...labelNames],
      registers: [registry],
    });
  return {
    registry,
    requests: counter('requests_total', 'Requests answered', ['route', 'status']),
    requestSeconds: histogram('request_seconds', 'Time to answer a request', LATENCY_BUCKETS, ['route']),
    predictions: counter('predictions_total', 'Rows scored and answered', ['model']),
    queuedRows: gauge('queued_rows', 'Rows admitted and not yet scored', ['lane']),
    inPlaceRows: counter('in_place_rows_total', 'Rows scored without a scoring thread'),
    refusedRequests: counter('refused_requests_total', 'Requests refused by reason', ['reason']),
    batchRows: histogram('batch_rows', 'Rows of one run of the scorer', [1, 4, 16, 64, 256, 1024, 4096]),
    scoreSeconds: histogram('score_seconds', 'Time of one run of the scorer', LATENCY_BUCKETS),
    swaps: counter('swaps_total', 'Champion pointer moves', ['model']),
    refusedEpochs: counter('refused_epochs_total', 'Readings with an epoch below our own', ['model']),
    epoch: gauge('epoch', 'Epoch that answers', ['model']),
    versionNumber: gauge('version_number', 'Version that answers', ['model']),
    loadedVersions: gauge('loaded_versions', 'Versions loaded and warm', ['model']),
    loads: counter('loads_total', 'Versions loaded or refused', ['model', 'result']),
    loadSeconds: histogram(
      'load_seconds',
      'Reading, verifying, loading and warming a version',
      LATENCY_BUCKETS,
      ['model'],
    ),
    notifications: counter('notifications_total', 'Swap notifications heard'),
    notificationGaps: counter(
      'notification_gaps_total',
      'Swap notifications that were lost before one heard',
      ['model'],
    ),
    lazyHits: counter('lazy_hits_total', 'Requests for another version that was in memory'),
    lazyLoads: counter('lazy_loads_total', 'Other versions loaded on request', ['result']),
    lazyLoadSeconds: histogram(
      'lazy_load_seconds',
      'Reading, verifying, loading and warming another version',
      LATENCY_BUCKETS,
    ),
    comparedCells: counter(
      'features_compared_total',
      'Feature values answered with and extracted again later',
      ['model'],
    ),
    differingCells: counter(
      'features_differing_total',
      'Of the values compared, those that came out otherwise',
      ['model'],
    ),
    largestDifference: gauge('features_largest_difference', 'Of the last comparison, absolute', ['model']),
    registryUp: gauge('registry_up', '1 while the registry answers'),
    registryFailures: counter('registry_failures_total', 'Failed calls of the registry', ['step']),
    breakGlass: counter('break_glass_total', 'Local overrides: set, refused, reconciled', ['result']),
    drills: counter('drills_total', 'Rehearsals of the way back; no pointer moves', ['model', 'result']),
    explanations: counter('explanations_total', 'Explanations done or failed', ['result']),
    scorerDeaths: counter('scorer_deaths_total', 'Scoring threads that died'),
  };
}
