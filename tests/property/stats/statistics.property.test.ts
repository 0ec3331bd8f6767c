import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ContenderError } from '../../../contracts/error.ts';
import { cscv } from '../../../stats/cscv.ts';
import { maximumDrawdown } from '../../../stats/drawdown.ts';
import { effectiveTrials } from '../../../stats/effective-trials.ts';
import { hacMean } from '../../../stats/hac.ts';
import { averageRanks, spearman } from '../../../stats/rank.ts';
import { sharpeDifference } from '../../../stats/sharpe-difference.ts';
import { deflatedSharpe, probabilisticSharpe, returnMoments } from '../../../stats/sharpe.ts';
import { spa, spaOfResamples } from '../../../stats/spa.ts';
import { StationaryBootstrap } from '../../../stats/stationary-bootstrap.ts';
import { simulatedPanel, simulatedReturns } from '../../unit/stats/simulated.ts';

const seed = fc.integer({ min: 0, max: 2 ** 31 });
const columnCount = fc.integer({ min: 2, max: 8 });

const panel = (given: number, columns: number, rows = 90): Float64Array[] =>
  simulatedPanel({ rows, columns, seed: given, skilled: 0, mean: 0.001 });

describe('SPA', () => {
  it('does not move when one column is scaled by any positive factor', () => {
    fc.assert(
      fc.property(
        seed,
        columnCount,
        fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
        (given, columns, factor) => {
          const differences = panel(given, columns);
          const scaled = differences.map((column, index) =>
            index === 1 ? column.map((x) => x * factor) : column,
          );
          const options = { block: 6, seed: 3, replicates: 300 };
          const before = spa({ differences, ...options });
          const after = spa({ differences: scaled, ...options });
          // Rounding may move a replicate that ties with the statistic; nothing else can.
          for (const recentring of ['lower', 'consistent', 'upper'] as const) {
            expect(Math.abs(before.p[recentring] - after.p[recentring])).toBeLessThanOrEqual(1 / 300);
          }
          expect(after.statistic).toBeCloseTo(before.statistic, 9);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('does not depend on the order of the strategies', () => {
    fc.assert(
      fc.property(seed, columnCount, (given, columns) => {
        const differences = panel(given, columns);
        const options = { block: 6, seed: 3, replicates: 200 };
        const before = spa({ differences, ...options });
        const after = spa({ differences: differences.toReversed(), ...options });
        expect(after.p).toEqual(before.p);
        expect(after.members.map((member) => member.adjustedP)).toEqual(
          before.members.map((member) => member.adjustedP),
        );
      }),
      { numRuns: 30 },
    );
  });

  it('has the same bits for the same seed, and the counts of explicitly gathered rows', () => {
    fc.assert(
      fc.property(seed, columnCount, fc.integer({ min: 1, max: 40 }), (given, columns, block) => {
        const differences = panel(given, columns);
        const options = { differences, block, seed: given, replicates: 120 };
        const first = spa(options);
        expect(spa(options)).toEqual(first);
        const bootstrap = new StationaryBootstrap(90, block, given);
        const resamples = Array.from({ length: 120 }, (_, replicate) => bootstrap.indices(replicate));
        expect(spaOfResamples({ differences, block, resamples }).p).toEqual(first.p);
      }),
      { numRuns: 30 },
    );
  });

  it('never finds less evidence when the best strategy earns more', () => {
    fc.assert(
      fc.property(
        seed,
        columnCount,
        fc.double({ min: 1e-5, max: 0.01, noNaN: true }),
        (given, columns, gain) => {
          const differences = panel(given, columns);
          const options = { block: 5, seed: 1, replicates: 200 };
          const before = spa({ differences, ...options });
          const best = before.members[0]?.column ?? 0;
          const richer = differences.map((column, index) =>
            index === best ? column.map((value) => value + gain) : column,
          );
          const after = spa({ differences: richer, ...options });
          expect(after.p.upper).toBeLessThanOrEqual(before.p.upper);
          expect(after.statistic).toBeGreaterThanOrEqual(before.statistic);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('stays within [0, 1] with ordered recentrings and intervals around the p', () => {
    fc.assert(
      fc.property(seed, columnCount, (given, columns) => {
        const { p, interval, pAddOne } = spa({
          differences: panel(given, columns),
          block: 4,
          seed: 1,
          replicates: 150,
        });
        expect(p.lower).toBeLessThanOrEqual(p.consistent);
        expect(p.consistent).toBeLessThanOrEqual(p.upper);
        for (const recentring of ['lower', 'consistent', 'upper'] as const) {
          expect(interval[recentring].lower).toBeLessThanOrEqual(p[recentring]);
          expect(interval[recentring].upper).toBeGreaterThanOrEqual(p[recentring]);
          expect(pAddOne[recentring]).toBeGreaterThan(0);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('PBO', () => {
  it('does not depend on the order of the trials, ties apart', () => {
    fc.assert(
      fc.property(seed, columnCount, fc.constantFrom(2, 4, 6, 8), (given, columns, splits) => {
        const trials = panel(given, columns);
        const before = cscv({ columns: trials, splits });
        const after = cscv({ columns: trials.toReversed(), splits });
        expect(after.pbo).toBe(before.pbo);
        expect([...after.winnerRanks]).toEqual([...before.winnerRanks]);
      }),
      { numRuns: 60 },
    );
  });

  it('does not depend on the scale of a trial', () => {
    fc.assert(
      fc.property(
        seed,
        columnCount,
        fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
        (given, columns, factor) => {
          const trials = panel(given, columns);
          const scaled = trials.map((column, index) =>
            index === 0 ? column.map((x) => x * factor) : column,
          );
          expect(cscv({ columns: scaled, splits: 6 }).pbo).toBe(cscv({ columns: trials, splits: 6 }).pbo);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is zero when one trial wins in every block', () => {
    fc.assert(
      fc.property(seed, columnCount, (given, columns) => {
        const trials = panel(given, columns);
        const winner = (trials[0] ?? new Float64Array()).map((value) => value + 0.05);
        expect(cscv({ columns: [winner, ...trials.slice(1)], splits: 6 }).pbo).toBe(0);
      }),
      { numRuns: 20 },
    );
  });
});

describe('Sharpe ratios, ranks, drawdowns', () => {
  it('loses confidence with more trials, a higher benchmark or a shorter record', () => {
    fc.assert(
      fc.property(
        seed,
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 1, max: 500 }),
        (given, trials, more) => {
          const moments = returnMoments(simulatedReturns({ rows: 120, seed: given, mean: 0.001 }));
          const fewer = deflatedSharpe(moments, 0.003, trials).dsr;
          expect(deflatedSharpe(moments, 0.003, trials + more).dsr).toBeLessThanOrEqual(fewer);
          expect(probabilisticSharpe(moments, 0.1)).toBeLessThanOrEqual(probabilisticSharpe(moments, 0.05));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('has effective trials between one and their number', () => {
    fc.assert(
      fc.property(seed, columnCount, (given, columns) => {
        const estimates = effectiveTrials(panel(given, columns));
        expect(estimates.lowest).toBeGreaterThanOrEqual(1 - 1e-9);
        expect(estimates.highest).toBeLessThanOrEqual(columns + 1e-9);
      }),
      { numRuns: 60 },
    );
  });

  it('keeps the rank correlation under any increasing change of one side', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: -1000, max: 1000 }), { minLength: 4, maxLength: 40 }),
        seed,
        (values, given) => {
          const other = simulatedReturns({ rows: values.length, seed: given });
          const changed = values.map((value) => Math.exp(value / 500) + value);
          expect(spearman(changed, other)).toBeCloseTo(spearman(values, other), 12);
          const ranks = averageRanks(values);
          expect(ranks.reduce((sum, rank) => sum + rank, 0)).toBeCloseTo(
            (values.length * (values.length + 1)) / 2,
            9,
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it('keeps a drawdown in [0, 1] and never shrinks it by more history', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -0.9, max: 1, noNaN: true }), { minLength: 2, maxLength: 60 }),
        (returns) => {
          const all = maximumDrawdown(returns).maximum;
          expect(all).toBeGreaterThanOrEqual(0);
          expect(all).toBeLessThanOrEqual(1);
          expect(maximumDrawdown(returns.slice(0, -1)).maximum).toBeLessThanOrEqual(all);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('hostile input', () => {
  const anything = fc.array(
    fc.oneof(
      fc.double(),
      fc.constantFrom(Number.NaN, Infinity, -Infinity, 0, -0, 0.0001, 1e308, -1e308, 5e-324),
      fc.double({ min: -0.1, max: 0.1, noNaN: true }),
    ),
    { maxLength: 60 },
  );
  const finite = (values: readonly (number | null)[]): boolean =>
    values.every((value) => value === null || Number.isFinite(value));

  /** Either a refusal with a code, or numbers. */
  function numbersOrRefusal(run: () => readonly (number | null)[]): boolean {
    try {
      return finite(run());
    } catch (error) {
      return error instanceof ContenderError && error.message.length > 0;
    }
  }

  it('gives a typed refusal or finite numbers, never a silent NaN', () => {
    fc.assert(
      fc.property(anything, anything, (a, b) => {
        const runs: (() => readonly (number | null)[])[] = [
          () => {
            const { sharpe, skewness, kurtosis } = returnMoments(a);
            return [sharpe, skewness, kurtosis];
          },
          () => [hacMean(a, { lag: 1, smallSample: true }).lowerBound],
          () => [spearman(a, b)],
          () => [maximumDrawdown(a).maximum],
          () => [effectiveTrials([a, b]).lowest],
          () => {
            const { pbo, slope } = cscv({ columns: [a, b], splits: 2 });
            return [pbo, slope];
          },
          () => {
            const { statistic, p } = spa({ differences: [a, b], block: 2, seed: 1, replicates: 100 });
            return [statistic, p.consistent];
          },
          () => [
            sharpeDifference({ candidate: a, benchmark: b, lag: 1, alpha: 0.1, sessionsPerYear: 252 })
              .lowerBound,
          ],
        ];
        runs.forEach((run, index) => {
          expect(numbersOrRefusal(run), `statistic ${String(index)} of ${JSON.stringify([a, b])}`).toBe(true);
        });
      }),
      { numRuns: 400 },
    );
  });
});
