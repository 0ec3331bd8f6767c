import { describe, expect, it } from 'vitest';
import { judge } from '../../../gates/judge.ts';
import { pairedPanel } from '../../../gates/paired-panel.ts';
import { searchPaths } from '../../../gates/search-paths.ts';
import { DRAWDOWN, MEAN } from '../../../stats/block-metric.ts';
import type { BlockMetric } from '../../../stats/block-metric.ts';
import { cscv } from '../../../stats/cscv.ts';
import { passingInput, SESSIONS, verdictOf } from './judge-fixture.ts';

function paths(input = passingInput()) {
  const panel = pairedPanel(input);
  if ('verdict' in panel) throw new Error(panel.reason);
  return { panel, found: searchPaths(panel, input) };
}

describe('the search of a retrain, cross-validated', () => {
  it('gives seven paths over every session, each day earned by one of the recipes', () => {
    const { panel, found } = paths();
    expect(found.splits).toBe(28);
    expect(found.paths).toHaveLength(7);
    for (const path of found.paths) {
      expect(path).toHaveLength(SESSIONS);
      path.forEach((value, row) => {
        expect(panel.columns.some((column) => column[row] === value)).toBe(true);
      });
    }
  });

  it('chooses the recipe with skill wherever it looks, and then earns what that recipe earns', () => {
    const { panel, found } = paths();
    expect(found.candidateChosen).toBe(1);
    for (const path of found.paths) expect([...path]).toEqual([...panel.candidateReturns]);
  });

  it('never chooses on the sessions it is paid on', () => {
    // One recipe wins on the last eighth alone, by far: it is chosen only where that eighth is not tested.
    const base = passingInput();
    const from = Math.round((7 * SESSIONS) / 8);
    const late = base.trials.netReturns.map((column, index) =>
      Float64Array.from(column, (value, row) => (index === 7 && row >= from ? value + 0.2 : value)),
    );
    const { panel, found } = paths({ ...base, trials: { ...base.trials, netReturns: late } });
    for (const path of found.paths) {
      const own = panel.columns[7];
      expect([...path.subarray(from)].some((value, row) => value === own?.[from + row])).toBe(false);
    }
  });

  it('stands beside PBO with the recipes that cannot be told from the best, and decides nothing', () => {
    const gates = { ...passingInput().gates, uncertaintyReplicates: 200 };
    const shown = verdictOf(judge(passingInput({ gates })), 'pbo');
    const plain = verdictOf(judge(passingInput()), 'pbo');
    expect([shown.verdict, shown.number]).toEqual([plain.verdict, plain.number]);
    expect(shown.details['searchPaths']).toMatchObject({ splits: 28, candidateChosen: 1 });
    expect(shown.details['confidenceSet']).toEqual({
      confidence: 0.9,
      recipes: 10,
      members: ['recipe 3'],
      candidateP: 1,
    });
    const columns = passingInput().trials.netReturns.map((column) => Float64Array.from(column));
    const by = (metric: BlockMetric) => cscv({ columns, splits: gates.pboSplits, metric }).pbo;
    expect(shown.details['pboByMetric']).toEqual({ mean: by(MEAN), drawdown: by(DRAWDOWN) });
    expect(plain.details['confidenceSet']).toBeUndefined();
  });

  it('names why it could not be computed instead of spoiling the verdict', () => {
    const base = passingInput({ gates: { ...passingInput().gates, uncertaintyReplicates: 100 } });
    const copy = base.trials.netReturns.map((column, index, all) =>
      index === 5 ? Float64Array.from(all[3] ?? column, (value) => value + 1e-4) : column,
    );
    const verdict = verdictOf(judge({ ...base, trials: { ...base.trials, netReturns: copy } }), 'pbo');
    expect(verdict.number).not.toBeNull();
    expect(verdict.details['confidenceSet']).toMatchObject({
      notComputed: expect.stringMatching(/recipe 3.*recipe 5|recipe 5.*recipe 3/u) as string,
    });
  });
});
