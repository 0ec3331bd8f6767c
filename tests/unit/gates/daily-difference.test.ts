import { describe, expect, it } from 'vitest';
import { GatesSpec } from '../../../contracts/spec.ts';
import { judge } from '../../../gates/judge.ts';
import { judgedSize } from '../../../gates/judged-size.ts';
import { readStoredInput, storedInput } from '../../../gates/stored-input.ts';
import { firstInput, LIQUIDITY, passingInput, refreshInput } from './judge-fixture.ts';

const gates = GatesSpec.parse({ spaReplicates: 1000, pboSplits: 4, uncertaintyReplicates: 0 });

/** Mean and deviation by the textbook, apart from the code under test. */
function byHand(mine: ArrayLike<number>, other: ArrayLike<number>): { mean: number; deviation: number } {
  const differences = Array.from(mine, (value, row) => value - (other[row] ?? 0));
  const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
  const squares = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (differences.length - 1)) };
}

describe('how far two books lie apart from day to day', () => {
  it('is measured beside the recipe of the champion for a new recipe', () => {
    const input = passingInput({ gates });
    const found = judge(input).dailyDifference;
    const expected = byHand(input.trials.netReturns[3] ?? [], input.benchmark.netReturns);
    expect(found).toMatchObject({ sessions: 500, sessionsPerYear: 252 });
    expect(found?.mean).toBeCloseTo(expected.mean, 12);
    expect(found?.deviation).toBeCloseTo(expected.deviation, 12);
  });

  it('is measured beside the file of the champion for a refresh, on the sessions it has not seen', () => {
    const input = refreshInput({ gates });
    const compared = input.artifactComparison;
    const expected = byHand(compared?.candidateNetReturns ?? [], compared?.championNetReturns ?? []);
    const found = judge(input).dailyDifference;
    expect(found?.sessions).toBe(120);
    expect(found?.deviation).toBeCloseTo(expected.deviation, 12);
  });

  it('is nothing without a champion, or where what stands beside it is not paired and finite', () => {
    expect(judge(firstInput({ gates })).dailyDifference).toBeNull();
    expect(judge(refreshInput({ gates, artifactComparison: null })).dailyDifference).toBeNull();
    const broken = refreshInput({ gates });
    const { artifactComparison } = broken;
    if (artifactComparison === null) throw new Error('no comparison');
    const championNetReturns = Array.from(artifactComparison.championNetReturns, (value, row) =>
      row === 3 ? Number.NaN : value,
    );
    const holed = { ...broken, artifactComparison: { ...artifactComparison, championNetReturns } };
    expect(judge(holed).dailyDifference).toBeNull();
  });
});

describe('what is left at the size that was judged', () => {
  it('is the point of the recorded capacity at the book of the spec', () => {
    const point = LIQUIDITY.byCapital.find(({ capital }) => capital === LIQUIDITY.capital);
    expect(judgedSize(judge(passingInput({ gates })).verdicts)).toEqual({
      capital: LIQUIDITY.capital,
      annualisedReturn: point?.annualisedReturn,
      annualisedSharpe: point?.annualisedSharpe,
      unknownShare: LIQUIDITY.unknownShare,
    });
  });

  it('is nothing where capacity was not measured', () => {
    expect(judgedSize(judge(passingInput({ gates, business: null })).verdicts)).toBeNull();
    expect(judgedSize([])).toBeNull();
  });

  it('is said in the reason of the gate, with its sign', () => {
    const reasonAt = (annualisedReturn: number): string => {
      const point = { capital: 1e8, participation: 0.03, leastFeeDrag: 0, annualisedSharpe: 1 };
      const { business } = passingInput();
      if (business === null) throw new Error('no book');
      const liquidity = { ...LIQUIDITY, byCapital: [{ ...point, annualisedReturn }] };
      const input = passingInput({ gates, business: { ...business, liquidity } });
      return judge(input).verdicts.find(({ gate }) => gate === 'capacity')?.reason ?? '';
    };
    expect(reasonAt(0.093)).toContain('; least fees and impact leave 9.3 % a year');
    expect(reasonAt(-0.02)).toContain('; after least fees and impact it loses 2.0 % a year');
  });
});

describe('a stored input', () => {
  it('keeps the bounds of the shadow, and one of an earlier release says that it has none', () => {
    const input = passingInput({ gates });
    const text = storedInput(input);
    expect(readStoredInput(text).shadow).toEqual(input.shadow);
    const stored = JSON.parse(text) as { schema: number; input: Record<string, unknown> };
    delete stored.input['shadow'];
    expect(readStoredInput(JSON.stringify(stored)).shadow).toBeNull();
  });
});
