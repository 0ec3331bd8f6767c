import { allHandlersFinished, condition, defineUpdate, patched, setHandler } from '@temporalio/workflow';
import type { DecayOutlook } from '../activities/decay-outlook.ts';
import type { RetrainPlan } from '../activities/retrain-record.ts';
import type { ApprovalState, Decision, RetrainInput } from '../contracts/retrain.ts';
import type { Waiver } from '../contracts/verdict.ts';
import { control, evaluation } from './activity-proxies.ts';
import { deputyOf, isBarred, refusal, requireDeputy } from './deputy.ts';
import { stepFailure } from './failure.ts';
import type { RetrainProgress } from './retrain-progress.ts';
import { nowMs, untilInstant } from './until-instant.ts';

/**
 * The decision of a quant lead, or of the deputy once their time has come. Synchronous for the caller: accepted with the
 * new state, or refused with the reason.
 */
export const decide = defineUpdate<ApprovalState, [Decision]>('decide');

export type Answer =
  | { readonly outcome: 'approved'; readonly evidenceHash: string; readonly expiresAt: string }
  | { readonly outcome: 'rejected' | 'expired'; readonly reason: string };

interface OpenQuestion {
  state: ApprovalState;
  readonly barred: readonly string[];
}

/**
 * Step 7: asks quant leads for their signature under the decision evidence.
 *
 * The validator refuses before anything enters the history; behind it stands the registry's constraint, which would refuse
 * the same. The same lead's second approval counts once, in both places.
 */
export class ApprovalDesk {
  private readonly retrainId: string;
  private readonly input: RetrainInput;
  private readonly progress: RetrainProgress;
  private question: OpenQuestion | null = null;

  constructor(retrainId: string, input: RetrainInput, progress: RetrainProgress) {
    this.retrainId = retrainId;
    this.input = input;
    this.progress = progress;
    setHandler(decide, (decision) => this.record(decision), {
      validator: (decision: Decision) => {
        this.validate(decision);
      },
    });
  }

  async ask(
    plan: RetrainPlan,
    versionId: string,
    parentEvidenceHash: string,
    kind: 'promotion' | 'probation',
    waivers: readonly Waiver[],
  ): Promise<Answer> {
    const { spec } = plan;
    const { clock, model, asOf, correlationId } = this.input;
    const from = new Date(nowMs()).toISOString();
    const expiry = await control.sessionDeadline({
      spec,
      clock,
      from,
      sessions: spec.approval.expiresSessions,
    });
    const deputy = await deputyOf(plan, clock, from);
    const request = {
      plan,
      model,
      asOf,
      versionId,
      parentEvidenceHash,
      kind,
      expiresAt: expiry.at,
      requester: this.input.requester.subject,
      verdicts: this.progress.currentVerdicts,
      waivers,
      // Histories from before did not ask.
      decayOutlook: patched('decay-foreseen-at-approval') ? await foresee(plan, versionId) : null,
      deputyFrom: deputy?.from ?? null,
      correlationId,
    };
    const opened = await control.openApproval.executeWithOptions({ summary: `ask quant leads (${kind})` }, [
      request,
    ]);
    const reminder = await control.sessionDeadline({
      spec,
      clock,
      from,
      sessions: spec.approval.remindSessions,
    });
    const { evidenceHash, needed, barred } = opened;
    const unsigned = { approvedBy: [], rejectedBy: null };
    this.open({ evidenceHash, needed, ...unsigned, expiresAt: expiry.at, kind, deputy }, barred);

    const answered = await condition(() => this.answered(), untilInstant(reminder.at));
    if (!answered && Date.parse(reminder.at) < Date.parse(expiry.at)) {
      await control.remindApproval({ ...request, evidenceHash });
    }
    // Whoever may not sign anyway is not asked.
    if (deputy !== null && !isBarred(deputy.subject, barred)) {
      const decided = await condition(() => this.answered(), untilInstant(deputy.from));
      if (!decided && Date.parse(deputy.from) < Date.parse(expiry.at)) {
        await control.askDeputy.executeWithOptions({ summary: `ask the deputy ${deputy.subject}` }, [
          { ...request, evidenceHash, deputy: deputy.subject },
        ]);
      }
    }
    await condition(() => this.answered(), untilInstant(expiry.at));
    return this.close(evidenceHash);
  }

  /** Updates in flight are lost when a workflow completes; wait for them. */
  async settled(): Promise<void> {
    await condition(allHandlersFinished);
  }

  private open(state: ApprovalState, barred: readonly string[]): void {
    const { evidenceHash, needed, expiresAt, deputy } = state;
    this.question = { state, barred };
    this.progress.setApproval(state);
    const also = deputy === null ? '' : `; ${deputy.subject} as deputy from ${deputy.from}`;
    this.progress.await(
      `${String(needed)} quant lead(s) to sign ${evidenceHash.slice(0, 12)}, until ${expiresAt}${also}`,
    );
  }

  private close(evidenceHash: string): Answer {
    const state = this.question?.state;
    this.question = null;
    if (state === undefined) return { outcome: 'expired', reason: 'nothing was asked' };
    this.progress.note('approve', `${state.kind} ${outcomeOf(state)}`);
    if (state.rejectedBy !== null) return { outcome: 'rejected', reason: `rejected by ${state.rejectedBy}` };
    const { expiresAt } = state;
    if (state.approvedBy.length >= state.needed) return { outcome: 'approved', evidenceHash, expiresAt };
    const got = `${String(state.approvedBy.length)} of ${String(state.needed)}`;
    return { outcome: 'expired', reason: `approval expired at ${state.expiresAt} with ${got} signatures` };
  }

  private answered(): boolean {
    const state = this.question?.state;
    return state !== undefined && (state.rejectedBy !== null || state.approvedBy.length >= state.needed);
  }

  private validate(decision: Decision): void {
    const open = this.question;
    if (open === null) throw refusal('APPROVAL_NOT_OPEN', `${this.retrainId} awaits no approval`);
    if (!decision.actor.roles.includes('quant-lead'))
      requireDeputy(decision.actor.subject, open.state.deputy);
    if (isBarred(decision.actor.subject, open.barred)) {
      throw refusal(
        'FOUR_EYES',
        `${decision.actor.subject} requested this retrain or wrote its spec; another lead must decide`,
      );
    }
    if (decision.evidenceHash !== open.state.evidenceHash) {
      throw refusal(
        'EVIDENCE_CHANGED',
        `the decision evidence is ${open.state.evidenceHash}, not ${decision.evidenceHash}`,
      );
    }
    if (nowMs() >= Date.parse(open.state.expiresAt)) {
      throw refusal('APPROVAL_EXPIRED', `the approval expired at ${open.state.expiresAt}`);
    }
  }

  private async record(decision: Decision): Promise<ApprovalState> {
    const open = this.question;
    if (open === null) throw refusal('APPROVAL_NOT_OPEN', `${this.retrainId} awaits no approval`);
    const recorded = await control.recordDecision.executeWithOptions(
      { summary: `${decision.decision} by ${decision.actor.subject}` },
      [{ retrainId: this.retrainId, model: this.input.model, decision, expiresAt: open.state.expiresAt }],
    );
    open.state = { ...open.state, approvedBy: [...recorded.approvedBy], rejectedBy: recorded.rejectedBy };
    this.progress.setApproval(open.state);
    return open.state;
  }
}

/** What watching the candidate for decay will be able to see. It decides nothing: without it the leads are asked all the same. */
async function foresee({ spec }: RetrainPlan, versionId: string): Promise<DecayOutlook | null> {
  try {
    return await evaluation.foreseeDecay.executeWithOptions({ summary: 'delay of the decay watch' }, [
      { spec, versionId },
    ]);
  } catch (error) {
    if (stepFailure(error).kind === 'cancelled') throw error;
    return null;
  }
}

function outcomeOf(state: ApprovalState): string {
  if (state.rejectedBy !== null) return `rejected by ${state.rejectedBy}`;
  return `signed by ${state.approvedBy.length === 0 ? 'nobody' : state.approvedBy.join(', ')}`;
}
