import type { TraceCarrier, TraceContext } from '../contracts/trace-context.ts';
import { failureOf, writeCarrier } from '../contracts/trace-context.ts';

/** By the names of OpenTelemetry: who serves a request, who sends one, who takes work from a queue, everything else. */
export type SpanKind = 'server' | 'client' | 'consumer' | 'internal';
export type SpanAttributes = Readonly<Record<string, string | number>>;

/** A span that has ended. Times are wall times in ms since 1970. */
export interface EndedSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly context: TraceContext;
  /** Empty: the first span of its trace. */
  readonly parentSpanId: string;
  readonly startedMs: number;
  readonly endedMs: number;
  /** Empty unless it failed. */
  readonly failure: string;
  readonly attributes: SpanAttributes;
}

/** A span under way. */
export interface OpenSpan {
  readonly context: TraceContext;
  /** Names what the trace is about, for this span and for what follows from it. */
  correlate(correlationId: string): void;
  annotate(attributes: SpanAttributes): void;
  /** Makes it the active one while `work` runs. */
  inside<T>(work: () => T): T;
  /** `failure`: empty unless it failed. */
  end(failure: string): void;
}

export interface SpanStart {
  readonly name: string;
  readonly kind: SpanKind;
  /** Null: the active span, or a trace of its own. */
  readonly parent: TraceContext | null;
  readonly attributes: SpanAttributes;
}

/** Traces of one process. Nothing here throws, and nothing waits for a collector. */
export interface Tracing {
  /** False: nothing is recorded. */
  readonly on: boolean;
  begin(start: SpanStart): OpenSpan;
  active(): OpenSpan | null;
  /** Takes a span that was measured elsewhere. */
  record(span: EndedSpan): void;
  /** Sends what has not been sent yet; waits a few seconds at most. */
  close(): Promise<void>;
}

const NOTHING: TraceContext = {
  traceId: '0'.repeat(32),
  spanId: '0'.repeat(16),
  sampled: false,
  correlationId: '',
};

const NO_SPAN: OpenSpan = {
  context: NOTHING,
  correlate: () => undefined,
  annotate: () => undefined,
  inside: (work) => work(),
  end: () => undefined,
};

export const NO_TRACING: Tracing = {
  on: false,
  begin: () => NO_SPAN,
  active: () => null,
  record: () => undefined,
  close: () => Promise.resolve(),
};

/** Runs `work` in a span that ends with it. */
export async function inSpan<T>(span: OpenSpan, work: () => Promise<T>): Promise<T> {
  try {
    const result = await span.inside(work);
    span.end('');
    return result;
  } catch (error) {
    span.end(failureOf(error));
    throw error;
  }
}

/** The active span for whoever cannot carry headers; empty when there is none. */
export function activeCarrier(tracing: Tracing): TraceCarrier | null {
  const span = tracing.active();
  return span === null ? null : writeCarrier(span.context);
}
