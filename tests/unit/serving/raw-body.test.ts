import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import { InvalidRequest, RequestTooLarge } from '../../../serving/errors.ts';
import { giveBack, readRawBody } from '../../../serving/raw-body.ts';

const LIMIT = 100_000;
const bytes = (length: number, seed: number): Buffer =>
  Buffer.from(Uint8Array.from({ length }, (_, at) => (at * 31 + seed) % 251));

function reading(headers: Record<string, string>): {
  readonly body: Promise<Buffer>;
  readonly payload: IncomingMessage;
} {
  const payload = new IncomingMessage(new Socket());
  return { body: readRawBody({ headers } as unknown as FastifyRequest, payload, LIMIT), payload };
}

describe('a body of raw bytes', () => {
  it.each([{ 'content-length': '70000' }, {}])('is put together from its pieces: %j', async (headers) => {
    const { body, payload } = reading(headers);
    const pieces = [bytes(1, 1), bytes(40_000, 2), bytes(29_999, 3)];
    const expected = Buffer.concat(pieces);
    for (const piece of pieces) payload.push(Buffer.from(piece));
    payload.push(null);
    expect(Buffer.compare(await body, expected)).toBe(0);
  });

  it('gives the memory of its pieces back, and never that which others share', async () => {
    const { body, payload } = reading({});
    const own = Buffer.allocUnsafeSlow(1000).fill(1);
    const pool = Buffer.allocUnsafeSlow(2000).fill(2);
    payload.push(own);
    payload.push(pool.subarray(500, 1500));
    payload.push(null);
    expect((await body).length).toBe(2000);
    expect([own.length, pool.length]).toEqual([0, 2000]);
    const whole = await body;
    giveBack(whole.subarray(1));
    expect(whole.length).toBe(2000);
  });

  it('is refused above the limit, by what is stated before any of it is read, or by what comes', async () => {
    await expect(reading({ 'content-length': '100001' }).body).rejects.toBeInstanceOf(RequestTooLarge);
    const { body, payload } = reading({});
    payload.push(bytes(60_000, 1));
    payload.push(bytes(60_000, 2));
    await expect(body).rejects.toBeInstanceOf(RequestTooLarge);
  });

  it('is refused when it breaks off', async () => {
    const { body, payload } = reading({ 'content-length': '5000' });
    payload.push(bytes(1000, 1));
    payload.destroy();
    await expect(body).rejects.toBeInstanceOf(InvalidRequest);
  });

  it('may be empty', async () => {
    const { body, payload } = reading({ 'content-length': '0' });
    payload.push(null);
    expect((await body).length).toBe(0);
  });
});
