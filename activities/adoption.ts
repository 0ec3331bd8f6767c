import type { RetrainInput } from '../contracts/retrain.ts';
import type { GateVerdict } from '../contracts/verdict.ts';
import { storedSpec } from '../contracts/stored-spec.ts';
import { decisionInstant } from '../market/rules.ts';
import type { RetrainPlan } from './retrain-record.ts';
import { folderCalendar } from './scoring-ground.ts';
import type { LastSession } from './session-clock.ts';
import { planShadow } from './shadow-plan.ts';
import type { Workbench } from './workbench.ts';

export interface AdoptChallengerInput {
  readonly plan: RetrainPlan;
  readonly input: RetrainInput;
  /** Number of the version. */
  readonly challenger: number;
}

/** A named challenger in place of what the first six steps would have made. */
export interface Adoption {
  readonly versionId: string;
  readonly number: number;
  /** First link of this retrain's chain: the gates' verdicts as they were, and where they come from. */
  readonly gateEvidenceHash: string;
  readonly verdicts: GateVerdict[];
  readonly sessions: readonly string[];
  /** The newest session of its shadow. */
  readonly last: LastSession;
  /** The retrain that made it, in a sentence. */
  readonly madeBy: string;
  readonly powerCard: string;
}

export interface AdoptionActivities {
  adoptChallenger(input: AdoptChallengerInput): Promise<Adoption>;
}

export function adoptionActivities(bench: Workbench): AdoptionActivities {
  return { adoptChallenger: (input) => adoptChallenger(bench, input) };
}

/**
 * Takes a challenger that passed its shadow into an open retrain that makes nothing: the chain that quant leads sign begins with
 * the gates of the retrain that made it and goes on with the sessions that were measured. What is written is the same on every
 * attempt.
 *
 * @throws ChallengerNotPromotable, ShadowChallengerUnfit, VersionWithdrawn, VersionDeleted, VersionUnknown
 */
async function adoptChallenger(
  bench: Workbench,
  { plan, input, challenger }: AdoptChallengerInput,
): Promise<Adoption> {
  const { registry } = bench;
  const { retrainId } = plan;
  const spec = storedSpec(plan.spec);
  const calendar = await folderCalendar(spec);
  const known = calendar.between(calendar.at(0).date, input.asOf.slice(0, 10)).length - 1;
  const oldest = calendar.at(Math.max(0, known - spec.shadow.maxGateAgeSessions)).date;
  const adopted = await registry.adoptChallenger({
    retrainId,
    version: challenger,
    oldestAsOf: `${oldest}T00:00:00.000Z`,
  });
  const { versionId, version, number, source, sessions } = adopted;
  const { powerCard } = await planShadow(bench, { plan, versionId });
  const { retrainId: madeBy, asOf, gateEvidence, report, verdicts } = source;
  const { evidenceHash } = await registry.saveEvidence({
    ...{ kind: 'gate', retrainId, versionId, verdict: 'pass', verdicts },
    facts: { report, challenger: number, adopted: { retrainId: madeBy, asOf, gateEvidence } },
  });
  const session = sessions.at(-1) ?? '';
  return {
    ...{ versionId, number: version, gateEvidenceHash: evidenceHash, sessions },
    verdicts: [...verdicts],
    last: { session, decisionInstant: decisionInstant(calendar, session) },
    madeBy: `version ${String(version)} is taken over from ${madeBy}; its gates passed there`,
    powerCard: powerCard.text,
  };
}
