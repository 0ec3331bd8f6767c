import { createOnnxScorer } from '../../../serving/onnx-scorer.ts';
import {
  startServingServer,
  type ServingServer,
  type ServingServerOptions,
} from '../../../serving/server.ts';
import { FEATURES } from './fixtures.ts';
import { eventually, MemoryRegistry, QUIET_LOG, SkippingClock } from './memory-registry.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown> & { readonly code?: string; readonly detail?: string };
}

export async function post(server: ServingServer, path: string, body: unknown): Promise<Answer> {
  const response = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Answer['body'],
  };
}

export async function get(server: ServingServer, path: string): Promise<Answer> {
  const response = await fetch(`${server.url}${path}`);
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Answer['body'],
  };
}

export const vector = [0.4, -1.2, 0.1, 0.3, -0.2, 7];
export const namedRow = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  ...Object.fromEntries(FEATURES.map((name, index) => [name, vector[index]])),
  ...changes,
});

/** Servers over one registry in memory, on a clock that tests can move. */
export class ServerFleet {
  readonly registry = new MemoryRegistry();
  readonly clock = new SkippingClock();
  /** On this thread, which starts at once; servers that are given `scorerThreads` have a pool as in production. */
  readonly #scorer = createOnnxScorer();
  readonly #running: ServingServer[] = [];

  async start(options: Partial<ServingServerOptions> = {}): Promise<ServingServer> {
    const server = await startServingServer({
      host: '127.0.0.1',
      breakGlass: null,
      name: `server-${String(this.#running.length + 1)}`,
      port: 0,
      models: [],
      registry: this.registry,
      universe: null,
      explainer: null,
      log: QUIET_LOG,
      clock: this.clock,
      ...(options.limits?.scorerThreads === undefined ? { scorer: this.#scorer } : {}),
      ...options,
      limits: { pollMs: 50, drainGraceMs: 0, ...options.limits },
    });
    this.#running.push(server);
    return server;
  }

  async stop(): Promise<void> {
    this.registry.cutOff = false;
    await Promise.all(this.#running.splice(0).map((server) => server.stop()));
    await this.#scorer.close();
  }
}

export const ready = (server: ServingServer): Promise<void> =>
  eventually('ready', async () => (await get(server, '/health')).status === 200);
export const serving = (server: ServingServer, epoch: number): Promise<void> =>
  eventually(`epoch ${String(epoch)}`, () => server.follower.model('tw-alpha')?.reign?.epoch === epoch);
export const predict = (server: ServingServer): Promise<Answer> =>
  post(server, '/api/v1/predict', { model: 'tw-alpha', features: [vector] });
