import { patched, sleep } from '@temporalio/workflow';
import type { RetrainPlan } from '../activities/retrain-record.ts';
import type { LastSession, SwapWindow } from '../activities/session-clock.ts';
import type { AcknowledgementResult, SwapResult } from '../activities/swap.ts';
import type { RetrainInput } from '../contracts/retrain.ts';
import { acknowledgement, control, data } from './activity-proxies.ts';
import { stepFailure } from './failure.ts';
import type { Objections } from './objections.ts';
import { recordStep } from './record-step.ts';
import type { RetrainProgress } from './retrain-progress.ts';
import { nowInstant, untilInstant } from './until-instant.ts';

/** How long the servers may take before the swap is called partial and pages; the lease plus a poll lies far below it. */
const ACKNOWLEDGEMENT_TIMEOUT_MS = 30_000;

export interface SwapIn {
  readonly epoch: number;
  readonly acknowledgement: AcknowledgementResult;
  /** Last session before the reign; the guard starts with the next one. */
  readonly afterSession: string;
}

/** Nothing was swapped: an objection stood until the approval expired. */
export interface Opposed {
  readonly standing: string;
}

/** What was approved, and who waits for it. */
export interface SwapOrder {
  readonly retrainId: string;
  readonly plan: RetrainPlan;
  readonly input: RetrainInput;
  readonly versionId: string;
  /** The evidence that was signed; it names the epoch. */
  readonly decisionEvidenceHash: string;
  readonly kind: 'promotion' | 'probation';
  /** Last session of the shadow; null: it had none. */
  readonly last: LastSession | null;
  readonly progress: RetrainProgress;
  readonly objections: Objections;
  /** When the approval expires, and with it the wait for an objection. */
  readonly expiresAt: string;
}

/** Step 8: compare-and-set on the epoch the evidence names, then the servers' acknowledgements. */
export async function swapIn(order: SwapOrder): Promise<SwapIn | Opposed> {
  const { retrainId, plan, input, versionId, decisionEvidenceHash, kind } = order;
  const { last, progress, objections, expiresAt } = order;
  const { spec } = plan;
  await recordStep(retrainId, 'swap', progress, 'the swap window');
  // Histories from before swapped without it.
  if (plan.champion !== null && patched('champion-backed-up-before-the-swap')) {
    progress.await('the backup of the champion');
    await data.backUpChampion.executeWithOptions(
      { summary: `back up version ${String(plan.champion.number)}` },
      [{ model: input.model, versionId: plan.champion.versionId }],
    );
    progress.await('the swap window');
  }
  const openWindow = async (): Promise<SwapWindow> => {
    progress.await('the swap window');
    const opening = await control.swapWindow({ spec, clock: input.clock, now: nowInstant() });
    await sleep(untilInstant(opening.opensAt), { summary: 'swap window' });
    return opening;
  };
  const promote = async (): Promise<SwapResult> => {
    progress.await('the servers');
    return await control.promoteChampion.executeWithOptions(
      { summary: `swap at epoch ${String(plan.epoch)}` },
      [
        {
          retrainId,
          model: input.model,
          versionId,
          expectedEpoch: plan.epoch,
          decisionEvidenceHash,
          kind,
          businessAt: businessInstant(input, last),
          idempotencyKey: `promote:${retrainId}:${versionId}`,
          correlationId: input.correlationId,
        },
      ],
    );
  };
  let window = await openWindow();
  let swap: SwapResult | null = null;
  // Histories from before were promoted without a look at objections.
  if (!patched('objections-hold-the-swap')) swap = await promote();
  while (swap === null) {
    const { waited, standing } = await objections.resolved(decisionEvidenceHash, expiresAt);
    if (standing !== null) return { standing };
    // The window may have closed while somebody objected.
    if (waited) window = await openWindow();
    swap = await unlessObjected(promote);
  }
  const answer = await acknowledgement.awaitAcknowledgement.executeWithOptions(
    { summary: 'acknowledged by servers' },
    [
      {
        model: input.model,
        epoch: swap.epoch,
        committedAt: swap.committedAt,
        timeoutMs: ACKNOWLEDGEMENT_TIMEOUT_MS,
        correlationId: input.correlationId,
      },
    ],
  );
  progress.note(
    'swap',
    `epoch ${String(swap.epoch)}, ${answer.status}, ${String(answer.acknowledgedBy.length)} servers in ${answer.elapsedMs.toFixed(0)} ms${firstTrades(window)}`,
  );
  return {
    epoch: swap.epoch,
    acknowledgement: answer,
    afterSession: last?.session ?? input.asOf.slice(0, 10),
  };
}

/** Null: somebody objected after the look, and the registry promoted nothing. */
async function unlessObjected(promote: () => Promise<SwapResult>): Promise<SwapResult | null> {
  try {
    return await promote();
  } catch (error) {
    if (stepFailure(error).code === 'OBJECTION_OPEN') return null;
    throw error;
  }
}

/** A worker of an earlier release does not say. */
function firstTrades({ firstTraded = null }: Partial<SwapWindow>): string {
  if (firstTraded === null) return '';
  const { session, settlesOn } = firstTraded;
  return `; decides from ${session} on${settlesOn === null ? '' : `, whose trades are settled on ${settlesOn}`}`;
}

/** On the live clock business time is now; on a replay it is the last session that the run has seen. */
function businessInstant(input: RetrainInput, last: LastSession | null): string {
  if (input.clock.mode === 'live') return nowInstant();
  return last?.decisionInstant ?? input.asOf;
}
