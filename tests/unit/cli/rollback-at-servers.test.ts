import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rollbackAtServers, type BreakGlassCommand } from '../../../cli/rollback-at-servers.ts';

const DONE = {
  server: 'server-a',
  version: 1,
  fromVersion: 2,
  epoch: 7,
  expiresAt: '2026-01-05T10:00:00.000Z',
};
const REFUSED = { code: 'TOKEN_EXPIRED', detail: 'it has expired', remedy: 'Make a new one.' };

describe('a rollback told to the servers themselves', () => {
  let folder: string;
  const servers: Server[] = [];
  const heard: { readonly path: string; readonly token: string; readonly body: unknown }[] = [];

  const answering = async (status: number, answer: unknown): Promise<string> => {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
        heard.push({ path: request.url ?? '', token: request.headers.authorization ?? '', body });
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      });
    });
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  };
  const command = (urls: readonly string[], lift = false): BreakGlassCommand => ({
    servers: urls,
    tokenFile: join(folder, 'token'),
    ...{ model: 'tw-alpha', version: null, reason: 'incident 43', seconds: 600, lift },
  });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'contender-token-'));
    await writeFile(join(folder, 'token'), 'a.signed.token\n');
    heard.length = 0;
  });
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
    await rm(folder, { recursive: true, force: true });
  });

  it('goes to each of them with the token and a command of its own', async () => {
    const urls = [await answering(200, DONE), await answering(200, { ...DONE, server: 'server-b' })];
    const result = await rollbackAtServers(command(urls));
    expect(result.servers.map(({ server }) => server)).toEqual(['server-a', 'server-b']);
    expect(result.failed).toEqual([]);
    expect(heard.map(({ path, token }) => [path, token])).toEqual([
      ['/api/v1/break-glass', 'Bearer a.signed.token'],
      ['/api/v1/break-glass', 'Bearer a.signed.token'],
    ]);
    expect(new Set(heard.map(({ body }) => (body as { readonly id: string }).id)).size).toBe(2);
  });

  it('names the servers that refuse or are away, beside those that did it', async () => {
    const gone = await answering(200, DONE);
    servers.pop()?.close();
    const urls = [await answering(200, DONE), await answering(401, REFUSED), gone];
    const result = await rollbackAtServers(command(urls));
    expect(result.servers).toEqual([{ url: urls[0], ...DONE }]);
    expect(result.failed.map(({ url, code }) => [url, code])).toEqual([
      [urls[1], 'SERVER_REFUSED'],
      [gone, 'SERVER_UNREACHABLE'],
    ]);
    expect(result.failed[0]?.reason).toContain('TOKEN_EXPIRED');
  });

  it('fails with the reason when none of them did it', async () => {
    const refused = rollbackAtServers(command([await answering(401, REFUSED)]));
    await expect(refused).rejects.toMatchObject({ code: 'SERVER_REFUSED', remedy: 'Make a new one.' });
  });

  it('lifts an override at the other path', async () => {
    const result = await rollbackAtServers(command([await answering(200, DONE)], true));
    expect(result.lifted).toBe(true);
    expect(heard).toMatchObject([
      { path: '/api/v1/break-glass/lift', body: { model: 'tw-alpha', reason: 'incident 43' } },
    ]);
  });

  it('says which token file cannot be read', async () => {
    const missing = { ...command(['http://127.0.0.1:1']), tokenFile: join(folder, 'none') };
    await expect(rollbackAtServers(missing)).rejects.toThrow(/none cannot be read/u);
  });
});
