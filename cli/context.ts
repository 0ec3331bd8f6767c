import type { Readable } from 'node:stream';
import { loadConfig, processSources } from '../config/config.ts';
import type { Config, ConfigSources } from '../config/config.ts';
import { resolveEndpoints } from '../config/runtime-state.ts';
import type { Endpoints } from '../config/runtime-state.ts';
import { Output } from './output.ts';
import type { TextSink } from './output.ts';

export interface CliStreams {
  readonly stdin: Readable & { readonly isTTY?: boolean | undefined };
  readonly stdout: TextSink;
  readonly stderr: TextSink;
}

/**
 * What every command is given. Nothing is read or connected before a command asks for it: `--help` needs no
 * configuration and no running system.
 */
export interface CliContext {
  readonly streams: CliStreams;
  readonly output: Output;
  /** Settings of the file and the environment; read once. Throws ConfigInvalid. */
  config(): Config;
  /** Where the parts of the running system are. Throws SystemNotRunning. */
  endpoints(): Endpoints;
  /** Aborted by Ctrl-C or a request to end, for commands that wait. */
  readonly interrupted: AbortSignal;
  /** What was tried so far, by whom: for the log of refused attempts. */
  readonly attempt: Attempt;
}

/** Filled in as it becomes known; empty until then. */
export interface Attempt {
  /** Names of the command and subcommand. */
  command: string;
  /** Subject of the token. */
  actor: string;
  model: string;
}

export interface CliContextOptions {
  readonly json: boolean;
  readonly streams: CliStreams;
  readonly interrupted: AbortSignal;
  readonly sources?: ConfigSources;
}

export function createCliContext(options: CliContextOptions): CliContext {
  const { streams, json, interrupted, sources = processSources() } = options;
  let config: Config | undefined;
  const readConfig = (): Config => (config ??= loadConfig(sources));
  return {
    streams,
    output: new Output({ json, out: streams.stdout, err: streams.stderr }),
    config: readConfig,
    endpoints: () => resolveEndpoints(readConfig()),
    interrupted,
    attempt: { command: '', actor: '', model: '' },
  };
}
