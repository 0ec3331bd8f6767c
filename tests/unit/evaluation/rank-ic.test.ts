import { describe, expect, it } from 'vitest';
import { EvaluationInputInvalid } from '../../../evaluation/errors.ts';
import { panelAxes } from '../../../evaluation/panel.ts';
import { rankIcOfPanels } from '../../../evaluation/rank-ic.ts';

const axes = panelAxes(['2024-01-02', '2024-01-03', '2024-01-04'], ['A', 'B', 'C', 'D', 'E', 'F']);
const rising = [1, 2, 3, 4, 5, 6];

describe('rank IC over panels', () => {
  it('has one entry per session on which anything was predicted', () => {
    const none = rising.map(() => NaN);
    const ic = rankIcOfPanels(
      axes,
      Float64Array.from([...rising, ...none, ...rising]),
      Float64Array.from([...rising, ...rising, ...rising.map((value) => -value)]),
    );
    expect(ic.map(({ session }) => session)).toEqual(['2024-01-02', '2024-01-04']);
    expect(ic[0]?.ic).toBeCloseTo(1, 12);
    expect(ic[1]?.ic).toBeCloseTo(-1, 12);
  });

  it('leaves out names without a prediction or a label, and says why a session has no IC', () => {
    const ic = rankIcOfPanels(
      axes,
      Float64Array.from([NaN, 2, 3, 4, 5, 6, ...rising, 7, 7, 7, 7, 7, 7]),
      Float64Array.from([...rising, NaN, NaN, 3, 4, 5, 6, ...rising]),
    );
    expect(ic.map(({ pairs, gap }) => [pairs, gap])).toEqual([
      [5, null],
      [4, 'too-few-pairs'],
      [6, 'constant-prediction'],
    ]);
  });

  it('refuses panels of different size', () => {
    expect(() => rankIcOfPanels(axes, new Float64Array(18), new Float64Array(6))).toThrow(
      EvaluationInputInvalid,
    );
  });
});
