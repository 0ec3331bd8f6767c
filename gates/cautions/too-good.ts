import type { Caution } from '../../contracts/caution.ts';
import { normalQuantile } from '../../stats/normal.ts';
import { counted, figure, trialsFigure } from '../wording.ts';
import { look } from './look.ts';
import type { CautionGround } from './look.ts';

/**
 * Annualised Sharpe ratio above which no published strategy on a cross-section of shares stands. Gu, Kelly and Xiu (2020,
 * Review of Financial Studies 33, 2223-2273): 1.35 value-weighted and 2.45 equally weighted for the best neural network, a month
 * ahead and before costs; Krauss, Do and Huck (2017, European Journal of Operational Research 259, 689-702): 1.8 for daily trading of
 * the S&P 500 after costs. A recipe that shows more, net of cost, has more often found an error than an edge.
 */
const MOST_SHARPE = 2.5;

/**
 * Mean rank IC beyond that of a great forecaster: Grinold and Kahn (2000, Active Portfolio Management, chapter 10) call 0.05
 * good, 0.10 great, 0.15 world class, and above 0.20 a faulty backtest.
 */
const MOST_RANK_IC = 0.1;

/**
 * A recipe that beats the one in force by a whole Sharpe ratio has found as much again as most public strategies have
 * altogether: looked at for a difference of data or costs before it is believed. Of few years a lead is that large by chance, and
 * no smaller one passes the gates at all: what stands out is a lead whose lower bound is (one-sided, 95 %).
 */
const MOST_LEAP = 1;
const LEAP_ERRORS = normalQuantile(0.95);

/** A probability of overfitting this near to none asks among how many different recipes it was found. */
const LITTLE_PBO = 0.05;
/**
 * Recipes that are worth so few independent ones have nothing to be overfitted among: the rank of a winner among N takes N + 1
 * values (Bailey, Borwein, Lopez de Prado and Zhu 2017, Journal of Computational Finance 20(4), section 2), so of 5 every sixth
 * place is the last.
 */
const FEWEST_TRIALS = 5;

/** Numbers that are better than such numbers are. */
export function tooGood(ground: CautionGround): Caution[] {
  const { route } = ground.input;
  return [
    sharpe(ground),
    ...(route === 'new-recipe' ? [benchmark(ground), leap(ground)] : []),
    rankIc(ground),
    overfitting(ground),
  ];
}

function sharpe({ report }: CautionGround): Caution {
  return look('sharpe-too-good', () => {
    const { annualisedSharpe: number } = report.candidate;
    if (number === null) return 'the candidate has no Sharpe ratio';
    return {
      number,
      bound: MOST_SHARPE,
      beyond: 'above',
      reason: `annualised Sharpe ${figure(number, 2, MOST_SHARPE)} net of cost; no public strategy on shares shows more than ${String(MOST_SHARPE)}`,
    };
  });
}

function benchmark({ report }: CautionGround): Caution {
  return look('benchmark-too-good', () => {
    const { annualisedSharpe: number, name } = report.benchmark;
    if (number === null) return 'the benchmark has no Sharpe ratio';
    return {
      number,
      bound: MOST_SHARPE,
      beyond: 'above',
      reason: `${name} shows an annualised Sharpe of ${figure(number, 2, MOST_SHARPE)} on the same sessions: more than ${String(MOST_SHARPE)} means that data or costs flatter every recipe`,
    };
  });
}

function leap({ report }: CautionGround): Caution {
  return look('leap', () => {
    const { annualisedSharpe: own } = report.candidate;
    const { annualisedSharpe: other, name } = report.benchmark;
    if (own === null || other === null) return 'there are not two Sharpe ratios to compare';
    const error = report.verdicts.find(({ gate }) => gate === 'sharpe-improvement')?.details['standardError'];
    if (typeof error !== 'number') return 'the error of the lead is not known';
    const number = own - other;
    const bound = MOST_LEAP + LEAP_ERRORS * error;
    return {
      number,
      bound,
      beyond: 'above',
      reason: `annualised Sharpe ${figure(own, 2)} against ${figure(other, 2)} of ${name}: a lead of ${figure(number, 2, bound)}; chance alone (standard error ${figure(error, 2)}) makes ${figure(bound, 2)} of a lead of ${String(MOST_LEAP)}, as much as most public strategies have altogether`,
      details: { candidate: own, benchmark: other, standardError: error, most: MOST_LEAP },
    };
  });
}

function rankIc({ report }: CautionGround): Caution {
  return look('rank-ic-too-good', () => {
    const { meanRankIc: number } = report.candidate;
    if (number === null) return 'no rank IC was measured';
    return {
      number,
      bound: MOST_RANK_IC,
      beyond: 'above',
      reason: `mean daily rank IC ${figure(number, 3, MOST_RANK_IC)}; ${String(MOST_RANK_IC)} is that of a great forecaster`,
    };
  });
}

function overfitting({ report }: CautionGround): Caution {
  return look('pbo-among-few', () => {
    const pbo = report.verdicts.find(({ gate }) => gate === 'pbo')?.number ?? null;
    const effective = independentOf(report);
    const { judged, rescored } = report.trials;
    if (pbo === null || effective === null) return 'PBO, or the effective number of trials, is not known';
    const trials = judged + rescored;
    const about = `PBO ${figure(pbo, 3)} among ${counted(trials, 'trial')}, worth ${trialsFigure(effective)} independent ones`;
    // A larger PBO says by itself that the choice among them was luck.
    if (pbo > LITTLE_PBO) return `${about}: not near none, so it is not asked how it came to be`;
    return {
      number: effective,
      bound: FEWEST_TRIALS,
      beyond: 'below',
      reason: `${about}: among fewer than ${String(FEWEST_TRIALS)} there is little to be overfitted among`,
      details: { pbo, trials },
    };
  });
}

/**
 * The participation ratio of the correlations: of copies 1, of N recipes that share a correlation r about N / (1 + (N - 1) r^2). Not the
 * smallest of all estimates: that is the number of clusters, which finds two wherever there are none to find.
 */
function independentOf({ verdicts }: CautionGround['report']): number | null {
  const effective = verdicts.find(({ gate }) => gate === 'dsr')?.details['effective'];
  if (typeof effective !== 'object' || effective === null || Array.isArray(effective)) return null;
  const { participationRatio } = effective;
  return typeof participationRatio === 'number' ? participationRatio : null;
}
