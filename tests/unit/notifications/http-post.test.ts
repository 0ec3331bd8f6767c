import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { checkReceiver, httpPost } from '../../../notifications/channels/http-post.ts';
import type { HttpPostOptions, Resolve } from '../../../notifications/channels/http-post.ts';
import { isPublicAddress } from '../../../notifications/channels/public-address.ts';

/** Ways to name this machine, its network or its metadata service. */
const FORBIDDEN = [
  'https://127.0.0.1/',
  'https://127.1/',
  'https://2130706433/',
  'https://0x7f000001/',
  'https://0177.0.0.1/',
  'https://127.0.0.1.:8443/',
  'https://0.0.0.0/',
  'https://0/',
  'https://10.1.2.3/',
  'https://172.16.0.1/',
  'https://172.31.255.255/',
  'https://192.168.1.1/',
  'https://169.254.169.254/latest/meta-data/',
  'https://0xa9fea9fe/',
  'https://2852039166/',
  'https://100.64.0.1/',
  'https://198.18.0.1/',
  'https://192.0.2.1/',
  'https://224.0.0.1/',
  'https://255.255.255.255/',
  'https://[::1]/',
  'https://[::]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::ffff:7f00:1]/',
  'https://[0:0:0:0:0:ffff:a9fe:a9fe]/',
  'https://[::127.0.0.1]/',
  'https://[64:ff9b::7f00:1]/',
  'https://[2002:7f00:1::]/',
  'https://[2001:0:7f00:1::]/',
  'https://[fe80::1]/',
  'https://[fc00::1]/',
  'https://[fd00:ec2::254]/',
  'https://[ff02::1]/',
  'https://localhost/',
  'https://LOCALHOST./',
  'https://a.localhost/',
  'https://metadata.google.internal/',
  'https://printer.local/',
  'https://①②⑦.⓪.⓪.①/',
  'http://example.com/',
  'https://user:password@example.com/',
  'ftp://example.com/',
  'file:///etc/passwd',
  'gopher://127.0.0.1/',
] as const;

/** What a name may lead to that looks public. */
const HIDDEN = [
  '127.0.0.1',
  '10.0.0.7',
  '169.254.169.254',
  '192.168.0.9',
  '::1',
  '::ffff:10.0.0.7',
  'fd00:ec2::254',
  'fe80::1%eth0',
  '64:ff9b::a9fe:a9fe',
] as const;

const servers: ReturnType<typeof createServer>[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }
});

async function receiver(
  answer: (response: ServerResponse) => void,
): Promise<{ readonly port: number; readonly bodies: string[] }> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
    request.on('end', () => {
      bodies.push(body);
      answer(response);
    });
  });
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return { port: (server.address() as AddressInfo).port, bodies };
}

const post = (url: string, change: Partial<HttpPostOptions> = {}) =>
  httpPost({
    who: 'the webhook ops',
    url,
    headers: {},
    body: '{}',
    timeoutMs: 20_000,
    allowPrivate: true,
    now: () => Date.parse('2024-03-08T06:30:00.000Z'),
    ...change,
  });

describe('where a webhook may go', () => {
  it.each(FORBIDDEN)('not to %s', async (url) => {
    expect(() => checkReceiver('the webhook ops', url, false)).toThrow(/the webhook ops/u);
    await expect(post(url, { allowPrivate: false })).rejects.toMatchObject({
      code: 'NOTIFICATION_CHANNEL_MISCONFIGURED',
    });
  });

  it.each(HIDDEN)(
    'not to a public name that leads to %s, not even beside a public address',
    async (address) => {
      const resolve: Resolve = (_name, answer) => {
        answer(null, [
          { address: '93.184.216.34', family: 4 },
          { address, family: address.includes(':') ? 6 : 4 },
        ]);
      };
      const outcome = await post('https://hooks.example.com/', { allowPrivate: false, resolve });
      expect(outcome).toMatchObject({
        kind: 'refused',
        reason: expect.stringContaining('not public') as string,
      });
      expect(isPublicAddress(address)).toBe(false);
    },
  );

  it.each(['93.184.216.34', '1.1.1.1', '172.32.0.1', '2606:2800:220:1:248:1893:25c8:1946'])(
    'to the public address %s',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  it('asks for the address once, and connects to what was looked at', async () => {
    const { port, bodies } = await receiver((response) => response.end('ok'));
    const names: string[] = [];
    const resolve: Resolve = (name, answer) => {
      names.push(name);
      answer(null, [{ address: names.length === 1 ? '127.0.0.1' : '10.255.255.1', family: 4 }]);
    };
    const outcome = await post(`http://hooks.example.com:${String(port)}/`, { resolve });
    expect(outcome).toEqual({ kind: 'sent', receipt: 'ok' });
    expect(names).toEqual(['hooks.example.com']);
    expect(bodies).toEqual(['{}']);
  });

  it('does not follow a redirect to a private address, nor any other', async () => {
    const { port, bodies } = await receiver((response) =>
      response.writeHead(307, { location: 'http://169.254.169.254/latest/' }).end(),
    );
    const outcome = await post(`http://127.0.0.1:${String(port)}/`);
    expect(outcome).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('not followed') as string,
    });
    expect(bodies).toHaveLength(1);
  });
});

describe('what is known after a post', () => {
  it.each([
    [200, {}, 'sent'],
    [204, {}, 'sent'],
    [400, {}, 'refused'],
    [410, {}, 'refused'],
    [429, { 'retry-after': '20' }, 'retry-later'],
    [503, {}, 'retry-later'],
    [500, {}, 'unknown'],
    [502, {}, 'unknown'],
  ] as const)('an answer of %i', async (status, headers, kind) => {
    const { port } = await receiver((response) => response.writeHead(status, headers).end());
    const outcome = await post(`http://127.0.0.1:${String(port)}/`);
    expect(outcome.kind).toBe(kind);
    if (outcome.kind === 'retry-later' && status === 429) expect(outcome.at).toBe('2024-03-08T06:30:20.000Z');
  });

  it('a line that is dropped or silent after the message leaves it open', async () => {
    const dropped = await receiver((response) => response.socket?.destroy());
    expect((await post(`http://127.0.0.1:${String(dropped.port)}/`)).kind).toBe('unknown');
    const silent = await receiver(() => undefined);
    const outcome = await post(`http://127.0.0.1:${String(silent.port)}/`, { timeoutMs: 1500 });
    expect(outcome.kind).toBe('unknown');
  });

  it('a receiver that is not there has not got it', async () => {
    const { port } = await receiver((response) => response.end());
    const [server] = servers.splice(0);
    await new Promise((closed) => server?.close(closed));
    expect((await post(`http://127.0.0.1:${String(port)}/`)).kind).toBe('retry-later');
  });

  it('a name that cannot be resolved has not got it either', async () => {
    const resolve: Resolve = (_name, answer) => {
      answer(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), []);
    };
    const outcome = await post('http://nobody.example/', { resolve });
    expect(outcome).toMatchObject({
      kind: 'retry-later',
      reason: expect.stringContaining('ENOTFOUND') as string,
    });
  });

  it('an endless answer is cut off', async () => {
    const { port } = await receiver((response) => response.end('x'.repeat(5_000_000)));
    expect(await post(`http://127.0.0.1:${String(port)}/`)).toMatchObject({ kind: 'sent' });
  });
});
