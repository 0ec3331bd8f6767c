import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { RequestGate, SignedIn } from '../../../api/identity-of-request.ts';
import { Live } from '../../../api/live/live.ts';
import { createApiMetrics } from '../../../api/metrics.ts';
import type { Registry } from '../../../registry/registry.ts';

/** Models of a reading, and how much is said about each: two megabytes change with every reading. */
const MODELS = 200;
const REASON = 'x'.repeat(10_000);
const HOLDER: SignedIn = {
  identity: {
    ...{ subject: 'vera', grants: ['viewer'], tokenId: 't', issuer: 'contender' },
    expiresAt: '2030-01-01T00:00:00.000Z',
  },
  sessionSecret: null,
};

interface Frame {
  readonly type: 'snapshot' | 'delta';
  readonly changed?: Readonly<Record<string, { readonly epoch: number }>>;
}

/** A live view over readings that the test makes up. */
class LiveWorld {
  epoch = 0;
  counts = true;
  now = new Date('2026-03-02T01:00:00.000Z');
  readonly metrics = createApiMetrics({ processMetrics: false });
  readonly live: Live;
  readonly #server: Server = createServer();

  constructor() {
    const registry = {
      overview: () =>
        Promise.resolve(
          Array.from({ length: MODELS }, (_, at) => ({
            ...{ model: `m-${String(at)}`, market: 'XTAI', epoch: this.epoch, reason: REASON },
          })),
        ),
      listAlerts: () => Promise.resolve([]),
    };
    const gate = {
      requireHost: () => undefined,
      requireOwnOrigin: () => undefined,
      stillCounts: () => Promise.resolve(this.counts),
    };
    this.live = new Live({
      registry: registry as unknown as Registry,
      gate: gate as unknown as RequestGate,
      clock: { now: () => this.now, monotonicMs: () => performance.now() },
      metrics: this.metrics,
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      onRefused: () => undefined,
      everyMs: 3_600_000,
    });
    this.live.attach(this.#server);
  }

  async open(): Promise<WebSocket> {
    if (!this.#server.listening) {
      await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    }
    const { port } = this.#server.address() as AddressInfo;
    const { ticket } = this.live.ticket(HOLDER);
    return new WebSocket(`ws://127.0.0.1:${String(port)}/api/v1/live?ticket=${ticket}`);
  }

  async frames(kind: string): Promise<number> {
    const { values } = await this.metrics.liveFrames.get();
    return values.find(({ labels }) => labels.kind === kind)?.value ?? 0;
  }

  async close(): Promise<void> {
    await this.live.stop();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

let world: LiveWorld;
afterEach(() => world.close());

async function watching(): Promise<{ socket: WebSocket; frames: Frame[]; closed: () => number | null }> {
  const socket = await world.open();
  const frames: Frame[] = [];
  let code: number | null = null;
  socket.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString('utf8')) as Frame));
  socket.on('close', (given) => {
    code = given;
  });
  socket.on('error', () => undefined);
  await expect.poll(() => frames.length, { timeout: 30_000, interval: 10 }).toBeGreaterThan(0);
  return { socket, frames, closed: () => code };
}

describe('whoever reads too slowly', () => {
  test('costs a bounded amount of memory, and has the newest in one frame once they read again', async () => {
    world = new LiveWorld();
    const { socket, frames } = await watching();
    socket.pause();
    // Fewer than it takes to be asked twice whether one is there.
    const readings = 10;
    for (let reading = 0; reading < readings; reading += 1) {
      world.epoch += 1;
      await world.live.tick();
    }
    // Some frames lie in the buffers of the machine; what came after them was never made, nor kept.
    const sent = await world.frames('delta');
    expect(sent).toBeLessThan(readings);
    expect(await world.frames('dropped')).toBe(readings - sent);
    socket.resume();
    await expect.poll(() => frames.length, { timeout: 60_000, interval: 20 }).toBe(1 + sent);
    expect(frames.at(-1)?.changed?.['model:m-7']?.epoch).toBe(sent);
    await world.live.tick();
    // One frame holds everything that was missed.
    await expect.poll(() => frames.length, { timeout: 60_000, interval: 20 }).toBe(2 + sent);
    expect(frames.at(-1)?.changed?.['model:m-7']?.epoch).toBe(readings);
    socket.terminate();
  }, 120_000);

  test('is cut off when not even a ping is answered', async () => {
    world = new LiveWorld();
    const { socket } = await watching();
    socket.pause();
    // Asked with every sixth reading, looked at with the sixth after it.
    for (let reading = 0; reading < 12; reading += 1) await world.live.tick();
    await expect.poll(() => world.live.clients, { timeout: 30_000, interval: 20 }).toBe(0);
    socket.terminate();
  });
});

describe('whoever is signed out', () => {
  test('is closed at the first reading after the end of their token, by the clock of the server', async () => {
    world = new LiveWorld();
    const { closed } = await watching();
    world.now = new Date('2030-01-01T00:00:00.000Z');
    await world.live.tick();
    await expect.poll(closed, { timeout: 30_000, interval: 20 }).toBe(4401);
  });

  test('is found within six readings when the token was called back', async () => {
    world = new LiveWorld();
    const { closed } = await watching();
    world.counts = false;
    for (let reading = 0; reading < 6; reading += 1) await world.live.tick();
    await expect.poll(closed, { timeout: 30_000, interval: 20 }).toBe(4401);
  });
});
