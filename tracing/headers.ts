import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import { readCarrier, TRACE_HEADER, writeCarrier, type TraceContext } from '../contracts/trace-context.ts';

/** The trace in the headers of Temporal, in the form that its OpenTelemetry interceptors of every language read and write. */
export function headersOf(context: TraceContext): Headers {
  return { [TRACE_HEADER]: defaultPayloadConverter.toPayload(writeCarrier(context)) };
}

/** Null when there is none, or somebody else's that cannot be read: no workflow fails for a trace. */
export function contextOf(headers: Headers): TraceContext | null {
  const told = headers[TRACE_HEADER];
  if (told === undefined) return null;
  try {
    return readCarrier(defaultPayloadConverter.fromPayload(told));
  } catch {
    return null;
  }
}
