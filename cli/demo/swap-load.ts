import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

export interface LoadReport {
  readonly requests: number;
  /** No answer, or a status other than 200. */
  readonly failed: number;
  /** Answers on one connection with a lower epoch than an answer before it. */
  readonly epochRegressions: number;
  readonly epochsSeen: readonly number[];
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface LoadOptions {
  readonly model: string;
  readonly serverUrls: readonly string[];
  /** One row, by feature name. */
  readonly row: Readonly<Record<string, number>>;
  readonly connectionsPerServer: number;
  /** Pause of a connection between two requests; bounds the load on a small machine. */
  readonly pauseMs: number;
  /** Hard bound on the number of requests. */
  readonly maxRequests: number;
}

export interface RunningLoad {
  /** Stops, waits for what is under way, reports. */
  stop(): Promise<LoadReport>;
}

const REQUEST_TIMEOUT_MS = 5000;

/** Asks every server for predictions without a break, and notes which epochs answered. */
export function startLoad(options: LoadOptions): RunningLoad {
  const body = JSON.stringify({ model: options.model, rows: [options.row] });
  const tally = new Tally();
  let running = true;
  const connection = async (url: string): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    let highest = 0;
    while (running && tally.requests < options.maxRequests) {
      const started = performance.now();
      const epoch = await ask(agent, url, body);
      tally.add(epoch, performance.now() - started, highest);
      highest = Math.max(highest, epoch ?? 0);
      await delay(options.pauseMs);
    }
    agent.destroy();
  };
  const connections = options.serverUrls.flatMap((url) =>
    Array.from({ length: options.connectionsPerServer }, () => connection(url)),
  );
  return {
    stop: async () => {
      running = false;
      await Promise.all(connections);
      return tally.report();
    },
  };
}

class Tally {
  requests = 0;
  private failed = 0;
  private epochRegressions = 0;
  private readonly epochs = new Set<number>();
  private readonly latenciesMs: number[] = [];

  add(epoch: number | null, latencyMs: number, highest: number): void {
    this.requests += 1;
    if (epoch === null) {
      this.failed += 1;
      return;
    }
    this.latenciesMs.push(latencyMs);
    this.epochs.add(epoch);
    if (epoch < highest) this.epochRegressions += 1;
  }

  report(): LoadReport {
    const sorted = this.latenciesMs.toSorted((a, b) => a - b);
    const quantile = (share: number): number =>
      sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
    return {
      requests: this.requests,
      failed: this.failed,
      epochRegressions: this.epochRegressions,
      epochsSeen: [...this.epochs].sort((a, b) => a - b),
      p50Ms: quantile(0.5),
      p99Ms: quantile(0.99),
    };
  }
}

/** The epoch of the answer; null when there was none, or not a good one. */
function ask(agent: Agent, url: string, body: string): Promise<number | null> {
  return new Promise((resolve) => {
    const call = request(
      `${url}/api/v1/predict`,
      { method: 'POST', agent, headers: { 'content-type': 'application/json' }, timeout: REQUEST_TIMEOUT_MS },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', () => {
          resolve(null);
        });
        response.on('end', () => {
          resolve(response.statusCode === 200 ? epochOf(Buffer.concat(chunks).toString()) : null);
        });
      },
    );
    call.on('timeout', () => call.destroy());
    call.on('error', () => {
      resolve(null);
    });
    call.end(body);
  });
}

function epochOf(text: string): number | null {
  const answer: unknown = JSON.parse(text);
  if (typeof answer !== 'object' || answer === null || !('epoch' in answer)) return null;
  return typeof answer.epoch === 'number' ? answer.epoch : null;
}
