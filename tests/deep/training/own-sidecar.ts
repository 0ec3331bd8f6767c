import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../../config/config.ts';
import type { SmallWorld } from '../../e2e/small-world.ts';

export interface OwnSidecar {
  /** What it has written so far; one JSON line an entry. */
  output(): string;
  stop(): Promise<void>;
}

/**
 * A sidecar beside the supervisor's, with settings of its own: another checkout of the sources, one fit at a time, its own
 * locale and cores.
 */
export function startSidecar(
  world: SmallWorld,
  options: {
    readonly folder?: string;
    readonly environment?: Readonly<Record<string, string>>;
    /** Cores it may use, as taskset wants them; null: all. */
    readonly cores?: string | null;
  } = {},
): OwnSidecar {
  const { folder = join(PROJECT_ROOT, 'sidecar'), environment = {}, cores = null } = options;
  const { config, running } = world;
  const python = [config.pythonPath, '-m', 'contender_sidecar'];
  const [command = '', ...args] = cores === null ? python : ['taskset', '-c', cores, ...python];
  const child: ChildProcess = spawn(command, args, {
    cwd: folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      PYTHONPATH: folder,
      CONTENDER_ARTIFACTS_DIR: config.artifactsDir,
      CONTENDER_TEMPORAL_ADDRESS: running.temporalAddress,
      CONTENDER_TEMPORAL_NAMESPACES: `${config.temporalNamespace},${config.replayNamespace}`,
      CONTENDER_TRAINING_CONCURRENCY: '1',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
  }
  const ended = new Promise<void>((resolve) =>
    child.once('exit', () => {
      resolve();
    }),
  );
  return {
    output: () => text,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
