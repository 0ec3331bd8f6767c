import { drawdownInterval } from '../stats/drawdown-interval.ts';
import { deflatedInterval } from '../stats/deflated-interval.ts';
import { ledoitWolfBootstrap } from '../stats/ledoit-wolf.ts';
import { pboInterval, pboLeaveOneOut } from '../stats/pbo-uncertainty.ts';
import {
  robustDeflatedSharpe,
  robustMinimumTrackRecordLength,
  robustSharpe,
} from '../stats/robust-sharpe.ts';
import type { Series } from '../stats/series.ts';
import type { Details } from './gate-verdict.ts';
import type { JudgeInput } from './judge-input.ts';
import { blockSessions, hacLag } from './paired-panel.ts';
import type { PairedPanel } from './paired-panel.ts';

/**
 * How sure the numbers of the gates are: reported beside them for whoever approves, deciding nothing. A spec with
 * `uncertaintyReplicates` 0 asks for none of it.
 */
const CONFIDENCE = 0.9;

/** Percentile interval of PBO, how it moves without one trial, and dominance. */
export function overfittingUncertainty(panel: PairedPanel, input: JudgeInput): Details {
  const { uncertaintyReplicates: replicates, pboSplits: splits, pboMax } = input.gates;
  if (replicates === 0) return {};
  const options = { columns: panel.columns, names: panel.names, splits };
  const left = panel.columns.length < 3 ? null : pboLeaveOneOut(options, pboMax);
  const { lower, upper } = pboInterval({ ...options, ...resampling(panel, input, replicates) });
  return {
    interval90: [lower, upper],
    leaveOneOut:
      left === null ? null : { lowest: left.lowest, highest: left.highest, flipRate: left.flipRate },
  };
}

/** Percentile interval of DSR at the same N, and what it is when autocorrelation is allowed for. */
export function deflatedUncertainty(
  panel: PairedPanel,
  input: JudgeInput,
  deflation: { readonly trials: number; readonly variance: number },
): Details {
  const replicates = input.gates.uncertaintyReplicates;
  if (replicates === 0) return {};
  const { trials, variance } = deflation;
  const { lower, upper } = deflatedInterval({
    columns: panel.columns,
    names: panel.names,
    chosen: panel.candidate,
    trials,
    ...resampling(panel, input, replicates),
  });
  const robust = robustSharpe(
    panel.candidateReturns,
    hacLag(panel.sessions.length, input.holdSessions),
    'candidate',
  );
  const deflated = robustDeflatedSharpe(robust, variance, trials);
  const length = robustMinimumTrackRecordLength(robust, deflated.expectedMaxSharpe);
  return {
    interval90: [lower, upper],
    autocorrelationRobust: {
      dsr: deflated.dsr,
      lag: robust.lag,
      // Below luck there is no length after which skill would be shown.
      minTrackRecordSessions:
        robust.sharpe > deflated.expectedMaxSharpe && Number.isFinite(length) ? length : null,
    },
  };
}

/** Replicates under which a bootstrap p-value is not told. */
const FEWEST_FOR_P = 99;

/**
 * Two-sided p-value of the Sharpe difference by the studentised circular block bootstrap (Ledoit and Wolf 2008): the same question as
 * the HAC error beside it, by a second route. Nothing against no position, which has no Sharpe ratio.
 */
export function improvementUncertainty(panel: PairedPanel, input: JudgeInput): Details {
  const replicates = input.gates.uncertaintyReplicates;
  if (replicates < FEWEST_FOR_P || input.route === 'first') return {};
  const block = blockSessions(panel.difference, input.holdSessions);
  // Four blocks at least, or the error of a resample means nothing.
  if (panel.sessions.length / block < 4) return {};
  const { candidateReturns: candidate, benchmark } = panel;
  const { pValue, difference } = ledoitWolfBootstrap({
    ...{ candidate, benchmark, form: 'ratio', block, seed: input.seed, replicates },
  });
  const annual = Math.sqrt(input.sessionsPerYear);
  return { ledoitWolf: { annualisedDifference: annual * difference, pTwoSided: pValue, block, replicates } };
}

/** How deep the same returns could have fallen in another order. */
export function drawdownUncertainty(returns: Series, input: JudgeInput): Details {
  const replicates = input.gates.uncertaintyReplicates;
  if (replicates === 0) return {};
  const { lower, median, upper, shareDeeper } = drawdownInterval({
    returns,
    name: 'candidate',
    block: input.holdSessions,
    seed: input.seed,
    replicates,
    confidence: CONFIDENCE,
  });
  return { interval90: [lower, upper], medianOfOrders: median, shareOfOrdersDeeper: shareDeeper };
}

function resampling(panel: PairedPanel, input: JudgeInput, replicates: number) {
  const block = blockSessions(panel.candidateReturns, input.holdSessions);
  return { block, seed: input.seed, replicates, confidence: CONFIDENCE };
}
