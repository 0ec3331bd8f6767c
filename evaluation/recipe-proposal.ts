import { canonicalJson } from '../contracts/canonical.ts';
import type { HyperParameters, Recipe } from '../contracts/training.ts';
import { adaptiveParzen, countedParzen, type Parzen } from '../stats/parzen.ts';
import { Philox } from '../stats/philox.ts';
import {
  DEFAULT_PARAMETERS,
  drawRecipe,
  firstStream,
  groupsOf,
  recipeOf,
  type RecipeSearchInput,
  STREAMS_PER_MONTH,
} from './recipe-search.ts';
import { CHOICES, groupBounds, RANGES, rangePosition, rangeValue } from './recipe-space.ts';

/** A recipe of this search and how it did. */
export interface ToldRecipe {
  readonly features: readonly string[];
  readonly params: HyperParameters;
  /** Annualised Sharpe ratio out of sample, net of costs; null: it failed, or its returns do not vary. */
  readonly sharpe: number | null;
}

/** Bergstra et al. 2011 keep the best 15 to 25 %; more than 25 of them would only flatten the density. */
const GOOD_SHARE = 0.2;
const MOST_GOOD = 25;
/** Draws among which the one with the highest ratio is taken; the paper's suggestion is a few dozen. */
const CANDIDATES = 24;
/** Streams of the random search lie below. */
const FIRST_PROPOSAL = STREAMS_PER_MONTH / 2;

type ChoiceName = keyof typeof CHOICES;
type RangeName = 'learningRate' | 'featureFraction' | 'baggingFraction';
const CHOICE_NAMES = Object.keys(CHOICES) as ChoiceName[];
const RANGE_NAMES: readonly RangeName[] = ['learningRate', 'featureFraction', 'baggingFraction'];

/** A recipe as numbers: positions in ranges, indices of choices, and 1 for each feature group that it uses. */
interface Point {
  readonly ranges: Readonly<Record<RangeName, number>>;
  readonly rounds: number;
  readonly choices: Readonly<Record<ChoiceName, number>>;
  readonly groups: readonly number[];
}

/**
 * Proposes `count` recipes by a tree-structured Parzen estimator: of what was told, the best fifth and the others each give a
 * density, and of 24 draws from the first the one that is likeliest under it in comparison with the second is taken. Each proposal
 * counts among the others for those after it (Bergstra et al. 2011, section 4; the constant liar of Ginsbourger et al. 2010), so that
 * a generation does not try one thing several times.
 *
 * What is proposed depends on the seed, on the order and content of `told` and on what is `taken`, and on nothing else. No recipe
 * comes twice, nor one that is taken; where the densities offer nothing new, a recipe is drawn at random.
 *
 * @param told recipes of this search in the order in which they were drawn or proposed
 * @param taken whether a recipe is fitted anyway and must not be proposed
 */
export function proposeRecipes(
  input: RecipeSearchInput,
  told: readonly ToldRecipe[],
  taken: (recipe: Recipe) => boolean,
  count: number,
): Recipe[] {
  const groups = groupsOf(input);
  const ranked = told
    .map((recipe, at) => ({ point: pointOf(input, groups, recipe), sharpe: recipe.sharpe, at }))
    .toSorted((a, b) => worth(b.sharpe) - worth(a.sharpe) || a.at - b.at);
  const scored = ranked.filter(({ sharpe }) => sharpe !== null).length;
  const kept = Math.min(MOST_GOOD, Math.ceil(GOOD_SHARE * scored));
  const good = ranked.slice(0, kept).map(({ point }) => point);
  const others = ranked.slice(kept).map(({ point }) => point);
  const seen = new Set<string>();
  const isNew = (recipe: Recipe): boolean => !seen.has(canonicalJson(recipe)) && !taken(recipe);
  const proposals: Recipe[] = [];
  for (let stream = 0; proposals.length < count; stream += 1) {
    const random = new Philox(
      input.training.seed,
      firstStream(input) + FIRST_PROPOSAL + told.length * PROPOSAL_STREAMS + stream,
    );
    const recipe =
      likeliest(input, groups, { good, others }, random, isNew) ??
      drawRecipe(input, groups, random, new Set());
    if (!isNew(recipe)) continue;
    seen.add(canonicalJson(recipe));
    others.push(pointOf(input, groups, recipe));
    proposals.push(recipe);
  }
  return proposals;
}

/** Streams that one generation may use: 500 recipes at most have been told, which stays below the next month. */
const PROPOSAL_STREAMS = 64;

const worth = (sharpe: number | null): number => sharpe ?? -Number.MAX_VALUE;

/** The draw with the highest ratio that is new; null when none is. */
function likeliest(
  input: RecipeSearchInput,
  groups: readonly string[],
  { good, others }: { readonly good: readonly Point[]; readonly others: readonly Point[] },
  random: Philox,
  isNew: (recipe: Recipe) => boolean,
): Recipe | null {
  const [better, worse] = [densities(good, groups.length), densities(others, groups.length)];
  const drawn = Array.from({ length: CANDIDATES }, () => {
    const point = drawPoint(better, random);
    return { recipe: recipeAt(input, groups, point), ratio: logOf(better, point) - logOf(worse, point) };
  }).toSorted((a, b) => b.ratio - a.ratio);
  return drawn.find(({ recipe }) => isNew(recipe))?.recipe ?? null;
}

interface Densities {
  readonly ranges: Readonly<Record<RangeName, Parzen<number>>>;
  readonly rounds: Parzen<number>;
  readonly choices: Readonly<Record<ChoiceName, Parzen<number>>>;
  readonly groups: readonly Parzen<number>[];
}

function densities(points: readonly Point[], groups: number): Densities {
  return {
    ranges: mapped(RANGE_NAMES, (name) => adaptiveParzen(points.map(({ ranges }) => ranges[name]))),
    rounds: adaptiveParzen(points.map(({ rounds }) => rounds)),
    choices: mapped(CHOICE_NAMES, (name) =>
      countedParzen(
        CHOICES[name].length,
        points.map(({ choices }) => choices[name]),
      ),
    ),
    groups: Array.from({ length: groups }, (_, at) =>
      countedParzen(
        2,
        points.map((point) => point.groups[at] ?? 0),
      ),
    ),
  };
}

function drawPoint(from: Densities, random: Philox): Point {
  return {
    ranges: mapped(RANGE_NAMES, (name) => from.ranges[name].draw(random)),
    rounds: from.rounds.draw(random),
    choices: mapped(CHOICE_NAMES, (name) => from.choices[name].draw(random)),
    groups: withinBounds(
      from.groups.map((group) => group.draw(random)),
      random,
    ),
  };
}

/** Groups drawn one by one may be too few or too many for a recipe: then some more are taken in, or left out, at random. */
function withinBounds(groups: readonly number[], random: Philox): readonly number[] {
  const { fewest, most } = groupBounds(groups.length);
  const chosen = [...groups];
  for (;;) {
    const used = chosen.reduce((sum, one) => sum + one, 0);
    if (used >= fewest && used <= most) return chosen;
    const from = used < fewest ? 0 : 1;
    const open = chosen.flatMap((one, at) => (one === from ? [at] : []));
    chosen[open[random.nextBelow(open.length)] ?? 0] = 1 - from;
  }
}

function logOf(under: Densities, point: Point): number {
  let sum = under.rounds.logDensity(point.rounds);
  for (const name of RANGE_NAMES) sum += under.ranges[name].logDensity(point.ranges[name]);
  for (const name of CHOICE_NAMES) sum += under.choices[name].logDensity(point.choices[name]);
  for (const [at, group] of under.groups.entries()) sum += group.logDensity(point.groups[at] ?? 0);
  return sum;
}

function pointOf(
  { groupOf }: RecipeSearchInput,
  groups: readonly string[],
  { features, params }: Pick<ToldRecipe, 'features' | 'params'>,
): Point {
  const used = new Set(features.map((feature) => groupOf(feature)));
  const { low, values } = RANGES.maxIterations;
  return {
    ranges: mapped(RANGE_NAMES, (name) => rangePosition(RANGES[name], params[name])),
    rounds: Math.min(1, Math.max(0, (params.maxIterations - low + 0.5) / values)),
    choices: mapped(CHOICE_NAMES, (name) => nearest(CHOICES[name], params[name])),
    groups: groups.map((group) => (used.has(group) ? 1 : 0)),
  };
}

function recipeAt(input: RecipeSearchInput, groups: readonly string[], point: Point): Recipe {
  const used = new Set(groups.filter((_, at) => point.groups[at] === 1));
  const { low, values } = RANGES.maxIterations;
  const chosen = mapped(CHOICE_NAMES, (name) => CHOICES[name][point.choices[name]] ?? CHOICES[name][0]);
  const params: HyperParameters = {
    ...DEFAULT_PARAMETERS,
    ...chosen,
    ...mapped(RANGE_NAMES, (name) => rangeValue(RANGES[name], point.ranges[name])),
    maxIterations: low + Math.min(values - 1, Math.floor(values * point.rounds)),
  };
  return recipeOf(
    input,
    input.featureNames.filter((feature) => used.has(input.groupOf(feature))),
    params,
  );
}

/** Index of the choice nearest to a value. */
function nearest(choices: readonly number[], value: number): number {
  const far = choices.map((choice) => Math.abs(choice - value));
  return far.indexOf(Math.min(...far));
}

function mapped<K extends string, V>(names: readonly K[], value: (name: K) => V): Record<K, V> {
  return Object.fromEntries(names.map((name) => [name, value(name)])) as Record<K, V>;
}
