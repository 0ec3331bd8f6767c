import { AsyncLocalStorage } from 'node:async_hooks';
import { SpanKind as OtlpKind, SpanStatusCode, TraceFlags, type HrTime } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  type Resource,
} from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  RandomIdGenerator,
  type ReadableSpan,
  type SpanExporter,
} from '@opentelemetry/sdk-trace';
import { CORRELATION_ATTRIBUTE, type TraceContext } from '../contracts/trace-context.ts';
import type { TracingLog, TracingOptions } from './open-tracing.ts';
import type { EndedSpan, OpenSpan, SpanAttributes, SpanKind, SpanStart, Tracing } from './tracing.ts';

/** Spans of a second reach the collector together; a person who looks for a trace has it by the time the page is open. */
const SEND_EVERY_MS = 1000;
const EXPORT_TIMEOUT_MS = 5000;
const CLOSE_TIMEOUT_MS = 3000;
/** A collector that is away is said once, and again after so long. */
const COMPLAIN_EVERY_MS = 60_000;
const MAX_ATTRIBUTE = 500;

const KINDS: Readonly<Record<SpanKind, OtlpKind>> = {
  server: OtlpKind.SERVER,
  client: OtlpKind.CLIENT,
  consumer: OtlpKind.CONSUMER,
  internal: OtlpKind.INTERNAL,
};

/**
 * Traces over OTLP/HTTP. Spans are made here and not by the SDK's tracer, since those of workflows have ids of their own
 * (contracts/trace-context.ts); the SDK batches, encodes and sends. When the collector is slow or away, spans are dropped.
 */
export function openTelemetry({ otlpEndpoint, service, log }: TracingOptions): Tracing {
  const url = `${otlpEndpoint.replace(/\/+$/u, '')}/v1/traces`;
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: EXPORT_TIMEOUT_MS });
  const processor = new BatchSpanProcessor({
    exporter: complaining(exporter, otlpEndpoint, log),
    scheduledDelayMillis: SEND_EVERY_MS,
    exportTimeoutMillis: EXPORT_TIMEOUT_MS,
  });
  // OTEL_RESOURCE_ATTRIBUTES adds what is known of the installation: its environment, its region.
  const resource = defaultResource()
    .merge(detectResources({ detectors: [resourceAttributesEnvDetector] }))
    .merge(resourceFromAttributes({ 'service.name': service, 'service.namespace': 'contender' }));
  const ids = new RandomIdGenerator();
  const active = new AsyncLocalStorage<OpenSpan>();
  const record = (span: EndedSpan): void => {
    if (span.context.sampled) processor.onEnd(readable(span, resource));
  };
  const begin = ({ name, kind, parent, attributes }: SpanStart): OpenSpan => {
    const above = parent ?? active.getStore()?.context ?? null;
    let context: TraceContext = {
      traceId: above?.traceId ?? ids.generateTraceId(),
      spanId: ids.generateSpanId(),
      sampled: above?.sampled ?? true,
      correlationId: above?.correlationId ?? '',
    };
    let said: SpanAttributes = attributes;
    let ended = false;
    const started = { wallMs: Date.now(), monotonicMs: performance.now() };
    const span: OpenSpan = {
      get context() {
        return context;
      },
      correlate(correlationId) {
        context = { ...context, correlationId };
      },
      annotate(more) {
        said = { ...said, ...more };
      },
      inside: (work) => active.run(span, work),
      end(failure) {
        if (ended) return;
        ended = true;
        const endedMs = started.wallMs + (performance.now() - started.monotonicMs);
        record({
          ...{ name, kind, context, startedMs: started.wallMs, endedMs, failure, attributes: said },
          parentSpanId: above?.spanId ?? '',
        });
      },
    };
    return span;
  };
  return {
    on: true,
    begin,
    active: () => active.getStore() ?? null,
    record,
    close: () => closed(processor),
  };
}

/** A collector that does not answer must not keep a process from ending. */
async function closed(processor: BatchSpanProcessor): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
  });
  await Promise.race([processor.shutdown().catch(() => undefined), patience]);
  clearTimeout(timer);
}

function complaining(exporter: SpanExporter, endpoint: string, log: TracingLog): SpanExporter {
  let silentUntil = 0;
  return {
    export: (spans, done) => {
      exporter.export(spans, (result) => {
        if (result.error !== undefined && Date.now() >= silentUntil) {
          silentUntil = Date.now() + COMPLAIN_EVERY_MS;
          const reason = result.error.message.slice(0, MAX_ATTRIBUTE);
          log.warn({ endpoint, spans: spans.length, reason }, 'spans did not reach the collector');
        }
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
  };
}

function readable(span: EndedSpan, resource: Resource): ReadableSpan {
  const { context, name, kind, startedMs, endedMs, failure, parentSpanId } = span;
  const { traceId, spanId, correlationId } = context;
  const flags = { traceFlags: TraceFlags.SAMPLED };
  const parent =
    parentSpanId === '' ? {} : { parentSpanContext: { traceId, spanId: parentSpanId, ...flags } };
  const correlation = correlationId === '' ? {} : { [CORRELATION_ATTRIBUTE]: correlationId };
  const attributes = Object.entries({ ...span.attributes, ...correlation }).map(
    ([key, value]) => [key, typeof value === 'string' ? value.slice(0, MAX_ATTRIBUTE) : value] as const,
  );
  return {
    ...{ name, kind: KINDS[kind], resource, ended: true, links: [], events: [] },
    spanContext: () => ({ traceId, spanId, ...flags }),
    ...parent,
    startTime: hrTime(startedMs),
    endTime: hrTime(Math.max(startedMs, endedMs)),
    duration: hrTime(Math.max(0, endedMs - startedMs)),
    status:
      failure === '' ? { code: SpanStatusCode.UNSET } : { code: SpanStatusCode.ERROR, message: failure },
    attributes: Object.fromEntries(attributes),
    instrumentationScope: { name: 'contender' },
    ...{ droppedAttributesCount: 0, droppedEventsCount: 0, droppedLinksCount: 0 },
  };
}

/** Seconds and nanoseconds. */
function hrTime(ms: number): HrTime {
  const seconds = Math.trunc(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}
