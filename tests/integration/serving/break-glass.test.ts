import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FolderArtifactStore } from '../../../registry/artifacts/folder-store.ts';
import { issueBreakGlassToken, verifyBreakGlassToken } from '../../../registry/identity/break-glass-token.ts';
import { openRegistry, type Registry } from '../../../registry/registry.ts';
import { servingRegistry } from '../../../serving/registry-port.ts';
import { startServingServer, type ServingServer } from '../../../serving/server.ts';
import { eventually, QUIET_LOG } from '../../unit/serving/memory-registry.ts';
import { testDatabase } from '../../postgres.ts';
import { startLoad } from './load.ts';
import { seedModel } from './seeded-registry.ts';

const MODEL = 'tw-alpha';
const BODY = { model: MODEL, features: [[0.4, -1.2, 0.1, 0.3, -0.2, 7]] };
/** Shortened from the hour of a real outage: the bound, and how long the line stays cut. */
const MAX_STALE_SECONDS = 1;

/** The line to the database, which can be cut: connections end, and new ones are refused. */
class Line {
  readonly #target: { readonly host: string; readonly port: number };
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;
  #port = 0;

  constructor(url: URL) {
    this.#target = { host: url.hostname, port: Number(url.port) };
  }

  async restore(): Promise<number> {
    const server = createServer((socket) => {
      const far = connect(this.#target);
      for (const end of [socket, far]) {
        this.#sockets.add(end);
        end.on('error', () => end.destroy());
        end.on('close', () => this.#sockets.delete(end));
      }
      socket.on('close', () => far.destroy());
      far.on('close', () => socket.destroy());
      socket.pipe(far).pipe(socket);
    });
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
    return this.#port;
  }

  async cut(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

describe('prediction servers whose line to the registry is cut', () => {
  let database: Awaited<ReturnType<typeof testDatabase>>;
  let folder: string;
  let line: Line;
  /** Over the line that is cut, as the servers have it. */
  let theirs: Registry;
  /** The registry itself, for whoever looks at it afterwards. */
  let registry: Registry;
  let token: string;
  const servers: ServingServer[] = [];

  const start = async (name: string, model: string): Promise<ServingServer> => {
    const signingKeyFile = join(folder, 'signing-key.pem');
    const server = await startServingServer({
      host: '127.0.0.1',
      name,
      port: 0,
      models: [model],
      registry: servingRegistry(theirs, new FolderArtifactStore(folder)),
      universe: null,
      explainer: null,
      log: QUIET_LOG,
      limits: { drainGraceMs: 50, pollMs: 100 },
      breakGlass: {
        folder: join(folder, 'break-glass'),
        verify: (text) => verifyBreakGlassToken({ signingKeyFile, token: text, now: new Date() }),
      },
    });
    servers.push(server);
    await eventually(`${name} ready`, async () => (await fetch(`${server.url}/health`)).status === 200);
    return server;
  };
  const post = async (
    server: ServingServer,
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; body: Record<string, unknown> }> => {
    const response = await fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const predict = (server: ServingServer, model = MODEL): ReturnType<typeof post> =>
    post(server, '/api/v1/predict', { ...BODY, model });
  const breakGlass = (server: ServingServer, model: string): ReturnType<typeof post> =>
    post(
      server,
      '/api/v1/break-glass',
      { id: randomUUID(), model, version: null, reason: 'the line is cut', seconds: 600 },
      { authorization: `Bearer ${token}` },
    );

  beforeAll(async () => {
    database = await testDatabase();
    folder = await mkdtemp(join(tmpdir(), 'contender-break-glass-'));
    registry = openRegistry({ url: database.url, applicationName: 'break-glass test' });
    const artifacts = new FolderArtifactStore(folder);
    const fixtures = ['a', 'b', 'c'] as const;
    await seedModel(database.url, artifacts, {
      model: MODEL,
      fixtures,
      serving: { onStale: 'serve', maxStaleSeconds: MAX_STALE_SECONDS },
    });
    await seedModel(database.url, artifacts, {
      model: 'us-alpha',
      fixtures,
      serving: { onStale: 'refuse', maxStaleSeconds: MAX_STALE_SECONDS },
    });
    const url = new URL(database.url);
    line = new Line(url);
    url.port = String(await line.restore());
    url.hostname = '127.0.0.1';
    theirs = openRegistry({ url: url.toString(), applicationName: 'cut off', connectTimeoutMs: 1000 });
    const grant = { subject: 'olga', roles: ['operator'], models: [MODEL, 'us-alpha'], ttlSeconds: 3600 };
    const signingKeyFile = join(folder, 'signing-key.pem');
    ({ token } = await issueBreakGlassToken({ signingKeyFile, ...grant, now: new Date() }));
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await line.cut();
    await theirs.close();
    await registry.close();
    await database.drop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  it('go on or stop by the spec, take a signed rollback, and are told and settled without a gap when the line is back', async () => {
    const serving = [await start('server-a', MODEL), await start('server-b', MODEL)];
    const refusing = await start('server-r', 'us-alpha');
    const loads = serving.map((server) => startLoad(server.url, BODY, 2));
    await line.cut();

    // onStale refuse stops after the bound; onStale serve goes on and says how old its word is.
    await eventually('refusal', async () => (await predict(refusing, 'us-alpha')).status === 503);
    for (const server of serving) {
      await eventually('a stale answer', async () => (await predict(server)).body['stale'] === true);
      const { status, body } = await predict(server);
      expect([status, body['version'], body['epoch']]).toEqual([200, 3, 3]);
      expect(Date.parse(String(body['freshUntil']))).toBeLessThan(Date.now());
    }

    for (const server of serving) expect((await breakGlass(server, MODEL)).status).toBe(200);
    expect((await breakGlass(refusing, 'us-alpha')).status).toBe(200);
    const glassMs = performance.now();
    for (const server of serving) {
      expect((await predict(server)).body).toMatchObject({ version: 2, epoch: 3, override: { by: 'olga' } });
    }
    expect((await predict(refusing, 'us-alpha')).body).toMatchObject({ version: 2, stale: true });

    await line.restore();
    for (const [server, model] of [
      ...serving.map((one) => [one, MODEL] as const),
      [refusing, 'us-alpha'] as const,
    ]) {
      await eventually('the epoch of the registry', async () => {
        const { body } = await predict(server, model);
        return body['epoch'] === 4 && body['override'] === null;
      });
      expect((await predict(server, model)).body).toMatchObject({ version: 2, stale: false });
    }
    const answers = (await Promise.all(loads.map((load) => load.stop()))).flat();
    expect(answers.length).toBeGreaterThan(50);
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(answers.filter(({ startedMs, version }) => startedMs > glassMs && version === 3)).toEqual([]);

    const commands = async (model: string): Promise<readonly string[]> =>
      (await registry.auditTrail({ model, limit: 100 })).map(({ command }) => command).toSorted();
    await eventually('both servers settled', async () => (await commands(MODEL)).length === 5);
    expect(await commands(MODEL)).toEqual([
      ...['break-glass', 'break-glass', 'break-glass-end', 'break-glass-end', 'rollback'],
    ]);
    await eventually('the third server settled', async () => (await commands('us-alpha')).length === 3);
    expect(await registry.verifyAudit({ model: null, anchor: null })).toMatchObject({ ok: true });
    const { champion, epoch, reign } = await registry.champion({ model: MODEL });
    expect([champion?.number, epoch, reign?.actor]).toEqual([2, 4, 'olga']);
  }, 60_000);
});
