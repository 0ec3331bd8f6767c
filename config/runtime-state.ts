import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Config } from './config.ts';
import { SystemNotRunning } from './errors.ts';
import { EMBEDDED } from './settings.ts';

/** One process the supervisor started. `marker` is part of its command line: a reused process id does not carry it. */
export const RunningProcess = z.strictObject({
  name: z.string().min(1),
  pid: z.int().min(1),
  marker: z.string(),
});
export type RunningProcess = z.infer<typeof RunningProcess>;

/**
 * What the supervisor last wrote about the running system: where everything is. It stays after a stop, for the ports are
 * asked for again at the next start; `state` tells whether anything is expected to answer.
 */
export const RuntimeState = z.strictObject({
  schema: z.literal(1),
  state: z.enum(['starting', 'running', 'stopped']),
  supervisorPid: z.int().min(1),
  startedAt: z.iso.datetime(),
  /** By purpose: postgres, temporal, temporalUi, server-a and so on. */
  ports: z.record(z.string(), z.int().min(1).max(65_535)),
  /** With the password: the file is readable by its owner alone. */
  databaseUrl: z.string(),
  temporalAddress: z.string(),
  temporalUiUrl: z.string(),
  /** Base URL of the control API and the dashboard; empty in a note of a release without one. */
  apiUrl: z.string().default(''),
  /** Base URL of each prediction server by its name. */
  serverUrls: z.record(z.string(), z.string()),
  /** URL of /metrics of each process by its name. */
  metricsUrls: z.record(z.string(), z.string()),
  processes: z.array(RunningProcess),
});
export type RuntimeState = z.infer<typeof RuntimeState>;

export const runtimeStateFile = (dataDir: string): string => join(dataDir, 'runtime.json');

/** The last written state, or undefined when there is none or it is not ours to understand. */
export function readRuntimeState(dataDir: string): RuntimeState | undefined {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(runtimeStateFile(dataDir), 'utf8'));
  } catch {
    // Absent, or cut short by a crash of an older release: the supervisor then starts from nothing.
    return undefined;
  }
  const parsed = RuntimeState.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

/** Replaces the state as a whole: a reader sees the old one or the new one. */
export function writeRuntimeState(dataDir: string, state: RuntimeState): void {
  const file = runtimeStateFile(dataDir);
  const next = `${file}.${String(process.pid)}`;
  mkdirSync(dirname(file), { recursive: true });
  try {
    writeFileSync(next, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 });
    chmodSync(next, 0o600);
    renameSync(next, file);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
}

/** Where the parts are, for a process that did not start them. */
export interface Endpoints {
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly temporalUiUrl: string;
  readonly apiUrl: string;
  readonly serverUrls: Readonly<Record<string, string>>;
}

/**
 * Settings first, the running system for what is embedded. Each address is looked up when it is asked for: a prediction
 * server needs the database alone.
 *
 * Asking throws SystemNotRunning when the part is embedded and nothing runs.
 */
export function resolveEndpoints(config: Config): Endpoints {
  const pick = (setting: 'databaseUrl' | 'temporalAddress' | 'temporalUiUrl'): string => {
    const value = config[setting];
    if (value !== EMBEDDED) return value;
    const embedded = runningState(config.dataDir)?.[setting] ?? '';
    if (embedded !== '') return embedded;
    throw new SystemNotRunning(`Nothing is running in ${config.dataDir}`, {
      remedy: 'Start it in another terminal: npm run contender -- up',
    });
  };
  return {
    get databaseUrl() {
      return pick('databaseUrl');
    },
    get temporalAddress() {
      return pick('temporalAddress');
    },
    get temporalUiUrl() {
      return pick('temporalUiUrl');
    },
    get apiUrl() {
      return runningState(config.dataDir)?.apiUrl ?? '';
    },
    get serverUrls() {
      return runningState(config.dataDir)?.serverUrls ?? {};
    },
  };
}

/** The state of a system whose supervisor is alive. */
function runningState(dataDir: string): RuntimeState | undefined {
  const state = readRuntimeState(dataDir);
  return state !== undefined && state.state !== 'stopped' && isAlive(state.supervisorPid) ? state : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: there, but somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
