import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { ApiWorld } from './api-world.ts';

let api: ApiWorld;
let address: string;
beforeAll(async () => {
  // Readings are asked for by the tests themselves.
  api = await ApiWorld.open({ liveEveryMs: 3_600_000 });
  await api.api.app.listen({ host: '127.0.0.1', port: 0 });
  api.api.live.attach(api.api.app.server);
  address = `127.0.0.1:${String((api.api.app.server.address() as AddressInfo).port)}`;
});
afterAll(() => api.close());

interface Frame {
  readonly type: 'snapshot' | 'delta';
  readonly seq: number;
  readonly resume: string;
  readonly from?: number;
  readonly entries?: Readonly<Record<string, { readonly model: string; readonly epoch: number }>>;
  readonly changed?: Readonly<Record<string, { readonly epoch: number }>>;
  readonly removed?: readonly string[];
}

class Watcher {
  readonly frames: Frame[] = [];
  closed: number | null = null;
  readonly #socket: WebSocket;

  constructor(query: string, headers: Record<string, string> = {}) {
    this.#socket = new WebSocket(`ws://${address}/api/v1/live?${query}`, { headers });
    this.#socket.on('message', (data: Buffer) =>
      this.frames.push(JSON.parse(data.toString('utf8')) as Frame),
    );
    this.#socket.on('close', (code) => {
      this.closed = code;
    });
    this.#socket.on('unexpected-response', (_request, response) => {
      this.closed = response.statusCode ?? 0;
      response.resume();
    });
    this.#socket.on('error', () => undefined);
  }

  async frame(count: number): Promise<Frame> {
    await expect
      .poll(() => this.frames.length, { timeout: 30_000, interval: 10 })
      .toBeGreaterThanOrEqual(count);
    const frame = this.frames[count - 1];
    if (frame === undefined) throw new Error('no frame');
    return frame;
  }

  async end(): Promise<number> {
    await expect.poll(() => this.closed, { timeout: 30_000, interval: 10 }).not.toBeNull();
    return this.closed ?? 0;
  }

  close(): void {
    this.#socket.terminate();
  }
}

async function ticket(token: string): Promise<string> {
  const answer = await api.ask('POST', '/live/tickets', { token, key: null });
  expect(answer.status, answer.text).toBe(200);
  return String(answer.body['ticket']);
}

describe('the live view', () => {
  test('shows everything, then what changes, and goes on where a lost connection stopped', async () => {
    const model = await api.world.model();
    await api.world.champion(model, 1);
    const token = await api.token('vera', 'viewer');
    const one = new Watcher(`ticket=${await ticket(token)}`);
    const snapshot = await one.frame(1);
    expect(snapshot.type).toBe('snapshot');
    expect(snapshot.entries?.[`model:${model}`]).toMatchObject({ model, epoch: 1 });

    await api.api.live.tick();
    expect(await one.frame(2)).toMatchObject({ type: 'delta', from: snapshot.seq, changed: {}, removed: [] });

    await api.world.champion(model, 2);
    await api.api.live.tick();
    const delta = await one.frame(3);
    expect(Object.keys(delta.changed ?? {})).toEqual([`model:${model}`]);
    expect(delta.changed?.[`model:${model}`]).toMatchObject({ epoch: 2 });
    one.close();

    await api.world.rollback(model);
    const two = new Watcher(`ticket=${await ticket(token)}&resume=${snapshot.resume}`);
    await expect.poll(() => api.api.live.clients, { timeout: 30_000 }).toBeGreaterThan(0);
    await api.api.live.tick();
    const resumed = two.frames.length > 0 ? await two.frame(two.frames.length) : await two.frame(1);
    expect(resumed.type).toBe('delta');
    await expect
      .poll(() => two.frames.some((frame) => frame.changed?.[`model:${model}`]?.epoch === 3), {
        timeout: 30_000,
      })
      .toBe(true);
    two.close();

    const stranger = new Watcher(`ticket=${await ticket(token)}&resume=00000000.1`);
    expect((await stranger.frame(1)).type).toBe('snapshot');
    stranger.close();
  });

  test('shows nobody what they have no role on', async () => {
    const mine = await api.world.model();
    const theirs = await api.world.model();
    const watcher = new Watcher(`ticket=${await ticket(await api.token('eve', `viewer@${mine}`))}`);
    await watcher.frame(1);
    await api.api.live.tick();
    await watcher.frame(2);
    expect(JSON.stringify(watcher.frames)).not.toContain(theirs);
    const shown = watcher.frames.flatMap((frame) => Object.keys(frame.entries ?? frame.changed ?? {}));
    expect(shown).toContain(`model:${mine}`);
    watcher.close();
  });

  test('takes a ticket once, and none of another making or page', async () => {
    const token = await api.token('vera', 'viewer');
    const used = await ticket(token);
    const first = new Watcher(`ticket=${used}`);
    await first.frame(1);
    expect(await new Watcher(`ticket=${used}`).end()).toBe(401);
    expect(await new Watcher('ticket=made-up').end()).toBe(401);
    expect(await new Watcher('').end()).toBe(401);
    const foreign = await ticket(token);
    expect(await new Watcher(`ticket=${foreign}`, { origin: 'https://evil.example' }).end()).toBe(403);
    expect(await new Watcher(`ticket=${foreign}`, { host: 'evil.example' }).end()).toBe(403);
    first.close();
  });

  test('ends with the session that opened it', async () => {
    const token = await api.token('olga', 'operator');
    const signedIn = await api.ask('POST', '/session', { body: { token }, key: null });
    const cookie = String(signedIn.headers['set-cookie']).split(';')[0] ?? '';
    const headers = { 'x-csrf-token': String(signedIn.body['csrfToken']) };
    const given = await api.ask('POST', '/live/tickets', { cookie, headers, key: null });
    const watcher = new Watcher(`ticket=${String(given.body['ticket'])}`);
    await watcher.frame(1);
    await api.ask('DELETE', '/session', { cookie, headers, key: null });
    // Looked at again with every sixth reading.
    for (let reading = 0; reading < 7 && watcher.closed === null; reading += 1) await api.api.live.tick();
    expect(await watcher.end()).toBe(4401);
  });
});
