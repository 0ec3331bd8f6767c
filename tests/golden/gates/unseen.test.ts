import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DRAWDOWN, EXPECTANCY, MEAN } from '../../../stats/block-metric.ts';
import type { BlockMetric } from '../../../stats/block-metric.ts';
import { politisWhiteBlock } from '../../../stats/block-length.ts';
import { cscv } from '../../../stats/cscv.ts';
import { correlationMatrix, effectiveTrials } from '../../../stats/effective-trials.ts';
import { ledoitWolf } from '../../../stats/ledoit-wolf.ts';
import { modelConfidenceSetOfResamples } from '../../../stats/model-confidence-set.ts';
import { noncentralTUpperTail } from '../../../stats/noncentral-t.ts';
import { pboLeaveOneOut } from '../../../stats/pbo-uncertainty.ts';
import { robustProbabilisticSharpe, robustSharpe } from '../../../stats/robust-sharpe.ts';
import { squaredDeviations } from '../../../stats/series.ts';
import {
  deflatedSharpe,
  minimumTrackRecordLength,
  probabilisticSharpe,
  returnMoments,
} from '../../../stats/sharpe.ts';
import { spa, spaOfResamples, stepRejections } from '../../../stats/spa.ts';
import { trialClusters } from '../../../stats/trial-clusters.ts';
import { readUnseenPanel, relativeError, unseenIndices } from './reference.ts';

/**
 * Panels of other seeds and shapes than the golden set (odd N, T not divisible by S, two strategies, exact ties, a strategy
 * that started late, one of fifty times the size), with values from tests/golden/oracles/make-gate-oracles.py.
 */
interface ExpectedSpa {
  readonly statistic: number;
  readonly omega: readonly number[];
  readonly t: readonly number[];
  readonly n_valid: number;
  readonly p_lower: number;
  readonly p_consistent: number;
  readonly p_upper: number;
  readonly p1_lower: number;
  readonly p1_consistent: number;
  readonly p1_upper: number;
  readonly stepm: Readonly<Record<string, readonly number[]>>;
}

interface ExpectedPanel {
  readonly sharpe: {
    readonly columns: readonly {
      readonly sr: number;
      readonly psr0: number;
      readonly mintrl: number;
      readonly robust: Readonly<Record<string, { readonly se: number; readonly psr0: number }>>;
    }[];
    readonly best: number;
    readonly variance: number;
    readonly dsr: Readonly<Record<string, { readonly sr0: number; readonly dsr: number }>>;
  };
  readonly effective: {
    readonly average_correlation: number;
    readonly participation: number;
    readonly entropy: number;
    readonly nyholt: number;
    readonly galwey: number;
    readonly clusters: number;
    readonly silhouettes?: readonly number[];
  };
  readonly pbo: Readonly<
    Record<
      string,
      {
        readonly combinations: number;
        readonly dropped: number;
        readonly pbo: number;
        readonly strict: number;
        readonly slope: number;
        readonly intercept: number;
        readonly loss: number;
        readonly mean_logit: number;
        readonly without: readonly number[] | null;
        readonly first_order: number;
        readonly second_order: number;
        readonly selection: readonly number[];
      }
    >
  >;
  readonly spa_given: ExpectedSpa;
  readonly spa: Readonly<Record<string, ExpectedSpa>>;
  readonly politis_white: { readonly stationary: readonly number[]; readonly circular: readonly number[] };
  readonly mcs?: Readonly<Record<'R' | 'max', readonly (readonly [number, number])[]>>;
  readonly ledoit_wolf: { readonly parzen: number; readonly block_7: number };
}

interface Expected {
  readonly replicates: number;
  readonly panels: Readonly<Record<string, ExpectedPanel>>;
  readonly power: readonly {
    readonly df: number;
    readonly t: number;
    readonly shift: number;
    readonly tail: number;
  }[];
}

const folder = new URL('../data/gates-unseen/', import.meta.url);
const reference = JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8')) as Expected;
const METRICS: Readonly<Record<string, BlockMetric>> = {
  mean: MEAN,
  expectancy: EXPECTANCY,
  drawdown: DRAWDOWN,
};
const RECENTRINGS = ['lower', 'consistent', 'upper'] as const;

const near = (actual: number, expected: number | undefined): void => {
  expect(relativeError(actual, expected ?? NaN)).toBeLessThan(1e-9);
};

describe.each(Object.entries(reference.panels))('unseen panel %s', (name, expected) => {
  const panel = readUnseenPanel(name);
  const { strategies, differences, benchmark } = panel;

  it('has the closed forms to 1e-9', () => {
    expected.sharpe.columns.forEach((column, index) => {
      const series = strategies[index] ?? new Float64Array();
      const moments = returnMoments(series);
      near(moments.sharpe, column.sr);
      near(probabilisticSharpe(moments, 0), column.psr0);
      near(minimumTrackRecordLength(moments, 0), column.mintrl);
      for (const [lag, robust] of Object.entries(column.robust)) {
        const estimate = robustSharpe(series, Number(lag));
        near(estimate.standardError, robust.se);
        near(robustProbabilisticSharpe(estimate, 0), robust.psr0);
      }
    });
    const sharpes = strategies.map((series) => returnMoments(series).sharpe);
    const variance = squaredDeviations(sharpes) / (sharpes.length - 1);
    near(variance, expected.sharpe.variance);
    const best = returnMoments(strategies[expected.sharpe.best] ?? []);
    for (const [trials, wanted] of Object.entries(expected.sharpe.dsr)) {
      const deflated = deflatedSharpe(best, variance, Number(trials));
      if (wanted.sr0 === 0) expect(deflated.expectedMaxSharpe).toBe(0);
      else near(deflated.expectedMaxSharpe, wanted.sr0);
      near(deflated.dsr, wanted.dsr);
    }
  });

  it('has the effective numbers of trials', () => {
    const estimates = effectiveTrials(strategies);
    const wanted = expected.effective;
    near(estimates.averageCorrelation, wanted.average_correlation);
    near(estimates.participationRatio, wanted.participation);
    near(estimates.nyholt, wanted.nyholt);
    // Eigenvalues that are zero (the same strategy twice) come out as 1e-17, whose roots and logarithms differ.
    const loose = name.startsWith('tied') ? 1e-6 : 1e-9;
    expect(relativeError(estimates.entropyRank, wanted.entropy)).toBeLessThan(loose);
    expect(relativeError(estimates.galwey, wanted.galwey)).toBeLessThan(loose);
    expect(estimates.clusters).toBe(wanted.clusters);
    expect(estimates.highest).toBe(strategies.length);
    const { silhouettes } = trialClusters(correlationMatrix(strategies), strategies.length);
    // Two pairs of equal strategies are at distance zero: which is joined first is a matter of rounding.
    if (name.startsWith('tied')) return;
    wanted.silhouettes?.forEach((value, index) => {
      expect(Math.abs((silhouettes[index] ?? NaN) - value)).toBeLessThan(1e-9);
    });
  });

  for (const [key, wanted] of Object.entries(expected.pbo)) {
    const [metric = '', splits = ''] = key.split('_');
    it(`has the PBO of ${metric} over ${splits} blocks exactly`, () => {
      const given = METRICS[metric];
      const options = {
        columns: strategies,
        splits: Number(splits),
        ...(given === undefined ? {} : { metric: given }),
      };
      const result = cscv(options);
      expect(result.combinations).toBe(wanted.combinations);
      expect(result.droppedOldestRows).toBe(wanted.dropped);
      expect(result.pbo).toBe(wanted.pbo);
      expect(result.pboStrict).toBe(wanted.strict);
      expect(result.slope).toBeCloseTo(wanted.slope, 8);
      expect(result.intercept).toBeCloseTo(wanted.intercept, 8);
      expect(result.probabilityOfLoss).toBe(wanted.loss);
      expect([...result.selectionCounts]).toEqual(wanted.selection);
      const meanLogit = result.logits.reduce((sum, value) => sum + value, 0) / result.combinations;
      expect(meanLogit).toBeCloseTo(wanted.mean_logit, 11);
      expect(result.dominance).toEqual({ firstOrder: wanted.first_order, secondOrder: wanted.second_order });
      if (wanted.without !== null) expect([...pboLeaveOneOut(options, 0.5).without]).toEqual(wanted.without);
    });
  }

  it('has SPA exactly when the resamples are given', () => {
    const wanted = expected.spa_given;
    const resamples = unseenIndices(name);
    const result = spaOfResamples({ differences, block: 4, resamples });
    near(result.statistic, wanted.statistic);
    for (const recentring of RECENTRINGS) {
      expect(result.p[recentring]).toBe(wanted[`p_${recentring}`]);
      near(result.pAddOne[recentring], wanted[`p1_${recentring}`]);
    }
    wanted.omega.forEach((omega, column) => {
      near(result.omega[column] ?? NaN, omega);
    });
    for (const [alpha, rejected] of Object.entries(wanted.stepm)) {
      const ours = stepRejections(result, Number(alpha)).map((member) => member.column);
      expect(ours.toSorted((a, b) => a - b)).toEqual(rejected);
    }
    for (const [method, statistic] of [
      ['R', 'range'],
      ['max', 'max'],
    ] as const) {
      if (expected.mcs === undefined) continue;
      const members = modelConfidenceSetOfResamples({ columns: strategies, statistic, resamples });
      expect(members.map((member) => member.column)).toEqual(expected.mcs[method].map(([column]) => column));
      members.forEach((member, step) => {
        near(member.p, expected.mcs?.[method][step]?.[1]);
      });
    }
  });

  for (const [block, wanted] of Object.entries(expected.spa)) {
    it(`has SPA with its own resamples of block ${block} within Monte-Carlo error`, () => {
      const replicates = 20_000;
      const result = spa({ differences, block: Number(block), seed: 3, replicates });
      near(result.statistic, wanted.statistic);
      expect(result.validColumns).toBe(wanted.n_valid);
      for (const recentring of RECENTRINGS) {
        const theirs = wanted[`p_${recentring}`];
        const ours = result.p[recentring];
        const error = Math.sqrt(
          (theirs * (1 - theirs)) / reference.replicates + (ours * (1 - ours)) / replicates,
        );
        expect(Math.abs(ours - theirs)).toBeLessThanOrEqual(Math.max(4 * error, 2 / replicates));
      }
    });
  }

  it('has block lengths and the Ledoit-Wolf statistics', () => {
    differences.forEach((difference, column) => {
      const block = politisWhiteBlock(difference);
      near(block.stationary, expected.politis_white.stationary[column]);
      near(block.circular, expected.politis_white.circular[column]);
    });
    const pair = { candidate: strategies[0] ?? [], benchmark, form: 'ratio' } as const;
    near(ledoitWolf({ ...pair, covariance: { kind: 'parzen' } }).tStatistic, expected.ledoit_wolf.parzen);
    near(
      ledoitWolf({ ...pair, covariance: { kind: 'block', length: 7 } }).tStatistic,
      expected.ledoit_wolf.block_7,
    );
  });
});

describe('noncentral t', () => {
  it.each(reference.power)(
    'has the upper tail of $t with $df degrees of freedom shifted by $shift',
    (wanted) => {
      expect(Math.abs(noncentralTUpperTail(wanted.t, wanted.df, wanted.shift) - wanted.tail)).toBeLessThan(
        1e-11,
      );
    },
  );
});
