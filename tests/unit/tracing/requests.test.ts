import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { traceRequests } from '../../../tracing/http.ts';
import { openTracing } from '../../../tracing/open-tracing.ts';
import { clientInterceptors, workerInterceptors } from '../../../tracing/temporal.ts';
import { activeCarrier, inSpan, NO_TRACING } from '../../../tracing/tracing.ts';
import { OtlpReceiver } from './otlp-receiver.ts';

const log = { warn: () => undefined };
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const traceparent = `00-${TRACE}-00f067aa0ba902b7-01`;

describe('the traces of a process', () => {
  it('are nothing without a collector: no span, no interceptor, no hook', async () => {
    const tracing = await openTracing({ otlpEndpoint: 'off', service: 'contender-api', log });
    expect(tracing).toBe(NO_TRACING);
    expect(clientInterceptors(tracing)).toEqual([]);
    expect(workerInterceptors(tracing)).toEqual({});
    expect(activeCarrier(tracing)).toBeNull();
    const span = tracing.begin({ name: 'n', kind: 'internal', parent: null, attributes: {} });
    expect(await inSpan(span, () => Promise.resolve(7))).toBe(7);
  });

  it('arrive at the collector as requests were made: below the caller, with what the handler found out', async () => {
    const receiver = await OtlpReceiver.listen();
    const tracing = await openTracing({ otlpEndpoint: receiver.url, service: 'contender-api', log });
    const app = Fastify();
    traceRequests(app, tracing, { begins: ({ method }) => method !== 'GET' });
    app.get('/quiet', () => ({ active: tracing.active() !== null }));
    app.post('/things/:id', async () => {
      tracing.active()?.correlate('retrain:tw:1');
      const below = tracing.begin({ name: 'below', kind: 'client', parent: null, attributes: { rows: 3 } });
      await inSpan(below, () => Promise.resolve());
      return { active: tracing.active() !== null };
    });
    app.get('/broken', () => {
      throw new Error('secret');
    });
    expect((await app.inject({ url: '/quiet' })).json()).toEqual({ active: false });
    const posted = await app.inject({
      method: 'POST',
      url: '/things/a',
      headers: { traceparent, baggage: 'contender.correlation_id=forged' },
      payload: { some: 'body' },
    });
    expect(posted.json()).toEqual({ active: true });
    await app.inject({ method: 'POST', url: '/things/b', payload: {} });
    await app.inject({ url: '/broken', headers: { traceparent } });
    await app.close();
    await tracing.close();
    await receiver.close();

    const [mine, others] = [
      receiver.spans.filter(({ traceId }) => traceId === TRACE),
      receiver.spans.filter(({ traceId }) => traceId !== TRACE),
    ];
    expect(mine.map(({ name, service }) => [name, service])).toEqual([
      ['below', 'contender-api'],
      ['POST /things/:id', 'contender-api'],
      ['GET /broken', 'contender-api'],
    ]);
    const [below, request] = mine;
    expect(request).toMatchObject({ parentSpanId: '00f067aa0ba902b7' });
    expect(request?.attributes).toMatchObject({
      'http.route': '/things/:id',
      'http.response.status_code': '200',
      'contender.correlation_id': 'retrain:tw:1',
    });
    expect(below).toMatchObject({ parentSpanId: request?.spanId });
    expect(below?.attributes).toMatchObject({ rows: '3', 'contender.correlation_id': 'retrain:tw:1' });
    // A change that nobody traced begins a trace; reading does not.
    expect(others.map(({ name, parentSpanId }) => [name, parentSpanId])).toEqual([
      ['below', others[1]?.spanId],
      ['POST /things/:id', ''],
    ]);
    expect(JSON.stringify(receiver.spans)).not.toMatch(/secret|forged/u);
  });

  it('a collector that is away is said once, holds nothing up, and keeps nobody from ending', async () => {
    const warnings: string[] = [];
    const tracing = await openTracing({
      otlpEndpoint: 'http://127.0.0.1:1',
      service: 'contender-api',
      log: {
        warn: (_fields, message) => {
          warnings.push(message);
        },
      },
    });
    for (let n = 0; n < 3; n += 1) {
      tracing.begin({ name: 'n', kind: 'internal', parent: null, attributes: {} }).end('');
    }
    await tracing.close();
    expect(warnings.length).toBeLessThanOrEqual(1);
  });

  it('a caller that does not want its trace recorded is not recorded', async () => {
    const receiver = await OtlpReceiver.listen();
    const tracing = await openTracing({ otlpEndpoint: receiver.url, service: 'contender-api', log });
    const app = Fastify();
    traceRequests(app, tracing, { begins: () => true });
    app.get('/', () => ({}));
    await app.inject({ url: '/', headers: { traceparent: traceparent.replace(/01$/u, '00') } });
    await app.close();
    await tracing.close();
    await receiver.close();
    expect(receiver.spans).toEqual([]);
  });
});
