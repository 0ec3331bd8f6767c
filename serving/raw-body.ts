import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { InvalidRequest, RequestTooLarge } from './errors.ts';

const REMEDY = { remedy: 'Send fewer rows per request.' };

/**
 * The body of a request as it is, in memory of its own. What it is put together from is given back at once: left to the garbage
 * collector, universes of 336 kB would call it for their size several times a second, and each call takes the thread that answers
 * for tens of milliseconds.
 * @throws RequestTooLarge (more than `limit` bytes), InvalidRequest (it broke off)
 */
export function readRawBody(
  request: FastifyRequest,
  payload: IncomingMessage,
  limit: number,
): Promise<Buffer<ArrayBuffer>> {
  const stated = Number(request.headers['content-length'] ?? Number.NaN);
  return new Promise((resolve, reject) => {
    if (stated > limit) {
      reject(new RequestTooLarge(`a body of ${String(stated)} bytes, at most ${String(limit)}`, REMEDY));
      return;
    }
    let body = memoryFor(Number.isNaN(stated) ? 0 : stated);
    let length = 0;
    const stop = (): void => {
      payload.off('data', take).off('end', end).off('error', broken).off('close', broken);
    };
    const take = (chunk: Buffer): void => {
      if (length + chunk.length > limit) {
        stop();
        reject(new RequestTooLarge(`a body of more than ${String(limit)} bytes`, REMEDY));
        return;
      }
      if (length + chunk.length > body.length) body = grown(body, length, length + chunk.length, limit);
      chunk.copy(body, length);
      length += chunk.length;
      giveBack(chunk);
    };
    const end = (): void => {
      stop();
      resolve(body.subarray(0, length));
    };
    const broken = (): void => {
      stop();
      giveBack(body);
      reject(new InvalidRequest(`the body broke off after ${String(length)} bytes`));
    };
    payload.on('data', take).on('end', end).on('error', broken).on('close', broken);
    payload.resume();
  });
}

/** Memory of a body or of a piece of one that nobody reads any more; of pieces that share theirs, nothing is given back. */
export function giveBack(bytes: Buffer): void {
  const { buffer } = bytes;
  if (buffer instanceof ArrayBuffer && bytes.byteOffset === 0 && bytes.byteLength === buffer.byteLength) {
    buffer.transfer(0);
  }
}

/** Not from the pool that small buffers share. */
const memoryFor = (bytes: number): Buffer<ArrayBuffer> => Buffer.allocUnsafeSlow(bytes);

function grown(body: Buffer, length: number, needed: number, limit: number): Buffer<ArrayBuffer> {
  const larger = memoryFor(Math.min(limit, Math.max(needed, 2 * body.length)));
  body.copy(larger, 0, 0, length);
  giveBack(body);
  return larger;
}
