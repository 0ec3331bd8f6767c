import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { extname, join, resolve, sep } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { RouteUnknown } from './errors.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};
const COMPRESSED = new Set(['.html', '.js', '.css', '.json', '.svg', '.webmanifest', '.txt']);
const A_YEAR = 'public, max-age=31536000, immutable';
const pack = promisify(gzip);

interface File {
  readonly plain: Buffer;
  readonly packed: Buffer | null;
  readonly etag: string;
  readonly type: string;
  readonly modifiedMs: number;
}

/**
 * The built dashboard. Files with a hash in their name never change; every other path is a page of the dashboard, which knows
 * its own addresses.
 */
export function addWeb(app: FastifyInstance, folder: string): void {
  const root = resolve(folder);
  const kept = new Map<string, File>();

  const load = async (path: string): Promise<File | null> => {
    const file = resolve(join(root, path));
    if (file !== root && !file.startsWith(root + sep)) return null;
    const type = TYPES[extname(file)];
    const facts = await stat(file).catch(() => null);
    if (type === undefined || facts?.isFile() !== true) return null;
    const known = kept.get(file);
    if (known?.modifiedMs === facts.mtimeMs) return known;
    const plain = await readFile(file);
    const loaded: File = {
      plain,
      packed: COMPRESSED.has(extname(file)) ? await pack(plain, { level: 9 }) : null,
      etag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 27)}"`,
      type,
      modifiedMs: facts.mtimeMs,
    };
    kept.set(file, loaded);
    return loaded;
  };

  app.get('/*', async (request, reply) => {
    const path = pathOf(request);
    if (path.startsWith('/api/')) throw unknown(path);
    const file = await load(path);
    if (file !== null && path !== '/')
      return send(request, reply, file, path.startsWith('/assets/') ? A_YEAR : 'no-cache');
    // A missing file is missing; anything else is a page, also the one of a retrain, whose id ends like a file: .000Z.
    if (extname(path) in TYPES) throw unknown(path);
    const page = await load('index.html');
    if (page === null) {
      throw new RouteUnknown('the dashboard is not built', {
        remedy: 'Build dashboards/web; the API answers below /api/v1.',
      });
    }
    return send(request, reply, page, 'no-cache');
  });
}

function pathOf({ url }: FastifyRequest): string {
  try {
    const path = decodeURIComponent(new URL(url, 'http://unused').pathname);
    return path.includes('\u0000') ? '/api/' : path;
  } catch {
    return '/api/';
  }
}

function send(request: FastifyRequest, reply: FastifyReply, file: File, caching: string): FastifyReply {
  void reply
    .header('cache-control', caching)
    .header('etag', file.etag)
    .header('vary', 'accept-encoding')
    .type(file.type);
  if (request.headers['if-none-match'] === file.etag) return reply.status(304).send();
  const accepts = /\bgzip\b/u.test(request.headers['accept-encoding'] ?? '');
  if (!accepts || file.packed === null) return reply.send(file.plain);
  return reply.header('content-encoding', 'gzip').send(file.packed);
}

const unknown = (path: string): RouteUnknown =>
  new RouteUnknown(`there is no ${path.slice(0, 200)}`, {
    remedy: 'GET /api/v1/openapi.json lists what is.',
  });
