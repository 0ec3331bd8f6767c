import type { Command } from 'commander';
import type { ClockSpec } from '../../contracts/clock.ts';
import type { ReignComparison } from '../../contracts/api/comparison.ts';
import type { RetrainState } from '../../contracts/retrain.ts';
import { failingActivities, failingActivityText } from '../../control/failing-activities.ts';
import { reignComparison } from '../../control/reign-comparison.ts';
import { findWorkflow } from '../../control/temporal-link.ts';
import { RegistryUnreachable, RetrainUnknown } from '../../registry/errors.ts';
import type { Registry } from '../../registry/registry.ts';
import { reignComparisonText } from '../comparison-text.ts';
import { standingText } from '../drill-text.ts';
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
    .description(
      'retrains with their clock (live or replay), step, verdict, and what is awaited from whom; with --model the reign',
    )
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
  const { retrains, reign, drill } = await withRegistry(context, async (registry) => ({
    retrains: await registry.listRetrains({ model, limit: LISTED_RETRAINS }),
    reign: await reignOf(registry, model),
    drill: model === null ? null : await registry.drillStanding({ model }),
  }));
  context.output.result(retrains, () =>
    retrains.length === 0
      ? 'No retrain yet. Start one: npm run contender -- retrain MODEL'
      : [
          table(
            ['retrain', 'clock', 'step', 'status', 'verdict', 'reason'],
            retrains.map((row) => [
              row.retrainId,
              row.clock.mode,
              row.step,
              row.status,
              row.verdict ?? '-',
              shorten(row.reason),
            ]),
          ),
          ...(reign === null ? [] : ['', reignComparisonText(reign)]),
          ...(drill === null
            ? []
            : ['', `Last drill of the way back: ${standingText(drill, new Date().toISOString())}`]),
        ].join('\n'),
  );
}

/** How the champion of the named model stands; as JSON it is the answer of `contender comparison`. */
async function reignOf(registry: Registry, model: string | null): Promise<ReignComparison | null> {
  if (model === null || (await registry.champion({ model })).champion === null) return null;
  return await reignComparison(registry, { model, epoch: null });
}

async function one(context: CliContext, id: string): Promise<void> {
  const link = await connectTemporal(context);
  try {
    const handle = await findWorkflow(link, id);
    const state = await handle.query<RetrainState>('state');
    // A part that is full or away is tried again for a while: without its words a retrain only seems slow.
    const failing = state.finished ? [] : failingActivities(await handle.describe());
    const clock = await clockOf(context, id);
    context.output.result({ ...state, clock, failing }, () =>
      [stateText(state, clock), ...failing.map(failingActivityText)].join('\n'),
    );
  } finally {
    await link.close();
  }
}

/**
 * By the registry: a retrain ends on the release that it began with, which may not say. Null: the registry does not answer, or has
 * no record of it yet; what the retrain says of itself is told all the same.
 */
async function clockOf(context: CliContext, retrainId: string): Promise<ClockSpec | null> {
  try {
    return (await withRegistry(context, (registry) => registry.getRetrain({ retrainId }))).clock;
  } catch (error) {
    if (error instanceof RetrainUnknown || error instanceof RegistryUnreachable) return null;
    throw error;
  }
}

const shorten = (text: string): string => (text.length <= 90 ? text : `${text.slice(0, 87)}...`);
