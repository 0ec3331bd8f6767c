import { Argument, type Command } from 'commander';
import type { Role } from '../../supervisor/foreground.ts';
import type { CliContext } from '../context.ts';

const ROLES = ['control', 'compute', 'sidecar', 'api'] as const satisfies readonly Role[];

export function register(program: Command, context: CliContext): void {
  program
    .command('worker')
    .addArgument(new Argument('<role>', 'which process of the system').choices(ROLES))
    .description('run one process of the system in this terminal, for one process to a machine or container')
    .addHelpText(
      'after',
      `
control   workflows, the record, notifications (queue control)
compute   extraction and evaluation (queues data and evaluation)
sidecar   training (queue training; Python)
api       the control API and the dashboard
Prediction servers: contender serve.

Any number of each against one Postgres, one Temporal and one artifact store; on one machine each with ports of its own
(controlMetricsPort, computeMetricsPort, sidecarMetricsPort, apiPort). SIGTERM or Ctrl-C ends it in order, exit code 0.

Examples:
  contender worker control
  CONTENDER_CONFIG=/etc/contender/config.yaml contender worker sidecar
  CONTENDER_DATABASE_URL_FILE=/run/secrets/database_url CONTENDER_TEMPORAL_ADDRESS=temporal:7233 contender worker compute`,
    )
    .action((role: Role) => work(context, role));
}

async function work(context: CliContext, role: Role): Promise<void> {
  const { runInForeground } = await import('../../supervisor/foreground.ts');
  const { interrupted } = context;
  await runInForeground({ role, config: context.config(), endpoints: context.endpoints(), interrupted });
}
