import { once } from 'node:events';
import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lazyLine, openLine, type TemporalLine } from '../../../control/temporal-line.ts';

const CANCELLED = 1;
const PERMISSION_DENIED = 7;
const UNAVAILABLE = 14;

/** What stands in Temporal's place: every call is answered by that status of gRPC, or not at all. */
class Standin {
  status: number | null = null;
  readonly sessions: ServerHttp2Session[] = [];
  readonly server: Http2Server = createServer();
  calls = 0;

  async listen(): Promise<string> {
    this.server.on('session', (session) => this.sessions.push(session));
    this.server.on('stream', (stream: ServerHttp2Stream) => {
      this.calls += 1;
      stream.on('error', () => undefined);
      if (this.status === null) return;
      const answer = {
        ':status': 200,
        'content-type': 'application/grpc',
        'grpc-status': String(this.status),
      };
      stream.respond(answer, { endStream: true });
    });
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return `127.0.0.1:${String(address.port)}`;
  }

  async close(): Promise<void> {
    for (const session of this.sessions) session.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}

let standin: Standin;
let address: string;

beforeEach(async () => {
  standin = new Standin();
  address = await standin.listen();
});
afterEach(() => standin.close());

const ask = (line: TemporalLine): Promise<unknown> => line.connection.workflowService.getSystemInfo({});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describe('a line to Temporal that is closed', () => {
  test('fails what waits to be asked again, and throws nothing beside it', async () => {
    standin.status = UNAVAILABLE;
    const line = lazyLine(address);
    const asked = ask(line);
    // The second attempt was answered too: the third waits on its timer.
    await until(() => standin.calls === 2);
    await line.close();
    await expect(asked).rejects.toMatchObject({ code: CANCELLED });
    expect(standin.calls).toBe(2);
  });

  test('fails what was never answered', async () => {
    const line = lazyLine(address);
    const asked = ask(line);
    await until(() => standin.calls === 1);
    await line.close();
    await expect(asked).rejects.toMatchObject({ code: CANCELLED });
  });

  test('fails what is asked on it afterwards', async () => {
    const line = lazyLine(address);
    await line.close();
    await expect(ask(line)).rejects.toMatchObject({ code: CANCELLED });
    expect(standin.calls).toBe(0);
  });

  test('may be closed again', async () => {
    const line = lazyLine(address);
    await line.close();
    await line.close();
  });
});

describe('a line to Temporal that is not opened', () => {
  test('says where nothing answers, and that it is no defect', { timeout: 30_000 }, async () => {
    await expect(openLine('127.0.0.1:1')).rejects.toMatchObject({
      ...{ code: 'PART_UNREACHABLE', kind: 'unreachable' },
      message: 'Temporal does not answer at 127.0.0.1:1',
    });
  });

  test('leaves no connection behind', async () => {
    standin.status = PERMISSION_DENIED;
    await expect(openLine(address)).rejects.toThrow('Failed to connect to Temporal server');
    const [session] = standin.sessions;
    await until(() => session?.closed === true);
    expect(standin.sessions).toHaveLength(1);
  });
});
