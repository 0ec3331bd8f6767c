import { describe, expect, it } from 'vitest';
import { EvaluationInputInvalid } from '../../../evaluation/errors.ts';
import { measureGuard } from '../../../evaluation/guard-measures.ts';

const predictions = Float64Array.from({ length: 20 }, (_, row) => Math.sin(row));
const base = {
  predictions,
  referenceSpread: 0.7,
  championReturns: Float64Array.from([0.01, -0.01, 0.002]),
  previousReturns: Float64Array.from([0.004, -0.008, 0.001]),
  maxDrawdownTolerance: 0.02,
};

describe('the guard of a reign', () => {
  it('lets a champion reign that draws down as the previous one does', () => {
    const measures = measureGuard(base);
    expect(measures.action).toBe('none');
    expect(measures.drawdownDifference).toBeCloseTo(0.002, 6);
    expect(measures.sessions).toBe(3);
  });

  it('rolls back a champion that draws down deeper than tolerated', () => {
    const championReturns = Float64Array.from([-0.02, -0.02, 0]);
    const measures = measureGuard({ ...base, championReturns });
    expect(measures.action).toBe('rollback');
    expect(measures.reason).toBe(
      'drawdown 3.96 % against 0.80 % of the previous champion, 2.00 % more is tolerated',
    );
  });

  it.each([
    ['NaN', predictions.map((value, row) => (row < 3 ? NaN : value)), /15.00 % of the rows have no score/u],
    ['constant', new Float64Array(20).fill(0.1), /the same score/u],
    ['collapsed', predictions.map((value) => value * 1e-4), /spread over/u],
    ['empty', new Float64Array(0), /empty universe/u],
  ])('rolls back on %s predictions before anything matured', (_, broken, reason) => {
    const nothing = new Float64Array(0);
    const measures = measureGuard({
      ...base,
      predictions: broken,
      championReturns: nothing,
      previousReturns: nothing,
    });
    expect(measures.action).toBe('rollback');
    expect(measures.reason).toMatch(reason);
  });

  it('holds instead when there is no previous champion to go back to', () => {
    const first = measureGuard({ ...base, previousReturns: null, predictions: new Float64Array(20) });
    expect(first.action).toBe('hold');
    expect(measureGuard({ ...base, previousReturns: null })).toMatchObject({
      action: 'none',
      drawdownDifference: null,
    });
  });

  it('tolerates a few rows without a score, and any spread when none is known as usual', () => {
    const few = predictions.map((value, row) => (row === 0 ? NaN : value));
    expect(measureGuard({ ...base, predictions: few }).action).toBe('none');
    const tiny = predictions.map((value) => value * 1e-9);
    expect(measureGuard({ ...base, predictions: tiny, referenceSpread: 0 }).action).toBe('none');
  });

  it('refuses returns that are not paired', () => {
    expect(() => measureGuard({ ...base, previousReturns: new Float64Array(1) })).toThrow(
      EvaluationInputInvalid,
    );
  });
});
