import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { BreakGlassGrant } from '../registry/identity/break-glass-token.ts';
import { BreakGlass } from './break-glass.ts';
import { BreakGlassJournal } from './break-glass-journal.ts';
import { PortTaken } from './errors.ts';
import { createHttpServer } from './http-server.ts';
import { createServingMetrics, type ServingMetrics } from './metrics.ts';
import { SYSTEM_CLOCK, type ServingClock, type ServingLog, type ServingRegistry } from './ports.ts';
import type { Scorer } from './scorer.ts';
import { createScorerPool } from './scorer-pool.ts';
import { ScoringQueue } from './scoring-queue.ts';
import { SwapFollower } from './swap-follower.ts';
import type { UniverseSource } from './universe.ts';

export interface ServingServerOptions {
  readonly name: string;
  readonly port: number;
  /** Empty: every model of the registry. */
  readonly models: readonly string[];
  readonly registry: ServingRegistry;
  readonly universe: UniverseSource | null;
  readonly log: ServingLog;
  readonly limits?: Partial<ServingLimits>;
  readonly clock?: ServingClock;
  /** Default: a pool of `scorerThreads` threads. Not closed by the server when given. */
  readonly scorer?: Scorer;
  /** Process metrics (CPU, memory, event loop) beside the server's own; one server per process may have them. */
  readonly processMetrics?: boolean;
  /** Where local overrides are kept, and what a token allows; null: none can be set here. */
  readonly breakGlass: {
    readonly folder: string;
    readonly verify: (token: string) => Promise<BreakGlassGrant>;
  } | null;
}

export interface ServingLimits {
  readonly scorerThreads: number;
  readonly splitRows: number;
  readonly maxQueuedRows: number;
  readonly maxBodyBytes: number;
  /** Bodies held at one moment, over all requests. */
  readonly maxBodiesBytes: number;
  readonly pollMs: number;
  readonly callTimeoutMs: number;
  readonly leaseSeconds: number;
  /** Time without a request, after the first sign of stopping (health 503, connections not kept), that ends listening. */
  readonly drainGraceMs: number;
  readonly drainTimeoutMs: number;
}

/**
 * 20,000 queued rows are 0.3 s of scoring for the largest model measured, on one thread: a client told to wait longer than
 * that is better told to come again. 16 MB carry the 20,000 rows of 42 features that one request may have.
 */
export const DEFAULT_LIMITS: ServingLimits = {
  scorerThreads: 1,
  splitRows: 512,
  maxQueuedRows: 20_000,
  maxBodyBytes: 16 * 1024 * 1024,
  maxBodiesBytes: 128 * 1024 * 1024,
  pollMs: 1000,
  callTimeoutMs: 3000,
  leaseSeconds: 10,
  drainGraceMs: 250,
  drainTimeoutMs: 10_000,
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

const HOST = '127.0.0.1';

/** Starts listening at once; `/health` turns 200 when every model's champion is warm. */
export async function startServingServer(options: ServingServerOptions): Promise<ServingServer> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const clock = options.clock ?? SYSTEM_CLOCK;
  const metrics = createServingMetrics({
    service: options.name,
    defaults: options.processMetrics ?? false,
  });
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
  const queue = new ScoringQueue({ maxQueuedRows: limits.maxQueuedRows, metrics });
  const app = createHttpServer({
    serverName: options.name,
    follower,
    queue,
    universe: options.universe,
    metrics,
    log: options.log,
    maxBodyBytes: limits.maxBodyBytes,
    maxBodiesBytes: limits.maxBodiesBytes,
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
    await listen(app, options.port);
  } catch (error) {
    await closeScorer();
    throw error;
  }
  const { port } = app.server.address() as AddressInfo;
  const url = `http://${HOST}:${String(port)}`;
  follower.start(url);

  const stop = async (): Promise<void> => {
    state.draining = true;
    options.log.info({ server: options.name }, 'draining');
    await drain(app, () => state.requests, limits);
    await follower.stop();
    await breakGlass?.idle();
    await closeScorer();
    options.log.info({ server: options.name }, 'stopped');
  };
  let stopping: Promise<void> | null = null;
  return { url, port, follower, metrics, failed, stop: () => (stopping ??= stop()) };
}

/** @throws PortTaken */
async function listen(app: FastifyInstance, port: number): Promise<void> {
  try {
    await app.listen({ host: HOST, port });
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE')) throw cause;
    throw new PortTaken(`port ${String(port)} of ${HOST} is taken`, {
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
