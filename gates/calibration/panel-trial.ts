import type { CautionCode } from '../../contracts/caution.ts';
import { overallVerdict } from '../gate-verdict.ts';
import { assembleReport } from '../judge.ts';
import { ledgerOfOneSearch } from '../ledger.ts';
import { bestTrial, isBetterRecipe } from '../trial-choice.ts';
import {
  choiceRules,
  grantedLevel,
  judgeInput,
  sessionLabels,
  simulatedTrial,
  statisticalResults,
} from './judgement.ts';
import { simulatedAttribution } from './name-world.ts';
import type { CalibrationPlan, World } from './plan.ts';
import { RecipeWorld } from './recipe-world.ts';

/** Which recipe has the skill does not matter: no gate looks at the order. */
const EDGE_TRIAL = 0;

/** What one gate said of one panel. */
export interface GateReading {
  readonly gate: string;
  readonly enforced: boolean;
  readonly passes: boolean;
  readonly inconclusive: boolean;
  readonly number: number | null;
  /** Upper end of the Monte-Carlo interval of a bootstrap p; null for other gates. */
  readonly pUpper: number | null;
}

/** What a second look found on one panel. */
export interface CautionReading {
  readonly code: CautionCode;
  readonly raised: boolean;
  /** False: it looks at something that is not simulated (names, markets). */
  readonly measured: boolean;
}

/** What happened to one panel. Plain data: it crosses threads. */
export interface PanelOutcome {
  readonly index: number;
  /** The best trial is the one with skill. */
  readonly rightTrial: boolean;
  /** Lowest level of the frontier's grid at which the best trial takes the route; null at none. */
  readonly routeFrom: number | null;
  /** It takes the route at the level of the spec. */
  readonly takesRoute: boolean;
  readonly readings: readonly GateReading[];
  /** It takes the route and every enforced statistical gate passes. */
  readonly passes: boolean;
  readonly cautions: readonly CautionReading[];
}

/** Levels of SPA and StepM over which the frontier is drawn. */
export const FRONTIER_ALPHAS = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2] as const;

/**
 * One simulated retrain: the best recipe is chosen as a retrain chooses it and judged as a retrain judges it. Deterministic
 * in (plan, world, index), whatever thread or order it runs in.
 */
export function judgePanel(plan: CalibrationPlan, world: World, index: number): PanelOutcome {
  const { route, sessions, annualSessions } = plan;
  const sharpes = Array.from({ length: plan.trials }, (_, trial) =>
    world === 'edge' && trial === EDGE_TRIAL ? plan.sharpe : 0,
  );
  const recipes = new RecipeWorld(plan, index, sessions, [...sharpes, plan.championSharpe]);
  const trials = sharpes.map((_, trial) =>
    simulatedTrial(`trial ${String(trial)}`, recipes.returns(trial, 0, sessions), annualSessions),
  );
  const noPosition = new Float64Array(sessions);
  const championReturns = route === 'first' ? noPosition : recipes.returns(plan.trials, 0, sessions);
  const champion = simulatedTrial('champion', championReturns, annualSessions);
  const [first, ...others] = trials;
  if (first === undefined) throw new RangeError('a panel without trials');
  const best = bestTrial([first, ...others]);
  const candidate = trials.indexOf(best);
  const takesRouteAt = (alpha: number): boolean =>
    route === 'first' || isBetterRecipe(best, champion, choiceRules(plan, alpha));
  const judged = route === 'first' ? trials : [...trials, champion];
  const input = judgeInput({
    gates: plan.gates,
    route,
    sessionsPerYear: annualSessions,
    holdSessions: plan.holdSessions,
    sessions: sessionLabels(sessions),
    trials: {
      names: judged.map((trial) => trial.trialId),
      netReturns: judged.map((trial) => trial.netReturns),
      candidate,
    },
    benchmark: {
      name: route === 'first' ? 'no position' : "the champion's recipe",
      netReturns: championReturns,
    },
    ledger: ledgerOfOneSearch(judged.length),
    errorBudget: grantedLevel(plan.gates, []),
    artifactComparison: null,
    championOnProbation: false,
    rankIc: {
      values: recipes.rankIc(candidate, 0, sessions),
      sessions: sessionLabels(sessions - plan.horizonSessions + 1),
      sessionsWithout: plan.horizonSessions - 1,
      overlapSessions: plan.horizonSessions,
    },
    // What no name carries: the other measures of a book are of gates that calibration does not ask.
    business: {
      ...{ exposure: null, feasibility: null, liquidity: null },
      attribution: simulatedAttribution(plan, index, recipes.returns(candidate, 0, sessions)),
    },
    seed: index,
  });
  const results = statisticalResults(input);
  const verdicts = results.flatMap((result) => result.verdicts);
  const report = assembleReport(
    input,
    results.map((result) => ({ kind: 'judged', result })),
  );
  const takesRoute = takesRouteAt(plan.gates.spaAlpha);
  return {
    index,
    rightTrial: candidate === EDGE_TRIAL,
    routeFrom: FRONTIER_ALPHAS.find(takesRouteAt) ?? null,
    takesRoute,
    readings: verdicts.map((verdict) => ({
      gate: verdict.gate,
      enforced: verdict.enforced,
      passes: verdict.verdict === 'pass',
      inconclusive: verdict.verdict === 'inconclusive',
      number: verdict.number,
      pUpper: upperEnd(verdict.details['interval']),
    })),
    passes: takesRoute && overallVerdict(verdicts) === 'pass',
    cautions: (report.cautions ?? []).map(({ code, raised, number }) => ({
      ...{ code, raised },
      measured: number !== null,
    })),
  };
}

/** Panels [from, to) of one world: the piece of work that one thread does. */
export function judgePanels(work: {
  readonly plan: CalibrationPlan;
  readonly world: World;
  readonly from: number;
  readonly to: number;
}): PanelOutcome[] {
  return Array.from({ length: work.to - work.from }, (_, offset) =>
    judgePanel(work.plan, work.world, work.from + offset),
  );
}

function upperEnd(interval: unknown): number | null {
  const upper: unknown = Array.isArray(interval) ? interval[1] : null;
  return typeof upper === 'number' ? upper : null;
}
