import { patched } from '@temporalio/workflow';
import type { RetrainPlan } from '../activities/retrain-record.ts';
import type { SessionTick } from '../activities/session-clock.ts';
import type { ShadowConclusion } from '../activities/shadow.ts';
import type { RetrainInput } from '../contracts/retrain.ts';
import { evaluation } from './activity-proxies.ts';
import { awaitSession } from './await-session.ts';
import type { Candidate } from './make-candidate.ts';
import { recordStep } from './record-step.ts';
import type { RetrainProgress } from './retrain-progress.ts';

export interface Shadow {
  readonly conclusion: ShadowConclusion;
  readonly last: SessionTick | null;
}

/**
 * Step 6: champion and challenger score the same rows on each of the next sessions. A crossed bound ends it early as a
 * fail; no timer ever turns an unfinished shadow into a pass.
 */
export async function runShadow(
  retrainId: string,
  plan: RetrainPlan,
  input: RetrainInput,
  candidate: Candidate,
  progress: RetrainProgress,
): Promise<Shadow> {
  const { spec } = plan;
  const { versionId } = candidate.packaged;
  await recordStep(retrainId, 'shadow', progress, `${String(spec.shadow.sessions)} sessions of the market`);
  // Histories from before the power card go on without it.
  if (patched('shadow-planned')) {
    const { powerCard } = await evaluation.planShadow.executeWithOptions({ summary: 'power card' }, [
      { plan, versionId },
    ]);
    progress.note('shadow', `before: ${powerCard.text}`);
  }
  let last: SessionTick | null = null;
  let failure: string | null = null;
  for (let count = 0; count < spec.shadow.sessions && failure === null; count += 1) {
    const after: string | null = last?.session ?? null;
    const place = `${String(count + 1)} of ${String(spec.shadow.sessions)}`;
    const tick: SessionTick = await awaitSession(
      { spec, clock: input.clock, after, asOf: input.asOf },
      ({ session, decisionInstant }) => {
        progress.await(`session ${session} (${place}), decided at ${decisionInstant}`);
      },
    );
    const day = await evaluation.scoreShadowSession.executeWithOptions(
      { summary: `shadow session ${tick.session}` },
      [
        {
          plan,
          versionId,
          session: tick.session,
          decisionInstant: tick.decisionInstant,
          calendarSha256: tick.calendarSha256,
          correlationId: input.correlationId,
        },
      ],
    );
    progress.addShadowSession(day.session, day.summary);
    if (day.verdict === 'fail') failure = day.reason;
    last = tick;
  }
  const conclusion = await evaluation.concludeShadow.executeWithOptions({ summary: 'shadow evidence' }, [
    {
      plan,
      versionId,
      gateEvidenceHash: candidate.judgement.gateEvidenceHash,
      expectedSessions: spec.shadow.sessions,
      failure,
    },
  ]);
  progress.note('shadow', `${conclusion.verdict}: ${conclusion.reason}`);
  return { conclusion, last };
}
