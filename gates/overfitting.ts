import type { GateVerdict } from '../contracts/verdict.ts';
import { cscv } from '../stats/cscv.ts';
import { effectiveTrials } from '../stats/effective-trials.ts';
import type { EffectiveTrials } from '../stats/effective-trials.ts';
import { SampleTooShort } from '../stats/errors.ts';
import { requireVariation, squaredDeviations } from '../stats/series.ts';
import { deflatedSharpe, returnMoments } from '../stats/sharpe.ts';
import { guarded, measured } from './gate-verdict.ts';
import type { JudgeInput } from './judge-input.ts';
import { dueRecipes } from './ledger.ts';
import type { PairedPanel } from './paired-panel.ts';
import { choiceDetails } from './search-paths.ts';
import { deflatedUncertainty, overfittingUncertainty } from './uncertainty.ts';
import { counted, figure, trialsFigure } from './wording.ts';

/** What the trials were counted as, for the report. */
export interface TrialCount {
  /** N of the deflated Sharpe ratio. */
  readonly counted: number;
  readonly effectiveLowest: number | null;
}

/**
 * N is the number of distinct recipes in the ledger since the last declared structural change: the conservative end of the effective numbers, since every
 * published estimator lies at or below it. The formulas disagree by a factor of ten on the same panel, so a lower one
 * is shown with the ratio it would give, and decides nothing.
 */
export function countTrials(panel: PairedPanel | null, input: JudgeInput): TrialCount {
  const { recipes } = input.ledger;
  if (panel === null || panel.columns.length < 2) return { counted: recipes, effectiveLowest: null };
  return { counted: recipes, effectiveLowest: effectiveTrials(panel.columns, panel.names).lowest };
}

export function judgeDeflatedSharpe(panel: PairedPanel, input: JudgeInput): GateVerdict {
  const threshold = input.gates.dsrMin;
  return guarded('dsr', '>=', threshold, () => {
    if (panel.columns.length < 2) {
      throw new SampleTooShort(
        `${counted(panel.columns.length, 'trial')} on the paired sessions, 2 are needed`,
      );
    }
    const estimates = effectiveTrials(panel.columns, panel.names);
    const trials = countTrials(panel, input).counted;
    const sharpes = panel.columns.map((column, index) => returnMoments(column, panel.names[index]).sharpe);
    requireVariation(sharpes, 'the Sharpe ratio over the trials');
    const variance = squaredDeviations(sharpes) / (sharpes.length - 1);
    const moments = returnMoments(panel.candidateReturns, 'candidate');
    const strict = deflatedSharpe(moments, variance, trials);
    const annual = Math.sqrt(input.sessionsPerYear);
    const sign = strict.dsr >= threshold ? '>=' : '<';
    return measured({
      gate: 'dsr',
      number: strict.dsr,
      threshold,
      comparison: '>=',
      reason: `DSR ${figure(strict.dsr, 2, threshold)} ${sign} ${String(threshold)} with ${counted(trials, 'trial')} (effective ${trialsFigure(estimates.lowest)} to ${String(trials)}): annualised Sharpe ${figure(annual * moments.sharpe, 2)}, ${figure(annual * strict.expectedMaxSharpe, 2)} expected of the best by luck`,
      details: {
        trials,
        expectedMaxSharpe: strict.expectedMaxSharpe,
        perPeriodSharpe: moments.sharpe,
        skewness: moments.skewness,
        kurtosis: moments.kurtosis,
        trialSharpeVariance: variance,
        dsrAtLowestEffective: deflatedSharpe(moments, variance, estimates.lowest).dsr,
        effective: effectiveDetails(estimates),
        ...deflatedUncertainty(panel, input, { trials, variance }),
      },
    });
  });
}

function effectiveDetails(estimates: EffectiveTrials): Record<string, number> {
  return {
    raw: estimates.raw,
    averageCorrelation: estimates.averageCorrelation,
    averageCorrelationFormula: estimates.averageCorrelationFormula,
    participationRatio: estimates.participationRatio,
    entropyRank: estimates.entropyRank,
    nyholt: estimates.nyholt,
    liJi: estimates.liJi,
    galwey: estimates.galwey,
    clusters: estimates.clusters,
  };
}

export function judgeOverfitting(panel: PairedPanel, input: JudgeInput): GateVerdict {
  const { pboMax: threshold, pboSplits, minTrials } = input.gates;
  return guarded('pbo', '<=', threshold, () => {
    const trials = panel.columns.length;
    if (trials < minTrials) {
      throw new SampleTooShort(
        `${counted(trials, 'trial')} on the paired sessions, PBO needs ${String(minTrials)}`,
      );
    }
    const result = cscv({ columns: panel.columns, names: panel.names, splits: pboSplits });
    const sign = result.pbo <= threshold ? '<=' : '>';
    const verdict = measured({
      gate: 'pbo',
      number: result.pbo,
      threshold,
      comparison: '<=',
      reason: `PBO ${figure(result.pbo, 3, threshold)} ${sign} ${String(threshold)} over ${counted(result.combinations, 'combination')} of ${String(pboSplits)} blocks and ${counted(trials, 'trial')}${besides(input)}; the chosen recipe loses money out of sample in ${figure(100 * result.probabilityOfLoss, 1)} % of them`,
      details: {
        combinations: result.combinations,
        rows: result.rows,
        pboStrict: result.pboStrict,
        slope: result.slope,
        intercept: result.intercept,
        probabilityOfLoss: result.probabilityOfLoss,
        dominance: { ...result.dominance },
        ...overfittingUncertainty(panel, input),
        ...choiceDetails(panel, input),
        candidateSelected: (result.selectionCounts[panel.candidate] ?? 0) / result.combinations,
        ledgerRecipesScored: input.ledger.rescored.length,
        ledgerRecipesDue: dueRecipes(input),
        ledgerRecipesScorable: input.ledger.rescorable,
      },
    });
    return withWholeLedger(verdict, input);
  });
}

function besides({ ledger }: JudgeInput): string {
  if (ledger.rescorable === 0) return '';
  return `, ${String(ledger.rescored.length)} of them out of ${counted(ledger.rescorable, 'ledger recipe')}`;
}

/** Without the recipes that were due, a pass says nothing about them: they may be those that would have been chosen. */
function withWholeLedger(verdict: GateVerdict, input: JudgeInput): GateVerdict {
  const [first] = input.ledger.notRescored;
  if (first === undefined || verdict.verdict !== 'pass') return verdict;
  const missing = `${String(input.ledger.notRescored.length)} of ${counted(dueRecipes(input), 'ledger recipe')} due on these dates gave no returns (${first.recipeHash.slice(0, 8)}: ${first.reason})`;
  return {
    ...verdict,
    verdict: 'inconclusive',
    reason: `${missing.slice(0, 200)}; ${verdict.reason}`.slice(0, 500),
  };
}
