import type { PackagedVersion } from '../activities/packaging.ts';
import type { RetrainPlan } from '../activities/retrain-record.ts';
import type { LastSession } from '../activities/session-clock.ts';
import type { ShadowConclusion } from '../activities/shadow.ts';
import type { RetrainInput } from '../contracts/retrain.ts';
import { evaluation } from './activity-proxies.ts';
import { recordStep } from './record-step.ts';
import type { RetrainProgress } from './retrain-progress.ts';

export interface AdoptedCandidate {
  readonly made: Pick<PackagedVersion, 'versionId' | 'number'>;
  readonly conclusion: ShadowConclusion;
  readonly last: LastSession;
}

/**
 * A named challenger in the place of steps 1 to 6: its version, the gates of the retrain that made it, and the sessions that were
 * measured beside the champion in force, summed up under the spec in force.
 */
export async function adoptChallenger(
  retrainId: string,
  plan: RetrainPlan,
  input: RetrainInput,
  challenger: number,
  progress: RetrainProgress,
): Promise<AdoptedCandidate> {
  const adopted = await evaluation.adoptChallenger.executeWithOptions(
    { summary: `take over challenger ${String(challenger)}` },
    [{ plan, input, challenger }],
  );
  const { versionId, number, gateEvidenceHash, verdicts, sessions, last, madeBy, powerCard } = adopted;
  progress.madeVersion(number);
  progress.addVerdicts(verdicts);
  progress.note('judge', madeBy);
  await recordStep(retrainId, 'shadow', progress, 'the record of its shadow');
  for (const session of sessions) progress.addShadowSession(session, 'measured beside the champion');
  const conclusion = await evaluation.concludeShadow.executeWithOptions({ summary: 'shadow evidence' }, [
    { plan, versionId, gateEvidenceHash, expectedSessions: plan.spec.shadow.sessions, failure: null },
  ]);
  progress.note('shadow', `${conclusion.verdict}: ${conclusion.reason}; ${powerCard}`);
  return { made: { versionId, number }, conclusion, last };
}
