import type { Command } from 'commander';
import type { HoldDecision } from '../../contracts/gate-hold.ts';
import { answerGateHold, refuseWaivers } from '../../control/gate-people.ts';
import type { CliContext } from '../context.ts';
import { requireActorOnRetrain } from '../identity.ts';
import { connectTemporal } from '../temporal.ts';

interface HoldOptions {
  readonly reason: string;
  readonly token?: string;
}

const WHAT = {
  retry: 'run the gates again that could not be judged; operators only',
  stop: 'end a retrain whose gates cannot be judged; operators only',
} as const;

/** `gates retry` and `gates stop`: an operator's word on a retrain that waits because a gate is in error; and `gates refuse`. */
export function registerHold(gates: Command, context: CliContext): void {
  for (const answer of ['retry', 'stop'] as const) {
    gates
      .command(answer)
      .argument('<retrain>', 'id of the retrain that waits')
      .description(WHAT[answer])
      .requiredOption('--reason <text>', 'why; becomes part of the record')
      .option('--token <token>', 'identity token; default CONTENDER_TOKEN')
      .addHelpText(
        'after',
        `
Examples:
  contender gates ${answer} retrain:tw-alpha:2019-06-28T19:00:00.000Z --reason "the store is back"
  contender gates ${answer} retrain:tw-alpha:2019-06-28T19:00:00.000Z --reason "…" --token "$OLGA" --json

A token is made with: contender token create --subject olga --role operator`,
      )
      .action((id: string, options: HoldOptions) => answerHold(context, id, answer, options));
  }
  registerRefusal(gates, context);
}

/** `gates refuse`: a lead, or the deputy once asked, says no where waivers are awaited. */
function registerRefusal(gates: Command, context: CliContext): void {
  gates
    .command('refuse')
    .argument('<retrain>', 'id of a retrain that waits for waivers')
    .description('refuse to waive what failed: the retrain ends as refused; whoever may waive may refuse')
    .requiredOption('--reason <text>', 'why; becomes part of the record')
    .option('--token <token>', 'identity token; default CONTENDER_TOKEN')
    .addHelpText(
      'after',
      `
Examples:
  contender gates refuse retrain:tw-alpha:2019-06-28T19:00:00.000Z --reason "two families were tried too often"
  contender gates refuse retrain:tw-alpha:2019-06-28T19:00:00.000Z --reason "…" --token "$KIM" --json

To waive instead: contender waive RETRAIN --gate GATE --reason "…"`,
    )
    .action((id: string, options: HoldOptions) => refuse(context, id, options));
}

async function refuse(context: CliContext, id: string, { reason, token }: HoldOptions): Promise<void> {
  const actor = await requireActorOnRetrain(context, token, id);
  const link = await connectTemporal(context);
  try {
    const refused = await refuseWaivers(link, { retrainId: id, actor, evidenceHash: null, reason });
    const who = refused.asDeputy ? `${refused.subject}, as deputy` : refused.subject;
    context.output.result(refused, () => `${id} ends as refused: nothing is waived, says ${who}.`);
  } finally {
    await link.close();
  }
}

async function answerHold(
  context: CliContext,
  id: string,
  answer: HoldDecision['answer'],
  options: HoldOptions,
): Promise<void> {
  const actor = await requireActorOnRetrain(context, options.token, id);
  const link = await connectTemporal(context);
  try {
    const answered = await answerGateHold(link, {
      retrainId: id,
      answer,
      actor,
      round: null,
      reason: options.reason,
    });
    const gates = answered.objections.map(({ gate }) => gate).join(', ');
    context.output.result(answered, () =>
      answer === 'retry'
        ? `${id}: ${gates} is judged again.`
        : `${id} ends as failed; ${gates} was in error.`,
    );
  } finally {
    await link.close();
  }
}
