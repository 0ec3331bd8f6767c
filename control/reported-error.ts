import { ContenderError } from '../contracts/error.ts';
import type { ErrorKind } from '../contracts/error.ts';

/** An error as a person or a program sees it at the edge. */
export interface ReportedError {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly message: string;
  readonly remedy: string;
  readonly details: Readonly<Record<string, unknown>>;
}

const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);
const DISK = new Set(['ENOSPC', 'EDQUOT', 'EROFS']);
/** Postgres: shutting down, crashed, starting up, too many connections. */
const DATABASE = new Set(['57P01', '57P02', '57P03', '53300']);
/** gRPC status UNAVAILABLE and DEADLINE_EXCEEDED, as the Temporal client reports them. */
const GRPC = new Set([14, 4]);

/** Translates whatever was thrown, once, here. Anything not foreseen is a bug of ours and says so. */
export function reportError(error: unknown): ReportedError {
  if (error instanceof ContenderError) {
    const { code, kind, message, remedy, details } = error;
    return { code, kind, message, remedy, details };
  }
  const chain = causes(error);
  const codes = chain.map((link) => ('code' in link ? link.code : undefined));
  const message = chain.map((link) => link.message).find((text) => text !== '') ?? String(error);
  const text = (set: ReadonlySet<string>) => codes.some((code) => typeof code === 'string' && set.has(code));
  const namespace = chain.map(missingNamespace).find((name) => name !== null) ?? null;
  if (namespace !== null) {
    return unreachable(
      'TEMPORAL_NAMESPACE_MISSING',
      `Temporal has no namespace ${namespace}`,
      `Make it with \`temporal operator namespace create --namespace ${namespace}\`, or correct the setting temporalNamespace or replayNamespace.`,
    );
  }
  if (text(DISK)) {
    return unreachable('DISK_UNWRITABLE', message, 'Free space on the disk, or move the data folder.');
  }
  if (text(NETWORK) || text(DATABASE) || codes.some((code) => typeof code === 'number' && GRPC.has(code))) {
    return unreachable('PART_UNREACHABLE', message, 'See what is down with: npm run contender -- doctor');
  }
  return {
    code: 'UNEXPECTED',
    kind: 'bug',
    message,
    remedy: 'This is a defect of Contender; the stack is shown with CONTENDER_LOG_LEVEL=debug.',
    details: {},
  };
}

/** The namespace that Temporal says it does not have; null when an error says something else. */
function missingNamespace(error: Error): string | null {
  if (error.name === 'NamespaceNotFoundError' && 'namespace' in error) return String(error.namespace);
  const [, name = null] = /\bNamespace (\S+) is not found\b/u.exec(error.message) ?? [];
  return name;
}

function unreachable(code: string, message: string, remedy: string): ReportedError {
  return { code, kind: 'unreachable', message, remedy, details: {} };
}

/** The error, its causes, and the members of an AggregateError (how Node reports a refused connection). */
function causes(error: unknown): readonly Error[] {
  const found: Error[] = [];
  const queue = [error];
  while (queue.length > 0 && found.length < 32) {
    const next = queue.shift();
    if (!(next instanceof Error) || found.includes(next)) continue;
    found.push(next);
    if (next instanceof AggregateError) queue.push(...(next.errors as unknown[]));
    queue.push(next.cause);
  }
  return found;
}
