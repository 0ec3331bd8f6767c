import { Agent, request } from 'node:http';

export interface LoadAnswer {
  readonly startedMs: number;
  readonly endedMs: number;
  /** 0: no answer (refused or broken connection). */
  readonly status: number;
  readonly epoch: number;
  readonly version: number;
  readonly prediction: number;
}

export interface Load {
  readonly answers: LoadAnswer[];
  stop(): Promise<readonly LoadAnswer[]>;
}

/** Keeps `connections` requests in flight against one server until stopped. Every answer is kept. */
export function startLoad(url: string, body: unknown, connections: number): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const answers: LoadAnswer[] = [];
  const text = JSON.stringify(body);
  const state = { running: true };
  const lanes = Array.from({ length: connections }, async () => {
    while (state.running) answers.push(await ask(url, text, agent));
  });
  return {
    answers,
    stop: async () => {
      state.running = false;
      await Promise.all(lanes);
      agent.destroy();
      return answers;
    },
  };
}

function ask(url: string, text: string, agent: Agent): Promise<LoadAnswer> {
  const startedMs = performance.now();
  return new Promise((resolve) => {
    const settle = (status: number, body: string): void => {
      const parsed = status === 200 ? (JSON.parse(body) as Record<string, unknown>) : {};
      const predictions = parsed['predictions'];
      resolve({
        startedMs,
        endedMs: performance.now(),
        status,
        epoch: Number(parsed['epoch'] ?? 0),
        version: Number(parsed['version'] ?? 0),
        prediction: Array.isArray(predictions) ? Number(predictions[0]) : Number.NaN,
      });
    };
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    const outgoing = request(`${url}/api/v1/predict`, { method: 'POST', agent, headers }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        settle(incoming.statusCode ?? 0, Buffer.concat(chunks).toString('utf8'));
      });
      incoming.on('error', () => {
        settle(0, '');
      });
    });
    outgoing.on('error', () => {
      settle(0, '');
    });
    outgoing.end(text);
  });
}

/** Pairs in which a request that was sent after another's answer had arrived was answered with a lower epoch. */
export function epochsThatFell(answers: readonly LoadAnswer[]): number {
  const ends = answers.toSorted((a, b) => a.endedMs - b.endedMs);
  const starts = answers.toSorted((a, b) => a.startedMs - b.startedMs);
  let at = 0;
  let highest = 0;
  let fell = 0;
  for (const answer of starts) {
    while (at < ends.length && (ends[at]?.endedMs ?? 0) <= answer.startedMs) {
      highest = Math.max(highest, ends[at]?.epoch ?? 0);
      at += 1;
    }
    if (answer.status === 200 && answer.epoch < highest) fell += 1;
  }
  return fell;
}
