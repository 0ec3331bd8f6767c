import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { provenanceOf, scoreWithChampion, type Provenance } from './answering.ts';
import type { BreakGlass } from './break-glass.ts';
import { addBreakGlass } from './break-glass-routes.ts';
import { ModelNotReady, NoSuchEndpoint, QueueFull, UniverseUnavailable } from './errors.ts';
import { admitUniverse, batchFromNamedRows, batchFromVectors } from './feature-rows.ts';
import { parseBody, parsePredictRequest, ScoreRequest } from './http-contract.ts';
import { answerError } from './http-errors.ts';
import type { ServingMetrics } from './metrics.ts';
import type { ServableVersion, ServingLog } from './ports.ts';
import type { ServedModel } from './served-model.ts';
import type { ScoringQueue } from './scoring-queue.ts';
import type { SwapFollower } from './swap-follower.ts';
import type { UniverseSource } from './universe.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Monotonic milliseconds at which the request's headers had been read. */
    startedMs: number;
  }
}

export interface HttpServerOptions {
  readonly serverName: string;
  readonly follower: SwapFollower;
  readonly queue: ScoringQueue;
  /** Null: started without market data. */
  readonly universe: UniverseSource | null;
  readonly metrics: ServingMetrics;
  readonly log: ServingLog;
  readonly maxBodyBytes: number;
  readonly maxBodiesBytes: number;
  /** True once the server has begun to stop. */
  readonly draining: () => boolean;
  /** Told of every request for predictions when its headers have been read. */
  readonly onRequest: () => void;
  /** True once its scoring threads stay down. */
  readonly broken: () => boolean;
  /** Null: no local override can be set on this server. */
  readonly breakGlass: BreakGlass | null;
}

/** Routes of one server; listening and stopping belong to server.ts. */
export function createHttpServer(options: HttpServerOptions): FastifyInstance {
  const app = Fastify({
    bodyLimit: options.maxBodyBytes,
    // A client that sends its request byte by byte is let go of.
    requestTimeout: 30_000,
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    exposeHeadRoutes: false,
  });
  const context = { metrics: options.metrics, log: options.log };
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply, context));
  app.setNotFoundHandler((request, reply) => {
    const error = new NoSuchEndpoint(`${request.method} is not offered at this path`);
    return answerError(error, request, reply, context);
  });
  boundBodies(app, options.maxBodyBytes, options.maxBodiesBytes);
  app.decorateRequest('startedMs', 0);
  app.addHook('onRequest', async (request) => {
    request.startedMs = performance.now();
    // Probes and scrapes go on while the server drains and mean nothing.
    if (request.method === 'POST') options.onRequest();
    return Promise.resolve();
  });
  app.addHook('onSend', async (request, reply, payload) => {
    const seconds = (performance.now() - request.startedMs) / 1000;
    const route = request.routeOptions.url ?? 'none';
    void reply.header('x-process-time', seconds.toFixed(6));
    if (options.draining()) void reply.header('connection', 'close');
    options.metrics.requests.inc({ route, status: String(reply.statusCode) });
    options.metrics.requestSeconds.observe({ route }, seconds);
    return Promise.resolve(payload);
  });
  addPredict(app, options);
  addScore(app, options);
  addState(app, options);
  if (options.breakGlass !== null) addBreakGlass(app, options.breakGlass);
  return app;
}

/**
 * Bodies are held in memory while they arrive, before any handler can count their rows: all of them together have a bound of
 * their own. A body of unstated length counts as the largest that would be read.
 */
function boundBodies(app: FastifyInstance, maxBodyBytes: number, maxBodiesBytes: number): void {
  let held = 0;
  app.addHook('onRequest', async (request, reply) => {
    if (request.method !== 'POST') return Promise.resolve();
    const stated = Number(request.headers['content-length']);
    const bytes = Math.min(Number.isFinite(stated) ? stated : maxBodyBytes, maxBodyBytes);
    if (held + bytes > maxBodiesBytes) {
      throw new QueueFull(
        `${String(held)} bytes of requests are being read, the bound is ${String(maxBodiesBytes)}`,
        {
          remedy: 'Repeat after the time in Retry-After.',
        },
      );
    }
    held += bytes;
    reply.raw.once('close', () => {
      held -= bytes;
    });
    return Promise.resolve();
  });
}

interface PredictAnswer extends Provenance {
  readonly predictions: readonly number[];
}

function addPredict(app: FastifyInstance, { follower, queue, metrics }: HttpServerOptions): void {
  app.post('/api/v1/predict', async (request, reply): Promise<PredictAnswer> => {
    const body = parsePredictRequest(request.body);
    const prepare = (version: ServableVersion): { batch: Float32Array<ArrayBuffer>; rows: number } =>
      'rows' in body
        ? { batch: batchFromNamedRows(version, body.rows), rows: body.rows.length }
        : { batch: batchFromVectors(version, body.features), rows: body.features.length };
    const { scores, provenance } = await scoreWithChampion(
      follower.model(body.model),
      body.model,
      queue,
      prepare,
    );
    metrics.predictions.inc({ model: body.model }, scores.length);
    tag(reply, provenance);
    return { ...provenance, predictions: [...scores] };
  });
}

interface ScoreAnswer extends Provenance {
  readonly session: string;
  readonly asOf: string;
  readonly symbols: readonly string[];
  readonly predictions: readonly number[];
  readonly skipped: readonly { readonly symbol: string; readonly reason: string }[];
}

function addScore(app: FastifyInstance, { follower, queue, metrics, universe }: HttpServerOptions): void {
  app.post('/api/v1/score', async (request, reply): Promise<ScoreAnswer> => {
    const { model, session, asOf = null } = parseBody(ScoreRequest, request.body);
    if (universe === null) throw new UniverseUnavailable('this server was started without market data');
    const served = follower.model(model);
    const { scores, provenance, prepared } = await scoreWithChampion(
      served,
      model,
      queue,
      async (version) => {
        const view = served?.view;
        if (view === undefined || view === null) throw new ModelNotReady(`${model} has not been read yet`);
        const { featureCode, featureNames } = version;
        const source = { folder: view.dataFolder, market: view.market, featureCode, featureNames };
        const read = await universe.read({ ...source, session, asOf });
        const admitted = admitUniverse(version, read.features, read.symbols);
        return { ...admitted, rows: admitted.symbols.length, asOf: read.asOf };
      },
    );
    metrics.predictions.inc({ model }, scores.length);
    tag(reply, provenance);
    const { symbols, skipped } = prepared;
    return { ...provenance, session, asOf: prepared.asOf, symbols, predictions: [...scores], skipped };
  });
}

/** Also as headers, for clients that log headers only. */
function tag(reply: FastifyReply, provenance: Provenance): void {
  void reply.header('x-model-version', `${provenance.model}@${String(provenance.version)}`);
  void reply.header('x-model-epoch', String(provenance.epoch));
  if (provenance.override !== null) void reply.header('x-model-override', provenance.override.id);
}

function addState(app: FastifyInstance, options: HttpServerOptions): void {
  const { follower, metrics } = options;
  app.get('/health', async (_, reply) => {
    const models = follower.models().map(healthOf);
    const refusing = models.some((model) => model.state === 'refusing');
    const status = options.draining()
      ? 'draining'
      : options.broken()
        ? 'broken'
        : refusing
          ? 'stale'
          : follower.ready
            ? 'ready'
            : 'starting';
    void reply.status(status === 'ready' ? 200 : 503);
    return Promise.resolve({ status, server: options.serverName, models });
  });
  app.get('/metrics', async (_, reply) => {
    void reply.type(metrics.registry.contentType);
    return metrics.registry.metrics();
  });
  app.get('/api/v1/models', async () => Promise.resolve({ models: follower.models().map(describeModel) }));
}

function healthOf(model: ServedModel): Record<string, unknown> & { readonly state: string } {
  const { answering: reign, policy } = model;
  if (reign === null) return { model: model.model, state: model.view === null ? 'no-champion' : 'loading' };
  const freshness = model.freshness();
  const refusing = freshness.stale && policy?.onStale === 'refuse' && reign.override === null;
  return { state: refusing ? 'refusing' : 'serving', ...provenanceOf(model.model, reign, freshness) };
}

function describeModel(model: ServedModel): Record<string, unknown> {
  const { view } = model;
  const describe = (version: ServableVersion): Record<string, unknown> => {
    const state = model.versions.state(version.versionId);
    return {
      version: version.number,
      versionHash: version.versionId,
      state: state?.state ?? 'absent',
      reason: state?.state === 'failed' ? state.error.message : '',
    };
  };
  return {
    ...healthOf(model),
    registryEpoch: view?.epoch ?? null,
    onStale: model.policy?.onStale ?? null,
    features: model.reign === null ? [] : currentFeatures(model),
    champion: view === null ? null : describe(view.champion),
    previous: view === null ? [] : view.previous.map(describe),
    challenger: view?.challenger === undefined || view.challenger === null ? null : describe(view.challenger),
  };
}

function currentFeatures(model: ServedModel): readonly Record<string, unknown>[] {
  const version = model.answering?.champion.version;
  return (version?.featureNames ?? []).map((name) => ({
    name,
    missingAllowed: version?.missingAllowed.has(name) ?? false,
  }));
}
