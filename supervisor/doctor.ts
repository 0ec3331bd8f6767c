import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import type { Config } from '../config/config.ts';
import { readRuntimeState } from '../config/runtime-state.ts';
import type { RuntimeState } from '../config/runtime-state.ts';
import { EMBEDDED } from '../config/settings.ts';
import { answersOk } from './http-probe.ts';
import { isPortFree } from './ports.ts';
import { postgresBinaries, sharedMemoryType } from './postgres-binaries.ts';
import { isRunning } from './process-table.ts';
import { temporalProgram } from './temporal.ts';

export interface DoctorCheck {
  readonly name: string;
  readonly ok: boolean;
  /** What was found. */
  readonly detail: string;
  /** What to do; empty when all is well. */
  readonly remedy: string;
}

type Finding = Omit<DoctorCheck, 'name'>;

const OLDEST_NODE = 24;
const MIN_FREE_BYTES = 2 * 1024 ** 3;
const CONNECT_TIMEOUT_MS = 3000;
const PROGRAM_TIMEOUT_MS = 20_000;

const well = (detail: string): Finding => ({ ok: true, detail, remedy: '' });
const ill = (detail: string, remedy: string): Finding => ({ ok: false, detail, remedy });

/** Everything Contender needs on this machine, with a remedy for what is missing. Changes nothing that stays. */
export async function examine(config: Config): Promise<readonly DoctorCheck[]> {
  const state = readRuntimeState(config.dataDir);
  const running =
    state !== undefined && state.state !== 'stopped' && isRunning(state.supervisorPid) ? state : undefined;
  const checks: readonly (readonly [string, () => Finding | Promise<Finding>])[] = [
    ['node', checkNode],
    ['node packages', () => checkStamp(join(config.root, 'node_modules'))],
    ['python', () => checkPython(config)],
    ['python packages', () => checkStamp(join(config.root, '.venv'))],
    ['postgres program', () => checkPostgresProgram(config)],
    ['temporal program', () => checkTemporalProgram(config)],
    ['disk', () => checkDisk(config)],
    ['data folder', () => checkWritable(config.dataDir, 'CONTENDER_DATA_DIR')],
    ['artifact store', () => checkWritable(config.artifactsDir, 'CONTENDER_ARTIFACTS_DIR')],
    ['shared memory', checkSharedMemory],
    ['ports', () => checkPorts(config, running)],
    ['postgres', () => checkDatabase(config, running)],
    ['temporal', () => checkTemporal(config, running)],
    ...Object.entries(running?.metricsUrls ?? {}).map(
      ([name, url]) => [name, (): Promise<Finding> => checkProcess(name, url, config)] as const,
    ),
  ];
  return Promise.all(checks.map(async ([name, check]) => ({ name, ...(await settle(check)) })));
}

async function settle(check: () => Finding | Promise<Finding>): Promise<Finding> {
  try {
    return await check();
  } catch (error) {
    const remedy = error instanceof Error && 'remedy' in error ? String(error.remedy) : '';
    return ill(error instanceof Error ? error.message : String(error), remedy);
  }
}

function checkNode(): Finding {
  const { node } = process.versions;
  const detail = `Node ${node}`;
  return Number(node.split('.')[0]) >= OLDEST_NODE
    ? well(detail)
    : ill(detail, 'Start commands with npm run, which use the Node among the packages.');
}

function checkStamp(folder: string): Finding {
  if (existsSync(join(folder, '.contender-stamp.json'))) return well(`${folder} is complete`);
  return ill(
    `${folder} was not completed by a set-up`,
    'Run any command through npm run; it sets the clone up.',
  );
}

async function checkPython({ pythonPath }: Config): Promise<Finding> {
  if (!existsSync(pythonPath)) return ill(`${pythonPath} is missing`, 'Run any command through npm run.');
  const code = 'import sys, lightgbm, onnx, temporalio; print("Python %d.%d.%d" % sys.version_info[:3])';
  const { stdout } = await promisify(execFile)(pythonPath, ['-c', code], { timeout: PROGRAM_TIMEOUT_MS });
  return well(stdout.trim());
}

function checkPostgresProgram({ root, databaseUrl }: Config): Finding {
  return databaseUrl === EMBEDDED
    ? well(postgresBinaries(root))
    : well('not needed: the database is elsewhere');
}

function checkTemporalProgram({ pythonPath, temporalAddress }: Config): Finding {
  return temporalAddress === EMBEDDED
    ? well(temporalProgram(pythonPath))
    : well('not needed: Temporal is elsewhere');
}

function checkDisk({ root }: Config): Finding {
  const { bavail, bsize } = statfsSync(root);
  const free = `${((bavail * bsize) / 1024 ** 3).toFixed(1)} GB are free`;
  return bavail * bsize >= MIN_FREE_BYTES
    ? well(free)
    : ill(free, 'Free space: snapshots and models need room.');
}

function checkWritable(folder: string, variable: string): Finding {
  const probe = join(folder, `.doctor-${String(process.pid)}`);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(probe, 'x');
    accessSync(probe, constants.R_OK);
    return well(`${folder} can be written`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return ill(reason, `Make it writable for this user, or choose another with ${variable}.`);
  } finally {
    rmSync(probe, { force: true });
  }
}

function checkSharedMemory(): Finding {
  if (sharedMemoryType() === 'posix') return well('enough for Postgres');
  // Not an illness: Postgres is told to share memory through files.
  return well('/dev/shm is small; Postgres uses files instead');
}

/** A taken port is no obstacle, only a surprise: another one is used, and this is where to look. */
async function checkPorts(config: Config, running: RuntimeState | undefined): Promise<Finding> {
  if (running !== undefined) {
    return well(
      Object.entries(running.ports)
        .map(([name, port]) => `${name} ${String(port)}`)
        .join(', '),
    );
  }
  const { postgresPort, temporalPort, temporalUiPort, serverPorts } = config;
  const usual = [postgresPort, temporalPort, temporalUiPort, ...serverPorts].filter((port) => port > 0);
  const free = await Promise.all(usual.map((port) => isPortFree(port)));
  const taken = usual.filter((_, index) => free[index] === false);
  return taken.length === 0
    ? well(`${usual.join(', ')} are free`)
    : well(`${taken.join(', ')} are in use by others; free ones will be used instead`);
}

async function checkDatabase({ databaseUrl }: Config, running: RuntimeState | undefined): Promise<Finding> {
  const url = databaseUrl === EMBEDDED ? running?.databaseUrl : databaseUrl;
  if (url === undefined) return well('not running; contender up starts it');
  const client = new Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>('show server_version');
    const version = rows[0]?.server_version ?? '';
    return Number.parseInt(version, 10) >= 15
      ? well(`Postgres ${version}`)
      : ill(`Postgres ${version}`, 'Contender needs Postgres 15 or later.');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const remedy =
      databaseUrl === EMBEDDED ? 'Look at .contender/logs/postgres.log.' : 'Check CONTENDER_DATABASE_URL.';
    return ill(`no answer: ${reason}`, remedy);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function checkTemporal(config: Config, running: RuntimeState | undefined): Promise<Finding> {
  const embedded = config.temporalAddress === EMBEDDED;
  const address = embedded ? running?.temporalAddress : config.temporalAddress;
  if (address === undefined) return well('not running; contender up starts it');
  const separator = address.lastIndexOf(':');
  const open = await accepts(address.slice(0, separator), Number(address.slice(separator + 1)));
  if (open) return well(`${address} accepts connections`);
  return ill(
    `${address} does not answer`,
    embedded ? 'Look at .contender/logs/temporal.log.' : 'Check CONTENDER_TEMPORAL_ADDRESS.',
  );
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CONNECT_TIMEOUT_MS });
    const end = (open: boolean): void => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => {
      end(true);
    });
    socket.once('error', () => {
      end(false);
    });
    socket.once('timeout', () => {
      end(false);
    });
  });
}

async function checkProcess(name: string, url: string, config: Config): Promise<Finding> {
  if (await answersOk(url)) return well(url);
  return ill(`${url} does not answer`, `Look at ${join(config.dataDir, 'logs', `${name}.log`)}.`);
}
