import type { RunTrialResult, Trial } from '../contracts/training.ts';
import { sharedBytes, sharedFloats } from '../compute/shared-memory.ts';
import { fillPanel } from '../evaluation/panel.ts';
import type { ScoringGround } from '../evaluation/trial-performance.ts';
import { readPredictions } from '../extraction/table-files.ts';
import type { ScoredTrial } from './trial-pairing.ts';
import type { Workbench } from './workbench.ts';

/**
 * Turns the predictions of the trials into daily returns, as many at once as there are computing threads, in the order of the
 * results. What every trial is scored on lies in shared memory: it is not copied for each of them.
 *
 * @throws ComputeTaskStopped when the signal is aborted, and what the panels and the portfolio refuse
 */
export async function scoreTrials(
  bench: Workbench,
  ground: ScoringGround,
  plan: { readonly trials: readonly Trial[]; readonly results: readonly RunTrialResult[] },
  signal: AbortSignal,
): Promise<ScoredTrial[]> {
  const common = inSharedMemory(ground);
  const due = plan.results.flatMap((result) => {
    const trial = plan.trials.find(({ trialId }) => trialId === result.trialId);
    return trial === undefined ? [] : [{ trial, result }];
  });
  const score = async ({ trial, result }: (typeof due)[number]): Promise<ScoredTrial> => {
    const { trialId, recipeHash, recipe } = trial;
    const rows = await readPredictions(await bench.artifacts.localFile(result.predictions));
    const predictions = sharedFloats(fillPanel(ground.axes, rows, rows.prediction));
    const play = { ...common, portfolio: recipe.portfolio, predictions };
    const { sessions, ...performance } = await bench.compute.run('scoreTrial', play, { signal });
    return {
      trial,
      sessions,
      score: { trialId, recipeHash, ...performance },
      predictions: result.predictions,
    };
  };
  const scored: ScoredTrial[] = [];
  // A table of predictions is large: no more of them in memory than threads can work on.
  for (let first = 0; first < due.length; first += bench.compute.threads) {
    scored.push(...(await Promise.all(due.slice(first, first + bench.compute.threads).map(score))));
  }
  return scored;
}

function inSharedMemory(ground: ScoringGround): ScoringGround {
  const { returns } = ground;
  return {
    ...ground,
    labels: sharedFloats(ground.labels),
    returns: { ...returns, ret: sharedFloats(returns.ret), tradable: sharedBytes(returns.tradable) },
  };
}
