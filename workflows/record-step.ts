import type { RetrainStep } from '../contracts/retrain.ts';
import { control } from './activity-proxies.ts';
import type { RetrainProgress } from './retrain-progress.ts';

/** Moves a retrain to its next step, in the Temporal UI and in the registry. */
export async function recordStep(
  retrainId: string,
  step: RetrainStep,
  progress: RetrainProgress,
  awaiting: string,
): Promise<void> {
  progress.enter(step, awaiting);
  await control.recordStep.executeWithOptions({ summary: `step ${step}` }, [
    { retrainId, correlationId: progress.correlationId, step },
  ]);
}
