import type { ModelSpec } from '../contracts/spec.ts';
import { storedSpec } from '../contracts/stored-spec.ts';
import type { RetrainPlan } from './retrain-record.ts';
import type { Workbench } from './workbench.ts';

/** The spec under which the champion of a plan was made; null without a champion, or where no retrain made it. */
export async function specOfChampion(
  { registry }: Pick<Workbench, 'registry'>,
  plan: RetrainPlan,
): Promise<ModelSpec | null> {
  if (plan.champion === null) return null;
  const links = await registry.versionLinks({ versionId: plan.champion.versionId });
  const made = links.at(-1);
  if (made === undefined) return null;
  const retrain = await registry.getRetrain({ retrainId: made.retrainId });
  const { spec } = await registry.specByNumber({ model: plan.spec.model, number: retrain.specNumber });
  return storedSpec(spec);
}
