import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { answerObjection } from '../../control/objections.ts';
import type { ObjectionRecord } from '../../registry/objections.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { requireActorOnRetrain } from '../identity.ts';
import { withRegistry } from '../registry.ts';
import { connectTemporal } from '../temporal.ts';

interface RaiseOptions {
  readonly reason: string;
  readonly evidence?: string;
  readonly token?: string;
}

interface AnswerOptions {
  readonly reason: string;
  readonly token?: string;
}

const ID = 'retrain:tw-alpha:2019-06-28T19:00:00.000Z';
const WHAT = {
  withdraw: 'take back an objection of your own; the swap it held goes on',
  overrule: 'overrule the objection of another lead; two leads who neither asked nor wrote the spec do it',
} as const;
const MADE_WITH = 'A token is made with: contender token create --subject kim --role quant-lead';

export function register(program: Command, context: CliContext): void {
  const objection = program
    .command('objection')
    .description('speak against a promotion that others signed, and resolve that; quant leads only');
  objection
    .command('raise')
    .argument('<retrain>', 'id of the retrain whose promotion you speak against')
    .description('hold the swap; after it, page everybody on call while the reign lasts')
    .requiredOption('--reason <text>', 'why; becomes part of the record')
    .option('--evidence <hash>', 'object only if this is still the decision evidence')
    .option('--token <token>', 'identity token; default CONTENDER_TOKEN')
    .addHelpText(
      'after',
      `
Examples:
  contender objection raise ${ID} --reason "the drawdown of March is outside the window"
  contender objection raise ${ID} --reason "…" --token "$KIM" --json

It works while Temporal is away. ${MADE_WITH}`,
    )
    .action((id: string, options: RaiseOptions) => raise(context, id, options));
  for (const answer of ['withdraw', 'overrule'] as const) {
    objection
      .command(answer)
      .argument('<retrain>', 'id of the retrain')
      .argument('<number>', 'number of the objection, as `objection list` shows it')
      .description(WHAT[answer])
      .requiredOption('--reason <text>', 'why; becomes part of the record')
      .option('--token <token>', 'identity token; default CONTENDER_TOKEN')
      .addHelpText(
        'after',
        `
Examples:
  contender objection ${answer} ${ID} 12 --reason "looked at March together"
  contender objection ${answer} ${ID} 12 --reason "…" --token "$LEE" --json

${MADE_WITH}`,
      )
      .action((id: string, number: string, options: AnswerOptions) =>
        resolve(context, id, number, answer, options),
      );
  }
  objection
    .command('list')
    .argument('<retrain>', 'id of the retrain')
    .description('the objections to what a retrain asked for, with their answers')
    .addHelpText(
      'after',
      `
Examples:
  contender objection list ${ID}
  contender objection list ${ID} --json`,
    )
    .action((id: string) => list(context, id));
}

async function raise(context: CliContext, id: string, options: RaiseOptions): Promise<void> {
  const actor = await requireActorOnRetrain(context, options.token, id);
  const record = await withRegistry(context, async (registry) => {
    const evidenceHash =
      options.evidence ?? (await registry.approvalOf({ retrainId: id }))?.evidenceHash ?? null;
    if (evidenceHash === null) {
      throw new UsageError(`${id} has asked for no approval yet: there is nothing to object to`, {
        remedy: 'Wait until it asks, or cancel it: npm run contender -- status says where it stands.',
      });
    }
    const { reason } = options;
    return registry.raiseObjection({
      retrainId: id,
      evidenceHash,
      actor,
      reason,
      idempotencyKey: randomUUID(),
    });
  });
  context.output.result(record, () => textOf(record));
}

async function resolve(
  context: CliContext,
  id: string,
  number: string,
  answer: 'withdraw' | 'overrule',
  { reason, token }: AnswerOptions,
): Promise<void> {
  const objection = Number(number);
  if (!Number.isInteger(objection) || objection < 1) {
    throw new UsageError(`${number} is not the number of an objection`, {
      remedy: `List them: npm run contender -- objection list ${id}`,
    });
  }
  const actor = await requireActorOnRetrain(context, token, id);
  const link = await connectTemporal(context).catch(() => null);
  const onUntold = (why: string): void => {
    context.output.line(`The retrain could not be told (${why}); it looks again within ten minutes.`);
  };
  try {
    const record = await withRegistry(context, (registry) =>
      answerObjection({ registry, link, onUntold }, { retrainId: id, objection, answer, actor, reason }),
    );
    context.output.result(record, () => textOf(record));
  } finally {
    await link?.close();
  }
}

async function list(context: CliContext, id: string): Promise<void> {
  const records = await withRegistry(context, (registry) => registry.objectionsOf({ retrainId: id }));
  context.output.result({ items: records }, () =>
    records.length === 0 ? `Nobody has objected to what ${id} asked for.` : records.map(textOf).join('\n'),
  );
}

const STATES = {
  withdrawn: 'withdrawn',
  overruled: 'overruled by two leads',
  upheld: 'upheld: nothing was swapped, or it was taken back',
  over: 'over: the reign gave way to the next',
} as const;

function textOf({ id, subject, reason, state, epoch, answers, model, version }: ObjectionRecord): string {
  const standing =
    epoch === null
      ? 'open: the swap is held'
      : `open: version ${String(version)} is champion of ${model} (epoch ${String(epoch)}); take it back with: contender rollback ${model} --reason WHY`;
  const said = answers.map((one) => `\n  ${one.answer} by ${one.subject}: ${one.reason}`).join('');
  return `Objection ${String(id)} by ${subject}: ${reason}\n  ${state === 'open' ? standing : STATES[state]}${said}`;
}
