import { Agent, request } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

/** Paced load on every server from a thread of its own, so that the command that is timed shares no event loop with it. */
export interface LoadPlan {
  readonly urls: readonly string[];
  readonly requestsPerSecond: number;
  readonly body: string;
}

export interface LoadCounts {
  readonly requests: number;
  readonly failed: number;
  /** Answers of a lower epoch than one the same server had given before the request was sent. */
  readonly fell: number;
  /** Answers of an older epoch although the request was sent after the last acknowledgement. */
  readonly afterAcknowledgement: number;
  /** Answers whose version was not the one that another answer of the same epoch named. */
  readonly mixed: number;
  readonly latenciesMs: readonly number[];
  readonly elapsedMs: number;
}

/** `acknowledged`: every server has said so. `take`: give the counts since the last `take`. */
export type LoadMessage =
  { readonly kind: 'acknowledged'; readonly epoch: number } | { readonly kind: 'take' | 'stop' };

const LANES_PER_SERVER = 4;
const plan = workerData as LoadPlan;
const port = parentPort;
if (port === null) throw new Error('this file is the load thread of bench/rollback.ts');

const highest = new Map(plan.urls.map((url) => [url, 0]));
const versionOf = new Map<number, string>();
let acknowledged = 0;
let running = true;
let counts = fresh();

function fresh(): { -readonly [K in keyof Omit<LoadCounts, 'latenciesMs'>]: number } & {
  latenciesMs: number[];
  startedMs: number;
} {
  const startedMs = performance.now();
  return {
    ...{ requests: 0, failed: 0, fell: 0, afterAcknowledgement: 0, mixed: 0, latenciesMs: [], elapsedMs: 0 },
    startedMs,
  };
}

function ask(url: string, agent: Agent): Promise<{ status: number; text: string }> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(plan.body) };
    const outgoing = request(`${url}/api/v1/predict`, { method: 'POST', agent, headers }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk: string) => (text += chunk));
      incoming.on('end', () => {
        resolve({ status: incoming.statusCode ?? 0, text });
      });
    });
    outgoing.on('error', () => {
      resolve({ status: 0, text: '' });
    });
    outgoing.end(plan.body);
  });
}

async function lane(url: string, agent: Agent, index: number): Promise<void> {
  const everyMs = (1000 * plan.urls.length * LANES_PER_SERVER) / plan.requestsPerSecond;
  let dueMs = performance.now() + (everyMs * index) / (plan.urls.length * LANES_PER_SERVER);
  while (running) {
    const waitMs = dueMs - performance.now();
    if (waitMs > 1) await new Promise((resolve) => setTimeout(resolve, waitMs));
    dueMs += everyMs;
    const floor = highest.get(url) ?? 0;
    const acknowledgedBefore = acknowledged;
    const sentMs = performance.now();
    const { status, text } = await ask(url, agent);
    counts.requests += 1;
    counts.latenciesMs.push(performance.now() - sentMs);
    if (status !== 200) {
      counts.failed += 1;
      continue;
    }
    const { epoch, versionHash } = JSON.parse(text) as {
      readonly epoch: number;
      readonly versionHash: string;
    };
    if (epoch < floor) counts.fell += 1;
    if (epoch < acknowledgedBefore) counts.afterAcknowledgement += 1;
    if ((versionOf.get(epoch) ?? versionHash) !== versionHash) counts.mixed += 1;
    versionOf.set(epoch, versionHash);
    highest.set(url, Math.max(highest.get(url) ?? 0, epoch));
  }
}

port.on('message', (message: LoadMessage) => {
  if (message.kind === 'acknowledged') acknowledged = Math.max(acknowledged, message.epoch);
  else if (message.kind === 'stop') running = false;
  else {
    const { startedMs, ...taken } = counts;
    counts = fresh();
    port.postMessage({ ...taken, elapsedMs: performance.now() - startedMs });
  }
});

const agents = plan.urls.map(() => new Agent({ keepAlive: true, maxSockets: LANES_PER_SERVER }));
await Promise.all(
  plan.urls.flatMap((url, server) =>
    Array.from({ length: LANES_PER_SERVER }, (_, at) =>
      lane(url, agents[server] ?? new Agent(), server * LANES_PER_SERVER + at),
    ),
  ),
);
for (const agent of agents) agent.destroy();
port.close();
