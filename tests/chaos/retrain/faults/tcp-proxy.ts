import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What the line does to those who talk over it. */
export type LineState =
  | { readonly kind: 'open' }
  /** Each piece arrives so much later, in both directions. */
  | { readonly kind: 'slow'; readonly delayMs: number }
  /** Nobody answers there. */
  | { readonly kind: 'down' }
  /** Resets a connection instead of passing on the first answer that holds these bytes. */
  | { readonly kind: 'reset-at-answer'; readonly bytes: Buffer };

/** A TCP line on loopback whose state can be changed while it is in use. */
export class TcpProxy {
  state: LineState = { kind: 'open' };
  /** Connections that were reset in place of an answer. */
  resets = 0;
  #target = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (client) => {
      this.#join(client);
    });
  }

  static async listen(): Promise<TcpProxy> {
    const server = createServer();
    const proxy = new TcpProxy(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Where connections go from now on: a port on loopback. */
  leadTo(port: number): void {
    this.#target = port;
  }

  /** Changes the state; `down` ends what is connected as well. */
  become(state: LineState): void {
    this.state = state;
    if (state.kind === 'down') for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }

  #join(client: Socket): void {
    if (this.state.kind === 'down' || this.#target === 0) {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    const server = connect(this.#target, '127.0.0.1');
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      this.#sockets.add(socket);
    }
    const end = (): void => {
      for (const socket of [client, server]) {
        socket.destroy();
        this.#sockets.delete(socket);
      }
    };
    for (const socket of [client, server]) socket.on('error', end).on('close', end);
    client.on('data', (piece) => {
      this.#pass(piece, server);
    });
    server.on('data', (piece) => {
      const { state } = this;
      if (state.kind === 'reset-at-answer' && piece.includes(state.bytes)) {
        this.resets += 1;
        client.resetAndDestroy();
        return;
      }
      this.#pass(piece, client);
    });
  }

  #pass(piece: Buffer, to: Socket): void {
    if (this.state.kind !== 'slow') {
      to.write(piece);
      return;
    }
    // Timers of one length fire in the order in which they were set: pieces do not overtake each other.
    setTimeout(() => to.write(piece), this.state.delayMs);
  }
}
