import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../../config/config.ts';
import { until } from '../../e2e/small-world.ts';

/** The S3-compatible server of the tests: versitygw over a folder, built once from the Go module proxy. */
const MODULE = 'github.com/versity/versitygw/cmd/versitygw@v1.8.0';
const TOOLS = join(PROJECT_ROOT, '.contender', 'tools');
const PROGRAM = join(TOOLS, 'versitygw-v1.8.0');
const BUILD_TIMEOUT_MS = 25 * 60_000;

export const CREDENTIALS = { accessKeyId: 'contender', secretAccessKey: 'not-a-secret', region: 'us-east-1' };

export interface S3Server {
  readonly endpoint: string;
  /** Where the objects of a bucket lie as files. */
  bucketFolder(bucket: string): string;
  stop(): Promise<void>;
}

/** The program, built when it is not there yet; or why there is none. */
export function versityGateway(): { readonly program: string } | { readonly missing: string } {
  if (existsSync(PROGRAM)) return { program: PROGRAM };
  try {
    execFileSync('go', ['version'], { stdio: 'ignore' });
  } catch {
    return { missing: 'go is not installed, so that the S3-compatible server cannot be built' };
  }
  mkdirSync(TOOLS, { recursive: true });
  const bin = mkdtempSync(join(TOOLS, 'build-'));
  try {
    execFileSync('go', ['install', MODULE], {
      env: { ...process.env, GOBIN: bin, GOFLAGS: '-mod=mod -p=2' },
      stdio: 'ignore',
      timeout: BUILD_TIMEOUT_MS,
    });
    renameSync(join(bin, 'versitygw'), PROGRAM);
    return { program: PROGRAM };
  } finally {
    rmSync(bin, { recursive: true, force: true });
  }
}

/** A server on a free port with its objects in a folder that is thrown away. */
export async function startS3Server(program: string): Promise<S3Server> {
  const folder = mkdtempSync(join(tmpdir(), 'contender-s3-'));
  const [data, sidecar] = [join(folder, 'data'), join(folder, 'meta')];
  for (const path of [data, sidecar]) mkdirSync(path);
  const port = await freePort();
  const { accessKeyId, secretAccessKey, region } = CREDENTIALS;
  const child = spawn(
    program,
    [
      ...['--access', accessKeyId, '--secret', secretAccessKey, '--region', region],
      ...['--port', `127.0.0.1:${String(port)}`, '--quiet', 'posix', '--sidecar', sidecar, data],
    ],
    { stdio: 'ignore' },
  );
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
  });
  const endpoint = `http://127.0.0.1:${String(port)}`;
  await until('the S3 server answers', async () => (await fetch(endpoint)).status > 0, 60_000);
  return {
    endpoint,
    bucketFolder: (bucket) => join(data, bucket),
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
