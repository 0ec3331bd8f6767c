import type { Command } from 'commander';
import type { ApprovalState, Decision, RetrainState } from '../../contracts/retrain.ts';
import type { CliContext } from '../context.ts';
import { requireActor } from '../identity.ts';
import { connectTemporal, findWorkflow, translateFailure, WorkflowRefusal } from '../temporal.ts';

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
      .description(`${decision} the promotion that a retrain asks for; quant leads only`)
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
  const actor = await requireActor(context, options.token);
  const link = await connectTemporal(context);
  try {
    const handle = await findWorkflow(link, id);
    const state = await handle.query<RetrainState>('state');
    const evidenceHash = options.evidence ?? state.approval?.evidenceHash;
    if (state.finished || evidenceHash === undefined) {
      const why = state.finished ? `it has ended: ${state.outcome ?? ''}` : `it is at step ${state.step}`;
      throw new WorkflowRefusal('APPROVAL_NOT_OPEN', `${id} awaits no approval, ${why}`, undefined);
    }
    const answer = await handle.executeUpdate<ApprovalState, [Decision]>('decide', {
      // The same lead's same decision is one update, however often it is sent.
      updateId: `${decision}:${actor.subject}:${evidenceHash}`,
      args: [{ decision, actor, evidenceHash, reason: options.reason }],
    });
    context.output.result(answer, () => text(id, decision, answer));
  } catch (error) {
    throw translateFailure(error);
  } finally {
    await link.close();
  }
}

function text(id: string, decision: Decision['decision'], state: ApprovalState): string {
  if (decision === 'reject') return `${id} is rejected.`;
  const signed = `${String(state.approvedBy.length)} of ${String(state.needed)} signatures`;
  return `Signed ${state.evidenceHash.slice(0, 12)} of ${id}: ${signed}.`;
}
