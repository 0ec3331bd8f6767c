import { canonicalJson } from '../contracts/canonical.ts';
import type { Market } from '../contracts/primitives.ts';
import type { LabelSpec, PortfolioSpec } from '../contracts/spec.ts';
import type { TrainingSpec } from '../contracts/training-spec.ts';
import type { HyperParameters, Recipe } from '../contracts/training.ts';
import { Philox } from '../stats/philox.ts';
import { EvaluationInputInvalid } from './errors.ts';
import { foldPlanOf } from './fold-plan.ts';
import { CHOICES, groupBounds, RANGES, rangeValue } from './recipe-space.ts';

export interface RecipeSearchInput {
  readonly market: Market;
  readonly featureSet: string;
  /** Columns of the snapshot in order. */
  readonly featureNames: readonly string[];
  /** Features of one group measure one thing; a recipe uses a group whole or not at all. */
  readonly groupOf: (feature: string) => string;
  readonly label: LabelSpec;
  readonly portfolio: PortfolioSpec;
  /** Month of the as-of instant in UTC, YYYY-MM, as trials count months. */
  readonly month: string;
  readonly training: Pick<
    TrainingSpec,
    | 'trials'
    | 'draws'
    | 'seed'
    | 'trainSessions'
    | 'testSessions'
    | 'embargoSessions'
    | 'folds'
    | 'groups'
    | 'testGroups'
    | 'maxFolds'
    | 'objective'
    | 'monotone'
    | 'weightHalfLifeSessions'
  >;
}

/** `momentum_60` belongs to `momentum`. */
export const groupByPrefix = (feature: string): string => feature.split('_')[0] ?? feature;

/**
 * What the search begins with: small trees, slow learning, every leaf an average over a full cross-section of names.
 * Sensible for noisy labels at any size of universe; trials have to beat it.
 */
export const DEFAULT_PARAMETERS: HyperParameters = {
  objective: 'regression',
  numLeaves: 15,
  learningRate: 0.05,
  maxIterations: 150,
  earlyStoppingRounds: 0,
  minDataInLeaf: 200,
  featureFraction: 0.7,
  baggingFraction: 0.8,
  lambdaL2: 1,
  maxBin: 255,
};

/** Draws spent on a set of groups that no recipe has yet, before one is accepted again. */
const PATIENCE = 20;

/**
 * Draws `training.trials` recipes at random, all different. The first is the default with every feature; each other has
 * its own hyper-parameters and its own feature groups. The groups make trials differ in what they believe and not only
 * in how they fit: the probability of backtest overfitting over twenty copies of one model would say nothing.
 *
 * Deterministic in `training.seed`, in the feature names and, unless `training.draws` is `fixed`, in the month; trial n is the
 * same whatever the number of trials.
 * Throws `EvaluationInputInvalid` without features, with a name twice, or with a constraint on a feature that is not there.
 */
export function searchRecipes(input: RecipeSearchInput): Recipe[] {
  const { featureNames, training } = input;
  if (featureNames.length === 0 || new Set(featureNames).size !== featureNames.length) {
    throw new EvaluationInputInvalid('recipes need features, each named once', {
      details: { featureNames: [...featureNames] },
    });
  }
  const unknown = Object.keys(training.monotone).filter((feature) => !featureNames.includes(feature));
  if (unknown.length > 0) {
    throw new EvaluationInputInvalid(`training.monotone names ${unknown.join(', ')}, which is no feature`, {
      remedy: `The feature set has: ${featureNames.join(', ')}.`,
      details: { unknown },
    });
  }
  const first = firstStream(input);
  const groups = groupsOf(input);
  const recipes = [recipeOf(input, featureNames, DEFAULT_PARAMETERS)];
  const seen = new Set([canonicalJson(recipes[0])]);
  const seenGroups = new Set<string>();
  for (let trial = 1; recipes.length < training.trials; trial += 1) {
    const recipe = drawRecipe(input, groups, new Philox(training.seed, first + trial), seenGroups);
    const identity = canonicalJson(recipe);
    if (seen.has(identity)) continue;
    seen.add(identity);
    recipes.push(recipe);
  }
  return recipes;
}

/** One recipe at random, if possible with a set of groups that is not among those seen, to which it is added. */
export function drawRecipe(
  input: RecipeSearchInput,
  groups: readonly string[],
  random: Philox,
  seenGroups: Set<string>,
): Recipe {
  let chosen = drawGroups(random, groups);
  for (let draw = 0; draw < PATIENCE && seenGroups.has(chosen.join()); draw += 1) {
    chosen = drawGroups(random, groups);
  }
  seenGroups.add(chosen.join());
  const features = input.featureNames.filter((feature) => chosen.includes(input.groupOf(feature)));
  return recipeOf(input, features, drawParameters(random));
}

/** Streams of the generator that one month may use: far more than trials and draws that came out twice. */
export const STREAMS_PER_MONTH = 65_536;

/** The first stream of the generator that belongs to the month of a search. */
export function firstStream({ month, training }: Pick<RecipeSearchInput, 'month' | 'training'>): number {
  return training.draws === 'fixed' ? 0 : monthNumber(month) * STREAMS_PER_MONTH;
}

/** Groups of the features, in their order. */
export const groupsOf = ({
  featureNames,
  groupOf,
}: Pick<RecipeSearchInput, 'featureNames' | 'groupOf'>): readonly string[] => [
  ...new Set(featureNames.map((feature) => groupOf(feature))),
];

/** Months since the year 2000, above zero: the streams of `fixed` are those of month zero. */
function monthNumber(month: string): number {
  const number = (Number(month.slice(0, 4)) - 2000) * 12 + Number(month.slice(5, 7));
  if (/^\d{4}-\d{2}$/u.test(month) && number > 0) return number;
  throw new EvaluationInputInvalid(`${month} is not a month of this century`, { details: { month } });
}

/** The recipe of a spec with these features and hyper-parameters. */
export function recipeOf(
  input: RecipeSearchInput,
  features: readonly string[],
  params: HyperParameters,
): Recipe {
  const { market, featureSet, label, portfolio, training } = input;
  return {
    market,
    featureSet,
    features: [...features],
    label,
    portfolio,
    params: { ...params, objective: training.objective },
    fitting: {
      monotone: Object.fromEntries(
        Object.entries(training.monotone).filter(([feature]) => features.includes(feature)),
      ),
      weightHalfLifeSessions: training.weightHalfLifeSessions,
    },
    foldPlan: foldPlanOf(training, label),
  };
}

/** A set of groups in the order of the features. */
function drawGroups(random: Philox, groups: readonly string[]): string[] {
  const { fewest, most } = groupBounds(groups.length);
  const count = fewest + random.nextBelow(most - fewest + 1);
  const left = [...groups];
  const chosen = new Set<string>();
  while (chosen.size < count) {
    const [group] = left.splice(random.nextBelow(left.length), 1);
    if (group !== undefined) chosen.add(group);
  }
  return groups.filter((group) => chosen.has(group));
}

function drawParameters(random: Philox): HyperParameters {
  return {
    objective: 'regression',
    numLeaves: pick(random, CHOICES.numLeaves),
    learningRate: rangeValue(RANGES.learningRate, random.nextUniform()),
    maxIterations: RANGES.maxIterations.low + random.nextBelow(RANGES.maxIterations.values),
    earlyStoppingRounds: pick(random, CHOICES.earlyStoppingRounds),
    minDataInLeaf: pick(random, CHOICES.minDataInLeaf),
    featureFraction: rangeValue(RANGES.featureFraction, random.nextUniform()),
    baggingFraction: rangeValue(RANGES.baggingFraction, random.nextUniform()),
    lambdaL2: pick(random, CHOICES.lambdaL2),
    maxBin: pick(random, CHOICES.maxBin),
  };
}

function pick<T>(random: Philox, choices: readonly T[]): T {
  const choice = choices[random.nextBelow(choices.length)];
  if (choice === undefined) throw new RangeError('nothing to choose from');
  return choice;
}
