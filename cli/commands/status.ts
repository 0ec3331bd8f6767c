import type { Command } from 'commander';
import type { RetrainState } from '../../contracts/retrain.ts';
import { findWorkflow } from '../../control/temporal-link.ts';
import type { CliContext } from '../context.ts';
import { table } from '../output.ts';
import { withRegistry } from '../registry.ts';
import { connectTemporal } from '../temporal.ts';
import { stateText } from '../verdict-text.ts';

const LISTED_RETRAINS = 20;

export function register(program: Command, context: CliContext): void {
  program
    .command('status')
    .argument('[retrain]', 'id of one retrain; default the newest of all models')
    .option('--model <name>', 'only this model')
    .description('retrains with their step, verdict, and what is awaited from whom')
    .addHelpText(
      'after',
      `
Examples:
  contender status
  contender status --model tw-alpha --json
  contender status retrain:tw-alpha:2019-06-28T19:00:00.000Z`,
    )
    .action((id: string | undefined, options: { model?: string }) =>
      id === undefined ? list(context, options.model ?? null) : one(context, id),
    );
}

async function list(context: CliContext, model: string | null): Promise<void> {
  const retrains = await withRegistry(context, (registry) =>
    registry.listRetrains({ model, limit: LISTED_RETRAINS }),
  );
  context.output.result(retrains, () =>
    retrains.length === 0
      ? 'No retrain yet. Start one: npm run contender -- retrain MODEL'
      : table(
          ['retrain', 'step', 'status', 'verdict', 'reason'],
          retrains.map((row) => [
            row.retrainId,
            row.step,
            row.status,
            row.verdict ?? '-',
            shorten(row.reason),
          ]),
        ),
  );
}

async function one(context: CliContext, id: string): Promise<void> {
  const link = await connectTemporal(context);
  try {
    const handle = await findWorkflow(link, id);
    const state = await handle.query<RetrainState>('state');
    context.output.result(state, () => stateText(state));
  } finally {
    await link.close();
  }
}

const shorten = (text: string): string => (text.length <= 90 ? text : `${text.slice(0, 87)}...`);
