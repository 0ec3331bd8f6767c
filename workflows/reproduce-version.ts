import type { RebuiltFits, RebuiltInputs, ReproductionPlan } from '../activities/reproduction.ts';
import type { ReproduceInput, ReproductionReport } from '../contracts/reproduction.ts';
import { data, evaluation, limitsOfFit, trainingWithin } from './activity-proxies.ts';
import { stepFailure } from './failure.ts';
import { PARITY_ROWS } from './make-candidate.ts';

/**
 * Builds a version again from its record - snapshot, trials, model - and compares. It writes nothing but artifacts, adds no
 * trial to the ledger and takes no checkpoint of an earlier fit.
 */
export async function reproduceVersion(input: ReproduceInput): Promise<ReproductionReport> {
  const plan = await evaluation.planReproduction.executeWithOptions(
    { summary: `what version ${String(input.version)} of ${input.model} was made from` },
    [input],
  );
  const inputs = await data.rebuildInputs.executeWithOptions(
    { summary: `extract as known at ${plan.asOf}` },
    [{ plan }],
  );
  const fits = await fitAgain(input.correlationId, plan, inputs);
  return await evaluation.compareReproduction.executeWithOptions({ summary: 'compare' }, [
    { plan, inputs, fits },
  ]);
}

async function fitAgain(
  correlationId: string,
  plan: ReproductionPlan,
  inputs: RebuiltInputs,
): Promise<RebuiltFits> {
  const { rows, folds, trainFrom, trainTo, maxSeconds } = inputs;
  const { seed, environment, iterations } = plan.manifest.identity;
  const { threads } = environment;
  const lastFold = folds.at(-1);
  if (rows === null || lastFold === undefined) {
    return { trials: [], final: null, failure: 'no rows to fit on' };
  }
  const limits = limitsOfFit(maxSeconds);
  const fits = trainingWithin(limits);
  const trials = await Promise.all(
    plan.trials.map(async ({ trial }, index) => {
      const { trialId } = trial;
      try {
        const result = await fits.runTrial.executeWithOptions(
          { summary: `trial ${String(index + 1)} of ${String(plan.trials.length)}` },
          [{ correlationId, rows, trial, folds, seed, threads, maxSeconds, checkpoints: 'ignore' }],
        );
        return { trialId, result, failure: '' };
      } catch (error) {
        return { trialId, result: null, failure: failureText(error) };
      }
    }),
  );
  const [chosen] = plan.trials;
  const predictions = trials[0]?.result?.predictions;
  if (chosen === undefined || predictions === undefined) return { trials, final: null, failure: '' };
  try {
    const final = await fits.fitFinal.executeWithOptions({ summary: 'final fit' }, [
      {
        ...{ correlationId, rows, trial: chosen.trial, iterations, trainFrom, trainTo, lastFold },
        ...{ lastFoldPredictions: predictions, seed, threads, maxSeconds, parityRows: PARITY_ROWS },
        checkpoints: 'ignore',
      },
    ]);
    return { trials, final, failure: '' };
  } catch (error) {
    return { trials, final: null, failure: failureText(error) };
  }
}

function failureText(error: unknown): string {
  const { kind, code, message } = stepFailure(error);
  if (kind === 'cancelled') throw error;
  return `${code}: ${message}`;
}
