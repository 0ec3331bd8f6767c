import { ContenderError } from '../contracts/error.ts';
import { DRAWDOWN, MEAN } from '../stats/block-metric.ts';
import type { BlockMetric } from '../stats/block-metric.ts';
import { cscv } from '../stats/cscv.ts';
import { modelConfidenceSet } from '../stats/model-confidence-set.ts';
import { assemblePaths, purgedCombinations } from '../stats/purged-cv.ts';
import { isConstant } from '../stats/series.ts';
import { returnMoments } from '../stats/sharpe.ts';
import type { Details } from './gate-verdict.ts';
import type { JudgeInput } from './judge-input.ts';
import { blockSessions } from './paired-panel.ts';
import type { PairedPanel } from './paired-panel.ts';

/** 28 splits and 7 paths, each over all sessions: enough for a spread, short enough groups to leave much to choose on. */
const GROUPS = 8;
const TEST_GROUPS = 2;

/** What the search of this retrain would have earned, had it chosen its recipe on other sessions than it is paid on. */
export interface SearchPaths {
  /** Daily returns of each path, on the paired sessions. */
  readonly paths: readonly Float64Array[];
  /** Annualised Sharpe ratio of each path; null when it does not vary. */
  readonly sharpes: readonly (number | null)[];
  /** Share of the splits in which the candidate is the recipe chosen. */
  readonly candidateChosen: number;
  readonly splits: number;
}

/**
 * Combinatorial purged cross-validation of the search itself (stats/purged-cv.ts): for each choice of test groups the recipe with
 * the highest Sharpe ratio on the other sessions is held in the test groups. A return depends on positions taken up to a hold
 * before, so that sessions within a hold of a test group are purged, and as many after it embargoed. Recipes of the ledger are left
 * out: the search did not choose among them.
 *
 * Throws `SampleTooShort` when the sessions cannot be cut so.
 */
export function searchPaths(panel: PairedPanel, input: JudgeInput): SearchPaths {
  const own = ownColumns(panel);
  const hold = input.holdSessions;
  const ends = panel.sessions.map((_, row) => row);
  const plan = purgedCombinations({
    starts: ends.map((row) => row - hold + 1),
    ends,
    ...{ groups: GROUPS, testGroups: TEST_GROUPS, embargo: hold },
  });
  const chosen = plan.splits.map(({ train }) => bestOn(panel, own, train));
  const values = plan.splits.map(({ test }, split) => {
    const column = panel.columns[chosen[split] ?? -1];
    return Float64Array.from(test, (row) => column?.[row] ?? Number.NaN);
  });
  const paths = assemblePaths(plan, values);
  const annual = Math.sqrt(input.sessionsPerYear);
  return {
    paths,
    sharpes: paths.map((path, index) =>
      isConstant(path) ? null : annual * returnMoments(path, `path ${String(index + 1)}`).sharpe,
    ),
    candidateChosen: chosen.filter((column) => column === panel.candidate).length / chosen.length,
    splits: plan.splits.length,
  };
}

const ownColumns = (panel: PairedPanel): number[] =>
  [...panel.columns.keys()].filter((column) => !panel.rescored.has(column));

/** Highest Sharpe ratio on these rows, the first of equals; a recipe that does not vary there has none to show. */
function bestOn(panel: PairedPanel, own: readonly number[], rows: Int32Array): number {
  let best = own[0] ?? -1;
  let highest = Number.NEGATIVE_INFINITY;
  for (const column of own) {
    const returns = Float64Array.from(rows, (row) => panel.columns[column]?.[row] ?? Number.NaN);
    const sharpe = isConstant(returns) ? Number.NEGATIVE_INFINITY : returnMoments(returns).sharpe;
    if (sharpe > highest) [best, highest] = [column, sharpe];
  }
  return best;
}

/** Replicates under which the confidence set is not told. */
const FEWEST_REPLICATES = 100;
const SET_CONFIDENCE = 0.9;
/** The set compares every pair at every step: a cube of the recipes. */
const MOST_RECIPES = 200;

/**
 * Beside PBO, deciding nothing: PBO when recipes are chosen by their mean return or by their drawdown, the paths of the search, and
 * which recipes of this retrain cannot be told from the best one (stats/model-confidence-set.ts). What cannot be computed is named
 * with its reason.
 */
export function choiceDetails(panel: PairedPanel, input: JudgeInput): Details {
  const { uncertaintyReplicates: replicates } = input.gates;
  if (replicates === 0) return {};
  return {
    pboByMetric: orReason(() => {
      const { columns, names } = panel;
      const by = (metric: BlockMetric): number =>
        cscv({ columns, names, splits: input.gates.pboSplits, metric }).pbo;
      return { mean: by(MEAN), drawdown: by(DRAWDOWN) };
    }),
    searchPaths: orReason(() => {
      const { sharpes, candidateChosen, splits } = searchPaths(panel, input);
      return { groups: GROUPS, testGroups: TEST_GROUPS, splits, sharpes: [...sharpes], candidateChosen };
    }),
    confidenceSet: orReason(() => {
      const own = ownColumns(panel);
      if (own.length > MOST_RECIPES)
        return { notComputed: `${String(own.length)} recipes are more than ${String(MOST_RECIPES)}` };
      const members = modelConfidenceSet({
        columns: own.map((column) => panel.columns[column] ?? new Float64Array()),
        names: own.map((column) => panel.names[column] ?? ''),
        // Against the average of all, one good recipe among many equal ones is not told from them; pair by pair it is.
        statistic: 'range',
        block: blockSessions(panel.candidateReturns, input.holdSessions),
        seed: input.seed,
        replicates: Math.max(FEWEST_REPLICATES, replicates),
      });
      const inside = members.filter(({ p }) => p >= 1 - SET_CONFIDENCE);
      const candidate = members.find(({ column }) => own[column] === panel.candidate);
      return {
        confidence: SET_CONFIDENCE,
        recipes: own.length,
        members: inside.map(({ name }) => name).sort(),
        candidateP: candidate?.p ?? null,
      };
    }),
  };
}

function orReason(compute: () => Details): Details {
  try {
    return compute();
  } catch (error) {
    if (!(error instanceof ContenderError)) throw error;
    return { notComputed: error.message };
  }
}
