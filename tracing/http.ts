import type { FastifyInstance, FastifyRequest } from 'fastify';
import { readCarrier } from '../contracts/trace-context.ts';
import type { OpenSpan, Tracing } from './tracing.ts';

export interface RequestTracing {
  /** Whether a request that comes without a trace begins one; the others are recorded only as part of one. */
  readonly begins: (request: FastifyRequest) => boolean;
}

/**
 * A span for every request that belongs to a trace (`traceparent`), or begins one. What its handler starts is below it.
 * Baggage of a request is not taken: correlation ids are ours to give.
 */
export function traceRequests(app: FastifyInstance, tracing: Tracing, { begins }: RequestTracing): void {
  if (!tracing.on) return;
  const spans = new WeakMap<FastifyRequest, OpenSpan>();
  app.addHook('onRequest', (request, _reply, done) => {
    const { traceparent } = request.headers;
    const parent = readCarrier({ traceparent });
    if (parent !== null || begins(request)) {
      const route = request.routeOptions.url ?? 'none';
      spans.set(
        request,
        tracing.begin({
          name: `${request.method} ${route}`,
          kind: 'server',
          parent,
          attributes: {
            'http.request.method': request.method,
            'http.route': route,
            'contender.request_id': request.id,
          },
        }),
      );
    }
    done();
  });
  // Bodies are read in turns of their own: what is active has to be said just before the handler.
  app.addHook('preHandler', (request, _reply, done) => {
    const span = spans.get(request);
    if (span === undefined) done();
    else span.inside(done);
  });
  app.addHook('onResponse', (request, reply, done) => {
    const span = spans.get(request);
    span?.annotate({ 'http.response.status_code': reply.statusCode });
    span?.end(reply.statusCode >= 500 ? String(reply.statusCode) : '');
    done();
  });
}
