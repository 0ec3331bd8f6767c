import { ledgerOfOneSearch } from '../ledger.ts';
import type { JudgeRoute } from '../../contracts/gate-report.ts';
import { bestTrial, isBetterRecipe } from '../trial-choice.ts';
import { choiceRules, judgeInput, passesStatistics, sessionLabels, simulatedTrial } from './judgement.ts';
import type { SimulatedTrial } from './judgement.ts';
import type { StreamPlan, World } from './plan.ts';
import { RecipeWorld } from './recipe-world.ts';

export interface Promotion {
  /** 1 is the first retrain after the admission. */
  readonly retrain: number;
  readonly route: Exclude<JudgeRoute, 'first'>;
  /** The recipe promoted is the one with skill. */
  readonly skilled: boolean;
}

/** What happened in one stream. */
export interface StreamOutcome {
  readonly run: number;
  readonly promotions: readonly Promotion[];
  /** Distinct recipes in the ledger at the end. */
  readonly ledgerRecipes: number;
}

interface Champion {
  readonly recipe: number;
  /** Last session that its file was fitted on. */
  readonly fittedTo: number;
}

/**
 * One model from its first admission on. Each retrain draws recipes that nobody has tried before; they enter the ledger and
 * stay there, and in the world with an edge one more recipe, the same each time, has the true Sharpe ratio. The champion's
 * recipe is refitted on the same window. Best trial, route and gates as in a retrain; whatever passes is approved.
 *
 * Noise: the first champion is the best of the first retrain, admitted by its gates or on probation; every retrain is run.
 * Edge: the champion's recipe was not chosen on these sessions; the run ends with the first promotion of the skilled recipe.
 */
export function simulateStream(plan: StreamPlan, world: World, run: number): StreamOutcome {
  const stream = new Stream(plan, world, run);
  const promotions: Promotion[] = [];
  for (let retrain = 1; retrain <= plan.retrains; retrain += 1) {
    const promotion = stream.retrain(retrain);
    if (promotion !== null) promotions.push(promotion);
    if (promotion?.skilled === true) break;
  }
  return { run, promotions, ledgerRecipes: stream.ledgerRecipes };
}

/** Streams [from, to) of one world: the piece of work that one thread does. */
export function simulateStreams(work: {
  readonly plan: StreamPlan;
  readonly world: World;
  readonly from: number;
  readonly to: number;
}): StreamOutcome[] {
  return Array.from({ length: work.to - work.from }, (_, offset) =>
    simulateStream(work.plan, work.world, work.from + offset),
  );
}

/** Recipes by number: 0 is the skilled one, or one without skill; 1 the incumbent; then whatever the searches drew. */
const SKILLED = 0;
const INCUMBENT = 1;

class Stream {
  private readonly plan: StreamPlan;
  private readonly world: World;
  private readonly recipes: RecipeWorld;
  private champion: Champion;
  private drawn = 2;

  constructor(plan: StreamPlan, world: World, run: number) {
    this.plan = plan;
    this.world = world;
    const sessions = plan.sessions + plan.retrains * plan.stepSessions;
    const sharpes = [world === 'edge' ? plan.sharpe : 0, plan.championSharpe];
    this.recipes = new RecipeWorld(plan, run, sessions, sharpes);
    const first = world === 'edge' ? INCUMBENT : this.bestOf(this.draw(plan.trials), 0);
    this.champion = { recipe: first, fittedTo: plan.sessions };
  }

  /** Distinct recipes ever tried: those drawn, the champion's among them, and the skilled one where there is one. */
  get ledgerRecipes(): number {
    return this.drawn - (this.world === 'edge' ? 0 : 2);
  }

  retrain(number: number): Promotion | null {
    const { plan, world } = this;
    const from = number * plan.stepSessions;
    const to = from + plan.sessions;
    const searched = world === 'edge' ? [SKILLED, ...this.draw(plan.trials - 1)] : this.draw(plan.trials);
    const judged = [...searched.filter((recipe) => recipe !== this.champion.recipe), this.champion.recipe];
    const trials = judged.map((recipe) => this.trial(recipe, from, to));
    const [first, ...others] = trials;
    const champion = trials.at(-1);
    if (first === undefined || champion === undefined) throw new RangeError('a retrain without trials');
    const best = bestTrial([first, ...others]);
    const better = isBetterRecipe(best, champion, choiceRules(plan));
    const chosen = better ? best : champion;
    const recipe = judged[trials.indexOf(chosen)] ?? this.champion.recipe;
    const route = better ? 'new-recipe' : 'refresh';
    if (!this.passes(route, trials, trials.indexOf(chosen), recipe, from, to)) return null;
    this.champion = { recipe, fittedTo: to };
    return { retrain: number, route, skilled: world === 'edge' && recipe === SKILLED };
  }

  private passes(
    route: Promotion['route'],
    trials: readonly SimulatedTrial[],
    candidate: number,
    recipe: number,
    from: number,
    to: number,
  ): boolean {
    const { plan } = this;
    const benchmark = trials.at(-1)?.netReturns ?? new Float64Array();
    return passesStatistics(
      judgeInput({
        gates: plan.gates,
        route,
        sessionsPerYear: plan.annualSessions,
        holdSessions: plan.holdSessions,
        sessions: sessionLabels(to - from),
        trials: {
          names: trials.map((trial) => trial.trialId),
          netReturns: trials.map((trial) => trial.netReturns),
          candidate,
        },
        benchmark: { name: "the champion's recipe", netReturns: benchmark },
        ledger: ledgerOfOneSearch(this.ledgerRecipes),
        artifactComparison: route === 'refresh' ? this.sinceChampion(to) : null,
        rankIc: {
          values: this.recipes.rankIc(recipe, from, to),
          sessions: sessionLabels(to - from - plan.horizonSessions + 1),
          sessionsWithout: plan.horizonSessions - 1,
          overlapSessions: plan.horizonSessions,
        },
        seed: plan.seed,
      }),
    );
  }

  /** The champion's file against its recipe walked forward, on the sessions that the file has seen nothing of. */
  private sinceChampion(to: number): Parameters<typeof judgeInput>[0]['artifactComparison'] {
    const { recipe, fittedTo } = this.champion;
    const from = fittedTo + this.plan.gapSessions;
    if (from >= to) return null;
    return {
      sessions: sessionLabels(to - from),
      championNetReturns: this.recipes.artifactReturns(recipe, from, to),
      candidateNetReturns: this.recipes.returns(recipe, from, to),
    };
  }

  private bestOf(recipes: readonly number[], from: number): number {
    const trials = recipes.map((recipe) => this.trial(recipe, from, from + this.plan.sessions));
    const [first, ...others] = trials;
    if (first === undefined) throw new RangeError('a retrain without trials');
    return recipes[trials.indexOf(bestTrial([first, ...others]))] ?? INCUMBENT;
  }

  private draw(count: number): number[] {
    const recipes = Array.from({ length: count }, (_, offset) => this.drawn + offset);
    this.drawn += count;
    return recipes;
  }

  private trial(recipe: number, from: number, to: number): SimulatedTrial {
    const returns = this.recipes.returns(recipe, from, to);
    return simulatedTrial(`recipe ${String(recipe)}`, returns, this.plan.annualSessions);
  }
}
