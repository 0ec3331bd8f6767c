import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DRAWDOWN, EXPECTANCY, MEAN, SHARPE } from '../../../stats/block-metric.ts';
import type { PlainMetric } from '../../../stats/block-metric.ts';
import { cscv } from '../../../stats/cscv.ts';
import { deflatedInterval } from '../../../stats/deflated-interval.ts';
import { drawdownInterval } from '../../../stats/drawdown-interval.ts';
import { maximumDrawdown } from '../../../stats/drawdown.ts';
import { ConstantSeries, NonFiniteValue, SampleTooShort } from '../../../stats/errors.ts';
import { modelConfidenceSet } from '../../../stats/model-confidence-set.ts';
import { pboInterval, pboLeaveOneOut } from '../../../stats/pbo-uncertainty.ts';
import {
  annualisationFactor,
  robustDeflatedSharpe,
  robustMinimumTrackRecordLength,
  robustProbabilisticSharpe,
  robustSharpe,
} from '../../../stats/robust-sharpe.ts';
import { squaredDeviations } from '../../../stats/series.ts';
import { deflatedSharpe, probabilisticSharpe, returnMoments } from '../../../stats/sharpe.ts';
import { simulatedPanel, simulatedReturns } from './simulated.ts';

const skilled = simulatedPanel({ rows: 300, columns: 8, seed: 12, skilled: 5, mean: 0.002 });
const noise = simulatedPanel({ rows: 300, columns: 8, seed: 13 });

describe('measures that merge over blocks', () => {
  const returns = fc.array(fc.double({ min: -0.2, max: 0.2, noNaN: true }), { minLength: 2, maxLength: 40 });
  for (const metric of [MEAN, EXPECTANCY, DRAWDOWN, SHARPE]) {
    it(`gives the ${metric.name} of the whole from the sketches of its parts, wherever it is cut`, () => {
      fc.assert(
        fc.property(fc.array(returns, { minLength: 2, maxLength: 5 }), (parts) => {
          const whole = new Float64Array(metric.width);
          metric.sketch(Float64Array.from(parts.flat()), whole, 0);
          let merged = new Float64Array(metric.width);
          parts.forEach((part, index) => {
            const sketch = new Float64Array(metric.width);
            metric.sketch(Float64Array.from(part), sketch, 0);
            const out = new Float64Array(metric.width);
            if (index === 0) merged = sketch;
            else {
              metric.merge({ earlier: merged, later: sketch, out }, { earlier: 0, later: 0, out: 0 });
              merged = out;
            }
          });
          const expected = metric.value(whole, 0);
          expect(Math.abs(metric.value(merged, 0) - expected)).toBeLessThan(
            1e-9 * Math.max(1, Math.abs(expected)),
          );
        }),
        { numRuns: 100 },
      );
    });
  }

  it('gives the same PBO through a sketch, through the rows, and by the table of sums', () => {
    const plain: PlainMetric = {
      kind: 'plain',
      name: 'sharpe by rows',
      value: (rows) => returnMoments(rows).sharpe,
    };
    const fast = cscv({ columns: skilled, splits: 8 });
    for (const metric of [plain, SHARPE]) {
      const slow = cscv({ columns: skilled, splits: 8, metric });
      expect(slow.pbo).toBe(fast.pbo);
      expect([...slow.winners]).toEqual([...fast.winners]);
      expect([...slow.winnerRanks]).toEqual([...fast.winnerRanks]);
    }
    const falls: PlainMetric = {
      kind: 'plain',
      name: 'falls',
      value: (rows) => -maximumDrawdown(rows).maximum,
    };
    const byRows = cscv({ columns: noise, splits: 6, metric: falls });
    const merged = cscv({ columns: noise, splits: 6, metric: DRAWDOWN });
    expect(merged.pbo).toBe(byRows.pbo);
    byRows.inSample.forEach((value, index) => {
      expect(merged.inSample[index]).toBeCloseTo(value, 12);
    });
  });

  it('names measure and trial where the measure does not exist', () => {
    const broken: PlainMetric = { kind: 'plain', name: 'profit factor', value: () => Number.NaN };
    const names = noise.map((_, index) => `t${String(index)}`);
    expect(() => cscv({ columns: noise, names, splits: 4, metric: broken })).toThrow(NonFiniteValue);
    expect(() => cscv({ columns: noise, names, splits: 4, metric: broken })).toThrow(
      /profit factor of t0 is NaN/u,
    );
  });
});

describe('a column that is constant over half of the blocks', () => {
  it('has the Sharpe ratio zero when it did nothing, and is refused by name when it earned for ever', () => {
    const late = noise.map((column, index) =>
      index === 2 ? column.map((v, row) => (row < 160 ? 0 : v)) : column,
    );
    const result = cscv({ columns: late, splits: 2 });
    expect(result.combinations).toBe(2);
    expect(Number.isFinite(result.slope)).toBe(true);
    const earning = noise.map((column, index) =>
      index === 2 ? column.map((v, row) => (row < 160 ? 1e-4 : v)) : column,
    );
    const names = noise.map((_, index) => `t${String(index)}`);
    expect(() => cscv({ columns: earning, names, splits: 2 })).toThrow(ConstantSeries);
    expect(() => cscv({ columns: earning, names, splits: 2 })).toThrow(/t2 is constant .* over half/u);
  });
});

describe('how sure PBO is', () => {
  it('equals the plain recomputation without each trial', () => {
    const result = pboLeaveOneOut({ columns: noise, splits: 6 }, 0.3);
    noise.forEach((_, left) => {
      const others = noise.filter((_column, index) => index !== left);
      expect(result.without[left]).toBe(cscv({ columns: others, splits: 6 }).pbo);
    });
    expect(result.pbo).toBe(cscv({ columns: noise, splits: 6 }).pbo);
    const flips = [...result.without].filter((value) => value <= 0.3 !== result.pbo <= 0.3).length;
    expect(result.flipRate).toBe(flips / 8);
    expect(() => pboLeaveOneOut({ columns: noise.slice(0, 2), splits: 6 }, 0.3)).toThrow(SampleTooShort);
  });

  it('has an interval that holds the number itself, narrow for skill and wide for noise', () => {
    const options = { splits: 6, block: 5, seed: 9, replicates: 100 } as const;
    const sure = pboInterval({
      columns: simulatedPanel({ rows: 300, columns: 8, seed: 12, skilled: 5, mean: 0.006 }),
      ...options,
    });
    const unsure = pboInterval({ columns: noise, ...options });
    const { pbo } = cscv({ columns: noise, splits: 6 });
    expect(unsure.lower).toBeLessThanOrEqual(pbo);
    expect(unsure.upper).toBeGreaterThanOrEqual(pbo);
    expect(sure.upper - sure.lower).toBeLessThan(unsure.upper - unsure.lower);
    expect(pboInterval({ columns: noise, ...options })).toEqual(unsure);
  });
});

describe('how sure the deflated Sharpe ratio is', () => {
  const options = { columns: skilled, chosen: 5, trials: 8, block: 5, seed: 2, replicates: 300 } as const;

  it('has an interval around the number that is narrow for a strong edge', () => {
    const interval = deflatedInterval(options);
    const sharpes = skilled.map((column) => returnMoments(column).sharpe);
    const variance = squaredDeviations(sharpes) / 7;
    const { dsr } = deflatedSharpe(returnMoments(skilled[5] ?? []), variance, 8);
    expect(interval.lower).toBeLessThan(dsr);
    expect(interval.upper).toBeGreaterThan(dsr);
    const strong = simulatedPanel({ rows: 300, columns: 8, seed: 12, skilled: 5, mean: 0.006 });
    const sure = deflatedInterval({ ...options, columns: strong });
    expect(sure.upper - sure.lower).toBeLessThan(interval.upper - interval.lower);
    expect(sure.lower).toBeGreaterThan(0.9);
    expect(deflatedInterval(options)).toEqual(interval);
  });

  it('refuses one trial, a flat trial and trials that hardly trade', () => {
    expect(() => deflatedInterval({ ...options, columns: skilled.slice(0, 1), chosen: 0 })).toThrow(
      SampleTooShort,
    );
    expect(() => deflatedInterval({ ...options, columns: [...skilled, new Float64Array(300)] })).toThrow(
      ConstantSeries,
    );
    const once = new Float64Array(300).fill(0).with(150, 0.02);
    expect(() => deflatedInterval({ ...options, columns: [...skilled, once] })).toThrow(/does not vary/u);
    expect(() => deflatedInterval({ ...options, chosen: 8 })).toThrow(/chosen is 8/u);
  });
});

describe('Sharpe ratios of dependent returns', () => {
  it('agree with the iid ones without autocorrelation', () => {
    const returns = simulatedReturns({ rows: 4000, seed: 77, mean: 0.0004 });
    const moments = returnMoments(returns);
    const robust = robustSharpe(returns, 0);
    expect(robustProbabilisticSharpe(robust, 0)).toBeCloseTo(probabilisticSharpe(moments, 0), 4);
    expect(robustDeflatedSharpe(robust, 0.0001, 20).dsr).toBeCloseTo(
      deflatedSharpe(moments, 0.0001, 20).dsr,
      3,
    );
    expect(annualisationFactor(returns, 252, 0)).toBeCloseTo(Math.sqrt(252), 12);
  });

  it('are surer of nothing when returns are positively autocorrelated', () => {
    const returns = simulatedReturns({ rows: 3000, seed: 78, mean: 0.0004, autocorrelation: 0.4 });
    const robust = robustSharpe(returns, 15);
    const ratio = robust.standardError / robustSharpe(returns, 0).standardError;
    // The long-run deviation of an AR(1) mean is sqrt((1 + phi) / (1 - phi)) times that of iid returns.
    expect(Math.abs(ratio - Math.sqrt(1.4 / 0.6))).toBeLessThan(0.12);
    const iid = returnMoments(returns);
    expect(Math.abs(robustProbabilisticSharpe(robust, 0) - 0.5)).toBeLessThan(
      Math.abs(probabilisticSharpe(iid, 0) - 0.5),
    );
    expect(annualisationFactor(returns, 252, 15)).toBeLessThan(Math.sqrt(252));
  });

  it('need the track record after which they are just sure', () => {
    const returns = simulatedReturns({ rows: 600, seed: 79, mean: 0.001 });
    const robust = robustSharpe(returns, 5);
    const length = robustMinimumTrackRecordLength(robust, 0);
    const after = { ...robust, standardError: Math.sqrt(robust.longRunVariance / length) };
    expect(robustProbabilisticSharpe(after, 0)).toBeCloseTo(0.95, 10);
    expect(robustMinimumTrackRecordLength(robust, robust.sharpe)).toBe(Infinity);
  });

  it('refuse what has no long-run variance, and lags beyond the sample', () => {
    expect(() => robustSharpe(new Float64Array(50).fill(0.01), 0)).toThrow(ConstantSeries);
    expect(() => robustSharpe([1, 2, 3], 0)).toThrow(SampleTooShort);
    expect(() => robustSharpe(simulatedReturns({ rows: 50, seed: 1 }), 50)).toThrow(/lag is 50/u);
    const swinging = Float64Array.from(
      { length: 60 },
      (_, row) => (row % 2 === 0 ? 0.01 : -0.01) + 1e-5 * row,
    );
    expect(() => annualisationFactor(swinging, 252, 1)).toThrow(/no variance over 252/u);
  });
});

describe('how deep a drawdown could have been', () => {
  const returns = simulatedReturns({ rows: 500, seed: 21, mean: 0.0004 });

  it('has percentiles over the orders of the same returns', () => {
    const result = drawdownInterval({ returns, block: 5, seed: 3, replicates: 400 });
    expect(result.maximum).toBe(maximumDrawdown(returns).maximum);
    expect(result.lower).toBeLessThan(result.median);
    expect(result.median).toBeLessThan(result.upper);
    expect(result.upper).toBeLessThan(1);
    expect(drawdownInterval({ returns, block: 5, seed: 3, replicates: 400 })).toEqual(result);
  });

  it('says when the order was lucky', () => {
    // Gains and losses in turn never fall far; drawn at random they do.
    const swinging = Float64Array.from({ length: 400 }, (_, row) => (row % 2 === 0 ? 0.02 : -0.0195));
    expect(drawdownInterval({ returns: swinging, block: 1, seed: 3, replicates: 200 }).shareDeeper).toBe(1);
    const rising = new Float64Array(60).fill(0.001);
    expect(drawdownInterval({ returns: rising, block: 1, seed: 3, replicates: 50 })).toMatchObject({
      maximum: 0,
      upper: 0,
      shareDeeper: 0,
    });
    expect(() => drawdownInterval({ returns: [0.1], block: 1, seed: 1, replicates: 50 })).toThrow(
      SampleTooShort,
    );
  });
});

describe('model confidence set', () => {
  const options = { block: 5, seed: 8, replicates: 1000 } as const;

  it.each(['range', 'max'] as const)(
    'keeps the strategy that is better last, by the %s statistic',
    (statistic) => {
      const better = simulatedPanel({ rows: 400, columns: 6, seed: 40, skilled: 1, mean: 0.004 });
      const members = modelConfidenceSet({ columns: better, statistic, ...options });
      expect(members.at(-1)).toMatchObject({ column: 1, p: 1 });
      expect(members.slice(0, -1).every((member) => member.p < 0.05)).toBe(true);
      members.slice(1).forEach((member, index) => {
        expect(member.p).toBeGreaterThanOrEqual(members[index]?.p ?? 1);
      });
    },
  );

  it.each(['range', 'max'] as const)(
    'cannot tell noise apart, and does not mind the scale, by the %s statistic',
    (statistic) => {
      const members = modelConfidenceSet({ columns: noise, statistic, ...options });
      expect(members.filter((member) => member.p > 0.1).length).toBeGreaterThan(5);
      const scaled = modelConfidenceSet({
        columns: noise.map((column) => column.map((value) => 64 * value)),
        statistic,
        ...options,
      });
      expect(scaled).toEqual(members);
    },
  );

  it('refuses one strategy and twins', () => {
    expect(() => modelConfidenceSet({ columns: noise.slice(0, 1), statistic: 'max', ...options })).toThrow(
      SampleTooShort,
    );
    const twins = [...noise, (noise[3] ?? new Float64Array()).map((value) => value + 0.01)];
    expect(() => modelConfidenceSet({ columns: twins, statistic: 'max', ...options })).toThrow(
      /column 4 and column 9/u,
    );
  });
});
