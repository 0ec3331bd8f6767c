import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GateReport } from '../../../contracts/gate-report.ts';
import { judge } from '../../../gates/judge.ts';
import type { JudgeInput } from '../../../gates/judge.ts';
import { ledgerOfOneSearch } from '../../../gates/ledger.ts';
import { overallVerdict } from '../../../gates/gate-verdict.ts';
import {
  firstInput,
  passingInput,
  refreshInput,
  SESSIONS,
  withColumn,
} from '../../unit/gates/judge-fixture.ts';

const poison = fc.constantFrom(Number.NaN, Infinity, -Infinity);
const row = fc.integer({ min: 0, max: SESSIONS - 1 });
const column = fc.integer({ min: 0, max: 9 });

/** Ways to spoil a candidate that would pass. */
const spoiled: fc.Arbitrary<JudgeInput> = fc.oneof(
  fc
    .tuple(column, row, poison)
    .map(([which, at, value]) =>
      withColumn(passingInput(), which, (old, index) => (index === at ? value : old)),
    ),
  fc
    .tuple(column, fc.constantFrom(0, 0.0001, -0.01))
    .map(([which, value]) => withColumn(passingInput(), which, () => value)),
  fc.tuple(row, poison).map(([at, value]) => {
    const input = passingInput();
    const netReturns = Float64Array.from(input.benchmark.netReturns).map((old, index) =>
      index === at ? value : old,
    );
    return { ...input, benchmark: { ...input.benchmark, netReturns } };
  }),
  fc.integer({ min: 0, max: 59 }).map((rows) => {
    const input = passingInput();
    return {
      ...input,
      sessions: input.sessions.slice(0, rows),
      trials: {
        ...input.trials,
        netReturns: input.trials.netReturns.map((returns) => returns.slice(0, rows)),
      },
      benchmark: { ...input.benchmark, netReturns: input.benchmark.netReturns.slice(0, rows) },
    };
  }),
  fc.constantFrom('leak', 'coverage', 'parity', 'latency', 'finalFit').map((which) => {
    const input = passingInput();
    return { ...input, operational: { ...input.operational, [which]: null } };
  }),
  fc.tuple(fc.integer({ min: 0, max: 119 }), poison).map(([at, value]) => {
    const input = refreshInput();
    const comparison = input.artifactComparison;
    if (comparison === null) return input;
    const championNetReturns = Float64Array.from(comparison.championNetReturns).map((old, index) =>
      index === at ? value : old,
    );
    return { ...input, artifactComparison: { ...comparison, championNetReturns } };
  }),
);

describe('the judge', () => {
  it('passes the unspoiled inputs, so that the next test can fail', () => {
    expect([passingInput(), firstInput(), refreshInput()].map((input) => judge(input).overall)).toEqual([
      'pass',
      'pass',
      'pass',
    ]);
  });

  it('never passes a spoiled input, and still writes a well-formed report with a reason', () => {
    fc.assert(
      fc.property(spoiled, (input) => {
        const report = judge(input);
        expect(report.overall).not.toBe('pass');
        expect(overallVerdict(report.verdicts)).toBe(report.overall);
        expect(GateReport.safeParse(JSON.parse(JSON.stringify(report))).success).toBe(true);
        const guilty = report.verdicts.filter((verdict) => verdict.enforced && verdict.verdict !== 'pass');
        expect(guilty.length).toBeGreaterThan(0);
        for (const verdict of guilty) expect(verdict.reason.length).toBeGreaterThan(5);
      }),
      { numRuns: 60 },
    );
  });

  it('is never kinder for more recipes in the ledger', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 5000 }), fc.integer({ min: 1, max: 5000 }), (recipes, more) => {
        const dsr = (ledgerRecipes: number): number =>
          judge({ ...refreshInput(), ledger: ledgerOfOneSearch(ledgerRecipes) }).verdicts.find(
            (verdict) => verdict.gate === 'dsr',
          )?.number ?? NaN;
        expect(dsr(recipes + more)).toBeLessThanOrEqual(dsr(recipes));
      }),
      { numRuns: 15 },
    );
  });
});
