import { connect, createServer, type ListenOptions, type NetConnectOpts } from 'node:net';
import { once } from 'node:events';

/** What listens at `from` is answered by `to`. A path is a socket in the file system, which every network namespace sees. */
export interface Route {
  readonly from: ListenOptions;
  readonly to: NetConnectOpts;
}

export interface Relay {
  close(): void;
}

/** Carries bytes both ways until `close`. */
export async function openRelay(routes: readonly Route[]): Promise<Relay> {
  const open = new Set<{ destroy(): unknown }>();
  const servers = await Promise.all(
    routes.map(async ({ from, to }) => {
      const server = createServer({ noDelay: true }, (here) => {
        const there = connect(to);
        for (const [socket, other] of [
          [here, there],
          [there, here],
        ] as const) {
          open.add(socket);
          socket.pipe(other);
          socket.on('error', () => other.destroy());
          socket.on('close', () => {
            open.delete(socket);
            other.destroy();
          });
        }
      });
      server.listen(from);
      await once(server, 'listening');
      return server;
    }),
  );
  return {
    close: () => {
      for (const server of servers) server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
