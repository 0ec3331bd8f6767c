import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { Identify } from '../registry/identity/identify.ts';
import type { BreakGlassGrant } from '../registry/identity/break-glass-token.ts';
import { BreakGlass } from './break-glass.ts';
import { BreakGlassJournal } from './break-glass-journal.ts';
import { PortTaken } from './errors.ts';
import type { Explainer } from './explainer.ts';
import { Explanations } from './explanations.ts';
import type { AccessOptions } from './http-access.ts';
import { createHttpServer } from './http-server.ts';
import { LazyVersions } from './lazy-versions.ts';
import { createServingMetrics, type ServingMetrics } from './metrics.ts';
import { SYSTEM_CLOCK, type ServingClock, type ServingLog, type ServingRegistry } from './ports.ts';
import { RateLimit } from './rate-limit.ts';
import type { Scorer } from './scorer.ts';
import { createScorerPool } from './scorer-pool.ts';
import { ScoringQueue } from './scoring-queue.ts';
import { SwapFollower } from './swap-follower.ts';
import { NO_TRACING, type Tracing } from '../tracing/tracing.ts';
import { TokenGate } from './token-gate.ts';
import type { UniverseSource } from './universe.ts';

export interface ServingServerOptions {
  /** IP address to listen on. */
  readonly host: string;
  readonly name: string;
  readonly port: number;
  /** Empty: every model of the registry. */
  readonly models: readonly string[];
  readonly registry: ServingRegistry;
  readonly universe: UniverseSource | null;
  /** Null: predictions cannot be explained here. Closed by the server. */
  readonly explainer: Explainer | null;
  readonly log: ServingLog;
  /** Default: no request and no swap is traced. Not closed by the server. */
  readonly tracing?: Tracing;
  readonly limits?: Partial<ServingLimits>;
  readonly clock?: ServingClock;
  /** Default: a pool of `scorerThreads` threads. Not closed by the server when given. */
  readonly scorer?: Scorer;
  /** Process metrics (CPU, memory, event loop) beside the server's own; one server per process may have them. */
  readonly processMetrics?: boolean;
  /** Default: everybody may ask, as often as they like, and no page of another origin may read the answers. */
  readonly access?: ServingAccess;
  /** Where local overrides are kept, and what a token allows; null: none can be set here. */
  readonly breakGlass: {
    readonly folder: string;
    readonly verify: (token: string) => Promise<BreakGlassGrant>;
  } | null;
}

export interface ServingAccess {
  /** Checks a bearer token; null: none is asked for. */
  readonly verifyToken: Identify | null;
  /** Whether a token was called back, by its issuer and id. */
  readonly revoked: (issuer: string, tokenId: string) => boolean;
  /** Requests a second of one client, by token or address; 0: no limit. */
  readonly requestsPerSecond: number;
  /** Origins whose pages may read answers. */
  readonly corsOrigins: readonly string[];
}

const OPEN_ACCESS: ServingAccess = {
  verifyToken: null,
  revoked: () => false,
  requestsPerSecond: 0,
  corsOrigins: [],
};

export interface ServingLimits {
  readonly scorerThreads: number;
  readonly splitRows: number;
  readonly maxQueuedRows: number;
  /** Expected wait for a scoring thread, above which a request is refused. */
  readonly maxWaitMs: number;
  /** Versions kept in memory beside champion, previous and challenger. */
  readonly lazyVersions: number;
  readonly maxBodyBytes: number;
  /** Bodies held at one moment, over all requests. */
  readonly maxBodiesBytes: number;
  readonly pollMs: number;
  readonly callTimeoutMs: number;
  readonly leaseSeconds: number;
  /** Time without a request, after the first sign of stopping (health 503, connections not kept), that ends listening. */
  readonly drainGraceMs: number;
  readonly drainTimeoutMs: number;
  /** After draining: what waits then for a store or a registry that says nothing is left to the end of the process. */
  readonly closeTimeoutMs: number;
}

/**
 * 20,000 queued rows are what one request may have; beside that, what waits is bounded by time: half of the 100 ms that an
 * answer may take, since a request is also read, scored and written. 16 MB carry the 20,000 rows of 42 features that one request may have.
 */
export const DEFAULT_LIMITS: ServingLimits = {
  scorerThreads: 1,
  splitRows: 512,
  maxQueuedRows: 20_000,
  maxWaitMs: 50,
  lazyVersions: 4,
  maxBodyBytes: 16 * 1024 * 1024,
  maxBodiesBytes: 128 * 1024 * 1024,
  pollMs: 1000,
  callTimeoutMs: 3000,
  leaseSeconds: 10,
  drainGraceMs: 250,
  drainTimeoutMs: 10_000,
  closeTimeoutMs: 8000,
};

export interface ServingServer {
  readonly url: string;
  readonly port: number;
  readonly follower: SwapFollower;
  readonly metrics: ServingMetrics;
  /** Resolves with the reason when the server cannot score any more: the process is then to be started again. */
  readonly failed: Promise<Error>;
  /** Finishes what it has begun, then stops listening, gives the lease back and releases every model. Safe to call twice. */
  stop(): Promise<void>;
}

/** Every address of this machine: others reach it by its name. */
const EVERY_ADDRESS = ['0.0.0.0', '::'];

/** Starts listening at once; `/health` turns 200 when every model's champion is warm. */
export async function startServingServer(options: ServingServerOptions): Promise<ServingServer> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const clock = options.clock ?? SYSTEM_CLOCK;
  const metrics = createServingMetrics({
    service: options.name,
    defaults: options.processMetrics ?? false,
  });
  const { tracing = NO_TRACING } = options;
  const state = { draining: false, broken: false, requests: 0 };
  let fail: (error: Error) => void = () => undefined;
  const failed = new Promise<Error>((resolve) => {
    fail = resolve;
  });
  const onDown = (error: Error): void => {
    state.broken = true;
    fail(error);
  };
  const scorer = options.scorer ?? createPool(limits, metrics, options.log, onDown);
  const journal =
    options.breakGlass === null ? null : new BreakGlassJournal(options.breakGlass.folder, options.name);
  const follower: SwapFollower = new SwapFollower({
    registry: options.registry,
    scorer,
    server: { name: options.name, models: options.models },
    clock,
    log: options.log,
    metrics,
    tracing,
    beforeReading: (model) => breakGlass?.reconcile(model) ?? Promise.resolve(),
    ...limits,
  });
  const breakGlass =
    options.breakGlass === null || journal === null
      ? null
      : new BreakGlass({
          server: options.name,
          journal,
          registry: options.registry,
          verify: options.breakGlass.verify,
          model: (name) => follower.model(name),
          clock,
          log: options.log,
          metrics,
        });
  const { maxQueuedRows, maxWaitMs } = limits;
  const queue = new ScoringQueue({ maxQueuedRows, maxWaitMs, concurrency: scorer.concurrency, metrics });
  const lazy = new LazyVersions({
    registry: options.registry,
    scorer,
    clock,
    metrics,
    capacity: limits.lazyVersions,
  });
  const explanations = new Explanations({
    explainer: options.explainer,
    onEnd: (result) => {
      metrics.explanations.inc({ result });
    },
  });
  options.universe?.watch(({ model, cells, differing, largest }) => {
    metrics.comparedCells.inc({ model }, cells);
    metrics.differingCells.inc({ model }, differing);
    metrics.largestDifference.set({ model }, largest);
  });
  const app = createHttpServer({
    serverName: options.name,
    follower,
    queue,
    lazy,
    access: accessOf(options.access ?? OPEN_ACCESS, clock),
    universe: options.universe,
    explanations,
    metrics,
    tracing,
    log: options.log,
    maxBodyBytes: limits.maxBodyBytes,
    maxBodiesBytes: limits.maxBodiesBytes,
    maxWaitMs,
    draining: () => state.draining,
    onRequest: () => {
      state.requests += 1;
    },
    broken: () => state.broken,
    breakGlass,
  });
  const closeScorer = async (): Promise<void> => {
    if (options.scorer === undefined) await scorer.close();
  };
  try {
    await breakGlass?.start();
    await listen(app, options.host, options.port);
  } catch (error) {
    await closeScorer();
    throw error;
  }
  const { port } = app.server.address() as AddressInfo;
  const reachedAt = EVERY_ADDRESS.includes(options.host) ? hostname() : options.host;
  const url = `http://${reachedAt}:${String(port)}`;
  follower.start(url);

  const stop = async (): Promise<void> => {
    state.draining = true;
    options.log.info({ server: options.name }, 'draining');
    await drain(app, () => state.requests, limits);
    const closed = Promise.all([explanations.close(), lazy.close(), follower.stop(), breakGlass?.idle()]);
    await closedWithin(limits.closeTimeoutMs, closed, options.log);
    await closeScorer();
    options.log.info({ server: options.name }, 'stopped');
  };
  let stopping: Promise<void> | null = null;
  return { url, port, follower, metrics, failed, stop: () => (stopping ??= stop()) };
}

/** @throws PortTaken */
async function listen(app: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE')) throw cause;
    throw new PortTaken(`port ${String(port)} of ${host} is taken`, {
      cause,
      remedy: 'Choose another port, or 0 for any free one.',
      details: { port },
    });
  }
}

/**
 * Ends listening, then waits for what has begun. A connection whose request has not been read yet looks idle and would be cut,
 * so listening ends only when no request has come for the grace period, or half of the time for draining is over.
 */
async function drain(app: FastifyInstance, requests: () => number, limits: ServingLimits): Promise<void> {
  const endMs = performance.now() + limits.drainTimeoutMs;
  let seen: number;
  do {
    seen = requests();
    await delay(limits.drainGraceMs);
    // On a busy loop the timer may come before the sockets that are ready: two turns let them be read.
    await nextTurn();
    await nextTurn();
  } while (requests() !== seen && performance.now() < endMs - limits.drainTimeoutMs / 2);
  const drained = new AbortController();
  const leftMs = Math.max(0, endMs - performance.now());
  const late = delay(leftMs, undefined, { signal: drained.signal }).catch(() => undefined);
  await Promise.race([app.close(), late]);
  drained.abort();
  app.server.closeAllConnections();
}

async function closedWithin(ms: number, closed: Promise<unknown>, log: ServingLog): Promise<void> {
  const inTime = new AbortController();
  const late = delay(ms, true, { signal: inTime.signal }).catch(() => false);
  try {
    if ((await Promise.race([closed, late])) !== true) return;
  } finally {
    inTime.abort();
  }
  log.warn({ afterMs: ms }, 'what waits for an answer is left to the end of the process');
  closed.catch((error: unknown) => {
    log.warn({ reason: String(error) }, 'what was left has failed');
  });
}

function accessOf(
  { verifyToken, revoked, requestsPerSecond, corsOrigins }: ServingAccess,
  clock: ServingClock,
): AccessOptions {
  return {
    tokens: verifyToken === null ? null : new TokenGate({ verify: verifyToken, revoked, clock }),
    rateLimit: requestsPerSecond === 0 ? null : new RateLimit(requestsPerSecond, clock),
    corsOrigins,
  };
}

function createPool(
  limits: ServingLimits,
  metrics: ServingMetrics,
  log: ServingLog,
  onDown: (error: Error) => void,
): Scorer {
  return createScorerPool({
    threads: limits.scorerThreads,
    splitRows: limits.splitRows,
    onThreadDown: onDown,
    onThreadLost: (error) => {
      metrics.scorerDeaths.inc();
      log.error({ reason: error.message, cause: String(error.cause) }, 'scoring thread lost');
    },
  });
}
