import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** What becomes of a line: both sides hear that it has ended, or neither does and nothing arrives any more. */
export type Loss = 'ended' | 'silent';

interface Line {
  readonly sockets: readonly [client: Socket, database: Socket];
  dead: boolean;
}

/** A network between a client and its database, or another server, that loses lines, and the answer to a COMMIT with them. */
export class LossyNetwork {
  /** Answers to a COMMIT that were lost. */
  losses = 0;
  #armed: Loss | null = null;
  #silent = false;
  readonly #server: Server;
  readonly #lines = new Set<Line>();

  constructor(host: string, port: number) {
    this.#server = createServer((client) => {
      const database = connect(port, host);
      const line: Line = { sockets: [client, database], dead: this.#silent };
      this.#lines.add(line);
      let committing = false;
      for (const [socket, other] of [line.sockets, line.sockets.toReversed() as [Socket, Socket]]) {
        socket.on('error', () => undefined);
        socket.on('close', () => {
          if (!line.dead) other.destroy();
        });
      }
      client.on('data', (bytes) => {
        if (this.#armed !== null && /commit/iu.test(bytes.toString('latin1'))) committing = true;
        if (!line.dead) database.write(bytes);
      });
      database.on('data', (bytes) => {
        if (line.dead) return;
        if (!committing) {
          client.write(bytes);
          return;
        }
        // The answer proves that it was committed; the client never sees it.
        this.losses += 1;
        if (this.#armed === 'silent') line.dead = true;
        else client.destroy();
        this.#armed = null;
      });
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((listening) => this.#server.listen(0, '127.0.0.1', listening));
    return (this.#server.address() as AddressInfo).port;
  }

  loseNextCommit(how: Loss): void {
    this.#armed = how;
  }

  /** No line that is open now carries anything any more, and nobody is told. */
  fallSilent(): void {
    for (const line of this.#lines) line.dead = true;
  }

  /** The same, and those that are opened until `speak` are taken and carry nothing either. */
  staySilent(): void {
    this.#silent = true;
    this.fallSilent();
  }

  /** Lines that are opened from now on carry again; those before stay dead. */
  speak(): void {
    this.#silent = false;
  }

  async close(): Promise<void> {
    for (const { sockets } of this.#lines) for (const socket of sockets) socket.destroy();
    await new Promise((closed) => this.#server.close(closed));
  }
}
