import { describe, expect, it } from 'vitest';
import { correlationMatrix, effectiveTrials } from '../../../stats/effective-trials.ts';
import { symmetricEigenvalues } from '../../../stats/eigenvalues.ts';
import { squaredDeviations } from '../../../stats/series.ts';
import { ledoitWolf, ledoitWolfBootstrap } from '../../../stats/ledoit-wolf.ts';
import type { LedoitWolfOptions } from '../../../stats/ledoit-wolf.ts';
import { sharpeDifference } from '../../../stats/sharpe-difference.ts';
import {
  deflatedSharpe,
  expectedMaximum,
  minimumTrackRecordLength,
  probabilisticSharpe,
  returnMoments,
  sharpeStandardError,
} from '../../../stats/sharpe.ts';
import { readColumns, readPanel, reference, relativeError } from './reference.ts';

const near = (actual: number, expected: number | undefined): void => {
  expect(relativeError(actual, expected ?? NaN)).toBeLessThan(1e-9);
};

describe('the Sharpe family against independent reference values', () => {
  for (const [name, expected] of Object.entries(reference.sharpe)) {
    const panel = readPanel(name);
    const moments = panel.strategies.map((returns) => returnMoments(returns));

    it(`gives every column of ${name} its moments, PSR and track record length to 1e-9`, () => {
      moments.forEach((moment, column) => {
        const wanted = expected.columns[column] ?? {};
        expect(moment.observations).toBe(wanted['T']);
        near(moment.sharpe, wanted['sr']);
        near(moment.standardDeviation, wanted['sd_ddof1']);
        near(moment.skewness, wanted['skew_pop']);
        near(moment.kurtosis, wanted['kurt_raw_pop']);
        near(probabilisticSharpe(moment, 0), wanted['psr0']);
        near(sharpeStandardError(moment), wanted['se_sr']);
        near(minimumTrackRecordLength(moment, 0), wanted['mintrl95_vs0']);
      });
    });

    it(`estimates the effective number of trials of ${name} seven ways`, () => {
      const estimates = effectiveTrials(panel.strategies);
      near(estimates.averageCorrelation, expected.n_eff['avg_corr']);
      near(estimates.averageCorrelationFormula, expected.n_eff['bailey_avg_corr_formula']);
      near(estimates.participationRatio, expected.n_eff['participation_ratio']);
      near(estimates.entropyRank, expected.n_eff['entropy_rank']);
      near(estimates.nyholt, expected.n_eff['nyholt']);
      near(estimates.liJi, expected.n_eff['li_ji']);
      near(estimates.galwey, expected.n_eff['galwey']);
      expect(estimates.clusters).toBe(expected.n_eff['hier_average_maxsil']);
      const eigenvalues = symmetricEigenvalues(correlationMatrix(panel.strategies), panel.strategies.length);
      expected.n_eff.eigenvalues.forEach((value, rank) => {
        near(eigenvalues[rank] ?? NaN, value);
      });
    });

    it(`deflates the best column of ${name} for every count of trials`, () => {
      const sharpes = moments.map((moment) => moment.sharpe);
      const variance = squaredDeviations(sharpes) / (sharpes.length - 1);
      near(variance, expected.var_trial_sr_ddof1);
      expect(sharpes.indexOf(Math.max(...sharpes))).toBe(expected.best);
      const best = moments[expected.best];
      for (const wanted of Object.values(expected.dsr_best)) {
        const deflated = deflatedSharpe(best ?? returnMoments([]), variance, wanted.n);
        near(expectedMaximum(wanted.n), wanted.emax_z);
        near(deflated.expectedMaxSharpe, wanted.sr0);
        near(deflated.dsr, wanted.dsr);
      }
    });
  }

  it('reproduces the published example, where raw and excess kurtosis differ in the third digit only', () => {
    for (const row of reference.sharpe_scalar) {
      const moments = { sharpe: row.sr, observations: row.T, skewness: row.skew, kurtosis: row.kurt_raw };
      const deflated = deflatedSharpe(moments, row.var_trials, row.n_trials);
      near(deflated.dsr, row.dsr);
      near(deflated.expectedMaxSharpe, row.sr0);
      near(probabilisticSharpe(moments, 0), row.psr0);
      if (row.mintrl95_vs0 !== null) near(minimumTrackRecordLength(moments, 0), row.mintrl95_vs0);
      if (row.mintrl95_vs_sr0 !== null) {
        near(minimumTrackRecordLength(moments, deflated.expectedMaxSharpe), row.mintrl95_vs_sr0);
      }
    }
  });

  it('compares two Sharpe ratios as the published R package does without autocorrelation', () => {
    const { columns } = readColumns('sharpe_pair.csv');
    const [champion = new Float64Array(), challenger = new Float64Array()] = columns;
    const expected = reference.ledoit_wolf.results['asymptotic_hacFALSE_ttype1'];
    const result = sharpeDifference({
      candidate: champion,
      benchmark: challenger,
      lag: 0,
      alpha: 0.05,
      sessionsPerYear: 252,
    });
    // The package divides the moments' covariance by T - 1, the HAC form by T.
    const degrees = Math.sqrt((champion.length - 1) / champion.length);
    near(result.difference, expected?.dsharpe);
    near(result.tStatistic * degrees, expected?.tstat);
  });

  it('has every Ledoit-Wolf statistic of the published R package', () => {
    const { columns } = readColumns('sharpe_pair.csv');
    const [candidate = new Float64Array(), benchmark = new Float64Array()] = columns;
    const cases: Readonly<Record<string, Pick<LedoitWolfOptions, 'covariance' | 'form'>>> = {
      asymptotic_hacFALSE_ttype1: { covariance: { kind: 'independent' }, form: 'ratio' },
      asymptotic_hacTRUE_ttype1: { covariance: { kind: 'parzen' }, form: 'ratio' },
      asymptotic_hacFALSE_ttype2: { covariance: { kind: 'independent' }, form: 'product' },
      asymptotic_hacTRUE_ttype2: { covariance: { kind: 'parzen' }, form: 'product' },
      bootstrap_b1_ttype1_nBoot9999: { covariance: { kind: 'block', length: 1 }, form: 'ratio' },
      bootstrap_b5_ttype1_nBoot9999: { covariance: { kind: 'block', length: 5 }, form: 'ratio' },
      bootstrap_b10_ttype1_nBoot9999: { covariance: { kind: 'block', length: 10 }, form: 'ratio' },
    };
    for (const [key, wanted] of Object.entries(reference.ledoit_wolf.results)) {
      const options = cases[key];
      if (options === undefined) throw new Error(`no case for ${key}`);
      const result = ledoitWolf({ candidate, benchmark, ...options });
      near(result.difference, wanted.dsharpe);
      near(result.tStatistic, wanted.tstat);
      if (options.covariance.kind !== 'block') {
        expect(Math.abs(result.pValue - wanted.pval)).toBeLessThan(1e-11);
        continue;
      }
      const block = options.covariance.length;
      const { pValue } = ledoitWolfBootstrap({
        candidate,
        benchmark,
        form: 'ratio',
        block,
        seed: 4,
        replicates: 1999,
      });
      expect(Math.abs(pValue - wanted.pval)).toBeLessThan(4 * Math.sqrt((0.0036 * 0.9964) / 1999));
    }
  });
});
