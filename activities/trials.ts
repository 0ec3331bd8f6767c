import { Context } from '@temporalio/activity';
import { canonicalJson } from '../contracts/canonical.ts';
import type { ArtifactRef } from '../contracts/primitives.ts';
import type { SnapshotRef } from '../contracts/snapshot.ts';
import { TrainingSpec } from '../contracts/training-spec.ts';
import {
  type FitFinalInput,
  type FitFinalResult,
  type Fold,
  type Recipe,
  type RunTrialInput,
  RunTrialResult,
  type Trial,
} from '../contracts/training.ts';
import { trainedManifest } from '../contracts/version.ts';
import { foldPlanOf, planFolds } from '../evaluation/fold-plan.ts';
import type { TrialSearch } from '../contracts/trial-search.ts';
import { searchRecipes } from '../evaluation/recipe-search.ts';
import { ChampionNotRefittable, TrialsUnpaired } from './errors.ts';
import { recordLedger } from './ledger-record.ts';
import { type LedgerPlan, planRescore, trialOf } from './ledger-rescore.ts';
import type { RetrainPlan } from './retrain-record.ts';
import { folderCalendar, loadGround } from './scoring-ground.ts';
import { chooseTrial, type Route } from './trial-choice.ts';
import { pairTrials } from './trial-pairing.ts';
import {
  beginSearch,
  firstGeneration,
  type Proposal,
  proposeTrials,
  type ProposeTrialsInput,
  searchInput,
} from './trial-search.ts';
import { scoredPredictions, scoreTrials } from './trial-scoring.ts';
import type { TrialScore, TrialScores } from './trial-scores.ts';
import { requireSameOrigin } from './training-origin.ts';
import type { Workbench } from './workbench.ts';

export interface PlanTrialsInput {
  readonly plan: RetrainPlan;
  readonly snapshot: SnapshotRef;
  readonly asOf: string;
}

export interface TrialPlan {
  readonly folds: Fold[];
  /** Those of this retrain, then the recipes of the ledger that are scored beside them. */
  readonly trials: Trial[];
  /** What is to be proposed from how these do. */
  readonly search: TrialSearch;
  readonly ledger: LedgerPlan;
  /** The champion's recipe on these folds: the benchmark. Null before the first champion. */
  readonly championTrialId: string | null;
  /** The final fit sees as many sessions as a fold does, up to the newest label. */
  readonly finalTrainFrom: string;
  readonly seed: number;
  readonly threads: number;
  readonly maxSeconds: number;
}

export interface SelectTrialInput extends PlanTrialsInput {
  readonly trialPlan: TrialPlan;
  readonly results: readonly RunTrialResult[];
  /** Trials that gave no result. */
  readonly failures: readonly TrialFailure[];
}

export interface TrialFailure {
  readonly trialId: string;
  readonly code: string;
  readonly message: string;
}

export interface TrialSelection {
  readonly selectedTrialId: string;
  readonly route: Route;
  readonly iterations: number;
  /** Net daily returns, turnover and rank IC of every trial: canonical JSON in the artifact store. */
  readonly scores: ArtifactRef;
  /** Out-of-sample predictions of the chosen trial, one a row: of a combinatorial plan, those of the path that stands for it. */
  readonly predictions: ArtifactRef;
  readonly summary: string;
}

export interface TrialActivities {
  /** Draws the trials and announces them in the ledger, before any of them is fitted. */
  planTrials(input: PlanTrialsInput): Promise<TrialPlan>;
  /** The next generation of a search that has more than one. */
  proposeTrials(input: ProposeTrialsInput): Promise<Proposal>;
  /** Turns predictions into returns, writes the ledger rows, chooses the trial to promote. */
  selectTrial(input: SelectTrialInput): Promise<TrialSelection>;
}

/** The Python sidecar's activities on the `training` queue. */
export interface SidecarActivities {
  runTrial(input: RunTrialInput): Promise<RunTrialResult>;
  fitFinal(input: FitFinalInput): Promise<FitFinalResult>;
}

export function trialActivities(bench: Workbench): TrialActivities {
  return {
    planTrials: (input) => planTrials(bench, input),
    proposeTrials: (input) => proposeTrials(bench, input),
    selectTrial: (input) => selectTrial(bench, input),
  };
}

async function planTrials(bench: Workbench, input: PlanTrialsInput): Promise<TrialPlan> {
  const { plan, snapshot, asOf } = input;
  // A spec of before a field existed meant its default.
  const spec = { ...plan.spec, training: TrainingSpec.parse(plan.spec.training) };
  const { shape } = snapshot;
  const calendar = await folderCalendar(spec);
  const sessions = calendar.between(shape.firstSession, shape.lastSession);
  const folds = planFolds({
    sessions,
    lastLabelSession: shape.lastLabelSession,
    training: spec.training,
    label: spec.label,
  });
  const foldPlan = foldPlanOf(spec.training, spec.label);
  const { training } = spec;
  const recipes = searchRecipes({
    ...searchInput(spec, snapshot, asOf),
    training: { ...training, trials: firstGeneration(training) },
  });
  const champion = await championRecipe(bench, plan, snapshot);
  const benchmark = champion === null ? null : trialOf({ ...champion, foldPlan }, asOf);
  const drawn = recipes.map((recipe) => trialOf(recipe, asOf));
  const extra =
    benchmark !== null && drawn.every((trial) => trial.trialId !== benchmark.trialId) ? [benchmark] : [];
  const own = [...drawn, ...extra];
  const { recipes: ledger } = await bench.registry.ledger({ model: spec.model });
  const rescore = planRescore({ ledger, drawn: own, spec, snapshot, foldPlan, asOf });
  await bench.registry.announceTrials({ retrainId: plan.retrainId, trials: own });
  const planned = [...own, ...rescore.trials];
  return {
    folds,
    trials: planned,
    search: await beginSearch(bench, { training, drawn, planned, foldPlan }),
    ledger: rescore.plan,
    championTrialId: benchmark?.trialId ?? null,
    finalTrainFrom: finalTrainFrom(sessions, shape, spec.training.trainSessions),
    seed: spec.training.seed,
    threads: bench.trainingThreads,
    maxSeconds: spec.training.maxMinutes * 60,
  };
}

/** The final fit sees as many sessions as a fold does, up to the newest label. */
export function finalTrainFrom(
  sessions: readonly string[],
  shape: SnapshotRef['shape'],
  trainSessions: number,
): string {
  const lastLabel = sessions.indexOf(shape.lastLabelSession);
  return sessions[Math.max(0, lastLabel - trainSessions + 1)] ?? shape.firstSession;
}

/** @throws ChampionNotRefittable */
async function championRecipe(
  { registry }: Workbench,
  plan: RetrainPlan,
  snapshot: SnapshotRef,
): Promise<Recipe | null> {
  if (plan.champion === null) return null;
  const version = await registry.getVersion({ model: plan.spec.model, version: plan.champion.versionId });
  const made = trainedManifest(version.manifest);
  if (made === null) {
    throw new ChampionNotRefittable(`version ${String(version.number)} was made by no retrain`, {
      remedy: 'Roll back to a champion that a retrain made.',
    });
  }
  const { recipe } = made.identity;
  const missing = recipe.features.filter((name) => !snapshot.featureNames.includes(name));
  if (missing.length === 0) return recipe;
  throw new ChampionNotRefittable(
    `version ${String(version.number)} uses ${missing.join(', ')}, which ${plan.spec.features} does not have`,
    { remedy: 'Add the features to the set, so that the new recipe has something to be compared with.' },
  );
}

async function selectTrial(bench: Workbench, input: SelectTrialInput): Promise<TrialSelection> {
  const { plan, snapshot, trialPlan, results } = input;
  // A result of before sidecars said who they are has no origin.
  requireSameOrigin(results.map(({ origin }) => RunTrialResult.shape.origin.parse(origin)));
  const { ground } = await loadGround(bench, plan.spec, snapshot);
  const { cancellationSignal } = Context.current();
  const scored = await scoreTrials(bench, ground, { ...trialPlan, results }, cancellationSignal);
  await recordLedger(bench, input, scored);
  const scores = pairTrials(trialPlan, scored, input.failures);
  const stored = await bench.artifacts.put(Buffer.from(canonicalJson(scores)), 'application/json');
  const own = scores.trials.filter((trial) => !scores.ledger.rescored.includes(trial.trialId));
  const { chosen, route } = chooseTrial(own, trialPlan.championTrialId, {
    minSharpeImprovement: plan.spec.gates.minSharpeImprovement,
    alpha: plan.spec.gates.spaAlpha,
    holdSessions: plan.spec.portfolio.holdSessions,
    annualSessions: ground.annualSessions,
  });
  const chosenResult = results.find((result) => result.trialId === chosen.trialId);
  const chosenScored = scored.find(({ trial }) => trial.trialId === chosen.trialId);
  if (chosenResult === undefined || chosenScored === undefined)
    throw new TrialsUnpaired('the chosen trial has no result');
  return {
    selectedTrialId: chosen.trialId,
    route,
    iterations: medianIterations(chosenResult.bestIterations),
    scores: stored,
    predictions: await scoredPredictions(bench, chosenScored),
    summary: summarise(scores, own, scored.length - scores.trials.length, chosen, route),
  };
}

function summarise(
  scores: TrialScores,
  own: readonly TrialScore[],
  idle: number,
  chosen: TrialScore,
  route: Route,
): string {
  const sharpes = own.map((trial) => trial.annualisedSharpe).filter((value) => value !== null);
  const range = `${Math.min(...sharpes).toFixed(2)} to ${Math.max(...sharpes).toFixed(2)}`;
  const ic = chosen.meanRankIc === null ? 'none' : chosen.meanRankIc.toFixed(4);
  const { rescored, rescorable } = scores.ledger;
  const beside =
    rescorable === 0 ? '' : ` beside ${String(rescored.length)} of ${String(rescorable)} ledger recipes`;
  const left = idle === 0 ? '' : `, ${String(idle)} that never trade left out`;
  return `${String(own.length)} trials${beside}${left} on ${String(scores.sessions.length)} paired sessions, net Sharpe ${range}; chosen ${chosen.trialId.slice(0, 8)} (${route}) with ${chosen.annualisedSharpe?.toFixed(2) ?? 'none'}, rank IC ${ic}`;
}

/** Rounds of the final fit: the lower median of the folds'. */
export function medianIterations(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 1;
}
