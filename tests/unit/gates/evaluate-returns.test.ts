import { describe, expect, it } from 'vitest';
import { GatesSpec } from '../../../contracts/spec.ts';
import { evaluateReturns } from '../../../gates/evaluate-returns.ts';
import type { ReturnsEvaluationInput } from '../../../gates/evaluate-returns.ts';
import { simulatedPanel, simulatedReturns } from '../stats/simulated.ts';

function input(change: Partial<ReturnsEvaluationInput> = {}): ReturnsEvaluationInput {
  const strategies =
    change.strategies ?? simulatedPanel({ rows: 400, columns: 9, seed: 23, skilled: 4, mean: 0.003 });
  return {
    names: strategies.map((_, index) => `s${String(index)}`),
    strategies,
    benchmarkName: 'bench',
    benchmark: simulatedReturns({ rows: strategies[0]?.length ?? 0, seed: 98 }),
    gates: GatesSpec.parse({ spaAlpha: 0.1, spaReplicates: 1000, pboSplits: 8 }),
    block: 10,
    seed: 1,
    trials: strategies.length,
    ...change,
  };
}

const verdictsOf = (given: ReturnsEvaluationInput): string[] =>
  evaluateReturns(given).verdicts.map((verdict) => verdict.verdict);

describe('evaluating a table of returns', () => {
  it('finds the strategy that beats the benchmark', () => {
    const result = evaluateReturns(input());
    expect(result.stepm.rejected).toEqual(['s4']);
    expect(result.dsr.best).toBe('s4');
    expect(result.verdicts.map((verdict) => verdict.gate)).toEqual(['spa', 'stepm', 'dsr', 'pbo']);
    expect(verdictsOf(input())).toEqual(['pass', 'pass', 'pass', 'pass']);
  });

  it('never passes a panel with a flat column, and names it', () => {
    for (const value of [0, 0.0001]) {
      const strategies = [...input().strategies, new Float64Array(400).fill(value)];
      const result = evaluateReturns(input({ strategies }));
      expect(result.verdicts.map((verdict) => verdict.verdict)).toEqual(['error', 'error', 'error', 'error']);
      for (const verdict of result.verdicts) expect(verdict.reason).toMatch(/^column s9 is constant/u);
      expect(result.strategies[9]).toEqual({
        name: 's9',
        sharpe: value === 0 ? 0 : null,
        psr0: null,
        minTrackRecordLength: null,
      });
      expect(result.pbo.pbo === null).toBe(value !== 0);
    }
  });

  it('never passes all-losing strategies, one strategy, or twenty rows', () => {
    const losing = input().strategies.map((returns) => returns.map((value) => value - 0.01));
    const lost = evaluateReturns(input({ strategies: losing }));
    expect(lost.spa.pConsistent).toBe(1);
    expect(lost.verdicts.every((verdict) => verdict.verdict !== 'pass')).toBe(true);
    const one = evaluateReturns(input({ strategies: input().strategies.slice(0, 1) }));
    expect(one.verdicts.map((verdict) => verdict.verdict)).not.toContain('pass');
    expect(one.verdicts.map((verdict) => verdict.reason).join()).toMatch(/one trial/u);
    const short = evaluateReturns(
      input({ strategies: input().strategies.map((returns) => returns.slice(0, 20)) }),
    );
    expect(short.verdicts.map((verdict) => verdict.verdict)).not.toContain('pass');
    for (const verdict of short.verdicts) expect(verdict.reason).toMatch(/20 sessions, 60 are needed/u);
  });

  it('does not know the spread of many trials from one strategy', () => {
    const result = evaluateReturns(input({ strategies: input().strategies.slice(4, 5), trials: 50 }));
    expect(result.dsr).toEqual({ best: null, trials: 50, expectedMaxSharpe: null, dsr: null });
    expect(result.verdicts.find((verdict) => verdict.gate === 'dsr')?.verdict).toBe('inconclusive');
  });

  it('leaves strategies that are the benchmark out of the comparison', () => {
    const { benchmark, strategies } = input();
    const copied = evaluateReturns(input({ strategies: [benchmark, ...strategies] }));
    expect(copied.stepm.rejected).toEqual(['s5']);
    const only = evaluateReturns(input({ strategies: [benchmark, benchmark] }));
    expect(only.spa.pConsistent).toBeNull();
    expect(only.verdicts[0]).toMatchObject({
      verdict: 'inconclusive',
      reason: 'no strategy differs from bench',
    });
  });

  it('throws for what the caller chose wrongly', () => {
    expect(() => evaluateReturns(input({ block: 401 }))).toThrow(/block is 401/u);
    expect(() => evaluateReturns(input({ trials: 3 }))).toThrow(/trials is 3/u);
    expect(() => evaluateReturns(input({ strategies: [] }))).toThrow(/no strategy|block/u);
    const gates = { ...input().gates, pboSplits: 7 };
    expect(() => evaluateReturns(input({ gates }))).toThrow(/even/u);
    expect(() => evaluateReturns(input({ gates: { ...gates, pboSplits: 26 } }))).toThrow(/pbo-splits is 26/u);
    expect(() => evaluateReturns(input({ gates: { ...input().gates, spaReplicates: 5 } }))).toThrow(
      /replicates is 5/u,
    );
  });
});
