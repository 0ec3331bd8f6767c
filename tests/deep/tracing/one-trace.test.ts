import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guardId } from '../../../contracts/ids.ts';
import type { RetrainInput, RetrainResult } from '../../../contracts/retrain.ts';
import { CORRELATION_ATTRIBUTE } from '../../../contracts/trace-context.ts';
import { tokenFor } from '../../e2e/command-line.ts';
import { decidedAt, SmallWorld, until } from '../../e2e/small-world.ts';
import { OtlpReceiver, type ReceivedSpan } from '../../unit/tracing/otlp-receiver.ts';

/** A whole real system that sends its traces to a collector. */
const MINUTES = 60_000;
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER = '00f067aa0ba902b7';

type RetrainWorkflow = (input: RetrainInput) => Promise<RetrainResult>;

let receiver: OtlpReceiver;
let world: SmallWorld;

beforeAll(async () => {
  receiver = await OtlpReceiver.listen();
  world = await SmallWorld.start({ settings: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url } });
}, 5 * MINUTES);
afterAll(async () => {
  await world.stop();
  await receiver.close();
}, MINUTES);

/** As the caller of the API would, in a trace of its own. */
async function post(path: string, body: unknown, traced = true): Promise<Record<string, unknown>> {
  const token = await tokenFor(world.dataDir, 'rita', 'quant-lead');
  const response = await fetch(`${world.running.apiUrl}/api/v1${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
      ...(traced ? { traceparent: `00-${TRACE}-${CALLER}-01` } : {}),
    },
    body: JSON.stringify(body),
  });
  expect(response.status, await response.clone().text()).toBe(200);
  return (await response.json()) as Record<string, unknown>;
}

describe('a retrain that was asked for over the API', () => {
  it(
    'is one trace from the request through workflow, activities and sidecar to the servers, with its correlation id',
    { timeout: 12 * MINUTES },
    async () => {
      await world.givenModel('tw-alpha');
      const asOf = decidedAt(265);
      const { retrainId } = await post('/models/tw-alpha/retrains', {
        ...{ asOf, emergency: false, allowProbation: false, challenger: null },
        ...{ reason: 'a trace', replaySecondsPerSession: 0.2 },
      });
      const retrain = world.replay.workflow.getHandle<RetrainWorkflow>(String(retrainId));
      expect(await world.result(retrain)).toMatchObject({ outcome: 'promoted' });
      await world.endGuard('tw-alpha', 1);

      const mine = (): ReceivedSpan[] => receiver.spans.filter(({ traceId }) => traceId === TRACE);
      const named = (name: string, service: string): ReceivedSpan =>
        mine().find((span) => span.name === name && span.service.startsWith(service)) ??
        expect.fail(`no ${name}`);
      const wanted = ['workflow retrainModel', 'activity promoteChampion', 'follow swap'];
      await until('the spans', () =>
        Promise.resolve(wanted.every((name) => mine().some((span) => span.name === name))),
      );

      const request = named('POST /api/v1/models/:model/retrains', 'contender-api');
      const start = named('start retrainModel', 'contender-api');
      const workflow = named('workflow retrainModel', 'contender-control');
      const extract = named('activity extractSnapshot', 'contender-compute');
      const trial = named('activity runTrial', 'contender-sidecar');
      const promote = named('activity promoteChampion', 'contender-control');
      const follow = named('follow swap', 'contender-server-');
      expect(request.parentSpanId).toBe(CALLER);
      expect(start.parentSpanId).toBe(request.spanId);
      expect(workflow.parentSpanId).toBe(start.spanId);
      for (const activity of [extract, trial, promote]) {
        expect(activity.parentSpanId, activity.name).toBe(workflow.spanId);
      }
      expect(follow.parentSpanId).toBe(promote.spanId);
      const [correlationId = ''] = [workflow.attributes[CORRELATION_ATTRIBUTE]];
      expect(correlationId).toMatch(/^retrain:tw-alpha:/u);
      // Connected: every span of the trace is below another one of it, up to whoever asked. A workflow tells of itself when it
      // ends; the guard was terminated and never did, so what it had begun by then stands below nothing.
      const ended = guardId('tw-alpha', 1);
      const known = new Set([CALLER, ...mine().map(({ spanId }) => spanId)]);
      await until('every parent', () => {
        for (const { spanId } of mine()) known.add(spanId);
        return Promise.resolve(
          mine().every(
            ({ parentSpanId, attributes }) =>
              known.has(parentSpanId) || attributes['temporal.workflow_id'] === ended,
          ),
        );
      });
      const processes = new Set(mine().map(({ service }) => service.replace(/-server-.*$/u, '-server')));
      expect([...processes].sort()).toEqual(
        ['api', 'compute', 'control', 'server', 'sidecar'].map((name) => `contender-${name}`),
      );
      const steps = ['extractSnapshot', 'validateSnapshot', 'runTrial', 'promoteChampion'];
      const seen = new Set(mine().map(({ name }) => name));
      expect(steps.filter((step) => !seen.has(`activity ${step}`))).toEqual([]);
      for (const span of [request, start, workflow, extract, trial, promote, follow]) {
        expect(span.attributes[CORRELATION_ATTRIBUTE], span.name).toBe(correlationId);
      }
    },
  );

  it(
    'a retrain that nobody traced is a trace of its own, and a prediction belongs to the trace of whoever asks',
    { timeout: 8 * MINUTES },
    async () => {
      const retrain = await world.startRetrain('tw-alpha', decidedAt(300));
      await world.result(retrain, 'reject');
      const { runId } = await retrain.describe();
      const traceId = runId.replaceAll('-', '');
      const mine = (): ReceivedSpan[] => receiver.spans.filter((span) => span.traceId === traceId);
      await until('the spans', () =>
        Promise.resolve(mine().some(({ name }) => name === 'workflow retrainModel')),
      );
      const workflow = mine().find(({ name }) => name === 'workflow retrainModel');
      expect(workflow?.parentSpanId).toBe('');
      const activities = mine().filter(({ name }) => name.startsWith('activity '));
      expect(new Set(activities.map(({ service }) => service))).toEqual(
        new Set(['contender-control', 'contender-compute', 'contender-sidecar']),
      );
      expect(activities.every(({ parentSpanId }) => parentSpanId === workflow?.spanId)).toBe(true);

      const [url = ''] = Object.values(world.running.serverUrls);
      const asked = 'a'.repeat(32);
      await fetch(`${url}/health`);
      await fetch(`${url}/health`, { headers: { traceparent: `00-${asked}-${CALLER}-01` } });
      await until('the request', () =>
        Promise.resolve(receiver.spans.some((span) => span.traceId === asked)),
      );
      expect(receiver.spans.filter(({ name }) => name === 'GET /health')).toHaveLength(1);
    },
  );
});
