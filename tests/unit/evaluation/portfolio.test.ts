import { describe, expect, it } from 'vitest';
import { EvaluationInputInvalid } from '../../../evaluation/errors.ts';
import {
  CAN_BUY,
  CAN_SELL,
  CAN_SHORT,
  FULLY_TRADABLE,
  LEFT_MARKET,
  panelAxes,
  type ReturnsPanel,
} from '../../../evaluation/panel.ts';
import { simulatePortfolio, type PortfolioInput } from '../../../evaluation/portfolio.ts';

const HALTED = 0;
const LOCKED_UP = CAN_SELL | CAN_SHORT;
const LOCKED_DOWN = CAN_BUY;
const BANNED = CAN_BUY | CAN_SELL;

const symbols = ['A', 'B', 'C', 'D'];
const sessions = ['2024-01-02', '2024-01-03', '2024-01-04', '2024-01-05', '2024-01-08', '2024-01-09'];
const width = symbols.length;
const none = [NaN, NaN, NaN, NaN];

function returnsOf(
  rows: readonly (readonly number[])[],
  special: readonly (readonly [session: number, symbol: number, permissions?: number])[] = [],
) {
  const tradable = new Uint8Array(sessions.length * width).fill(FULLY_TRADABLE);
  for (const [session, symbol, permissions] of special)
    tradable[session * width + symbol] = permissions ?? HALTED;
  return {
    axes: panelAxes(sessions, symbols),
    ret: Float64Array.from(rows.flat()),
    tradable,
  } satisfies ReturnsPanel;
}

const flat = sessions.map(() => [0, 0, 0, 0]);
const base = {
  portfolio: { kind: 'long_only_excess', holdSessions: 1, topFraction: 0.25, turnoverBuffer: 0 },
  label: { entryDelaySessions: 1 },
  costs: { buyBps: 10, sellBps: 40 },
} as const;

const run = (
  predictions: readonly (readonly number[])[],
  returns: ReturnsPanel,
  change: Partial<PortfolioInput> = {},
) => simulatePortfolio({ ...base, returns, predictions: Float64Array.from(predictions.flat()), ...change });

describe('a long-only portfolio over the universe', () => {
  it('enters one session after the decision and earns from the session after that', () => {
    const rows = flat.map((row) => [...row]);
    rows[0] = [0.5, 0, 0, 0];
    rows[1] = [0.3, 0, 0, 0];
    rows[2] = [0.04, 0, 0, 0];
    const path = run([[9, 1, 2, 3], none, none, none, none, none], returnsOf(rows));
    expect(path.sessions).toEqual(['2024-01-03', '2024-01-04']);
    expect(path.grossReturns[0]).toBe(0);
    expect(path.grossReturns[1]).toBeCloseTo(0.04 - 0.01, 12);
  });

  it('pays on both sides: the fee when it buys, fee and tax on what it is worth when it sells', () => {
    const rows = flat.map((row) => [...row]);
    rows[2] = [0.1, 0.1, 0.1, 0.1];
    const path = run([[9, 1, 2, 3], none, none, none, none, none], returnsOf(rows));
    expect(path.costs[0]).toBeCloseTo(10 / 10_000, 12);
    expect(path.costs[1]).toBeCloseTo((1.1 * 40) / 10_000, 12);
    expect(path.netReturns[1]).toBeCloseTo(-(1.1 * 40) / 10_000, 12);
    expect([...path.turnover]).toEqual([0.5, expect.closeTo(0.55, 12)]);
  });

  it('renews one tranche of the book per session', () => {
    const portfolio = { ...base.portfolio, holdSessions: 2 };
    const rows = flat.map((row) => [...row]);
    rows[3] = [0.1, 0, 0, 0];
    const best = [9, 1, 2, 3];
    const path = run([best, best, none, none, none, none], returnsOf(rows), { portfolio });
    expect(path.sessions).toEqual(sessions.slice(1, 5));
    expect([...path.turnover.slice(0, 2)]).toEqual([0.25, 0.25]);
    expect(path.grossReturns[2]).toBeCloseTo(0.1 - 0.025, 12);
    expect([...path.heldNames]).toEqual([1, 1, 1, 0]);
  });

  it('keeps a held name within the buffer and sells it outside', () => {
    const within = [3, 9, 1, 2];
    const outside = [2, 9, 3, 1];
    const first = [9, 1, 2, 3];
    const portfolio = { ...base.portfolio, turnoverBuffer: 0.4 };
    const kept = run([first, within, none, none, none, none], returnsOf(flat), { portfolio });
    expect(kept.turnover[1]).toBe(0);
    const sold = run([first, outside, none, none, none, none], returnsOf(flat), { portfolio });
    expect(sold.turnover[1]).toBe(1);
  });

  it('skips an entry without a bar, keeps its weight in cash and lags the universe by it', () => {
    const rows = flat.map((row) => [...row]);
    rows[2] = [0.08, 0.04, 0, 0];
    const path = run([[9, 1, 2, 3], none, none, none, none, none], returnsOf(rows, [[1, 0]]));
    expect(path.skippedEntries).toBe(1);
    expect(path.heldNames[0]).toBe(0);
    expect(path.costs[0]).toBe(0);
    expect(path.grossReturns[1]).toBeCloseTo(-0.03, 12);
  });

  it('cannot sell a halted name: it stays and takes the place of a new one', () => {
    const path = run([[9, 1, 2, 3], [1, 9, 2, 3], none, none, none, none], returnsOf(flat, [[2, 0]]));
    expect(path.turnover[1]).toBe(0);
    expect(path.heldNames[1]).toBe(1);
    expect(path.heldNames[2]).toBe(0);
    expect(path.blockedExits).toBe(1);
  });

  it('cannot buy a name locked at its upper limit, and can sell one', () => {
    const entry = run([[9, 1, 2, 3], none, none, none, none, none], returnsOf(flat, [[1, 0, LOCKED_UP]]));
    expect(entry.heldNames[0]).toBe(0);
    expect(entry.skippedEntries).toBe(1);
    const exit = run(
      [[9, 1, 2, 3], [1, 9, 2, 3], none, none, none, none],
      returnsOf(flat, [[2, 0, LOCKED_UP]]),
    );
    expect(exit.turnover[1]).toBe(1);
    expect(exit.blockedExits).toBe(0);
  });

  it('cannot sell a name locked at its lower limit: it stays, falls on, and is sold when the lock opens', () => {
    const rows = flat.map((row) => [...row]);
    rows[3] = [-0.1, 0, 0, 0];
    const path = run(
      [[9, 1, 2, 3], [1, 9, 2, 3], [1, 9, 2, 3], none, none, none],
      returnsOf(rows, [[2, 0, LOCKED_DOWN]]),
    );
    expect(path.heldNames[1]).toBe(1);
    expect(path.grossReturns[2]).toBeCloseTo(-0.1 + 0.025, 12);
    expect(path.turnover[2]).toBeCloseTo((0.9 + 1) / 2, 12);
    const bought = run([[9, 1, 2, 3], none, none, none, none, none], returnsOf(flat, [[1, 0, LOCKED_DOWN]]));
    expect(bought.heldNames[0]).toBe(1);
  });

  it('goes on selling what its last tranche could not get rid of', () => {
    const portfolio = { ...base.portfolio, holdSessions: 2 };
    const rows = flat.map((row) => [...row]);
    rows[4] = [-0.1, 0, 0, 0];
    const best = [9, 1, 2, 3];
    const path = run([best, best, none, none, none, none], returnsOf(rows, [[3, 0, LOCKED_DOWN]]), {
      portfolio,
    });
    expect([...path.heldNames]).toEqual([1, 1, 1, 0]);
    expect(path.turnover[2]).toBe(0);
    // Half of the book in each tranche, both still hold: the fall counts in full, against the universe's share of it.
    expect(path.grossReturns[3]).toBeCloseTo(-0.1 + 0.025, 12);
    expect(path.turnover[3]).toBeCloseTo(0.9 / 2, 12);
  });

  it('pays out a name that has left the market at its last price', () => {
    const left = [2, 3, 4, 5].map((session) => [session, 0, LEFT_MARKET] as const);
    const path = run([[9, 1, 2, 3], [9, 1, 2, 3], none, none, none, none], returnsOf(flat, left));
    expect(path.heldNames[0]).toBe(1);
    expect(path.heldNames[1]).toBe(0);
    expect(path.turnover[1]).toBe(0.5);
  });

  it('counts an unknown return of a held name as zero and says so', () => {
    const rows = flat.map((row) => [...row]);
    rows[2] = [NaN, 0.04, 0, 0];
    const path = run([[9, 1, 2, 3], none, none, none, none, none], returnsOf(rows));
    expect(path.missingReturns).toBe(1);
    expect(path.grossReturns[1]).toBeCloseTo(-0.01, 12);
  });

  it('does not trade on a session without predictions or with a constant one, and sells a name that is scored no more', () => {
    const first = [9, 1, 2, 3];
    const gap = run([first, none, first, none, none, none], returnsOf(flat));
    expect([...gap.turnover]).toEqual([0.5, 0, 0, 0.5]);
    expect(gap.unrankedSessions).toBe(1);
    const constant = run([first, [7, 7, 7, 7], first, none, none, none], returnsOf(flat));
    expect(constant.unrankedSessions).toBe(1);
    const gone = run([first, [NaN, 9, 1, 2], none, none, none, none], returnsOf(flat));
    expect(gone.turnover[1]).toBe(1);
  });

  it('stops with open positions at the end of the known returns', () => {
    const path = run([none, none, none, none, [9, 1, 2, 3], none], returnsOf(flat));
    expect(path.sessions).toEqual(['2024-01-09']);
    expect(path.heldNames[0]).toBe(1);
    const later = run([none, none, none, none, none, [9, 1, 2, 3]], returnsOf(flat));
    expect(later.sessions).toEqual([]);
  });

  it('refuses panels that differ in size and predictions without a number', () => {
    const returns = returnsOf(flat);
    expect(() => simulatePortfolio({ ...base, returns, predictions: new Float64Array(3) })).toThrow(
      EvaluationInputInvalid,
    );
    expect(() =>
      run(
        sessions.map(() => none),
        returns,
      ),
    ).toThrow(/not one finite prediction/u);
  });
});

describe('a long-short portfolio', () => {
  it('earns the difference of its legs and pays for both', () => {
    const rows = flat.map((row) => [...row]);
    rows[2] = [0.05, 0, 0, -0.03];
    const portfolio = { ...base.portfolio, kind: 'long_short_decile' } as const;
    const path = run([[9, 3, 2, 1], none, none, none, none, none], returnsOf(rows), { portfolio });
    expect(path.grossReturns[1]).toBeCloseTo(0.08, 12);
    expect(path.costs[0]).toBeCloseTo(50 / 10_000, 12);
    expect(path.costs[1]).toBeCloseTo((1.05 * 40 + 0.97 * 10) / 10_000, 12);
    expect(path.heldNames[0]).toBe(2);
  });

  it('cannot sell short what is banned or locked at its lower limit, nor cover what is locked at its upper', () => {
    const portfolio = { ...base.portfolio, kind: 'long_short_decile' } as const;
    const first = [9, 3, 2, 1];
    for (const state of [BANNED, LOCKED_DOWN, HALTED]) {
      const path = run([first, none, none, none, none, none], returnsOf(flat, [[1, 3, state]]), {
        portfolio,
      });
      expect(path.heldNames[0]).toBe(1);
      expect(path.skippedEntries).toBe(1);
    }
    const turned = [9, 1, 2, 3];
    const stuck = run([first, turned, none, none, none, none], returnsOf(flat, [[2, 3, LOCKED_UP]]), {
      portfolio,
    });
    expect(stuck.blockedExits).toBe(1);
    expect(stuck.heldNames[1]).toBe(2);
    expect(stuck.turnover[1]).toBe(0);
    const banned = run([first, turned, none, none, none, none], returnsOf(flat, [[2, 3, BANNED]]), {
      portfolio,
    });
    expect(banned.blockedExits).toBe(0);
    expect(banned.turnover[1]).toBe(1);
  });

  it('never holds a name on both sides', () => {
    const portfolio = {
      ...base.portfolio,
      kind: 'long_short_decile',
      topFraction: 0.5,
      turnoverBuffer: 1,
    } as const;
    const path = run([[9, 3, 2, 1], [1, 2, 3, 9], none, none, none, none], returnsOf(flat), { portfolio });
    expect(path.heldNames[0]).toBe(4);
    expect(path.heldNames[1]).toBe(4);
  });
});
