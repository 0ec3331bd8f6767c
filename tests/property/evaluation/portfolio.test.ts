import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CAN_BUY,
  CAN_SELL,
  CAN_SHORT,
  FULLY_TRADABLE,
  LEFT_MARKET,
  panelAxes,
} from '../../../evaluation/panel.ts';
import { simulatePortfolio, type PortfolioInput } from '../../../evaluation/portfolio.ts';
import { pathByLots } from './portfolio-by-lots.ts';

const WIDTH = 12;

const inputs: fc.Arbitrary<PortfolioInput> = fc
  .record({
    length: fc.integer({ min: 8, max: 30 }),
    seed: fc.integer({ min: 1, max: 1e9 }),
    holdSessions: fc.integer({ min: 1, max: 6 }),
    entryDelaySessions: fc.integer({ min: 1, max: 3 }),
    topFraction: fc.double({ min: 0.05, max: 0.5, noNaN: true }),
    turnoverBuffer: fc.double({ min: 0, max: 1, noNaN: true }),
    kind: fc.constantFrom('long_only_excess' as const, 'long_short_decile' as const),
    missing: fc.constantFrom(0, 0.1, 0.4),
  })
  .map(({ length, seed, holdSessions, entryDelaySessions, topFraction, turnoverBuffer, kind, missing }) => {
    let state = seed;
    const draw = () => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return (state >>> 8) / 16777216;
    };
    const cells = length * WIDTH;
    const predictions = Float64Array.from({ length: cells }, () => (draw() < missing ? NaN : draw() - 0.5));
    const first = entryDelaySessions;
    predictions.set(Float64Array.from({ length: WIDTH }, draw), 0);
    const sessions = Array.from({ length: length + first }, (_, i) =>
      new Date(Date.UTC(2024, 0, 2 + i)).toISOString().slice(0, 10),
    );
    const padded = new Float64Array(sessions.length * WIDTH).fill(NaN);
    padded.set(predictions);
    return {
      returns: {
        axes: panelAxes(
          sessions,
          Array.from({ length: WIDTH }, (_, i) => `S${String(10 + i)}`),
        ),
        ret: Float64Array.from(padded, () => (draw() < missing / 4 ? NaN : (draw() - 0.5) * 0.1)),
        tradable: permissions(padded.length, missing / 4, draw),
      },
      predictions: padded,
      portfolio: { kind, holdSessions, topFraction, turnoverBuffer },
      label: { entryDelaySessions },
      costs: { buyBps: 14.25, sellBps: 44.25 },
    };
  });

/** Halts, locks at either limit and bans on short sales, here and there; one name in four leaves the market early. */
function permissions(cells: number, share: number, draw: () => number): Uint8Array {
  const states = [0, CAN_SELL | CAN_SHORT, CAN_BUY, CAN_BUY | CAN_SELL];
  const flags = Uint8Array.from({ length: cells }, () =>
    draw() < 2 * share ? (states[Math.floor(4 * draw())] ?? 0) : FULLY_TRADABLE,
  );
  if (share > 0) {
    for (let symbol = 0; symbol < WIDTH; symbol += 4) {
      const leaves = Math.floor((draw() * cells) / WIDTH);
      for (let cell = leaves * WIDTH + symbol; cell < cells; cell += WIDTH) flags[cell] = LEFT_MARKET;
    }
  }
  return flags;
}

describe('daily returns of the book', () => {
  it('agree with an account that follows every lot on its own', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const path = simulatePortfolio(input);
        const lots = pathByLots(input);
        expect(path.sessions).toEqual(lots.sessions);
        path.netReturns.forEach((value, row) => {
          expect(value).toBeCloseTo(lots.netReturns[row] ?? NaN, 12);
          expect(path.turnover[row]).toBeCloseTo(lots.turnover[row] ?? NaN, 12);
        });
      }),
      { numRuns: 300 },
    );
  });

  it('are gross less costs, and costs are never negative', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const path = simulatePortfolio(input);
        path.netReturns.forEach((net, row) => {
          expect(net).toBeCloseTo((path.grossReturns[row] ?? NaN) - (path.costs[row] ?? NaN), 15);
          expect(path.costs[row]).toBeGreaterThanOrEqual(0);
        });
      }),
    );
  });

  it('never look ahead: changing what comes later leaves the path before untouched', () => {
    fc.assert(
      fc.property(inputs, fc.integer({ min: 3, max: 7 }), (input, cut) => {
        const path = simulatePortfolio(input);
        const from = cut * WIDTH;
        const later = (values: Float64Array) =>
          values.map((value, cell) => (cell >= from && Number.isFinite(value) ? -value : value));
        const changed = simulatePortfolio({
          ...input,
          predictions: later(input.predictions),
          returns: { ...input.returns, ret: later(input.returns.ret) },
        });
        const known = path.sessions.filter((s) => input.returns.axes.sessions.indexOf(s) < cut).length;
        expect([...changed.netReturns.slice(0, known)]).toEqual([...path.netReturns.slice(0, known)]);
      }),
    );
  });

  it('do not depend on the scale of the predictions', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const scaled = { ...input, predictions: input.predictions.map((value) => 3 + 2 * value) };
        expect([...simulatePortfolio(scaled).netReturns]).toEqual([...simulatePortfolio(input).netReturns]);
      }),
    );
  });

  it('never keep more with a market that charges than with one that does not', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const charged = simulatePortfolio(input);
        const free = simulatePortfolio({ ...input, costs: { buyBps: 0, sellBps: 0 } });
        charged.netReturns.forEach((value, row) => {
          expect(value).toBeLessThanOrEqual((free.netReturns[row] ?? NaN) + 1e-15);
        });
      }),
    );
  });
});
