import type { Command } from 'commander';
import type { GateHold, HoldDecision } from '../../contracts/gate-hold.ts';
import type { RetrainState } from '../../contracts/retrain.ts';
import type { CliContext } from '../context.ts';
import { requireActor } from '../identity.ts';
import { connectTemporal, findWorkflow, translateFailure, WorkflowRefusal } from '../temporal.ts';

interface HoldOptions {
  readonly reason: string;
  readonly token?: string;
}

const WHAT = {
  retry: 'run the gates again that could not be judged; operators only',
  stop: 'end a retrain whose gates cannot be judged; operators only',
} as const;

/** `gates retry` and `gates stop`: an operator's word on a retrain that waits because a gate is in error. */
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
}

async function answerHold(
  context: CliContext,
  id: string,
  answer: HoldDecision['answer'],
  options: HoldOptions,
): Promise<void> {
  const actor = await requireActor(context, options.token);
  const link = await connectTemporal(context);
  try {
    const handle = await findWorkflow(link, id);
    const { hold, finished, step } = await handle.query<RetrainState>('state');
    if (finished || hold?.cause !== 'error') {
      const where = finished ? 'it has ended' : `it is at step ${step}`;
      throw new WorkflowRefusal('GATES_NOT_HELD', `${id} does not wait for an operator, ${where}`, undefined);
    }
    const { round } = hold;
    const answered = await handle.executeUpdate<GateHold, [HoldDecision]>('answerHold', {
      updateId: `${answer}:${actor.subject}:${String(round)}`,
      args: [{ answer, actor, round, reason: options.reason }],
    });
    const gates = answered.objections.map(({ gate }) => gate).join(', ');
    context.output.result(answered, () =>
      answer === 'retry'
        ? `${id}: ${gates} is judged again.`
        : `${id} ends as failed; ${gates} was in error.`,
    );
  } catch (error) {
    throw translateFailure(error);
  } finally {
    await link.close();
  }
}
