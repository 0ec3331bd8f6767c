import { describe, expect, it } from 'vitest';
import { ConstantSeries, NonFiniteValue, SampleTooShort, ShapeMismatch } from '../../../stats/errors.ts';
import { bartlettVariance } from '../../../stats/hac.ts';
import { mean } from '../../../stats/series.ts';
import { sharpeDifference } from '../../../stats/sharpe-difference.ts';
import {
  deflatedSharpe,
  expectedMaximum,
  minimumTrackRecordLength,
  probabilisticSharpe,
  returnMoments,
} from '../../../stats/sharpe.ts';
import { simulatedReturns } from './simulated.ts';

describe('Sharpe ratio, PSR and DSR', () => {
  const moments = returnMoments(simulatedReturns({ rows: 500, seed: 1, mean: 0.0008 }));

  it('reaches the confidence at the minimum track record length', () => {
    const length = minimumTrackRecordLength(moments, 0, 0.95);
    expect(probabilisticSharpe({ ...moments, observations: length }, 0)).toBeCloseTo(0.95, 12);
    expect(minimumTrackRecordLength(moments, moments.sharpe)).toBe(Infinity);
  });

  it('is the PSR when there was one trial, and falls with every further one', () => {
    const one = deflatedSharpe(moments, 0.002, 1);
    expect(one.dsr).toBe(probabilisticSharpe(moments, 0));
    const falling = [1, 2, 5, 20, 100, 1000].map((trials) => deflatedSharpe(moments, 0.002, trials).dsr);
    expect(falling).toEqual(falling.toSorted((a, b) => b - a));
  });

  it('expects the maximum of normals that simulation shows', () => {
    const maxima = Array.from({ length: 3000 }, (_, stream) =>
      Math.max(...simulatedReturns({ rows: 50, seed: 6, stream, deviation: 1 })),
    );
    expect(Math.abs(mean(maxima) - expectedMaximum(50))).toBeLessThan(0.05);
  });

  it('refuses flat, short and broken series, and moments no distribution has', () => {
    expect(() => returnMoments(new Float64Array(375).fill(0.0001))).toThrow(ConstantSeries);
    expect(() => returnMoments([0.1, 0.2, 0.3])).toThrow(SampleTooShort);
    expect(() => returnMoments([0.1, Number.NaN, 0.3, 0.2])).toThrow(NonFiniteValue);
    expect(() => probabilisticSharpe({ sharpe: 3, observations: 100, skewness: 3, kurtosis: 0 }, 0)).toThrow(
      /kurtosis/u,
    );
    expect(() => probabilisticSharpe({ sharpe: NaN, observations: 9, skewness: 0, kurtosis: 3 }, 0)).toThrow(
      NonFiniteValue,
    );
    // 1 - g3 SR + (g4 - 1)/4 SR^2 is exactly zero here: no error, hence no ratio.
    expect(() => probabilisticSharpe({ sharpe: 1, observations: 100, skewness: 1, kurtosis: 1 }, 0)).toThrow(
      /kurtosis/u,
    );
    expect(() => probabilisticSharpe({ ...moments, observations: 1 }, 0)).toThrow(/observations is 1/u);
    expect(() => minimumTrackRecordLength(moments, 0, 0.4)).toThrow(/confidence is 0.4/u);
    expect(() => deflatedSharpe(moments, 0.002, 0.5)).toThrow(/trials is 0.5/u);
    expect(() => deflatedSharpe(moments, -1, 3)).toThrow(/variance/u);
  });
});

describe('a refusal of the Sharpe statistics', () => {
  const refusal = (run: () => unknown): unknown => {
    try {
      return run();
    } catch (error) {
      return error;
    }
  };

  it('carries the moments that no distribution has, and what to check', () => {
    const moments = { sharpe: 3, observations: 100, skewness: 3, kurtosis: 0 };
    expect(refusal(() => probabilisticSharpe(moments, 0))).toMatchObject({
      details: { skewness: 3, kurtosis: 0, sharpe: 3 },
      remedy: expect.stringContaining('raw') as string,
    });
    expect(refusal(() => probabilisticSharpe({ ...moments, skewness: Number.NaN }, 0))).toMatchObject({
      details: { name: 'skewness' },
    });
  });
});

describe('difference of two Sharpe ratios', () => {
  const candidate = simulatedReturns({ rows: 400, seed: 3, stream: 0, mean: 0.001, autocorrelation: 0.2 });
  const benchmark = simulatedReturns({ rows: 400, seed: 3, stream: 1, mean: 0.0002 });
  const options = { candidate, benchmark, lag: 5, alpha: 0.2, sessionsPerYear: 252 };

  it('has the delta-method error over the four moments', () => {
    const moments = [candidate, benchmark, candidate.map((x) => x * x), benchmark.map((x) => x * x)];
    const averages = moments.map((moment) => mean(moment));
    const centred = moments.map((moment, index) => moment.map((x) => x - (averages[index] ?? NaN)));
    const [muA = NaN, muB = NaN, gammaA = NaN, gammaB = NaN] = averages;
    const varianceA = gammaA - muA * muA;
    const varianceB = gammaB - muB * muB;
    const gradient = [
      gammaA / varianceA ** 1.5,
      -gammaB / varianceB ** 1.5,
      (-0.5 * muA) / varianceA ** 1.5,
      (0.5 * muB) / varianceB ** 1.5,
    ];
    let variance = 0;
    gradient.forEach((left, i) => {
      gradient.forEach((right, j) => {
        const sum = centred[i]?.map((x, row) => x + (centred[j]?.[row] ?? NaN)) ?? new Float64Array();
        const minus = centred[i]?.map((x, row) => x - (centred[j]?.[row] ?? NaN)) ?? new Float64Array();
        // Covariance by polarisation: long-run variances of the sum and of the difference.
        variance += (left * right * (bartlettVariance(sum, 5) - bartlettVariance(minus, 5))) / 4;
      });
    });
    const result = sharpeDifference(options);
    expect(result.standardError).toBeCloseTo(Math.sqrt(variance / 400), 10);
    expect(result.annualisedDifference).toBeCloseTo(result.difference * Math.sqrt(252), 12);
    expect(result.lowerBound).toBeLessThan(result.annualisedDifference);
  });

  // numpy and scipy, from the four moments (Ledoit and Wolf 2008, section 3.1) and scipy.stats.t.ppf and norm.sf.
  it('gives the annualised numbers, bounds and p-value of an independent reckoning', () => {
    const rows = Array.from({ length: 24 }, (_, row) => row);
    const found = sharpeDifference({
      candidate: rows.map((row) => 0.01 * Math.sin(1.7 * row) + 0.001),
      benchmark: rows.map((row) => 0.008 * Math.cos(0.9 * row) + 0.0002),
      ...{ lag: 3, alpha: 0.1, sessionsPerYear: 240 },
    });
    const expected = {
      difference: 0.07462759605535474,
      standardError: 0.2293874635256369,
      tStatistic: 0.3253342397546245,
      pValue: 0.744928119533683,
      annualisedDifference: 1.156125746759533,
      annualisedStandardError: 3.553655304254212,
      lowerBound: -3.5327811332157064,
      upperBound: 5.845032626734772,
      candidateAnnualisedSharpe: 2.915453722447641,
      benchmarkAnnualisedSharpe: 1.759327975688108,
    };
    for (const [name, value] of Object.entries(expected)) {
      expect(found[name as keyof typeof expected], name).toBeCloseTo(value, 9);
    }
    expect(found).toMatchObject({ observations: 24, lag: 3 });
  });

  it('lies below its upper and above its lower bound by as much, whatever its sign', () => {
    for (const pair of [options, { ...options, candidate: benchmark, benchmark: candidate }]) {
      const { lowerBound, upperBound, annualisedDifference, pValue } = sharpeDifference(pair);
      expect(upperBound - annualisedDifference).toBeCloseTo(annualisedDifference - lowerBound, 12);
      expect(upperBound).toBeGreaterThan(annualisedDifference);
      expect(pValue).toBeGreaterThan(0);
      expect(pValue).toBeLessThan(1);
    }
  });

  it('changes sign with its arguments and not with their scale', () => {
    const forth = sharpeDifference(options);
    const back = sharpeDifference({ ...options, candidate: benchmark, benchmark: candidate });
    expect(back.difference).toBeCloseTo(-forth.difference, 12);
    expect(back.standardError).toBeCloseTo(forth.standardError, 12);
    const scaled = sharpeDifference({ ...options, candidate: candidate.map((x) => 7 * x) });
    expect(scaled.tStatistic).toBeCloseTo(forth.tStatistic, 9);
  });

  it('refuses to compare a series with itself or a multiple, and unpaired or short series', () => {
    expect(() => sharpeDifference({ ...options, benchmark: candidate })).toThrow(ConstantSeries);
    expect(() => sharpeDifference({ ...options, benchmark: candidate.map((x) => 3 * x) })).toThrow(
      expect.objectContaining({ remedy: 'A series cannot be compared with itself or a multiple of it.' }),
    );
    expect(() => sharpeDifference({ ...options, benchmark: benchmark.slice(1) })).toThrow(ShapeMismatch);
    const short = { candidate: candidate.slice(0, 19), benchmark: benchmark.slice(0, 19) };
    expect(() => sharpeDifference({ ...options, ...short })).toThrow(SampleTooShort);
    expect(() => sharpeDifference({ ...options, benchmark: new Float64Array(400) })).toThrow(
      /benchmark is constant/u,
    );
    expect(() => sharpeDifference({ ...options, alpha: 0 })).toThrow(/alpha/u);
    expect(() => sharpeDifference({ ...options, lag: 400 })).toThrow(/lag is 400/u);
    expect(() => sharpeDifference({ ...options, lag: 1.5 })).toThrow(/lag/u);
    for (const sessionsPerYear of [0, 367, Number.NaN]) {
      expect(() => sharpeDifference({ ...options, sessionsPerYear })).toThrow(/sessionsPerYear/u);
    }
    // The very small is compared as well as the large: what counts is how the two differ, not their size.
    const small = sharpeDifference({ ...options, candidate: candidate.map((x) => 1e-9 * x) });
    expect(small.tStatistic).toBeCloseTo(sharpeDifference(options).tStatistic, 9);
  });
});
