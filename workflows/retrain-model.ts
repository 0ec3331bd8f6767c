import {
  ApplicationFailure,
  CancellationScope,
  defineQuery,
  getExternalWorkflowHandle,
  ParentClosePolicy,
  patched,
  setHandler,
  setWorkflowOptions,
  sleep,
  startChild,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { PackagedVersion } from '../activities/packaging.ts';
import type { RetrainPlan } from '../activities/retrain-record.ts';
import type { LastSession } from '../activities/session-clock.ts';
import { aboutModel, guardId, TASK_QUEUES } from '../contracts/ids.ts';
import type { RetrainInput, RetrainOutcome, RetrainResult, RetrainState } from '../contracts/retrain.ts';
import type { Verdict, Waiver } from '../contracts/verdict.ts';
import { control } from './activity-proxies.ts';
import { adoptChallenger } from './adopt-challenger.ts';
import { ApprovalDesk } from './approval-desk.ts';
import { type StepFailure, stepFailure } from './failure.ts';
import { GateDesk } from './gate-desk.ts';
import { guardChampion } from './guard-champion.ts';
import { makeCandidate } from './make-candidate.ts';
import { Objections } from './objections.ts';
import { recordStep } from './record-step.ts';
import { requireRetrainInput } from './retrain-input.ts';
import { RetrainProgress } from './retrain-progress.ts';
import { runShadow } from './run-shadow.ts';
import { swapIn, type SwapIn } from './swap-in.ts';
import { nowInstant, untilInstant } from './until-instant.ts';

export const retrainState = defineQuery<RetrainState>('state');

/** How a retrain ended, before it is written down. */
interface Ending {
  readonly outcome: RetrainOutcome;
  readonly reason: string;
  readonly code: string;
  readonly verdict: Verdict | null;
  readonly made: Made | null;
  readonly swap: SwapIn | null;
}

type Made = Pick<PackagedVersion, 'versionId' | 'number'>;

/** What quant leads are asked for once gates and shadow are behind it. */
interface Question {
  readonly made: Made;
  readonly verdict: Verdict;
  readonly waivers: readonly Waiver[];
  readonly kind: 'promotion' | 'probation';
  readonly evidenceHash: string;
  readonly last: LastSession | null;
}

// Ends on the code it began with, however often a new release is installed during its shadow. A worker outside a
// deployment (a test's) knows no versions to pin to.
setWorkflowOptions(() => {
  const { deploymentName = '' } = workflowInfo().currentDeploymentVersion ?? {};
  return deploymentName === '' ? {} : { versioningBehavior: 'PINNED' };
}, retrainModel);

/**
 * The eight steps of one retrain: extract, validate, train, package, judge, shadow, approve, swap.
 *
 * Deterministic orchestration only: every threshold, calendar and fee is read by an activity. A retrain that ends without
 * promotion completes normally with its outcome; only something that broke fails the workflow, after it was recorded.
 *
 * With the number of a named challenger that passed its shadow, the first six steps make nothing: its gates and its shadow are
 * taken over, and approval and swap follow as ever.
 */
export async function retrainModel(
  input: RetrainInput,
  challenger: number | null = null,
): Promise<RetrainResult> {
  requireRetrainInput(input);
  const retrainId = workflowInfo().workflowId;
  const progress = new RetrainProgress(retrainId, input);
  const desk = new ApprovalDesk(retrainId, input, progress);
  const gates = new GateDesk(retrainId, input, progress);
  const objections = new Objections(progress);
  setHandler(retrainState, () => progress.state());
  upsertSearchAttributes({ ModelName: [input.model], Trigger: [input.trigger] });

  let ending: Ending;
  try {
    ending = await runSteps(retrainId, input, challenger, progress, desk, gates, objections);
  } catch (error) {
    const failure = stepFailure(error);
    // Nothing was opened, hence there is no record to end: the refusal itself is the answer.
    if (failure.kind === 'refused' && !progress.begun) throw neverBegun(progress, failure);
    const outcome = failure.kind === 'failed' ? 'failed' : failure.kind;
    const reason = `${progress.currentStep}: ${failure.message}`;
    ending = {
      outcome,
      reason,
      code: failure.code,
      verdict: outcome === 'failed' ? 'error' : null,
      made: null,
      swap: null,
    };
  }
  return await CancellationScope.nonCancellable(() => close(retrainId, input, progress, desk, ending));
}

async function runSteps(
  retrainId: string,
  input: RetrainInput,
  challenger: number | null,
  progress: RetrainProgress,
  desk: ApprovalDesk,
  gates: GateDesk,
  objections: Objections,
): Promise<Ending> {
  progress.enter('extract', 'the data worker');
  const plan = await control.beginRetrain.executeWithOptions(
    { summary: `pin spec and champion of ${input.model}` },
    [{ retrainId, input }],
  );
  progress.begun = true;
  if (plan.superseded !== null) await cancelSuperseded(plan.superseded);
  // Histories from before began whenever they were started.
  if (patched('never-begun-inside-a-session')) await outsideSession(plan, input, progress);

  const question =
    challenger === null
      ? await makeAndShadow(retrainId, plan, input, progress, gates)
      : await takeOver(retrainId, plan, input, challenger, progress);
  if ('outcome' in question) return question;
  const { made, verdict, waivers, kind, evidenceHash, last } = question;

  await recordStep(retrainId, 'approve', progress, 'quant leads');
  const answer = await desk.ask(plan, made.versionId, evidenceHash, kind, waivers);
  if (answer.outcome !== 'approved') return ended(answer.outcome, answer.reason, verdict, made);

  const swap = await swapIn({
    ...{ retrainId, plan, input, kind, last, progress, objections },
    versionId: made.versionId,
    decisionEvidenceHash: answer.evidenceHash,
    expiresAt: answer.expiresAt,
  });
  if ('standing' in swap) return ended('rejected', swap.standing, verdict, made);
  const served = swap.acknowledgement.status === 'complete' ? 'acknowledged by every server' : 'swap partial';
  const gatesWaived =
    waivers.length > 0 ? `; gates waived: ${[...new Set(waivers.map(({ gate }) => gate))].join(', ')}` : '';
  const reason = `version ${String(made.number)} is champion, epoch ${String(swap.epoch)}, ${served}${gatesWaived}`;
  return { ...ended('promoted', reason, verdict, made), swap };
}

const ended = (outcome: RetrainOutcome, reason: string, verdict: Verdict, made: Made): Ending => ({
  ...{ outcome, reason, code: outcome.toUpperCase(), verdict, made, swap: null },
});

/** Steps 1 to 6; an ending when gates or shadow end it. */
async function makeAndShadow(
  retrainId: string,
  plan: RetrainPlan,
  input: RetrainInput,
  progress: RetrainProgress,
  gates: GateDesk,
): Promise<Question | Ending> {
  const candidate = await makeCandidate(retrainId, plan, input, progress, gates);
  const { judgement, packaged: made } = candidate;
  const { verdict, waivers } = judgement;
  // Over a lead's no there is no probation either, which would admit the same fail.
  if (judgement.refused !== null) {
    const { subject, reason, asDeputy } = judgement.refused;
    const found = failedGates(progress);
    const why = asDeputy
      ? `${subject} refused as deputy to waive (${reason}); ${found}`
      : `${subject} refused to waive (${reason}); ${found}`;
    return { ...ended('refused', why, verdict, made), code: 'WAIVERS_REFUSED' };
  }
  const accepted = verdict === 'pass' || waivers.length > 0;
  const probation = !accepted && judgement.probationPossible && input.allowProbation;
  if (!accepted && !probation) return ended('refused', failedGates(progress), verdict, made);
  if (!plan.spec.retrain.promotionGate)
    return ended('judged', 'the spec stops after the gates', verdict, made);
  if (probation) {
    const evidenceHash = judgement.gateEvidenceHash;
    return { made, verdict, waivers, kind: 'probation', evidenceHash, last: null };
  }
  const { conclusion, last } = await runShadow(retrainId, plan, input, candidate, progress);
  if (conclusion.verdict !== 'pass') {
    const { verdict: shadow, reason } = conclusion;
    return ended('refused', `shadow ${shadow}: ${reason}`, shadow, made);
  }
  return { made, verdict, waivers, kind: 'promotion', evidenceHash: conclusion.shadowEvidenceHash, last };
}

/** A named challenger in the place of steps 1 to 6; an ending when the spec's shadow does not let it pass. */
async function takeOver(
  retrainId: string,
  plan: RetrainPlan,
  input: RetrainInput,
  challenger: number,
  progress: RetrainProgress,
): Promise<Question | Ending> {
  const { made, conclusion, last } = await adoptChallenger(retrainId, plan, input, challenger, progress);
  const { verdict, reason, shadowEvidenceHash: evidenceHash } = conclusion;
  if (!plan.spec.retrain.promotionGate)
    return ended('judged', 'the spec stops after the gates', verdict, made);
  if (verdict !== 'pass') return ended('refused', `shadow ${verdict}: ${reason}`, verdict, made);
  return { made, verdict: 'pass', waivers: [], kind: 'promotion', evidenceHash, last };
}

/** Open already, so that it is seen, refused a second of its kind, and may be superseded or cancelled while it waits. */
async function outsideSession(
  { spec }: RetrainPlan,
  { clock, asOf, emergency }: RetrainInput,
  progress: RetrainProgress,
): Promise<void> {
  const { opensAt, openSession } = await control.retrainWindow({
    ...{ spec, clock, asOf, emergency },
    now: nowInstant(),
  });
  if (openSession === null) return;
  progress.await(`the end of session ${openSession}; only an emergency begins inside one`);
  await sleep(untilInstant(opensAt), { summary: `end of session ${openSession}` });
  progress.await('the data worker');
}

function neverBegun(progress: RetrainProgress, { code, message }: StepFailure): ApplicationFailure {
  progress.finish('refused', message, null);
  return ApplicationFailure.create({
    message,
    type: code,
    nonRetryable: true,
    details: [{ kind: 'refused' }],
  });
}

/** Writes the final state, starts the guard of a new reign, answers. */
async function close(
  retrainId: string,
  input: RetrainInput,
  progress: RetrainProgress,
  desk: ApprovalDesk,
  ending: Ending,
): Promise<RetrainResult> {
  await control.finishRetrain.executeWithOptions({ summary: `record ${ending.outcome}` }, [
    {
      retrainId,
      model: input.model,
      asOf: input.asOf,
      outcome: ending.outcome,
      step: progress.currentStep,
      reason: ending.reason,
      code: ending.code,
      verdict: ending.verdict,
      verdicts: progress.currentVerdicts,
      correlationId: input.correlationId,
    },
  ]);
  progress.finish(ending.outcome, ending.reason, ending.verdict);
  if (ending.swap !== null) await startGuard(input, ending.swap);
  await desk.settled();
  if (ending.outcome === 'failed') {
    throw ApplicationFailure.nonRetryable(ending.reason, ending.code);
  }
  return {
    retrainId,
    outcome: ending.outcome,
    reason: ending.reason,
    verdict: ending.verdict,
    verdicts: progress.currentVerdicts,
    version: ending.made?.number ?? null,
    versionId: ending.made?.versionId ?? null,
    epoch: ending.swap?.epoch ?? null,
  };
}

/** A guard outlives the retrain that started its reign. */
async function startGuard(input: RetrainInput, swap: SwapIn): Promise<void> {
  await startChild(guardChampion, {
    workflowId: guardId(input.model, swap.epoch),
    taskQueue: TASK_QUEUES.control,
    parentClosePolicy: ParentClosePolicy.ABANDON,
    typedSearchAttributes: aboutModel(input.model, { step: 'guard' }),
    staticSummary: `Guard of ${input.model}, epoch ${String(swap.epoch)}`,
    args: [
      {
        model: input.model,
        epoch: swap.epoch,
        clock: input.clock,
        afterSession: swap.afterSession,
        measuredSessions: 0,
        consecutiveErrors: 0,
        correlationId: input.correlationId,
      },
    ],
  });
}

/** The emergency has already taken the open retrain's place in the registry; this ends the workflow itself. */
async function cancelSuperseded(workflowId: string): Promise<void> {
  try {
    await getExternalWorkflowHandle(workflowId).cancel();
  } catch {
    // It ended by itself in the meantime, which is all that is wanted.
  }
}

function failedGates(progress: RetrainProgress): string {
  const failed = progress.currentVerdicts.filter((verdict) => verdict.enforced && verdict.verdict !== 'pass');
  return failed.map((verdict) => `${verdict.gate}: ${verdict.reason}`).join('; ');
}
