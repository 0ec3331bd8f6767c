import type { WorkflowHandle } from '@temporalio/client';
import { ContenderError } from '../contracts/error.ts';
import type {
  GateHold,
  HoldDecision,
  RefuseWaiversRequest,
  WaiveAnswer,
  WaiveRequest,
  WaiversRefused,
} from '../contracts/gate-hold.ts';
import type { Actor } from '../contracts/primitives.ts';
import type { RetrainState } from '../contracts/retrain.ts';
import type { GateName } from '../contracts/verdict.ts';
import { findWorkflow, translateFailure, WorkflowRefusal } from './temporal-link.ts';
import type { TemporalLink } from './temporal-link.ts';

export interface WaiveInput {
  readonly retrainId: string;
  readonly gate: GateName;
  readonly actor: Actor;
  /** The gate evidence that the lead has read; null: the one in force. */
  readonly evidenceHash: string | null;
  readonly reason: string;
}

/** Accepts the fail of one gate. Throws WorkflowRefusal with the code of the rule that refused, WorkflowUnknown. */
export async function waiveGate(link: TemporalLink, input: WaiveInput): Promise<WaiveAnswer> {
  const { retrainId: id, gate, actor, reason } = input;
  try {
    const { handle, open } = await waivable(link, id);
    const evidenceHash = input.evidenceHash ?? open;
    return await handle.executeUpdate<WaiveAnswer, [WaiveRequest]>('waive', {
      // The same lead's same waiver is one update, however often it is sent.
      updateId: `waive:${gate}:${actor.subject}:${evidenceHash}`,
      args: [{ gate, actor, evidenceHash, reason }],
    });
  } catch (error) {
    throw translateFailure(error);
  }
}

/** Says no to waiving what failed. Throws WorkflowRefusal with the code of the rule that refused, WorkflowUnknown. */
export async function refuseWaivers(
  link: TemporalLink,
  input: Omit<WaiveInput, 'gate'>,
): Promise<WaiversRefused> {
  const { retrainId: id, actor, reason } = input;
  try {
    const { handle, open } = await waivable(link, id);
    const evidenceHash = input.evidenceHash ?? open;
    return await handle.executeUpdate<WaiversRefused, [RefuseWaiversRequest]>('refuseWaivers', {
      updateId: `refuse-waivers:${actor.subject}:${evidenceHash}`,
      args: [{ actor, evidenceHash, reason }],
    });
  } catch (error) {
    const translated = translateFailure(error);
    throw isUnknownUpdate(translated) ? ofEarlierRelease(id, error) : translated;
  }
}

/** The gate evidence under which a retrain waits for waivers. Throws WorkflowRefusal, WorkflowUnknown. */
async function waivable(
  link: TemporalLink,
  id: string,
): Promise<{ readonly handle: WorkflowHandle; readonly open: string }> {
  const handle = await findWorkflow(link, id);
  const { hold, finished, outcome, step } = await handle.query<RetrainState>('state');
  const open = hold?.cause === 'waivable-fail' ? hold.evidenceHash : null;
  if (!finished && open !== null) return { handle, open };
  const where = finished ? `it has ended: ${outcome ?? ''}` : `it is at step ${step}`;
  throw new WorkflowRefusal(
    'WAIVERS_NOT_OPEN',
    `${id} waits for no waiver, ${where}; gates.waiverSessions of the spec says how long one would`,
    undefined,
  );
}

/** What the Temporal package answers for a workflow that has no handler of that name; it has no code of its own. */
const isUnknownUpdate = (error: unknown): boolean =>
  error instanceof WorkflowRefusal && error.message.startsWith('No registered handler for update');

/** A retrain ends on the release that it began with, which may know no such act. */
class RetrainOfEarlierRelease extends ContenderError {
  readonly code = 'RETRAIN_OF_EARLIER_RELEASE';
  readonly kind = 'refused';
}

const ofEarlierRelease = (id: string, cause: unknown): RetrainOfEarlierRelease =>
  new RetrainOfEarlierRelease(
    `${id} began under a release in which nobody refuses; unwaived it ends when its time is over`,
    { cause },
  );

export interface AnswerHoldInput {
  readonly retrainId: string;
  readonly answer: HoldDecision['answer'];
  readonly actor: Actor;
  /** The round as the operator saw it; null: the one in force. */
  readonly round: number | null;
  readonly reason: string;
}

/** An operator's word on gates in error. Throws WorkflowRefusal with the code of the rule, WorkflowUnknown. */
export async function answerGateHold(link: TemporalLink, input: AnswerHoldInput): Promise<GateHold> {
  const { retrainId: id, answer, actor, reason } = input;
  try {
    const handle = await findWorkflow(link, id);
    const { hold, finished, step } = await handle.query<RetrainState>('state');
    if (finished || hold?.cause !== 'error') {
      const where = finished ? 'it has ended' : `it is at step ${step}`;
      throw new WorkflowRefusal('GATES_NOT_HELD', `${id} does not wait for an operator, ${where}`, undefined);
    }
    const round = input.round ?? hold.round;
    return await handle.executeUpdate<GateHold, [HoldDecision]>('answerHold', {
      updateId: `${answer}:${actor.subject}:${String(round)}`,
      args: [{ answer, actor, round, reason }],
    });
  } catch (error) {
    throw translateFailure(error);
  }
}
