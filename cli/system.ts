import type { CliContext } from './context.ts';
import { systemProcesses } from '../supervisor/processes.ts';
import { Supervisor } from '../supervisor/supervisor.ts';
import type { ProcessSurroundings, RunningSystem, SupervisorEvent } from '../supervisor/supervisor.ts';

export interface StartedSystem {
  readonly running: RunningSystem;
  readonly supervisor: Supervisor;
  /** Ends everything that was started. */
  stop(): Promise<void>;
}

/**
 * Starts the whole system inside this process, with a line of progress for people. An interruption during the start ends
 * what was started and is reported as START_INTERRUPTED.
 */
export async function startSystem(
  context: CliContext,
  options: { readonly onEvent?: (event: SupervisorEvent) => void } = {},
): Promise<StartedSystem> {
  const config = context.config();
  const progress = context.output.progress('Starting Postgres and Temporal');
  const waiting = new Set<string>();
  const onEvent = (event: SupervisorEvent): void => {
    if (event.kind === 'starting') waiting.add(event.name);
    if (event.kind === 'ready') waiting.delete(event.name);
    if (event.kind === 'preparing') progress.update('Preparing the database');
    else if (waiting.size > 0) progress.update(`Starting ${[...waiting].join(', ')}`);
    options.onEvent?.(event);
  };
  const supervisor = new Supervisor({ config, plan: systemProcesses(config), prepare, onEvent });
  const stop = (): Promise<void> => supervisor.stop();
  context.interrupted.addEventListener('abort', () => void stop());
  try {
    const running = await supervisor.start();
    progress.done();
    return { running, supervisor, stop };
  } catch (error) {
    progress.done();
    throw error;
  }
}

/** The workers refuse a database that is not at their release. */
async function prepare({ endpoints }: ProcessSurroundings): Promise<void> {
  const { migrate } = await import('../registry/migrator.ts');
  await migrate({ url: endpoints.databaseUrl });
}
