import { createServer } from 'node:net';
import type { Server } from 'node:net';

const HOST = '127.0.0.1';

/** What a port is for, with the numbers to try in turn. Zero, or nothing left to try, means any free port. */
export interface PortWish {
  readonly name: string;
  readonly candidates: readonly number[];
}

/**
 * A port for each wish. All are held until the last one is chosen, so no two wishes get the same; between the choice and
 * the child's own bind somebody else may take one, and the child then fails and is started again with the error shown.
 */
export async function choosePorts(wishes: readonly PortWish[]): Promise<Record<string, number>> {
  const held: Server[] = [];
  const chosen: Record<string, number> = {};
  try {
    for (const { name, candidates } of wishes) {
      const server = await firstFree([...candidates.filter((port) => port > 0), 0]);
      held.push(server);
      chosen[name] = portOf(server);
    }
  } finally {
    await Promise.all(held.map((server) => close(server)));
  }
  return chosen;
}

/** Whether nobody listens there on this machine. */
export async function isPortFree(port: number): Promise<boolean> {
  const server = await listen(port).catch(() => undefined);
  if (server === undefined) return false;
  await close(server);
  return true;
}

async function firstFree(candidates: readonly number[]): Promise<Server> {
  let last: unknown;
  for (const port of candidates) {
    try {
      return await listen(port);
    } catch (error) {
      last = error;
    }
  }
  throw last;
}

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host: HOST, port, exclusive: true }, () => {
      resolve(server);
    });
  });
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}
