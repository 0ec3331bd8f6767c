import { OFF } from '../config/settings.ts';
import { NO_TRACING, type Tracing } from './tracing.ts';

export interface TracingOptions {
  /** Base address of an OTLP/HTTP collector, `http://127.0.0.1:4318`; or `off`. */
  readonly otlpEndpoint: string;
  /** Name of the process in the traces: `contender-api`. */
  readonly service: string;
  readonly log: TracingLog;
}

export interface TracingLog {
  warn(fields: Record<string, unknown>, message: string): void;
}

/** The SDK is loaded only where it is used: without a collector, a process starts as fast as if there were no traces. */
export async function openTracing(options: TracingOptions): Promise<Tracing> {
  if (options.otlpEndpoint === OFF) return NO_TRACING;
  const { openTelemetry } = await import('./open-telemetry.ts');
  return openTelemetry(options);
}
