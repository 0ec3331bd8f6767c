import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify';
import type { ContenderError } from '../contracts/error.ts';
import {
  AddressTooLong,
  HTTP_STATUS_BY_CODE,
  HttpHeadersTooLarge,
  HttpMalformed,
  HttpTimedOut,
  MethodNotAllowed,
  UnsupportedMediaType,
} from './errors.ts';
import { PROBLEM_TYPE, problemDocument } from './problem-document.ts';

/** Faults of a request that Fastify finds before any of our code and that mean the same on every server; null: none of these. */
export function httpFault(error: unknown): ContenderError | null {
  const { statusCode, message = '' } = (error ?? {}) as Partial<FastifyError>;
  if (statusCode === 415) {
    return new UnsupportedMediaType(message, {
      remedy:
        'Send a JSON object with "Content-Type: application/json", or what the operation says it takes.',
    });
  }
  if (statusCode === 414) {
    return new AddressTooLong('a part of the path is too long', {
      remedy: 'Names have at most 48 characters, ids 120.',
    });
  }
  return null;
}

/**
 * How long a client may take to send a request whose body is to be here within `requestMs`. Node takes the smaller of its two limits
 * for the headers, whichever it is called, so that a limit for the whole alone leaves bodies the minute that headers usually have.
 */
export const patience = (requestMs: number) =>
  ({
    headersTimeout: Math.min(30_000, requestMs),
    requestTimeout: requestMs,
    connectionsCheckingInterval: 5000,
  }) as const;

const STATUS: ReadonlyMap<string, number> = new Map(HTTP_STATUS_BY_CODE);

/** Answers what was no request at all, on the bare connection, and ends it. */
export function answerSocketFault(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (socket.writable) {
    const fault = socketFault(error.code ?? '');
    const status = STATUS.get(fault.code) ?? 400;
    const body = JSON.stringify(problemDocument(fault, status, ''));
    socket.write(
      [
        `HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ''}`,
        `content-type: ${PROBLEM_TYPE}`,
        `content-length: ${String(Buffer.byteLength(body))}`,
        'connection: close',
        '',
        body,
      ].join('\r\n'),
    );
  }
  socket.destroy(error);
}

function socketFault(code: string): ContenderError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new HttpTimedOut('the request did not arrive as a whole in time', {
      remedy: 'Send it again over a faster line, or in smaller parts.',
    });
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new HttpHeadersTooLarge('the headers of the request are too large', {
      remedy: 'Send fewer or shorter headers; a token has at most 8 KiB.',
    });
  }
  return new HttpMalformed('what came is no HTTP request', {
    remedy: 'Look for what stands between: a proxy, TLS sent to a plain port, a wrong Content-Length.',
    details: { fault: code },
  });
}

/**
 * Knows which methods a path takes, for whatever is registered on `app` after it.
 *
 * @returns for a request that no route takes: the error to answer when its path exists, and the methods for `Allow`
 */
export function methodsOf(
  app: FastifyInstance,
): (request: FastifyRequest) => { readonly error: MethodNotAllowed; readonly allow: string } | null {
  const methods = new Map<string, { readonly pattern: RegExp; readonly allowed: Set<string> }>();
  app.addHook('onRoute', ({ url, method }) => {
    // What takes any path says nothing about one.
    if (url.includes('*')) return;
    const known = methods.get(url) ?? { pattern: patternOf(url), allowed: new Set<string>() };
    for (const each of [method].flat()) known.allowed.add(each);
    methods.set(url, known);
  });
  return ({ url, method }) => {
    const [path = ''] = url.split('?');
    const allowed = new Set(
      [...methods.values()].filter(({ pattern }) => pattern.test(path)).flatMap((each) => [...each.allowed]),
    );
    if (allowed.size === 0 || allowed.has(method)) return null;
    const allow = [...allowed].sort().join(', ');
    const error = new MethodNotAllowed(`${method} is not offered at this path`, {
      remedy: `It takes ${allow}.`,
      details: { allowed: [...allowed].sort() },
    });
    return { error, allow };
  };
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/gu, '\\$&');

/** A route as Fastify writes it, such as `/models/:name`, as a pattern of paths. */
function patternOf(url: string): RegExp {
  const parts = url.split('/').map((part) => (part.startsWith(':') ? '[^/]+' : escaped(part)));
  return new RegExp(`^${parts.join('/')}$`, 'u');
}
