import { connect, type Socket } from 'node:net';

/** What of an answer the benches look at. */
export interface RawAnswer {
  /** 0: the connection was lost before the answer was whole. */
  readonly status: number;
  /** Status line and headers. */
  readonly head: string;
}

/** A request as it goes over the wire, made once: the generator shares its cores with the servers, so it must cost little. */
export function rawRequest(options: {
  readonly path: string;
  readonly body: Uint8Array;
  readonly contentType: string;
  /** Empty: none is sent. */
  readonly token: string;
}): Buffer {
  const { path, body, contentType, token } = options;
  const lines = [
    `POST ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    `content-type: ${contentType}`,
    `content-length: ${String(body.length)}`,
    ...(token === '' ? [] : [`authorization: Bearer ${token}`]),
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body]);
}

/** One connection that is kept open and carries one request at a time; opened again when the server closes it. */
export class RawConnection {
  readonly #port: number;
  #socket: Socket | null = null;
  #settle: ((answer: RawAnswer) => void) | null = null;
  #head = '';
  #partial = '';
  #missing = 0;

  constructor(port: number) {
    this.#port = port;
  }

  ask(request: Buffer): Promise<RawAnswer> {
    return new Promise((resolve) => {
      this.#settle = resolve;
      const socket = (this.#socket ??= this.#open());
      socket.write(request);
    });
  }

  close(): void {
    this.#socket?.destroy();
  }

  #open(): Socket {
    const socket = connect({ host: '127.0.0.1', port: this.#port, noDelay: true });
    socket.on('data', (chunk: Buffer) => {
      this.#take(chunk);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = null;
      this.#finish(0);
    });
    return socket;
  }

  #take(chunk: Buffer): void {
    if (this.#missing > 0) {
      this.#missing -= chunk.length;
      if (this.#missing <= 0) this.#finish(Number(this.#head.slice(9, 12)));
      return;
    }
    const text = this.#partial + chunk.toString('latin1');
    const end = text.indexOf('\r\n\r\n');
    if (end < 0) {
      this.#partial = text;
      return;
    }
    this.#partial = '';
    this.#head = text.slice(0, end);
    const length = Number(headerOf(this.#head, 'content-length'));
    this.#missing = length - (text.length - end - 4);
    if (this.#missing <= 0) this.#finish(Number(this.#head.slice(9, 12)));
  }

  #finish(status: number): void {
    const settle = this.#settle;
    const head = this.#head;
    this.#settle = null;
    this.#missing = 0;
    this.#partial = '';
    // A server that is draining says so, and closes.
    if (status !== 0 && head.includes('\r\nconnection: close')) {
      this.#socket?.destroy();
      this.#socket = null;
    }
    settle?.({ status, head });
  }
}

/** A header by its lower-case name; empty when it is not there. */
export function headerOf(head: string, name: string): string {
  const from = head.indexOf(`\r\n${name}: `);
  if (from < 0) return '';
  const start = from + name.length + 4;
  const end = head.indexOf('\r\n', start);
  return head.slice(start, end < 0 ? head.length : end);
}
