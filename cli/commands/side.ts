import type { Command } from 'commander';
import { randomUUID } from 'node:crypto';
import type { ModelSide, SideAction } from '../../registry/model-controls.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { requireActorOn } from '../identity.ts';
import { withRegistry } from '../registry.ts';

const ACTIONS: readonly string[] = ['serve', 'reduce-only', 'halt'] satisfies readonly SideAction[];

interface SideOptions {
  readonly reason?: string;
  readonly token?: string;
}

export function register(program: Command, context: CliContext): void {
  program
    .command('side')
    .argument('<model>', 'name of the model')
    .argument('[action]', `${ACTIONS.join(', ')}; without one, shows what is in force`)
    .description('what consumers do with the answers of a model: use them, only close positions, or stop')
    .option('--reason <text>', 'why; becomes part of the audit and of every answer')
    .option('--token <token>', 'identity token of a quant lead or operator; default CONTENDER_TOKEN')
    .addHelpText(
      'after',
      `
Examples:
  contender side tw-alpha
  contender side tw-alpha reduce-only --reason "limit-down day, data under review"
  contender side tw-alpha serve --reason "data confirmed" --json`,
    )
    .action((model: string, action: string | undefined, options: SideOptions) =>
      action === undefined ? show(context, model) : set(context, model, action, options),
    );
}

async function show(context: CliContext, model: string): Promise<void> {
  const side = await withRegistry(context, async (registry) => (await registry.champion({ model })).side);
  context.output.result({ model, ...side }, () => sideText(model, side));
}

async function set(
  context: CliContext,
  model: string,
  action: string,
  { reason, token }: SideOptions,
): Promise<void> {
  if (!isAction(action)) {
    throw new UsageError(`${action} is no side`, { remedy: `One of ${ACTIONS.join(', ')}.` });
  }
  if (reason === undefined) throw new UsageError('a side needs --reason', { remedy: 'Say why.' });
  const actor = await requireActorOn(context, token, model);
  const side = await withRegistry(context, (registry) =>
    registry.setSide({ model, actor, reason, action, idempotencyKey: `cli:${randomUUID()}` }),
  );
  context.output.result({ model, ...side }, () => sideText(model, side));
}

const isAction = (text: string): text is SideAction => ACTIONS.includes(text);

const sideText = (model: string, side: ModelSide): string =>
  side.since === null
    ? `${model}: ${side.action}`
    : `${model}: ${side.action} since ${side.since} (epoch ${String(side.epoch)}, ${side.subject}): ${side.reason}`;
