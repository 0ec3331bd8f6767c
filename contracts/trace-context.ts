/**
 * Which trace something belongs to, as it travels between processes: the headers of W3C Trace Context (level 1) and W3C
 * Baggage, for the correlation id. Free of zod and of the machine: workflows carry it.
 */
export interface TraceContext {
  /** 32 hexadecimal digits, not all zero. */
  readonly traceId: string;
  /** The span that is the parent of what comes next: 16 hexadecimal digits, not all zero. */
  readonly spanId: string;
  /** False: whoever began the trace has it not recorded. */
  readonly sampled: boolean;
  /** Of the retrain, rollback or run that the trace is about; empty when it is not known yet. */
  readonly correlationId: string;
}

/** The headers as they are written; each is left out when there is nothing to say. */
export type TraceCarrier = Readonly<Record<string, string>>;

/** The header of Temporal in which OpenTelemetry's interceptors of every language look. */
export const TRACE_HEADER = '_tracer-data';
/** The attribute of every span, and the key in the baggage. */
export const CORRELATION_ATTRIBUTE = 'contender.correlation_id';

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/u;
const MAX_BAGGAGE = 8192;
const SAMPLED = 1;

export function writeCarrier({ traceId, spanId, sampled, correlationId }: TraceContext): TraceCarrier {
  const traceparent = `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
  if (correlationId === '') return { traceparent };
  return { traceparent, baggage: `${CORRELATION_ATTRIBUTE}=${encodeURIComponent(correlationId)}` };
}

/** Null when there is no context in it, or none that can be read: a trace is never a reason to refuse anything. */
export function readCarrier(carrier: unknown): TraceContext | null {
  if (typeof carrier !== 'object' || carrier === null) return null;
  const { traceparent, baggage } = carrier as Record<string, unknown>;
  if (typeof traceparent !== 'string') return null;
  const [, version = '', traceId = '', spanId = '', flags = '', more = ''] =
    TRACEPARENT.exec(traceparent) ?? [];
  const broken = version === 'ff' || (version === '00' && more !== '');
  if (version === '' || broken || /^0+$/u.test(traceId) || /^0+$/u.test(spanId)) return null;
  const sampled = (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED;
  return { traceId, spanId, sampled, correlationId: correlationIn(baggage) };
}

function correlationIn(baggage: unknown): string {
  if (typeof baggage !== 'string' || baggage.length > MAX_BAGGAGE) return '';
  for (const member of baggage.split(',')) {
    const [pair = ''] = member.split(';');
    const at = pair.indexOf('=');
    if (at < 0 || pair.slice(0, at).trim() !== CORRELATION_ATTRIBUTE) continue;
    try {
      return decodeURIComponent(pair.slice(at + 1).trim());
    } catch {
      return '';
    }
  }
  return '';
}

/**
 * The span of a run of a workflow whose start nobody traced, made of the run's id (a UUID): its activities, on whatever
 * machine they run, find the same one without being told.
 */
export function rootOfRun(runId: string): TraceContext {
  const traceId = runId.replaceAll('-', '').toLowerCase();
  return { traceId, spanId: spanOfRun(runId), sampled: true, correlationId: '' };
}

/** The end of a UUID is its random part in every version that Temporal makes. */
export function spanOfRun(runId: string): string {
  return runId.replaceAll('-', '').toLowerCase().slice(-16);
}

/** The correlation id in what a workflow or an activity is given, however deep its plan lies; empty when there is none. */
export function correlationOf(input: unknown): string {
  if (typeof input !== 'object' || input === null) return '';
  const fields = input as Record<string, unknown>;
  const { correlationId } = fields;
  if (typeof correlationId === 'string') return correlationId;
  return correlationOf('plan' in fields ? fields['plan'] : fields['input']);
}

/** What a trace says of a failure: its stable code, or its class. Messages may hold what belongs into no other system. */
export function failureOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { code, type } = error as Error & { readonly code?: unknown; readonly type?: unknown };
  if (typeof type === 'string' && type !== '') return type;
  return typeof code === 'string' && code !== '' ? code : error.name;
}
