import { pino } from 'pino';
import type { DestinationStream, Logger, LoggerOptions } from 'pino';
import { PinoPretty } from 'pino-pretty';
import type { Settings } from './settings.ts';

export type { Logger } from 'pino';

export interface LogOptions {
  /** The process: `control`, `compute`, `server-a`. In every line as `service`. */
  readonly service: string;
  readonly level: Settings['logLevel'];
  /** `auto`: for people on a terminal, JSON lines everywhere else. */
  readonly style?: 'auto' | 'json' | 'pretty';
  /** Where lines go; standard output unless given. */
  readonly destination?: DestinationStream;
}

/** Fields that may hold a secret, wherever a caller puts them. */
const REDACTED = [
  'password',
  'token',
  'secret',
  'authorization',
  'databaseUrl',
  'slackWebhookUrl',
  'smtpUrl',
];

/**
 * One structured log a process. `time` is wall time in ISO; business time never stands in that field.
 * A retrain's id travels as `correlationId`, here and in the sidecar.
 */
export function createLogger(options: LogOptions): Logger {
  const { service, level, style = 'auto', destination } = options;
  const settings = {
    level,
    base: { service, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: REDACTED.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
  } satisfies LoggerOptions;
  const pretty =
    style === 'pretty' || (style === 'auto' && destination === undefined && process.stdout.isTTY);
  if (!pretty) return destination === undefined ? pino(settings) : pino(settings, destination);
  const stream = PinoPretty({ ignore: 'pid,service', messageFormat: '{service}: {msg}', sync: true });
  return pino(settings, stream);
}

/** The log of one retrain, or of whatever else is followed through several processes. */
export function withCorrelation(logger: Logger, correlationId: string): Logger {
  return logger.child({ correlationId });
}
