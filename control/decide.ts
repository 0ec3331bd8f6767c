import type { Actor } from '../contracts/primitives.ts';
import type { ApprovalState, Decision, RetrainState } from '../contracts/retrain.ts';
import { findWorkflow, translateFailure, WorkflowRefusal } from './temporal-link.ts';
import type { TemporalLink } from './temporal-link.ts';

export interface DecideInput {
  readonly retrainId: string;
  readonly decision: Decision['decision'];
  readonly actor: Actor;
  /** The decision evidence that the lead has read; null: the one in force. */
  readonly evidenceHash: string | null;
  readonly reason: string;
}

/**
 * Signs, or refuses to sign, what a retrain asks for. The same lead's same decision is one, however often it is sent.
 *
 * @throws WorkflowRefusal with the code of the rule that refused, WorkflowUnknown
 */
export async function decideRetrain(link: TemporalLink, input: DecideInput): Promise<ApprovalState> {
  const { retrainId: id, decision, actor, reason } = input;
  try {
    const handle = await findWorkflow(link, id);
    const state = await handle.query<RetrainState>('state');
    const evidenceHash = input.evidenceHash ?? state.approval?.evidenceHash;
    if (state.finished || evidenceHash === undefined) {
      const why = state.finished ? `it has ended: ${state.outcome ?? ''}` : `it is at step ${state.step}`;
      throw new WorkflowRefusal('APPROVAL_NOT_OPEN', `${id} awaits no approval, ${why}`, undefined);
    }
    return await handle.executeUpdate<ApprovalState, [Decision]>('decide', {
      updateId: `${decision}:${actor.subject}:${evidenceHash}`,
      args: [{ decision, actor, evidenceHash, reason }],
    });
  } catch (error) {
    throw translateFailure(error);
  }
}
