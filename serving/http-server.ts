import Fastify, { type FastifyInstance } from 'fastify';
import { BodyAdmission, TurnGuard } from './body-admission.ts';
import type { BreakGlass } from './break-glass.ts';
import { addBreakGlass } from './break-glass-routes.ts';
import { NoSuchEndpoint } from './errors.ts';
import { answerSocketFault, methodsOf, patience } from '../http/faults.ts';
import { takeJsonBodies } from '../http/json-body.ts';
import { addAccess, type AccessOptions } from './http-access.ts';
import { addDocs } from './http-docs.ts';
import { Departures } from './departures.ts';
import { answerError } from './http-errors.ts';
import { addExplain } from './http-explain.ts';
import { addPredict } from './http-predict.ts';
import type { ScoringParts } from './http-questions.ts';
import { addScore } from './http-score.ts';
import { addState, type StateParts } from './http-state.ts';
import { traceRequests } from '../tracing/http.ts';
import type { Tracing } from '../tracing/tracing.ts';
import type { ServingLog } from './ports.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Monotonic milliseconds at which the request's headers had been read. */
    startedMs: number;
    /** Its body was let in by its size: refusing it for the time it waits would only waste what it has cost. */
    admitted: boolean;
  }
}

export interface HttpServerOptions extends ScoringParts, StateParts {
  readonly log: ServingLog;
  readonly tracing: Tracing;
  readonly access: AccessOptions;
  readonly maxBodyBytes: number;
  readonly maxBodiesBytes: number;
  /** Expected wait, ms, above which a request is refused. */
  readonly maxWaitMs: number;
  /** Told of every request for predictions when its headers have been read. */
  readonly onRequest: () => void;
  /** Null: no local override can be set on this server. */
  readonly breakGlass: BreakGlass | null;
}

/** Sixteen megabytes over a line of five megabits a second. */
const REQUEST_MS = 30_000;
/** Bodies above this are not a few single rows: they are held for long enough to be counted. */
const SMALL_BODY_BYTES = 8 * 1024;

/** Routes of one server; listening and stopping belong to server.ts. */
export function createHttpServer(options: HttpServerOptions): FastifyInstance {
  const context = { metrics: options.metrics, log: options.log };
  const app = Fastify({
    bodyLimit: options.maxBodyBytes,
    // A client that sends its request byte by byte is let go of.
    requestTimeout: REQUEST_MS,
    http: patience(REQUEST_MS),
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    exposeHeadRoutes: true,
    clientErrorHandler: answerSocketFault,
    frameworkErrors: (error, request, reply) => {
      answerError(error, request, reply, context);
    },
  });
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply, context));
  const wrongMethod = methodsOf(app);
  app.setNotFoundHandler((request, reply) => {
    const other = wrongMethod(request);
    if (other !== null) {
      void reply.header('allow', other.allow);
      return answerError(other.error, request, reply, context);
    }
    const error = new NoSuchEndpoint(`${request.method} is not offered at this path`, {
      remedy: 'GET /openapi.json lists what is.',
    });
    return answerError(error, request, reply, context);
  });
  app.decorateRequest('startedMs', 0);
  app.decorateRequest('admitted', false);
  takeJsonBodies(app);
  addTiming(app, options);
  // Predictions are asked for by the thousand: those are recorded that somebody follows.
  traceRequests(app, options.tracing, { begins: () => false });
  addAccess(app, options.access);
  refuseEarly(app, options);
  addPredict(app, options);
  addScore(app, options);
  addExplain(app, options.explanations);
  addState(app, options);
  addDocs(app, { authenticated: options.access.tokens !== null });
  if (options.breakGlass !== null) addBreakGlass(app, options.breakGlass);
  return app;
}

function addTiming(app: FastifyInstance, { metrics, draining, onRequest }: HttpServerOptions): void {
  app.addHook('onRequest', (request, _reply, done) => {
    request.startedMs = performance.now();
    // Probes and scrapes go on while the server drains and mean nothing.
    if (request.method === 'POST') onRequest();
    done();
  });
  const departures = new Departures();
  app.addHook('onSend', (request, reply, payload, done) => {
    const seconds = (performance.now() - request.startedMs) / 1000;
    const route = request.routeOptions.url ?? 'none';
    void reply.header('x-process-time', seconds.toFixed(6));
    if (draining()) void reply.header('connection', 'close');
    metrics.requests.inc({ route, status: String(reply.statusCode) });
    metrics.requestSeconds.observe({ route }, seconds);
    departures.add(() => {
      done(null, payload);
    });
  });
}

/**
 * Under overload, reading and parsing what is refused anyway would cost what the admitted need: whoever comes too late is told so
 * from the headers. A body of unstated length counts as the largest that would be read.
 */
function refuseEarly(app: FastifyInstance, options: HttpServerOptions): void {
  const { queue, maxBodyBytes, maxBodiesBytes, maxWaitMs } = options;
  const bodies = new BodyAdmission({ maxBytes: maxBodiesBytes, maxWaitMs, nowMs: () => performance.now() });
  const turn = new TurnGuard();
  app.addHook('onRequest', (request, reply, done) => {
    if (request.method !== 'POST') {
      done();
      return;
    }
    const length = Number(request.headers['content-length']);
    const stated = Number.isFinite(length);
    const bytes = Math.min(stated ? length : maxBodyBytes, maxBodyBytes);
    try {
      turn.enter();
      const kind = stated ? (bytes > SMALL_BODY_BYTES ? 'large' : 'small') : 'unstated';
      if (kind !== 'small') queue.admit('realtime', 0);
      const body = bodies.admit(bytes, kind);
      request.admitted = kind !== 'small';
      reply.raw.once('close', () => {
        body.done(reply.raw.writableFinished && reply.statusCode === 200);
      });
      done();
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  });
}
