import type { JudgeRoute } from '../../contracts/gate-report.ts';
import { sampleLedger } from '../../evaluation/ledger-sample.ts';
import type { PastTest } from '../error-budget.ts';
import type { JudgeInput } from '../judge-input.ts';
import { ledgerOfOneSearch } from '../ledger.ts';
import { mustBeBetter, noPosition } from '../open-claim.ts';
import { superiorityLevel } from '../superiority-level.ts';
import { bestTrial, isBetterRecipe } from '../trial-choice.ts';
import {
  choiceRules,
  grantedLevel,
  judgeInput,
  passesSkill,
  passesStatistics,
  sessionLabels,
  simulatedTrial,
} from './judgement.ts';
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
  /** Noise: the first champion passed the gates of a first champion; else it serves on probation. Edge: true. */
  readonly firstByGates: boolean;
  readonly promotions: readonly Promotion[];
  /** Distinct recipes in the ledger at the end. */
  readonly ledgerRecipes: number;
}

interface Champion {
  readonly recipe: number;
  /** Last session that its file was fitted on. */
  readonly fittedTo: number;
  /** People admitted it although its gates did not pass, and no promotion has confirmed it since. */
  readonly onProbation: boolean;
}

/**
 * One model from its first admission on. Each retrain draws recipes that nobody has tried before; they enter the ledger and
 * stay there, and in the world with an edge one more recipe, the same each time, has the true Sharpe ratio. The champion's
 * recipe is refitted on the same window, and a sample of the ledger beside it. Best trial, route, gates and error budget as in a
 * retrain; whatever passes is approved.
 *
 * Noise: the first champion is the best of the first retrain, admitted by its gates, else on probation; every retrain is run.
 * Edge: the champion's recipe was not chosen on these sessions. Once the skilled recipe is promoted, it is followed for
 * `FOLLOWED_RETRAINS` more: its file ages, and a refresh of it should pass.
 */
export function simulateStream(plan: StreamPlan, world: World, run: number): StreamOutcome {
  const stream = new Stream(plan, world, run);
  const { firstByGates } = stream;
  const promotions: Promotion[] = [];
  let last = plan.retrains;
  for (let retrain = 1; retrain <= last; retrain += 1) {
    const promotion = stream.retrain(retrain);
    if (promotion === null) continue;
    promotions.push(promotion);
    if (!promotion.skilled) continue;
    if (promotion.route === 'refresh') break;
    last = retrain + FOLLOWED_RETRAINS;
  }
  return { run, firstByGates, promotions, ledgerRecipes: stream.ledgerRecipes };
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

/** Retrains after its promotion in which a recipe with skill should have been refreshed: a year of months. */
export const FOLLOWED_RETRAINS = 12;

/** Recipes by number: 0 is the skilled one where there is one; 1 the incumbent; then whatever the searches drew. */
const SKILLED = 0;
const INCUMBENT = 1;

/** One retrain on the table: its own trials, the champion's recipe last, and the ledger recipes scored beside them. */
interface Table {
  readonly from: number;
  readonly to: number;
  readonly own: readonly number[];
  readonly trials: readonly SimulatedTrial[];
  readonly rescorable: number;
  readonly rescored: readonly number[];
}

/** The one that is to be promoted, and how. */
interface Choice {
  readonly route: Promotion['route'];
  /** Column of the table. */
  readonly candidate: number;
  readonly recipe: number;
}

class Stream {
  private readonly plan: StreamPlan;
  private readonly world: World;
  private readonly recipes: RecipeWorld;
  /** Every recipe ever tried, with the annualised Sharpe ratio of its newest own trial. */
  private readonly ledger = new Map<number, number>();
  private readonly tests: PastTest[] = [];
  readonly firstByGates: boolean;
  private champion: Champion;
  private drawn = 2;

  constructor(plan: StreamPlan, world: World, run: number) {
    this.plan = plan;
    this.world = world;
    const retrains = plan.retrains + (world === 'edge' ? FOLLOWED_RETRAINS : 0);
    const sharpes = [world === 'edge' ? plan.sharpe : 0, plan.championSharpe];
    this.recipes = new RecipeWorld(plan, run, plan.sessions + retrains * plan.stepSessions, sharpes);
    this.champion = this.firstChampion();
    this.firstByGates = !this.champion.onProbation;
  }

  /** Distinct recipes ever tried. */
  get ledgerRecipes(): number {
    return this.ledger.size;
  }

  retrain(number: number): Promotion | null {
    const { plan, world } = this;
    const table = this.lay(number);
    const own = table.trials;
    const [first, ...others] = own;
    const champion = own.at(-1);
    if (first === undefined || champion === undefined) throw new RangeError('a retrain without trials');
    const best = bestTrial([first, ...others]);
    const better = isBetterRecipe(best, champion, choiceRules(plan));
    const candidate = better ? own.indexOf(best) : own.length - 1;
    const route = better ? 'new-recipe' : 'refresh';
    const recipe = table.own[candidate] ?? this.champion.recipe;
    if (!this.passes(table, { route, candidate, recipe })) return null;
    this.champion = { recipe, fittedTo: table.to, onProbation: false };
    return { retrain: number, route, skilled: world === 'edge' && recipe === SKILLED };
  }

  /** The gates of skill read no recipe of the ledger: what they refuse, nothing has to be scored beside. */
  private passes(table: Table, choice: Choice): boolean {
    const alone = this.input({ ...table, rescorable: 0, rescored: [] }, choice);
    if (!passesSkill(alone)) return this.tested(alone, false);
    const { from, to, rescored } = table;
    const trials = [...table.trials, ...rescored.map((recipe) => this.trial(recipe, from, to))];
    const input = this.input({ ...table, trials }, choice);
    return this.tested(input, passesStatistics(input));
  }

  /** One more test of the error budget, whatever it found. */
  private tested(input: JudgeInput, passes: boolean): boolean {
    this.tests.push({ alpha: superiorityLevel(input).level, discovery: passes && mustBeBetter(input) });
    return passes;
  }

  /** Draws and scores the trials of a retrain, and draws the recipes of the ledger that are due beside them. */
  private lay(number: number): Table {
    const { plan, world } = this;
    const from = number * plan.stepSessions;
    const to = from + plan.sessions;
    const searched = world === 'edge' ? [SKILLED, ...this.draw(plan.trials - 1)] : this.draw(plan.trials);
    const own = [...searched.filter((recipe) => recipe !== this.champion.recipe), this.champion.recipe];
    const earlier = [...this.ledger].filter(([recipe]) => !own.includes(recipe));
    const rescored = sampleLedger({
      recipes: earlier.map(([recipe, sharpe]) => ({ recipeHash: String(recipe), sharpe })),
      most: plan.gates.ledgerRescoreMax,
      seed: plan.seed,
      month: monthOf(number),
    }).map(Number);
    const trials = own.map((recipe) => this.score(recipe, from, to));
    return { from, to, own, trials, rescorable: earlier.length, rescored };
  }

  private input(
    { from, to, own, trials, rescorable, rescored }: Table,
    { route, candidate, recipe }: Choice,
  ): JudgeInput {
    const { plan } = this;
    return judgeInput({
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
      benchmark: {
        name: "the champion's recipe",
        netReturns: trials[own.length - 1]?.netReturns ?? new Float64Array(),
      },
      ledger: {
        recipes: this.ledgerRecipes,
        recipesEver: this.ledgerRecipes,
        rescorable,
        rescored: rescored.map((_, index) => own.length + index),
        notRescored: [],
        leftOut: [],
        head: null,
        structuralChange: null,
      },
      errorBudget: grantedLevel(plan.gates, this.tests),
      artifactComparison: route === 'refresh' ? this.sinceChampion(to) : null,
      championOnProbation: this.champion.onProbation,
      rankIc: this.rankIc(recipe, from, to),
      business: null,
      seed: plan.seed,
    });
  }

  private rankIc(recipe: number, from: number, to: number): JudgeInput['rankIc'] {
    const { horizonSessions } = this.plan;
    return {
      values: this.recipes.rankIc(recipe, from, to),
      sessions: sessionLabels(to - from - horizonSessions + 1),
      sessionsWithout: horizonSessions - 1,
      overlapSessions: horizonSessions,
    };
  }

  /** The champion's file against its recipe walked forward, on the sessions that the file has seen nothing of. */
  private sinceChampion(to: number): JudgeInput['artifactComparison'] {
    const { recipe, fittedTo } = this.champion;
    const from = fittedTo + this.plan.gapSessions;
    if (from >= to) return null;
    return {
      sessions: sessionLabels(to - from),
      championNetReturns: this.recipes.artifactReturns(recipe, from, to),
      candidateNetReturns: this.recipes.returns(recipe, from, to),
    };
  }

  /** Noise: the best of a first search, which its gates may refuse. Edge: a recipe that was not chosen on these sessions. */
  private firstChampion(): Champion {
    const { plan, world } = this;
    const fittedTo = plan.sessions;
    if (world === 'edge') {
      this.score(INCUMBENT, 0, plan.sessions);
      return { recipe: INCUMBENT, fittedTo, onProbation: false };
    }
    const searched = this.draw(plan.trials);
    const trials = searched.map((recipe) => this.score(recipe, 0, plan.sessions));
    const [first, ...others] = trials;
    if (first === undefined) throw new RangeError('a retrain without trials');
    const candidate = trials.indexOf(bestTrial([first, ...others]));
    const recipe = searched[candidate] ?? INCUMBENT;
    const input = this.firstInput(trials, candidate, recipe);
    return { recipe, fittedTo, onProbation: !this.tested(input, passesStatistics(input)) };
  }

  private firstInput(trials: readonly SimulatedTrial[], candidate: number, recipe: number): JudgeInput {
    const { plan } = this;
    return judgeInput({
      gates: plan.gates,
      route: 'first',
      sessionsPerYear: plan.annualSessions,
      holdSessions: plan.holdSessions,
      sessions: sessionLabels(plan.sessions),
      trials: {
        names: trials.map((trial) => trial.trialId),
        netReturns: trials.map((trial) => trial.netReturns),
        candidate,
      },
      benchmark: noPosition(plan.sessions),
      ledger: ledgerOfOneSearch(trials.length),
      errorBudget: grantedLevel(plan.gates, this.tests),
      artifactComparison: null,
      championOnProbation: false,
      rankIc: this.rankIc(recipe, 0, plan.sessions),
      business: null,
      seed: plan.seed,
    });
  }

  private draw(count: number): number[] {
    const recipes = Array.from({ length: count }, (_, offset) => this.drawn + offset);
    this.drawn += count;
    return recipes;
  }

  /** Walks a recipe of this retrain forward; from then on the ledger knows it. */
  private score(recipe: number, from: number, to: number): SimulatedTrial {
    const trial = this.trial(recipe, from, to);
    this.ledger.set(recipe, trial.annualisedSharpe ?? 0);
    return trial;
  }

  private trial(recipe: number, from: number, to: number): SimulatedTrial {
    const returns = this.recipes.returns(recipe, from, to);
    return simulatedTrial(`recipe ${String(recipe)}`, returns, this.plan.annualSessions);
  }
}

/** The retrains of a stream are months apart; which month the first is in does not matter. */
function monthOf(retrain: number): string {
  const year = 2000 + Math.floor(retrain / 12);
  return `${String(year)}-${String(1 + (retrain % 12)).padStart(2, '0')}`;
}
