import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trialOf } from '../../../activities/ledger-rescore.ts';
import { scoredPredictions, scoreTrials } from '../../../activities/trial-scoring.ts';
import type { ScoredTrial } from '../../../activities/trial-pairing.ts';
import type { Workbench } from '../../../activities/workbench.ts';
import type { ArtifactRef } from '../../../contracts/primitives.ts';
import { ModelSpec } from '../../../contracts/spec.ts';
import type { Recipe, RunTrialResult, Trial } from '../../../contracts/training.ts';
import { fillPanel, FULLY_TRADABLE, panelAxes } from '../../../evaluation/panel.ts';
import { DEFAULT_PARAMETERS } from '../../../evaluation/recipe-search.ts';
import { type ScoringGround, trialPerformance } from '../../../evaluation/trial-performance.ts';
import { type Predictions, readPredictions, writePredictions } from '../../../extraction/table-files.ts';
import { marketRules, tradingCosts } from '../../../market/rules.ts';
import { shippedCalendar } from '../../../market/shipped-calendar.ts';
import { FolderArtifactStore } from '../../../registry/artifacts/folder-store.ts';
import { Philox } from '../../../stats/philox.ts';

const SPEC = ModelSpec.parse({ model: 'tw-alpha', market: 'XTAI', data: './data' });
const SESSIONS = shippedCalendar('XTAI').between('2020-01-02', '2020-06-30');
const SYMBOLS = Array.from({ length: 12 }, (_, at) => `S${String(at).padStart(2, '0')}`);
const AXES = panelAxes(SESSIONS, SYMBOLS);
const CELLS = SESSIONS.length * SYMBOLS.length;
const RANDOM = new Philox(11, 1);
const RETURNS = Float64Array.from({ length: CELLS }, () => 0.02 * (2 * RANDOM.nextUniform() - 1));

const GROUND: ScoringGround = {
  axes: AXES,
  returns: { axes: AXES, ret: RETURNS, tradable: new Uint8Array(CELLS).fill(FULLY_TRADABLE) },
  labels: RETURNS,
  ...{ portfolio: SPEC.portfolio, label: SPEC.label, annualSessions: 245 },
  costs: tradingCosts(marketRules('XTAI'), 'none'),
};

/** What will be earned over the next week, to the sign: a path that knows, one that is always wrong, and one that guesses. */
function knowing(cell: number, sign: number): number {
  let sum = 0;
  for (let ahead = 1; ahead <= 6; ahead += 1) sum += RETURNS[cell + ahead * SYMBOLS.length] ?? 0;
  return sign * sum;
}

const PATHS = [
  (cell: number) => knowing(cell, 1),
  (cell: number) => knowing(cell, -1),
  (cell: number) => ((cell * 7919) % 101) / 101,
];

function predictions(paths: readonly ((cell: number) => number)[]): Predictions {
  const session: string[] = [];
  const symbol: string[] = [];
  const fold: number[] = [];
  const prediction: number[] = [];
  for (let cell = 0; cell < CELLS; cell += 1) {
    for (const [number, path] of paths.entries()) {
      session.push(SESSIONS[Math.floor(cell / SYMBOLS.length)] ?? '');
      symbol.push(SYMBOLS[cell % SYMBOLS.length] ?? '');
      fold.push(number);
      prediction.push(path(cell));
    }
  }
  return { session, symbol, fold: Int32Array.from(fold), prediction: Float64Array.from(prediction) };
}

const RECIPE: Recipe = {
  ...{ market: 'XTAI', featureSet: 'price_volume', features: ['reversal_5'] },
  ...{ label: SPEC.label, portfolio: SPEC.portfolio, params: DEFAULT_PARAMETERS },
  fitting: { monotone: {}, weightHalfLifeSessions: 0 },
  foldPlan: { sessions: 120, groups: 6, testGroups: 2, purgeSessions: 6, embargoSessions: 7 },
};
const TRIAL: Trial = trialOf(RECIPE, '2020-07-01T00:00:00.000Z');

let folder = '';
let bench: Workbench;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'contender-paths-'));
  bench = {
    artifacts: new FolderArtifactStore(join(folder, 'artifacts')),
    scratchDir: join(folder, 'scratch'),
    compute: {
      threads: 1,
      run: (_: string, play: Parameters<typeof trialPerformance>[0]) =>
        Promise.resolve(trialPerformance(play)),
    },
  } as unknown as Workbench;
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function stored(paths: readonly ((cell: number) => number)[]): Promise<ArtifactRef> {
  // Several are written at the same time.
  const file = join(folder, `${randomUUID()}.parquet`);
  await writePredictions(file, predictions(paths));
  return bench.artifacts.putFile(file, 'application/vnd.apache.parquet');
}

async function scored(paths: readonly ((cell: number) => number)[]): Promise<ScoredTrial> {
  const result: RunTrialResult = {
    ...{ trialId: TRIAL.trialId, predictions: await stored(paths), bestIterations: [1] },
    ...{ foldSeconds: [1], predictedRows: CELLS, origin: null },
  };
  const plan = { trials: [TRIAL], results: [result] };
  const [one] = await scoreTrials(bench, GROUND, plan, new AbortController().signal);
  if (one === undefined) throw new Error('nothing was scored');
  return one;
}

describe('scoring a trial of a combinatorial plan', () => {
  it('lets the path of the lower median Sharpe ratio stand for it, and tells those of all', async () => {
    const one = await scored(PATHS);
    const alone = await Promise.all(PATHS.map((path) => scored([path])));
    expect(one.score.pathSharpes).toEqual(alone.map(({ score }) => score.annualisedSharpe));
    const [best, worst, guess] = one.score.pathSharpes;
    expect(best ?? 0).toBeGreaterThan(guess ?? 0);
    expect(worst ?? 0).toBeLessThan(guess ?? 0);
    expect(one.path).toBe(2);
    expect(one.score.netReturns).toEqual(alone[2]?.score.netReturns);
  });

  it('hands on one prediction a row, those of that path', async () => {
    const ref = await scoredPredictions(bench, await scored(PATHS));
    const rows = await readPredictions(await bench.artifacts.localFile(ref));
    expect(new Set(rows.fold)).toEqual(new Set([2]));
    expect([...fillPanel(AXES, rows, rows.prediction)]).toEqual(
      Array.from({ length: CELLS }, (_, cell) => PATHS[2]?.(cell)),
    );
  });

  it('leaves the predictions of a walk-forward as the sidecar made them', async () => {
    const one = await scored(PATHS.slice(0, 1));
    expect(one.score.pathSharpes).toEqual([]);
    expect(await scoredPredictions(bench, one)).toEqual(one.predictions);
  });
});
