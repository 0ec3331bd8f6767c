import type { Command } from 'commander';
import { randomUUID } from 'node:crypto';
import type { CliContext } from '../context.ts';
import { requireActorOn } from '../identity.ts';
import { withRegistry } from '../registry.ts';

interface FreezeOptions {
  readonly reason: string;
  readonly token?: string;
}

const WHAT = {
  freeze:
    'keep a champion where it is: no promotion, no automatic rollback; with or without one to go back to',
  unfreeze: 'let promotions and automatic rollbacks of a frozen model happen again',
} as const;

/** `freeze` and `unfreeze`: the registry alone is asked, so they work while everything else is down. */
export function register(program: Command, context: CliContext): void {
  for (const verb of ['freeze', 'unfreeze'] as const) {
    program
      .command(verb)
      .argument('<model>', 'name of the model')
      .description(WHAT[verb])
      .requiredOption('--reason <text>', 'why; becomes part of the audit')
      .option('--token <token>', 'identity token of a quant lead or operator; default CONTENDER_TOKEN')
      .addHelpText(
        'after',
        `
Examples:
  contender ${verb} tw-alpha --reason "two rollbacks in one day"
  contender ${verb} tw-alpha --reason "incident 42" --json

A person can roll back a frozen model all the same: contender rollback tw-alpha --reason WHY`,
      )
      .action((model: string, options: FreezeOptions) => setFreeze(context, model, verb, options));
  }
}

async function setFreeze(
  context: CliContext,
  model: string,
  verb: 'freeze' | 'unfreeze',
  { reason, token }: FreezeOptions,
): Promise<void> {
  const actor = await requireActorOn(context, token, model);
  const freeze = await withRegistry(context, (registry) =>
    registry.setFreeze({
      ...{ model, actor, reason, frozen: verb === 'freeze' },
      idempotencyKey: `cli:${randomUUID()}`,
    }),
  );
  context.output.result({ model, ...freeze }, () =>
    freeze.frozen
      ? `${model} is frozen since ${freeze.since ?? 'now'} (epoch ${String(freeze.epoch)}, ${freeze.subject}): ${freeze.reason}`
      : `${model} is not frozen.`,
  );
}
