import { describe, expect, it } from 'vitest';
import { judge } from '../../../gates/judge.ts';
import { firstInput, passingInput, verdictOf } from './judge-fixture.ts';

describe('the uncertainty beside a verdict', () => {
  const base = passingInput();
  const shown = passingInput({ gates: { ...base.gates, uncertaintyReplicates: 20 } });
  const report = judge(shown);
  const detailsOf = (gate: string) => report.verdicts.find((verdict) => verdict.gate === gate)?.details ?? {};

  it('gives PBO an interval, its flips without one trial, and dominance', () => {
    expect(detailsOf('pbo')['interval90']).toHaveLength(2);
    expect(detailsOf('pbo')['leaveOneOut']).toMatchObject({ flipRate: expect.any(Number) as number });
    expect(detailsOf('pbo')['dominance']).toMatchObject({ firstOrder: expect.any(Number) as number });
  });

  it('gives DSR an interval and what it is under autocorrelation', () => {
    expect(detailsOf('dsr')['interval90']).toHaveLength(2);
    expect(detailsOf('dsr')['autocorrelationRobust']).toMatchObject({ dsr: expect.any(Number) as number });
  });

  it('gives the drawdown the range of other orders', () => {
    expect(detailsOf('drawdown')).toMatchObject({ shareOfOrdersDeeper: expect.any(Number) as number });
  });

  it('tests the Sharpe difference by a second route, except against no position', () => {
    const gates = { ...base.gates, uncertaintyReplicates: 199 };
    const gate = verdictOf(judge(passingInput({ gates })), 'sharpe-improvement');
    const test = gate.details['ledoitWolf'] as { annualisedDifference: number; pTwoSided: number };
    expect(test.annualisedDifference).toBeCloseTo(gate.number ?? Number.NaN, 10);
    expect(test.pTwoSided).toBe(1 / 200);
    const first = verdictOf(judge(firstInput({ gates })), 'sharpe-improvement');
    expect(first.details['ledoitWolf']).toBeUndefined();
  });

  it('decides nothing: without it every verdict and number is the same', () => {
    const plain = judge(base).verdicts.map(({ gate, verdict, number, reason }) => [
      gate,
      verdict,
      number,
      reason,
    ]);
    expect(
      report.verdicts.map(({ gate, verdict, number, reason }) => [gate, verdict, number, reason]),
    ).toEqual(plain);
    expect(judge(shown)).toEqual(report);
  });
});
