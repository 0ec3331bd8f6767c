import { Option, type Command } from 'commander';
import { randomUUID } from 'node:crypto';
import type { ModelScope } from '../../contracts/identity.ts';
import { ScheduleKind } from '../../contracts/schedule.ts';
import { commandSchedule, listSchedules } from '../../control/schedules.ts';
import type { CliContext } from '../context.ts';
import { requireActorOn } from '../identity.ts';
import { withRegistry } from '../registry.ts';
import { schedulesText } from '../schedules-text.ts';
import { connectTemporal } from '../temporal.ts';

interface ListOptions {
  readonly model?: string;
  readonly kind?: ScheduleKind;
}
interface CommandOptions {
  readonly kind: ScheduleKind;
  readonly reason: string;
  readonly token?: string;
}

const EVERYTHING: ModelScope = { all: true, models: [], markets: [] };
const WHAT = {
  pause: 'keep a schedule from starting anything until it is resumed',
  resume: 'let a paused schedule go on with its next time',
  trigger: 'start now what a schedule would start at its next time',
} as const;

/** `schedules`: what happens by itself. */
export function register(program: Command, context: CliContext): void {
  const schedules = program
    .command('schedules')
    .description('what models have happen by themselves: retrains, drills of the way back, scores');
  schedules
    .command('list')
    .description(
      'next times, last run with its outcome, paused or not, and the field of the spec that sets it',
    )
    .option('--model <name>', 'only this model')
    .addOption(new Option('--kind <kind>', 'only these').choices(ScheduleKind.options))
    .addHelpText(
      'after',
      `
Examples:
  contender schedules list
  contender schedules list --kind drill --json`,
    )
    .action((options: ListOptions) => list(context, options));
  for (const action of ['pause', 'resume', 'trigger'] as const) {
    schedules
      .command(action)
      .argument('<model>', 'name of the model')
      .description(WHAT[action])
      .requiredOption('--reason <text>', 'why; becomes part of the audit')
      .addOption(
        new Option('--kind <kind>', 'which schedule').choices(ScheduleKind.options).default('retrain'),
      )
      .option('--token <token>', 'identity token of a quant lead, operator or admin; default CONTENDER_TOKEN')
      .addHelpText(
        'after',
        `
Examples:
  contender schedules ${action} tw-alpha --reason "the data vendor moves this week"
  contender schedules ${action} tw-alpha --kind drill --reason "servers are being replaced" --json`,
      )
      .action((model: string, options: CommandOptions) => command(context, model, action, options));
  }
}

async function list(context: CliContext, { model, kind }: ListOptions): Promise<void> {
  const link = await connectTemporal(context);
  try {
    const views = await withRegistry(context, async (registry) => {
      if (model !== undefined) await registry.currentSpec({ model });
      const models = await registry.overview({
        scope: model === undefined ? EVERYTHING : { all: false, models: [model], markets: [] },
      });
      return listSchedules({ client: link.live, registry }, models, kind ?? null);
    });
    context.output.result(views, () => schedulesText(views));
  } finally {
    await link.close();
  }
}

async function command(
  context: CliContext,
  model: string,
  action: 'pause' | 'resume' | 'trigger',
  { kind, reason, token }: CommandOptions,
): Promise<void> {
  const actor = await requireActorOn(context, token, model);
  const link = await connectTemporal(context);
  try {
    const view = await withRegistry(context, async (registry) => {
      const { spec } = await registry.currentSpec({ model });
      const asked = { model, kind, action, reason };
      return commandSchedule(
        { client: link.live, registry },
        { ...asked, market: spec.market, subject: actor.subject },
        () => registry.recordScheduleCommand({ ...asked, actor, idempotencyKey: `cli:${randomUUID()}` }),
      );
    });
    context.output.result(view, () => schedulesText([view]));
  } finally {
    await link.close();
  }
}
