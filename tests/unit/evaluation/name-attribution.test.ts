import { describe, expect, it } from 'vitest';
import { AttributionWatch } from '../../../evaluation/name-attribution.ts';
import { FULLY_TRADABLE, panelAxes } from '../../../evaluation/panel.ts';
import { simulatePortfolio } from '../../../evaluation/portfolio.ts';
import { simulatedReturns } from '../stats/simulated.ts';

const SYMBOLS = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J'];
const DAYS = Array.from({ length: 60 }, (_, day) =>
  new Date(Date.UTC(2022, 0, 3 + day)).toISOString().slice(0, 10),
);
const cells = DAYS.length * SYMBOLS.length;
const axes = panelAxes(DAYS, SYMBOLS);
const ret = simulatedReturns({ rows: cells, seed: 3, mean: 0, deviation: 0.02 });
const returns = { axes, ret, tradable: new Uint8Array(cells).fill(FULLY_TRADABLE) };

describe('what each name brought', () => {
  it.each(['long_only_excess', 'long_short_decile'] as const)(
    'adds up to what the book of %s earned, when it is renewed whole each session',
    (kind) => {
      const watch = new AttributionWatch(returns, kind);
      const path = simulatePortfolio(
        {
          returns,
          predictions: simulatedReturns({ rows: cells, seed: 8, mean: 0, deviation: 1 }),
          portfolio: { kind, holdSessions: 1, topFraction: 0.2, turnoverBuffer: 0 },
          label: { entryDelaySessions: 1 },
          costs: { buyBps: 10, sellBps: 10 },
        },
        watch.watch,
      );
      const earned = path.grossReturns.reduce((sum, value) => sum + value, 0);
      expect(watch.attribution()?.total).toBeCloseTo(earned, 12);
    },
  );

  it('is a weight after a close times the return of the next session, beyond the mean of the day', () => {
    const watch = new AttributionWatch(returns, 'long_only_excess');
    const held = new Float64Array(SYMBOLS.length);
    held[2] = 0.5;
    watch.watch(DAYS[4] ?? '', held);
    watch.watch(DAYS[5] ?? '', new Float64Array(SYMBOLS.length));
    const day = ret.subarray(5 * SYMBOLS.length, 6 * SYMBOLS.length);
    const mean = day.reduce((sum, value) => sum + value, 0) / SYMBOLS.length;
    const brought = 0.5 * ((day[2] ?? 0) - mean);
    expect(watch.attribution()).toEqual({
      ...{ total: brought, names: 1 },
      largest: { name: 'C', contribution: brought },
    });
  });

  it('is nothing for a book that never held anything', () => {
    const watch = new AttributionWatch(returns, 'long_only_excess');
    watch.watch(DAYS[0] ?? '', new Float64Array(SYMBOLS.length));
    expect(watch.attribution()).toBeNull();
  });
});
