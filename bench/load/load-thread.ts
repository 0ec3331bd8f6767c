import { parentPort, workerData } from 'node:worker_threads';
import { headerOf, RawConnection } from './raw-http.ts';

/** Load on servers from a thread of its own, so that what is timed beside it shares no event loop with it. */
export interface LoadPlan {
  readonly ports: readonly number[];
  readonly lanesPerPort: number;
  /** Whole requests, taken in turn: several, so that no cache of equal ones could help. */
  readonly requests: readonly Uint8Array[];
  /** 0: each lane asks again as soon as it has been answered. */
  readonly requestsPerSecond: number;
}

export interface LoadCounts {
  readonly requests: number;
  readonly failed: number;
  readonly statuses: Readonly<Record<string, number>>;
  /** Answers of a lower epoch than one the same server had given before the request was sent. */
  readonly fell: number;
  /** Answers of an older epoch although the request was sent after the last acknowledgement. */
  readonly afterAcknowledgement: number;
  /** Answers whose version was not the one that another answer of the same epoch named. */
  readonly mixed: number;
  /** Of the answers with status 200. */
  readonly latenciesMs: Float64Array;
  readonly elapsedMs: number;
  /** Share of the time in which this thread was busy: near 1, it is the generator that is measured. */
  readonly generatorBusy: number;
}

/** `acknowledged`: every server has said so. `take`: give the counts since the last `take`. */
export type LoadMessage =
  { readonly kind: 'acknowledged'; readonly epoch: number } | { readonly kind: 'take' | 'stop' };

const plan = workerData as LoadPlan;
const port = parentPort;
if (port === null) throw new Error('this file is a thread of the serving benches');
const requests = plan.requests.map((bytes) => Buffer.from(bytes));

const highest = new Map(plan.ports.map((each) => [each, 0]));
const versionOf = new Map<number, string>();
let acknowledged = 0;
let running = true;
let counts = fresh();

function fresh(): {
  requests: number;
  failed: number;
  statuses: Record<string, number>;
  fell: number;
  afterAcknowledgement: number;
  mixed: number;
  latenciesMs: number[];
  startedMs: number;
  busyBefore: ReturnType<typeof performance.eventLoopUtilization>;
} {
  return {
    ...{ requests: 0, failed: 0, statuses: {}, fell: 0, afterAcknowledgement: 0, mixed: 0, latenciesMs: [] },
    startedMs: performance.now(),
    busyBefore: performance.eventLoopUtilization(),
  };
}

function judge(serverPort: number, head: string, floor: number, acknowledgedBefore: number): void {
  const epoch = Number(headerOf(head, 'x-model-epoch'));
  const version = headerOf(head, 'x-model-hash');
  if (epoch < floor) counts.fell += 1;
  if (epoch < acknowledgedBefore) counts.afterAcknowledgement += 1;
  if ((versionOf.get(epoch) ?? version) !== version) counts.mixed += 1;
  versionOf.set(epoch, version);
  if (epoch > (highest.get(serverPort) ?? 0)) highest.set(serverPort, epoch);
}

async function lane(serverPort: number, index: number, lanes: number): Promise<void> {
  const connection = new RawConnection(serverPort);
  const everyMs = plan.requestsPerSecond === 0 ? 0 : (1000 * lanes) / plan.requestsPerSecond;
  let dueMs = performance.now() + (everyMs * index) / lanes;
  for (let turn = index; running; turn += 1) {
    if (everyMs > 0) {
      const waitMs = dueMs - performance.now();
      if (waitMs > 0.5) await new Promise((resolve) => setTimeout(resolve, waitMs));
      dueMs += everyMs;
    }
    const request = requests[turn % requests.length];
    if (request === undefined) return;
    const floor = highest.get(serverPort) ?? 0;
    const acknowledgedBefore = acknowledged;
    const sentMs = performance.now();
    const { status, head } = await connection.ask(request);
    counts.requests += 1;
    counts.statuses[status] = (counts.statuses[status] ?? 0) + 1;
    if (status === 200) {
      counts.latenciesMs.push(performance.now() - sentMs);
      judge(serverPort, head, floor, acknowledgedBefore);
    } else counts.failed += 1;
  }
  connection.close();
}

port.on('message', (message: LoadMessage) => {
  if (message.kind === 'acknowledged') acknowledged = Math.max(acknowledged, message.epoch);
  else if (message.kind === 'stop') running = false;
  else {
    const { startedMs, busyBefore, latenciesMs, ...taken } = counts;
    counts = fresh();
    const answer: LoadCounts = {
      ...taken,
      latenciesMs: Float64Array.from(latenciesMs),
      elapsedMs: performance.now() - startedMs,
      generatorBusy: performance.eventLoopUtilization(busyBefore).utilization,
    };
    port.postMessage(answer, [answer.latenciesMs.buffer as ArrayBuffer]);
  }
});

const lanes = plan.ports.length * plan.lanesPerPort;
await Promise.all(
  plan.ports.flatMap((serverPort, server) =>
    Array.from({ length: plan.lanesPerPort }, (_, at) =>
      lane(serverPort, server * plan.lanesPerPort + at, lanes),
    ),
  ),
);
port.close();
