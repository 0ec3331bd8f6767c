import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { inheritedEnvironment } from '../config/config.ts';
import type { ChildSpec } from './child.ts';
import { DatabaseFolderUnusable } from './errors.ts';
import { postgresBinaries, reachableBinaries, sharedMemoryType } from './postgres-binaries.ts';
import { isReachableByOthers, openForPassage, postgresUser, reachableFolder } from './postgres-user.ts';
import type { UnixUser } from './postgres-user.ts';
import { commandLine, endProcess } from './process-table.ts';

const SUPERUSER = 'contender';
const DATABASE = 'contender';
const HOST = '127.0.0.1';
const INITDB_TIMEOUT_MS = 120_000;
/** Long enough for the recovery of a crash under load. */
const READY_TIMEOUT_MS = 120_000;
/** A fast shutdown writes a checkpoint first. */
const STOP_GRACE_MS = 20_000;
const CONNECT_TIMEOUT_MS = 2000;

export interface PostgresOptions {
  readonly root: string;
  readonly dataDir: string;
  readonly port: number;
  /** False gives up durability over a power loss for speed: for tests, which throw the data away. */
  readonly durable: boolean;
}

/** A cluster that exists on disk, with what is needed to start it. */
export interface EmbeddedPostgres {
  readonly spec: ChildSpec;
  readonly databaseUrl: string;
}

interface Layout {
  readonly binaries: string;
  readonly cluster: string;
  readonly user: UnixUser | undefined;
}

/**
 * Creates the cluster unless it exists and says how to start it.
 *
 * @throws ProgramMissing without the binaries of this platform
 * @throws DatabaseFolderUnusable when the folder cannot hold a cluster, or its password is lost
 */
export async function embeddedPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const layout = findLayout(options);
  const password = readPassword(options.dataDir, layout.cluster);
  if (!existsSync(join(layout.cluster, 'PG_VERSION'))) await createCluster(layout, password);
  const url = (database: string): string =>
    `postgres://${SUPERUSER}:${password}@${HOST}:${String(options.port)}/${database}`;
  return { spec: serverSpec(options, layout, url), databaseUrl: url(DATABASE) };
}

function findLayout({ root, dataDir }: PostgresOptions): Layout {
  const binaries = postgresBinaries(root);
  mkdirSync(dataDir, { recursive: true });
  const user = postgresUser();
  if (user === undefined) return { binaries, cluster: join(dataDir, 'postgres'), user };
  openForPassage(dataDir);
  const refuge = reachableFolder(dataDir);
  const folder = isReachableByOthers(dataDir) ? dataDir : refuge;
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  return { binaries: reachableBinaries(binaries, refuge), cluster: join(folder, 'postgres'), user };
}

function readPassword(dataDir: string, cluster: string): string {
  const file = join(dataDir, 'postgres-password');
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  if (existsSync(cluster)) {
    throw new DatabaseFolderUnusable(
      `The password of the database in ${cluster} is lost: ${file} is missing`,
      {
        remedy: `Restore that file from a backup, or remove ${cluster} to begin with an empty database.`,
      },
    );
  }
  const password = randomBytes(24).toString('hex');
  writeFileSync(file, `${password}\n`, { mode: 0o600 });
  return password;
}

/** Under a name of its own until it is complete: an interrupted start leaves nothing that looks like a cluster. */
async function createCluster({ binaries, cluster, user }: Layout, password: string): Promise<void> {
  const unfinished = `${cluster}.unfinished`;
  const passwordFile = `${unfinished}.password`;
  rmSync(unfinished, { recursive: true, force: true });
  try {
    mkdirSync(unfinished, { mode: 0o700 });
    writeFileSync(passwordFile, password, { mode: 0o600 });
    if (user !== undefined) {
      for (const path of [unfinished, passwordFile]) chownSync(path, user.uid, user.gid);
    }
    const args = [
      ...['-D', unfinished, '-U', SUPERUSER, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`],
      ...['-E', 'UTF8', '--locale=C', '--no-instructions', '--no-sync'],
      ...['-c', `dynamic_shared_memory_type=${sharedMemoryType()}`],
    ];
    const run = promisify(execFile);
    await run(join(binaries, 'bin/initdb'), args, {
      env: inheritedEnvironment(),
      cwd: dirname(cluster),
      timeout: INITDB_TIMEOUT_MS,
      ...user,
    });
    renameSync(unfinished, cluster);
  } catch (cause) {
    rmSync(unfinished, { recursive: true, force: true });
    throw new DatabaseFolderUnusable(`The database could not be created in ${cluster}: ${reasonOf(cause)}`, {
      cause,
      remedy: 'Free space on that disk, or choose another folder with CONTENDER_DATA_DIR.',
    });
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stderr = 'stderr' in error && typeof error.stderr === 'string' ? error.stderr.trim() : '';
  const lines = (stderr === '' ? error.message : stderr).split('\n');
  // The cause comes first; afterwards the program only tells what it tidies up.
  return lines.find((line) => /error|fatal|panic/iu.test(line)) ?? lines[0] ?? '';
}

function serverSpec(options: PostgresOptions, layout: Layout, url: (database: string) => string): ChildSpec {
  const { binaries, cluster, user } = layout;
  const settings = {
    listen_addresses: HOST,
    port: String(options.port),
    // No socket file: its path would be limited to 107 bytes.
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: '64MB',
    dynamic_shared_memory_type: sharedMemoryType(),
    log_checkpoints: 'off',
    ...(options.durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  return {
    name: 'postgres',
    command: join(binaries, 'bin/postgres'),
    args: ['-D', cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    cwd: dirname(cluster),
    environment: inheritedEnvironment(),
    marker: cluster,
    ...(user === undefined ? {} : { user }),
    // SIGINT to the first process is Postgres's fast shutdown; it ends its own children.
    stop: { signal: 'SIGINT', target: 'process', graceMs: STOP_GRACE_MS },
    readyTimeoutMs: READY_TIMEOUT_MS,
    isReady: () => isReady(url),
    beforeStart: () => clearLeftover(cluster),
  };
}

/** Answers queries with our password, and has our database. */
async function isReady(url: (database: string) => string): Promise<boolean> {
  const client = new Client({
    connectionString: url('postgres'),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: CONNECT_TIMEOUT_MS * 5,
  });
  // A connection that dies while idle reports here; the probe is simply repeated.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const found = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
    if (found.rowCount === 0) await client.query(`create database ${DATABASE}`);
    return true;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * What an earlier server of this cluster left: a live one is stopped; a lock file whose process id now belongs to
 * somebody else is removed, since Postgres would refuse to start over it. (With a dead id it removes the file itself.)
 */
export async function clearLeftover(cluster: string): Promise<void> {
  const file = join(cluster, 'postmaster.pid');
  if (!existsSync(file)) return;
  const [pidLine, folder] = readFileSync(file, 'utf8').split('\n');
  const pid = Number(pidLine);
  if (!Number.isSafeInteger(pid) || pid <= 1) return;
  const command = commandLine(pid);
  if (command === '') return;
  const ours =
    command.includes(cluster) || (folder !== undefined && folder !== '' && command.includes(folder));
  if (ours) await endProcess({ pid, target: 'process', signal: 'SIGINT', graceMs: STOP_GRACE_MS });
  else rmSync(file, { force: true });
}
