import { describe, expect, it } from 'vitest';
import { EvaluationInputInvalid } from '../../../evaluation/errors.ts';
import { medianPath, predictionPaths } from '../../../evaluation/prediction-paths.ts';

describe('paths through predictions', () => {
  it('is one path where each row is predicted once', () => {
    const rows = { session: ['d1', 'd1', 'd2'], symbol: ['a', 'b', 'a'] };
    expect(predictionPaths(rows).map((path) => [...path])).toEqual([[0, 1, 2]]);
  });

  it('gives each path one prediction of each row, in the order of the folds', () => {
    const rows = {
      session: ['d1', 'd1', 'd1', 'd1', 'd2', 'd2', 'd2', 'd2'],
      symbol: ['a', 'a', 'b', 'b', 'a', 'a', 'b', 'b'],
    };
    expect(predictionPaths(rows).map((path) => [...path])).toEqual([
      [0, 2, 4, 6],
      [1, 3, 5, 7],
    ]);
  });

  it('refuses rows that are predicted more often than others', () => {
    const rows = { session: ['d1', 'd1', 'd2'], symbol: ['a', 'a', 'a'] };
    expect(() => predictionPaths(rows)).toThrow(EvaluationInputInvalid);
    expect(() => predictionPaths(rows)).toThrow(/path 2 predicts 1 rows, the first 2/u);
  });

  it('lets the lower median by Sharpe ratio stand for a trial', () => {
    expect(medianPath([0.4])).toBe(0);
    expect(medianPath([0.9, 0.1, 0.5, 0.3, 0.7])).toBe(2);
    expect(medianPath([0.9, 0.1, 0.5, 0.3])).toBe(3);
    expect(medianPath([null, 0.2, null]), 'no variation ranks below all').toBe(2);
    expect(medianPath([null, null])).toBe(0);
  });
});
