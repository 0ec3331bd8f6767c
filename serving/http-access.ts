import cors from '@fastify/cors';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Actor } from '../contracts/primitives.ts';
import type { RateLimit } from './rate-limit.ts';
import { requireRole, type TokenGate } from './token-gate.ts';

export interface AccessOptions {
  /** Null: nobody has to say who they are. */
  readonly tokens: TokenGate | null;
  /** Null: no limit per client. */
  readonly rateLimit: RateLimit | null;
  /** Origins whose pages may read answers; none: no page of another origin may. */
  readonly corsOrigins: readonly string[];
}

/** Under /api/v1, yet open to probes. */
const OPEN = new Set(['/api/v1/health', '/api/v1/metrics']);
/** Take a token of their own kind. */
const BREAK_GLASS = '/api/v1/break-glass';
const RELOAD = '/api/v1/models/reload';

/** Who may ask, how often, and from which pages. */
export function addAccess(app: FastifyInstance, { tokens, rateLimit, corsOrigins }: AccessOptions): void {
  if (corsOrigins.length > 0) {
    const exposedHeaders = [
      'x-process-time',
      'x-model-version',
      'x-model-epoch',
      'x-model-hash',
      'retry-after',
    ];
    void app.register(cors, { origin: [...corsOrigins], methods: ['GET', 'POST'], exposedHeaders });
  }
  if (tokens === null && rateLimit === null) return;
  app.addHook('onRequest', (request, _reply, done) => {
    const path = request.routeOptions.url ?? '';
    if (!path.startsWith('/api/v1/') || OPEN.has(path) || request.method === 'OPTIONS') {
      done();
      return;
    }
    const admit = (actor: Actor | null): void => {
      rateLimit?.take(actor?.subject ?? request.ip);
      if (actor !== null && path === RELOAD) requireRole(actor, ['operator', 'admin']);
    };
    settle(() => identify(tokens, path, request), admit, done);
  });
}

function identify(
  tokens: TokenGate | null,
  path: string,
  request: FastifyRequest,
): Actor | null | Promise<Actor> {
  return tokens === null || path.startsWith(BREAK_GLASS)
    ? null
    : tokens.identify(request.headers.authorization);
}

/** Goes on in the same turn when the value is there already, which it is for all but the first request of a token. */
function settle<T>(give: () => T | Promise<T>, use: (value: T) => void, done: (error?: Error) => void): void {
  const failed = (error: unknown): void => {
    done(error instanceof Error ? error : new Error(String(error)));
  };
  try {
    const given = give();
    if (given instanceof Promise) {
      given.then(use).then(() => {
        done();
      }, failed);
      return;
    }
    use(given);
  } catch (error) {
    failed(error);
    return;
  }
  done();
}
