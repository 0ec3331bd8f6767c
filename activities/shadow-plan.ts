import { type PowerCard, powerCard } from '../evaluation/power-card.ts';
import { marketRules } from '../market/rules.ts';
import { unfitFor } from '../registry/challengers.ts';
import { ShadowChallengerUnfit, VersionWithdrawn } from '../registry/errors.ts';
import type { RetrainPlan } from './retrain-record.ts';
import type { Workbench } from './workbench.ts';

export interface PlanShadowInput {
  readonly plan: RetrainPlan;
  readonly versionId: string;
}

/** What is known before the first session of a shadow. */
export interface ShadowPlan {
  readonly powerCard: PowerCard;
}

export const cardOf = ({ spec }: RetrainPlan, sessions: number): PowerCard =>
  powerCard({
    sessions,
    sessionsPerYear: marketRules(spec.market).annualSessions,
    horizonSessions: spec.label.horizonSessions,
    entryDelaySessions: spec.label.entryDelaySessions,
  });

/**
 * Says what the shadow's sessions will be able to show, and refuses a challenger that cannot be held against this champion.
 *
 * @throws VersionUnknown (a version of another model), ShadowChallengerUnfit, VersionWithdrawn
 */
export async function planShadow({ registry }: Workbench, input: PlanShadowInput): Promise<ShadowPlan> {
  const { plan, versionId } = input;
  const { spec } = plan;
  const challenger = await registry.getVersion({ model: spec.model, version: versionId });
  const { identity } = challenger.manifest;
  const unfit = (what: string): ShadowChallengerUnfit =>
    new ShadowChallengerUnfit(`version ${String(challenger.number)} of ${spec.model} ${what}`, {
      remedy: 'Start a retrain under the spec in force.',
      details: { model: spec.model, version: challenger.number },
    });
  const reason = unfitFor(identity, spec);
  if (reason !== null) throw unfit(reason);
  if (versionId === plan.champion?.versionId) throw unfit('is the champion itself');
  const retrain = await registry.getRetrain({ retrainId: plan.retrainId });
  const withdrawn = (await registry.withdrawals({ model: spec.model })).find(
    (each) => each.versionId === versionId && each.recordedAt >= retrain.startedAt,
  );
  if (withdrawn !== undefined) {
    throw new VersionWithdrawn(
      `version ${String(challenger.number)} was withdrawn by ${withdrawn.subject}: ${withdrawn.reason}`,
      { remedy: 'Start another retrain: what it makes is judged anew.' },
    );
  }
  return { powerCard: cardOf(plan, spec.shadow.sessions) };
}
