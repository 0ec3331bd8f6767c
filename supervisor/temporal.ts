import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inheritedEnvironment } from '../config/config.ts';
import { SEARCH_ATTRIBUTES } from '../contracts/ids.ts';
import type { ChildSpec } from './child.ts';
import { ProgramMissing } from './errors.ts';
import { answersOk } from './http-probe.ts';

const HOST = '127.0.0.1';
const READY_TIMEOUT_MS = 60_000;
/** Measured: the server ends about a second after it is asked to. */
const STOP_GRACE_MS = 10_000;

/** Types of the search attributes, as the server's command line spells them. */
const ATTRIBUTE_TYPES = {
  [SEARCH_ATTRIBUTES.modelName]: 'Keyword',
  [SEARCH_ATTRIBUTES.modelVersion]: 'Int',
  [SEARCH_ATTRIBUTES.trigger]: 'Keyword',
  [SEARCH_ATTRIBUTES.step]: 'Keyword',
  [SEARCH_ATTRIBUTES.verdict]: 'Keyword',
} as const;

export interface TemporalOptions {
  /** The sidecar's interpreter; the server's program lies beside it. */
  readonly pythonPath: string;
  readonly dataDir: string;
  readonly ports: {
    readonly grpc: number;
    readonly ui: number;
    readonly http: number;
    readonly metrics: number;
  };
  readonly namespaces: readonly string[];
}

/**
 * The Temporal development server with its state in a SQLite file: workflows survive its end and ours.
 *
 * @throws ProgramMissing when the Python environment lacks the program
 */
export function temporalServer(options: TemporalOptions): ChildSpec {
  const { ports, dataDir, namespaces } = options;
  const database = join(dataDir, 'temporal.db');
  const base = `http://${HOST}:${String(ports.http)}`;
  const attributes = Object.entries(ATTRIBUTE_TYPES).map(([name, type]) => `${name}=${type}`);
  return {
    name: 'temporal',
    command: temporalProgram(options.pythonPath),
    args: [
      ...['server', 'start-dev', '--ip', HOST, '--port', String(ports.grpc), '--ui-port', String(ports.ui)],
      ...['--http-port', String(ports.http), '--metrics-port', String(ports.metrics)],
      ...['--db-filename', database, '--log-level', 'error', '--ui-disable-news-fetch'],
      ...namespaces.flatMap((name) => ['--namespace', name]),
      ...attributes.flatMap((attribute) => ['--search-attribute', attribute]),
    ],
    cwd: dataDir,
    environment: inheritedEnvironment(),
    marker: database,
    stop: { signal: 'SIGTERM', target: 'group', graceMs: STOP_GRACE_MS },
    readyTimeoutMs: READY_TIMEOUT_MS,
    isReady: () =>
      answersOk(
        ...namespaces.map((name) => `${base}/api/v1/namespaces/${encodeURIComponent(name)}`),
        `http://${HOST}:${String(ports.ui)}/`,
      ),
  };
}

/** @throws ProgramMissing when the Python environment lacks the program */
export function temporalProgram(pythonPath: string): string {
  const program = join(dirname(pythonPath), 'temporal');
  if (existsSync(program)) return program;
  throw new ProgramMissing(`The Temporal server is not installed: ${program} is missing`, {
    remedy:
      'Remove .venv and run the command again, or point CONTENDER_TEMPORAL_ADDRESS at a Temporal of your own.',
  });
}
