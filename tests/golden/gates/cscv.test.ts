import { describe, expect, it } from 'vitest';
import { cscv } from '../../../stats/cscv.ts';
import { readPanel, reference } from './reference.ts';

describe('PBO against independent reference values', () => {
  for (const [name, bySplits] of Object.entries(reference.pbo)) {
    for (const [key, expected] of Object.entries(bySplits)) {
      it(`counts the same overfit combinations on ${name} with ${key}`, () => {
        const panel = readPanel(name);
        const result = cscv({
          columns: panel.strategies,
          splits: Number(key.slice(1)),
          constantZero: 'zero-sharpe',
        });
        expect(result.combinations).toBe(expected.n_combos);
        expect(result.pbo).toBe(expected.pbo);
        expect(result.pboStrict).toBe(expected.pbo_strict_lt0);
        expect(result.exactMedians).toBe(expected.n_exact_median);
        expect(result.droppedOldestRows).toBe(expected.dropped_oldest_rows);
        expect(result.slope).toBeCloseTo(expected.slope, 10);
        expect(result.intercept).toBeCloseTo(expected.intercept, 10);
        expect(result.rSquared).toBeCloseTo(expected.r2, 10);
        expect(result.probabilityOfLoss).toBe(expected.prob_loss);
        expect(result.inSampleMean).toBeCloseTo(expected.is_sr_mean, 12);
        expect(result.outOfSampleMean).toBeCloseTo(expected.oos_sr_mean, 12);
        expect([...result.selectionCounts]).toEqual(expected.selection_counts);
        const shown = expected.logits_first.length;
        expect([...result.winners.slice(0, shown)]).toEqual(expected.star_first);
        expect([...result.winnerRanks.slice(0, shown)]).toEqual(expected.rank_first);
        expected.logits_first.forEach((logit, index) => {
          expect(result.logits[index]).toBeCloseTo(logit, 12);
        });
      });
    }
  }
});
