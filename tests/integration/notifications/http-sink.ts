import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the receiver behaves for one request. */
export type HttpBehaviour =
  | { readonly kind: 'accept' }
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
    }
  /** Takes the message and drops the line before it answers. */
  | { readonly kind: 'accept-then-drop' }
  /** Takes the message, answers 200 and drops the line in the middle of the body. */
  | { readonly kind: 'accept-then-cut' }
  /** Takes the message and never answers. */
  | { readonly kind: 'accept-then-silence' };

export interface ReceivedPost {
  readonly text: string;
  readonly blocks: readonly unknown[];
  readonly raw: string;
}

export interface HttpSink {
  readonly url: string;
  /** What was taken, also when the sender never learned of it. */
  readonly received: ReceivedPost[];
  requests: number;
  /** Behaviour of the next requests, in order; afterwards it accepts. */
  readonly script: HttpBehaviour[];
  close(): Promise<void>;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function answer(behaviour: HttpBehaviour, request: IncomingMessage, response: ServerResponse): void {
  switch (behaviour.kind) {
    case 'accept':
      response.end('ok');
      break;
    case 'answer':
      response.writeHead(behaviour.status, behaviour.headers).end(behaviour.body ?? '');
      break;
    case 'accept-then-drop':
      request.socket.destroy();
      break;
    case 'accept-then-cut':
      response.writeHead(200, { 'content-length': '100' });
      response.write('o', () => request.socket.destroy());
      break;
    case 'accept-then-silence':
      break;
  }
}

/** A real HTTP receiver on a free local port, in the manner of an incoming webhook. */
export async function httpSink(port = 0): Promise<HttpSink> {
  const received: ReceivedPost[] = [];
  const script: HttpBehaviour[] = [];
  const server = createServer((request, response) => {
    sink.requests += 1;
    const behaviour = script.shift() ?? { kind: 'accept' };
    void readBody(request).then((raw) => {
      const taken = behaviour.kind !== 'answer';
      if (taken) received.push({ ...(JSON.parse(raw) as Omit<ReceivedPost, 'raw'>), raw });
      answer(behaviour, request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const sink: HttpSink = {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/services/T0/B0/secret`,
    received,
    requests: 0,
    script,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
  return sink;
}
