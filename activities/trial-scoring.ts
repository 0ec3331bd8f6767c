import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArtifactRef } from '../contracts/primitives.ts';
import type { RunTrialResult, Trial } from '../contracts/training.ts';
import { sharedBytes, sharedFloats } from '../compute/shared-memory.ts';
import { fillPanel } from '../evaluation/panel.ts';
import { medianPath, predictionPaths } from '../evaluation/prediction-paths.ts';
import type { ScoringGround } from '../evaluation/trial-performance.ts';
import { type Predictions, readPredictions, writePredictions } from '../extraction/table-files.ts';
import { TrialsUnpaired } from './errors.ts';
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
    const paths = predictionPaths(rows);
    const played = [];
    for (const path of paths) {
      const chosen = pathOf(rows, path);
      const predictions = sharedFloats(fillPanel(ground.axes, chosen, chosen.prediction));
      const play = { ...common, portfolio: recipe.portfolio, predictions };
      played.push(await bench.compute.run('scoreTrial', play, { signal }));
    }
    const at = medianPath(played.map(({ annualisedSharpe }) => annualisedSharpe));
    const median = played[at];
    if (median === undefined) throw new TrialsUnpaired(`trial ${trialId} predicts nothing`);
    const { sessions, ...performance } = median;
    return {
      trial,
      sessions,
      score: {
        ...{ trialId, recipeHash, ...performance },
        pathSharpes: paths.length === 1 ? [] : played.map(({ annualisedSharpe }) => annualisedSharpe),
      },
      predictions: result.predictions,
      path: at,
    };
  };
  const scored: ScoredTrial[] = [];
  // A table of predictions is large: no more of them in memory than threads can work on.
  for (let first = 0; first < due.length; first += bench.compute.threads) {
    scored.push(...(await Promise.all(due.slice(first, first + bench.compute.threads).map(score))));
  }
  return scored;
}

/**
 * The predictions that a trial was scored on, one a row: those of the sidecar, or the path of a combinatorial plan that stands for
 * it, stored as a table of its own.
 */
export async function scoredPredictions(
  bench: Workbench,
  { score, predictions, path }: ScoredTrial,
): Promise<ArtifactRef> {
  if (score.pathSharpes.length === 0) return predictions;
  const rows = await readPredictions(await bench.artifacts.localFile(predictions));
  await mkdir(bench.scratchDir, { recursive: true });
  const folder = await mkdtemp(join(bench.scratchDir, 'path-'));
  try {
    const file = join(folder, 'path.parquet');
    await writePredictions(file, pathOf(rows, predictionPaths(rows)[path] ?? new Int32Array()));
    return await bench.artifacts.putFile(file, 'application/vnd.apache.parquet');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function pathOf(rows: Predictions, at: Int32Array): Predictions {
  if (at.length === rows.session.length) return rows;
  return {
    session: Array.from(at, (row) => rows.session[row] ?? ''),
    symbol: Array.from(at, (row) => rows.symbol[row] ?? ''),
    fold: Int32Array.from(at, (row) => rows.fold[row] ?? 0),
    prediction: Float64Array.from(at, (row) => rows.prediction[row] ?? Number.NaN),
  };
}

function inSharedMemory(ground: ScoringGround): ScoringGround {
  const { returns } = ground;
  return {
    ...ground,
    labels: sharedFloats(ground.labels),
    returns: { ...returns, ret: sharedFloats(returns.ret), tradable: sharedBytes(returns.tradable) },
  };
}
