import { Context } from '@temporalio/activity';
import { canonicalJson } from '../contracts/canonical.ts';
import type { ArtifactRef } from '../contracts/primitives.ts';
import type { SnapshotRef } from '../contracts/snapshot.ts';
import type { ModelSpec } from '../contracts/spec.ts';
import { TrainingSpec } from '../contracts/training-spec.ts';
import type { FoldPlan, Recipe, RunTrialResult, Trial } from '../contracts/training.ts';
import { SearchMemory, type TrialSearch } from '../contracts/trial-search.ts';
import { proposeRecipes } from '../evaluation/recipe-proposal.ts';
import { groupByPrefix, type RecipeSearchInput } from '../evaluation/recipe-search.ts';
import { contentHash } from './content-hash.ts';
import { trialOf } from './ledger-rescore.ts';
import type { RetrainPlan } from './retrain-record.ts';
import { loadGround } from './scoring-ground.ts';
import { scoreTrials } from './trial-scoring.ts';
import type { Workbench } from './workbench.ts';

export interface ProposeTrialsInput {
  readonly plan: RetrainPlan;
  readonly snapshot: SnapshotRef;
  readonly asOf: string;
  readonly search: NonNullable<TrialSearch>;
  /** Those of `search.newest`. */
  readonly trials: readonly Trial[];
  /** Of those that gave one. */
  readonly results: readonly RunTrialResult[];
}

export interface Proposal {
  readonly trials: Trial[];
  readonly search: TrialSearch;
}

/** Trials of the first generation of `tpe`, drawn at random: Optuna's default as well. */
const FIRST_GENERATION = 10;

/** How many trials are drawn before anything is known of them. */
export const firstGeneration = ({
  search,
  trials,
  generation,
}: Pick<TrainingSpec, 'search' | 'trials' | 'generation'>): number =>
  search === 'random' ? trials : Math.min(trials, Math.max(FIRST_GENERATION, generation));

/** What recipes of a retrain are drawn, or proposed, from. */
export function searchInput(
  { market, features, label, portfolio, training }: ModelSpec,
  { featureNames }: Pick<SnapshotRef, 'featureNames'>,
  asOf: string,
): RecipeSearchInput {
  return {
    ...{ market, featureSet: features, featureNames, label, portfolio, training },
    groupOf: groupByPrefix,
    month: asOf.slice(0, 7),
  };
}

/** The search after its first generation; null when that was all. */
export async function beginSearch(
  { artifacts }: Pick<Workbench, 'artifacts'>,
  input: {
    readonly training: TrainingSpec;
    readonly drawn: readonly Trial[];
    /** Everything that this retrain fits: those drawn, the champion's recipe, recipes of the ledger. */
    readonly planned: readonly Trial[];
    readonly foldPlan: FoldPlan;
  },
): Promise<TrialSearch> {
  const { training, drawn, planned, foldPlan } = input;
  if (drawn.length >= training.trials) return null;
  const taken = planned.map(({ recipe }) => contentHash({ ...recipe, foldPlan }));
  const memory = await remember({ artifacts }, { schema: 1, told: [], taken });
  return afterwards(training.trials - drawn.length, drawn, memory);
}

/**
 * Scores the newest generation and proposes the next, announced in the ledger before any of it is fitted. Trials are told in the
 * order in which they were planned, whenever they ended; one that failed is told as such.
 */
export async function proposeTrials(bench: Workbench, input: ProposeTrialsInput): Promise<Proposal> {
  const { plan, snapshot, asOf, search } = input;
  const spec = { ...plan.spec, training: TrainingSpec.parse(plan.spec.training) };
  const memory = SearchMemory.parse(
    JSON.parse(Buffer.from(await bench.artifacts.get(search.memory)).toString('utf8')),
  );
  const { ground } = await loadGround(bench, spec, snapshot);
  const scored = await scoreTrials(bench, ground, input, Context.current().cancellationSignal);
  const told = search.newest.flatMap((trialId) => {
    const trial = input.trials.find((one) => one.trialId === trialId);
    if (trial === undefined) return [];
    const { features, params } = trial.recipe;
    const result = scored.find((one) => one.trial.trialId === trialId);
    return [{ features, params, sharpe: result?.score.annualisedSharpe ?? null }];
  });
  const all = [...memory.told, ...told];
  const taken = new Set(memory.taken);
  const recipes = proposeRecipes(
    searchInput(spec, snapshot, asOf),
    all,
    (recipe: Recipe) => taken.has(contentHash(recipe)),
    Math.min(search.remaining, spec.training.generation),
  );
  const trials = recipes.map((recipe) => trialOf(recipe, asOf));
  await bench.registry.announceTrials({ retrainId: plan.retrainId, trials });
  const next = await remember(bench, {
    ...{ schema: 1, told: all },
    taken: [...memory.taken, ...recipes.map((recipe) => contentHash(recipe))],
  });
  return { trials, search: afterwards(search.remaining - trials.length, trials, next) };
}

const remember = ({ artifacts }: Pick<Workbench, 'artifacts'>, memory: SearchMemory): Promise<ArtifactRef> =>
  artifacts.put(Buffer.from(canonicalJson(memory)), 'application/json');

const afterwards = (remaining: number, newest: readonly Trial[], memory: ArtifactRef): TrialSearch =>
  remaining > 0 ? { remaining, newest: newest.map(({ trialId }) => trialId), memory } : null;
