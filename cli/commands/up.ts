import type { Command } from 'commander';
import type { SupervisorEvent } from '../../supervisor/supervisor.ts';
import type { CliContext } from '../context.ts';
import { table } from '../output.ts';
import { startSystem } from '../system.ts';

export function register(program: Command, context: CliContext): void {
  program
    .command('up')
    .description('start everything on this machine and keep it running; Ctrl-C stops it cleanly')
    .option('--quiet', 'say nothing after the start')
    .addHelpText(
      'after',
      `
Data, logs and the addresses of the running parts are kept in .contender/ (setting dataDir).

Examples:
  contender up
  contender up --quiet &
  CONTENDER_DATABASE_URL=postgres://db/contender contender up`,
    )
    .action((options: { quiet?: boolean }) => up(context, options.quiet === true));
}

/** Runs until interrupted. Both Ctrl-C and npm's forwarding of it arrive: one signal, since an abort counts once. */
async function up(context: CliContext, quiet: boolean): Promise<void> {
  const { output, interrupted } = context;
  let started = false;
  const system = await startSystem(context, {
    onEvent: (event) => {
      if (started && !quiet && WORTH_A_LINE.has(event.kind)) output.line(describe(event));
    },
  });
  started = true;
  const { databaseUrl: _secret, ...addresses } = system.running;
  output.result(addresses, () => summary(addresses));
  await new Promise<void>((resolve) => {
    if (interrupted.aborted) resolve();
    else {
      interrupted.addEventListener('abort', () => {
        resolve();
      });
    }
  });
  started = false;
  const progress = output.progress('Stopping');
  await system.stop();
  progress.done('Stopped.');
}

const WORTH_A_LINE: ReadonlySet<SupervisorEvent['kind']> = new Set(['exited', 'ready', 'unwritten']);

function describe({ at, name, kind, pid, detail }: SupervisorEvent): string {
  const what = kind === 'ready' ? `is back as process ${String(pid)}` : detail;
  return `${at.slice(11, 19)} ${name}: ${what}`;
}

function summary(addresses: {
  readonly temporalUiUrl: string;
  readonly apiUrl: string;
  readonly serverUrls: Readonly<Record<string, string>>;
  readonly metricsUrls: Readonly<Record<string, string>>;
}): string {
  const rows = [
    ['dashboard, control API', addresses.apiUrl],
    ['Temporal UI', addresses.temporalUiUrl],
    ...Object.entries(addresses.serverUrls),
    ...Object.entries(addresses.metricsUrls).map(([name, url]) => [`metrics of ${name}`, url]),
  ];
  return `${table(['part', 'address'], rows)}\nEverything is running. Ctrl-C stops it.`;
}
