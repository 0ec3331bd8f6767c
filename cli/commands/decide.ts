import type { Command } from 'commander';
import type { ApprovalState, Decision } from '../../contracts/retrain.ts';
import { decideRetrain } from '../../control/decide.ts';
import type { CliContext } from '../context.ts';
import { requireActorOnRetrain } from '../identity.ts';
import { connectTemporal } from '../temporal.ts';

interface DecideOptions {
  readonly reason: string;
  readonly evidence?: string;
  readonly token?: string;
}

export function register(program: Command, context: CliContext): void {
  for (const decision of ['approve', 'reject'] as const) {
    program
      .command(decision)
      .argument('<retrain>', 'id of the retrain, such as retrain:tw-alpha:2019-06-28T19:00:00.000Z')
      .description(`${decision} the promotion that a retrain asks for; quant leads, or the deputy once asked`)
      .requiredOption('--reason <text>', 'why; becomes part of the record')
      .option('--evidence <hash>', 'decide only if this is still the decision evidence')
      .option('--token <token>', 'identity token; default CONTENDER_TOKEN')
      .addHelpText(
        'after',
        `
Examples:
  contender ${decision} retrain:tw-alpha:2019-06-28T19:00:00.000Z --reason "gates and shadow read"
  contender ${decision} retrain:tw-alpha:2019-06-28T19:00:00.000Z --reason "…" --token "$LEE" --json

A token is made with: contender token create --subject lee --role quant-lead`,
      )
      .action((id: string, options: DecideOptions) => decide(context, id, decision, options));
  }
}

async function decide(
  context: CliContext,
  id: string,
  decision: Decision['decision'],
  options: DecideOptions,
): Promise<void> {
  const actor = await requireActorOnRetrain(context, options.token, id);
  const link = await connectTemporal(context);
  try {
    const answer = await decideRetrain(link, {
      retrainId: id,
      decision,
      actor,
      evidenceHash: options.evidence ?? null,
      reason: options.reason,
    });
    context.output.result(answer, () => text(id, decision, answer));
  } finally {
    await link.close();
  }
}

function text(id: string, decision: Decision['decision'], state: ApprovalState): string {
  if (decision === 'reject') return `${id} is rejected.`;
  const signed = `${String(state.approvedBy.length)} of ${String(state.needed)} signatures`;
  return `Signed ${state.evidenceHash.slice(0, 12)} of ${id}: ${signed}.`;
}
