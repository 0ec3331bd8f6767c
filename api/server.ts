import { createHash, randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { RetrainId } from '../contracts/api/text.ts';
import type { Identity } from '../contracts/identity.ts';
import { ModelName } from '../contracts/primitives.ts';
import type { Identify } from '../registry/identity/identify.ts';
import type { OidcSignIn } from '../registry/identity/oidc-sign-in.ts';
import type { Registry } from '../registry/registry.ts';
import type { TemporalLink } from '../control/temporal-link.ts';
import { IdempotencyKeyMissing, NotSignedIn, ResourceChanged, RouteUnknown } from './errors.ts';
import { RequestGate } from './identity-of-request.ts';
import type { SignedIn } from './identity-of-request.ts';
import { Live } from './live/live.ts';
import {
  addFigures,
  addVersionFigures,
  FIGURE_OPERATION,
  FIGURE_URL,
  FigurePages,
  VERSION_FIGURE_URL,
} from './figures.ts';
import type { ApiMetrics } from './metrics.ts';
import { addReports, REPORT_OPERATION, REPORT_URLS, type MakeReport } from './reports.ts';
import { addOidc } from './oidc-routes.ts';
import { openApiDocument } from './openapi.ts';
import { parsePart } from './parse.ts';
import type { ApiClock, ApiLog, ApiParts } from './parts.ts';
import { DENIED, problemOf, translate } from './problem.ts';
import { RefusalLog } from './refusals.ts';
import { requireSomewhere } from './route.ts';
import type { Admitted, RawRequest, Route } from './route.ts';
import { BASE, ROUTES } from './routes/all.ts';
import { BINARY_BODY } from './routes/nothing.ts';
import { SIGN_IN, SIGN_OUT } from './routes/session.ts';
import { addSecurityHeaders } from './security-headers.ts';
import { addSlack, SLACK_OPERATION, SLACK_URL } from './slack/slack.ts';
import type { SlackOptions } from './slack/slack.ts';
import { traceRequests } from '../tracing/http.ts';
import { NO_TRACING, type Tracing } from '../tracing/tracing.ts';
import { answerSocketFault, methodsOf, patience } from '../http/faults.ts';
import { UnsupportedMediaType } from '../http/errors.ts';
import { takeJsonBodies } from '../http/json-body.ts';
import { PROBLEM_TYPE } from '../http/problem-document.ts';
import { Throttle } from './throttle.ts';
import { MAX_UPLOAD_BYTES, Uploads } from './uploads.ts';
import { addWeb } from './web.ts';

export interface ApiOptions {
  readonly registry: Registry;
  readonly temporal: TemporalLink;
  readonly identify: Identify;
  readonly metrics: ApiMetrics;
  /** Absent: no request is traced. */
  readonly tracing?: Tracing;
  readonly clock: ApiClock;
  readonly log: ApiLog;
  readonly temporalUiUrl: string | null;
  readonly temporalNamespaces: ApiParts['temporalNamespaces'];
  /** How browsers reach us; null: on this machine. */
  readonly publicUrl: string | null;
  /** Where a proxy may stand. */
  readonly trustedProxies: keyof typeof PROXIES;
  readonly requestsPerSecond: number;
  readonly liveEveryMs: number;
  readonly artifacts: ApiParts['artifacts'];
  readonly examine: ApiParts['examine'];
  readonly marketClock: ApiParts['marketClock'];
  readonly report: MakeReport;
  readonly runbook: ApiParts['runbook'];
  readonly sessionsFromNow: ApiParts['sessionsFromNow'];
  /** Signing in at an identity provider; null: by token alone. */
  readonly oidcSignIn: OidcSignIn | null;
  /** Buttons of approval messages in Slack; null: there are none. */
  readonly slack: SlackOptions | null;
  /** Folder of the built dashboard; null: none is served. */
  readonly webDir: string | null;
  readonly version: string;
  /** Holds every answer against its contract: for tests, where a document that lies should fail. */
  readonly checkAnswers: boolean;
}

export interface Api {
  readonly app: FastifyInstance;
  readonly live: Live;
  readonly refusals: RefusalLog;
  stop(): Promise<void>;
}

/** By the names that Fastify knows. */
const PROXIES = { loopback: 'loopback', private: 'loopback, uniquelocal' } as const;
const MAX_BODY_BYTES = 256 * 1024;
/** A file of 64 MiB over a line of nine megabits a second. */
const REQUEST_MS = 60_000;
/** What the operations ask of Temporal. Somebody waits. */
const TEMPORAL_PATIENCE_MS = 10_000;
const KEY = /^[\x21-\x7e]{8,200}$/u;
/** Wrong tokens of one address: a person mistypes, a program tries. */
const FAILED_SIGN_INS_PER_SECOND = 0.2;
const FAILED_SIGN_INS_AT_ONCE = 30;
/** Nobody is signed in. */
const NOBODY: Identity = { subject: 'anonymous', grants: [], tokenId: '', issuer: '', expiresAt: '' };

declare module 'fastify' {
  interface FastifyRequest {
    startedMs: number;
    /** For the log of refused attempts. */
    actor: string;
    model: string;
  }
}

/** As the router writes it. */
const urlOf = ({ path }: Route): string => `${BASE}${path.replace(/\{(\w+)\}/gu, ':$1')}`;

/** Operations by method and address: what somebody tried. */
const OPERATIONS: ReadonlyMap<string, string> = new Map([
  ...ROUTES.map((route) => [`${route.method.toUpperCase()} ${urlOf(route)}`, route.id] as const),
  [`GET ${BASE}${FIGURE_URL}`, FIGURE_OPERATION],
  [`GET ${BASE}${VERSION_FIGURE_URL}`, FIGURE_OPERATION],
  ...REPORT_URLS.map((url) => [`GET ${BASE}${url}`, REPORT_OPERATION] as const),
  [`POST ${BASE}${SLACK_URL}`, SLACK_OPERATION],
]);

/** The control API; listening belongs to whoever runs it. */
export function createApi(options: ApiOptions): Api {
  const { registry, identify, clock, metrics, log, publicUrl, tracing = NO_TRACING } = options;
  const publicOrigin = publicUrl === null ? null : new URL(publicUrl);
  const https = publicOrigin?.protocol === 'https:';
  const gate = new RequestGate({ registry, identify, clock, https, publicHost: publicOrigin?.host ?? null });
  const refusals = new RefusalLog(registry, metrics, log);
  const live = new Live({
    ...{ registry, gate, clock, metrics, log, everyMs: options.liveEveryMs },
    onRefused: (refusal) => {
      refusals.record(refusal);
    },
  });
  const app = Fastify({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_MS,
    http: patience(REQUEST_MS),
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 300 },
    // A proxy near by says whom it speaks for; anybody else's word is not taken.
    trustProxy: publicOrigin === null ? false : PROXIES[options.trustedProxies],
    genReqId: () => randomUUID(),
    clientErrorHandler: answerSocketFault,
    frameworkErrors: (error, request, reply) => {
      answerError(error, request, reply, { metrics, refusals, log });
    },
  });
  const parts: ApiParts = { ...options, live, figures: new FigurePages(options.artifacts) };
  app.decorateRequest('startedMs', 0);
  app.decorateRequest('actor', '');
  app.decorateRequest('model', '');
  addSecurityHeaders(app, { https });
  addTiming(app, options);
  // What people ask to happen is traced; what pages read again and again only when whoever reads it says so.
  traceRequests(app, tracing, { begins: ({ method }) => method !== 'GET' });
  app.setErrorHandler((error, request, reply) =>
    answerError(error, request, reply, { metrics, refusals, log }),
  );
  takeJsonBodies(app);
  const wrongMethod = methodsOf(app);
  app.setNotFoundHandler((request, reply) => {
    const other = wrongMethod(request);
    if (other !== null) void reply.header('allow', other.allow);
    return answerError(
      other?.error ??
        new RouteUnknown(`${request.method} is not offered at this path`, {
          remedy: `GET ${BASE}/openapi.json lists what is.`,
        }),
      request,
      reply,
      { metrics, refusals, log },
    );
  });
  const throttles = throttlesOf(options);
  app.addHook('onRequest', (request, _reply, done) => {
    request.actor = `anonymous@${request.ip}`;
    try {
      gate.requireHost(request.headers.host);
      if (request.url.startsWith(`${BASE}/`)) throttles.address.take(request.ip);
      done();
    } catch (error) {
      done(error as Error);
    }
  });
  const context: ServeContext = { parts, gate, throttles, options };
  const uploads = new Uploads();
  app.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
  for (const route of ROUTES) {
    app.route({
      method: route.method.toUpperCase(),
      url: urlOf(route),
      ...(route.body === BINARY_BODY ? receivesFile(route, uploads, context) : {}),
      handler: (request, reply) => serve(route, request, reply, context),
    });
  }
  addDocument(app, metrics);
  addFigures(app, BASE, (request, retrain) => admitReading(request, 'getRetrain', { retrain }, context));
  addVersionFigures(app, BASE, (request, version) => admitReading(request, 'getVersion', version, context));
  addReports(app, BASE, {
    report: options.report,
    admitRetrain: (request, retrain) => admitReading(request, 'getRetrain', { retrain }, context),
    admitModel: (request, model) => admitReading(request, 'getModel', { model }, context),
  });
  if (options.oidcSignIn !== null) {
    const origin = publicOrigin?.origin ?? null;
    addOidc(app, BASE, { signIn: options.oidcSignIn, gate, clock, refusals, publicOrigin: origin });
  }
  const slack = options.slack === null ? null : addSlack(app, BASE, options.slack, parts, refusals);
  if (options.webDir !== null) addWeb(app, options.webDir);
  return {
    app,
    live,
    refusals,
    stop: async () => {
      await live.stop();
      await app.close();
      await slack?.settled();
      await refusals.flushed();
    },
  };
}

interface ServeContext {
  readonly parts: ApiParts;
  readonly gate: RequestGate;
  readonly throttles: ReturnType<typeof throttlesOf>;
  readonly options: ApiOptions;
}

/** A large body is read only of somebody who could be allowed to send it. */
function receivesFile(route: Route, uploads: Uploads, { gate, throttles }: ServeContext) {
  return {
    bodyLimit: MAX_UPLOAD_BYTES,
    onRequest: async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
      const holder = await failing(throttles, request.ip, () => gate.signedIn(request));
      if (holder === null) throw notSignedIn();
      request.actor = holder.identity.subject;
      requireSomewhere(route.access, holder.identity);
      uploads.enter(reply);
    },
  };
}

/** For what is read at an address of its own and is no JSON: the roles of the operation that reads what it belongs to. */
async function admitReading(
  request: FastifyRequest,
  operation: string,
  params: Readonly<Record<string, string>>,
  { gate, parts, throttles }: ServeContext,
): Promise<ApiParts> {
  const holder = await failing(throttles, request.ip, () => gate.signedIn(request));
  const route = ROUTES.find(({ id }) => id === operation);
  if (holder === null || route === undefined) throw notSignedIn();
  request.actor = holder.identity.subject;
  throttles.subject.take(holder.identity.subject);
  await route.admit({ params, query: {}, body: undefined }, holder.identity, parts);
  return parts;
}

const notSignedIn = (): NotSignedIn =>
  new NotSignedIn('nobody is signed in', {
    remedy: 'Send a bearer token (npm run contender -- token create), or sign in: POST /api/v1/session',
  });

async function serve(
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  context: ServeContext,
): Promise<FastifyReply> {
  const { gate, parts, options } = context;
  const { params, query, body } = request;
  requireMediaType(route, body);
  const raw: RawRequest = { params, query, body };
  const holder = await whoAsks(route, request, reply, raw, context);
  const admitted = await route.admit(raw, holder?.identity ?? NOBODY, parts);
  request.model = admitted.model ?? '';
  const sessionSecret = holder?.sessionSecret ?? null;
  const answer = await parts.temporal.within(TEMPORAL_PATIENCE_MS, () =>
    route.method === 'get'
      ? admitted.run({ sessionSecret, key: '', askedAt: parts.clock.now().toISOString() })
      : change(route, request, admitted, sessionSecret, context),
  );
  if (options.checkAnswers) route.answer.parse(answer);
  if (route.id === SIGN_OUT) void reply.header('set-cookie', gate.clearCookie());
  void reply.header('cache-control', 'no-store');
  const text = JSON.stringify(answer);
  if (route.method === 'get') {
    const etag = etagOf(text);
    void reply.header('etag', etag);
    if (matches(request.headers['if-none-match'], etag)) return reply.status(304).send();
  }
  return reply.type('application/json; charset=utf-8').send(text);
}

/** Files are sent as bytes, everything else as JSON. Throws UnsupportedMediaType. */
function requireMediaType(route: Route, body: unknown): void {
  const bytes = route.body === BINARY_BODY;
  if (body === undefined || body === null || body instanceof Uint8Array === bytes) return;
  throw new UnsupportedMediaType(
    bytes ? 'the body has to be the bytes of a file' : 'the body has to be JSON, not raw bytes',
    { remedy: `Send it with "Content-Type: ${bytes ? 'application/octet-stream' : 'application/json'}".` },
  );
}

/** Who asks; signing in opens a session on the way. Throws NotSignedIn, CsrfRefused, OriginRefused, TooManyRequests. */
async function whoAsks(
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  raw: RawRequest,
  { gate, throttles }: ServeContext,
): Promise<SignedIn | null> {
  if (route.id === SIGN_IN) {
    gate.requireOwnOrigin(request);
    const { token } = parsePart('body', route.body, raw.body) as { token: string };
    const { secret, identity } = await failing(throttles, request.ip, () => gate.open(token));
    request.actor = identity.subject;
    void reply.header('set-cookie', gate.setCookie(secret, identity));
    return { identity, sessionSecret: secret };
  }
  if (route.access.kind === 'open') return null;
  const holder = await failing(throttles, request.ip, () => gate.signedIn(request));
  if (holder === null) {
    throw notSignedIn();
  }
  request.actor = holder.identity.subject;
  throttles.subject.take(holder.identity.subject);
  if (route.method !== 'get' && holder.sessionSecret !== null)
    gate.requireOwnPage(request, holder.sessionSecret);
  return holder;
}

/** What changes something: once under its key, and only if it is still as it was read. */
async function change(
  route: Route,
  request: FastifyRequest,
  admitted: Admitted,
  sessionSecret: string | null,
  context: ServeContext,
): Promise<unknown> {
  const { parts } = context;
  const { registry, clock } = parts;
  if (!route.repeatable) return admitted.run({ sessionSecret, key: '', askedAt: clock.now().toISOString() });
  const idempotencyKey = request.headers['idempotency-key'];
  if (typeof idempotencyKey !== 'string' || !KEY.test(idempotencyKey)) {
    throw new IdempotencyKeyMissing(
      'the header Idempotency-Key is missing or not 8 to 200 printable characters',
      {
        remedy:
          'Send one that is new for every new request and the same for its repetitions, such as a UUID.',
      },
    );
  }
  const begun = await registry.beginApiRequest({
    subject: admitted.actor.subject,
    operation: route.id,
    idempotencyKey,
    request: JSON.parse(JSON.stringify(admitted.said)) as unknown,
  });
  if (begun.state === 'done') return begun.answer;
  const { key, startedAt } = begun;
  try {
    await requireUnchanged(route, request, context, admitted);
    context.options.tracing?.active()?.correlate(`api:${key}`);
    const answer = await admitted.run({ sessionSecret, key: `api:${key}`, askedAt: startedAt });
    await registry.finishApiRequest({ key, status: 200, answer });
    return answer;
  } catch (error) {
    // Refused or failed: nothing stands under this key, and the same request may be tried again.
    await registry.dropApiRequest({ key }).catch(() => undefined);
    throw error;
  }
}

/** If-Match: what GET gives at the same path now has to be what its ETag was made of. Throws ResourceChanged. */
async function requireUnchanged(
  route: Route,
  request: FastifyRequest,
  { parts }: ServeContext,
  { actor }: Admitted,
): Promise<void> {
  const wanted = request.headers['if-match'];
  if (wanted === undefined) return;
  const reading = ROUTES.find(({ method, path }) => method === 'get' && path === route.path);
  if (reading === undefined) return;
  const identity: Identity = { ...NOBODY, subject: actor.subject, grants: [...actor.roles] };
  const read = await reading.admit({ params: request.params, query: {}, body: undefined }, identity, parts);
  const now = await read.run({ sessionSecret: null, key: '', askedAt: parts.clock.now().toISOString() });
  if (matches(wanted, etagOf(JSON.stringify(now)))) return;
  throw new ResourceChanged('it is not as it was when you read it', {
    remedy: 'Read it again and decide anew.',
  });
}

const etagOf = (text: string): string =>
  `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`;

const matches = (header: string | undefined, etag: string): boolean =>
  header !== undefined &&
  header.split(',').some((part) => part.trim() === '*' || part.trim().replace(/^W\//u, '') === etag);

function throttlesOf({ requestsPerSecond, clock }: ApiOptions) {
  const usual = { perSecond: requestsPerSecond, burst: 2 * requestsPerSecond, clock };
  return {
    subject: new Throttle(usual),
    // Several people may share an address.
    address: new Throttle({ ...usual, perSecond: 4 * requestsPerSecond, burst: 8 * requestsPerSecond }),
    failures: new Throttle({ perSecond: FAILED_SIGN_INS_PER_SECOND, burst: FAILED_SIGN_INS_AT_ONCE, clock }),
  };
}

/** Counts what fails against its address, so that nobody tries tokens for long. */
async function failing<T>(
  { failures }: ReturnType<typeof throttlesOf>,
  address: string,
  signIn: () => Promise<T>,
): Promise<T> {
  try {
    return await signIn();
  } catch (error) {
    failures.take(address);
    throw error;
  }
}

function addTiming(app: FastifyInstance, { metrics, clock }: ApiOptions): void {
  app.addHook('onRequest', (request, _reply, done) => {
    request.startedMs = clock.monotonicMs();
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const labels = { method: request.method, route: request.routeOptions.url ?? 'none' };
    metrics.requests.inc({ ...labels, status: String(reply.statusCode) });
    metrics.seconds.observe(labels, (clock.monotonicMs() - request.startedMs) / 1000);
    done();
  });
}

function addDocument(app: FastifyInstance, { registry }: ApiMetrics): void {
  const document = JSON.stringify(openApiDocument());
  const etag = etagOf(document);
  app.get(`${BASE}/openapi.json`, (request, reply) => {
    void reply.header('etag', etag);
    if (matches(request.headers['if-none-match'], etag)) return reply.status(304).send();
    return reply.type('application/json; charset=utf-8').send(document);
  });
  // What the supervisor waits for; says nothing about the parts behind.
  app.get('/health', () => ({ status: 'ok' }));
  app.get('/metrics', async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  );
}

const PathParams = z.looseObject({ model: ModelName.optional(), retrain: RetrainId.optional() });

/** The model that somebody asked about who was refused before anything was read; empty when the path names none. */
function modelInPath(params: unknown): string {
  const { model, retrain } = PathParams.safeParse(params ?? {}).data ?? {};
  return model ?? retrain?.split(':')[1] ?? '';
}

function answerError(
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { refusals, log }: { readonly metrics: ApiMetrics; readonly refusals: RefusalLog; readonly log: ApiLog },
): FastifyReply {
  const error = translate(thrown);
  const problem = problemOf(error, request.id);
  if (error.kind === 'bug')
    log.error({ err: thrown, requestId: request.id, url: request.routeOptions.url }, 'a request failed');
  if (DENIED.has(problem.status)) {
    refusals.record({
      actor: request.actor === '' ? `anonymous@${request.ip}` : request.actor,
      command: OPERATIONS.get(`${request.method} ${request.routeOptions.url ?? ''}`) ?? 'unknown',
      code: error.code,
      model: request.model === '' ? modelInPath(request.params) : request.model,
      reason: error.message,
    });
  }
  const { retryAfterSeconds } = error.details;
  if (typeof retryAfterSeconds === 'number') void reply.header('retry-after', String(retryAfterSeconds));
  if (problem.status === 503) void reply.header('retry-after', '2');
  void reply.header('cache-control', 'no-store');
  return reply.status(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem));
}
