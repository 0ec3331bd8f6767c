import { describe, expect, it } from 'vitest';
import { icBreakdown, type BreakdownInput } from '../../../evaluation/ic-breakdown.ts';
import { panelAxes } from '../../../evaluation/panel.ts';
import { spearman } from '../../../stats/rank.ts';

const SESSIONS = 80;
const SYMBOLS = 40;
const HORIZON = 5;

/** Uniform numbers of a small linear congruence: the same in every run. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * A market in which the predictions know the return of the session after the entry for the names of the sector `known`, and
 * nothing of those of `noise`.
 */
function market(changes: Partial<BreakdownInput> = {}): BreakdownInput {
  const random = uniform(7);
  const sessions = Array.from({ length: SESSIONS }, (_, at) => `2024-${String(100 + at)}`);
  const symbols = Array.from({ length: SYMBOLS }, (_, at) => `S${String(100 + at)}`);
  const axes = panelAxes(sessions, symbols);
  const ret = Float64Array.from({ length: SESSIONS * SYMBOLS }, () => (random() - 0.5) / 50);
  const predictions = new Float64Array(ret.length).fill(Number.NaN);
  const sectors = new Int16Array(ret.length);
  for (let at = 0; at < SESSIONS; at += 1) {
    for (let symbol = 0; symbol < SYMBOLS; symbol += 1) {
      const cell = at * SYMBOLS + symbol;
      sectors[cell] = symbol < 20 ? 0 : symbol < 38 ? 1 : -1;
      // Entry at the close of the next session, the first return a session later.
      const next = ret[(at + 2) * SYMBOLS + symbol] ?? 0;
      predictions[cell] = symbol < 20 ? next : random();
    }
  }
  return {
    returns: { axes, ret, tradable: new Uint8Array(ret.length) },
    predictions,
    entryDelaySessions: 1,
    horizonSessions: HORIZON,
    sectors,
    sectorNames: ['known', 'noise'],
    regimes: sessions.map((_, at) => (at < 10 ? null : at < 40 ? 'bull' : 'bear')),
    lagOf: (observations, overlap) => Math.min(overlap, observations - 1),
    ...changes,
  };
}

describe('where the skill of predictions lies', () => {
  it('finds it in the sector that has it, and at the horizon that it is about', () => {
    const { sectors, horizons } = icBreakdown(market());
    const known = sectors.find(({ name }) => name === 'known');
    const noise = sectors.find(({ name }) => name === 'noise');
    expect(known?.mean).toBeGreaterThan(0.3);
    expect(known?.interval?.[0]).toBeGreaterThan(0);
    expect(Math.abs(noise?.mean ?? 1)).toBeLessThan(0.1);
    expect(horizons.map(({ name }) => name)).toEqual(['1', '5', '10', '20']);
    const means = horizons.map(({ mean }) => mean);
    expect(means).toEqual(means.toSorted((a, b) => b - a));
  });

  it('is, by horizon, the mean of plain rank correlations with compounded returns', () => {
    const input = market();
    const { ret } = input.returns;
    const daily: number[] = [];
    for (let at = 0; at + 2 + HORIZON <= SESSIONS; at += 1) {
      const ahead = Array.from({ length: SYMBOLS }, (_, symbol) => {
        let growth = 1;
        for (let step = 0; step < HORIZON; step += 1)
          growth *= 1 + (ret[(at + 2 + step) * SYMBOLS + symbol] ?? 0);
        return growth - 1;
      });
      daily.push(spearman(input.predictions.slice(at * SYMBOLS, (at + 1) * SYMBOLS), ahead));
    }
    const cell = icBreakdown(input).horizons.find(({ name }) => name === String(HORIZON));
    expect(cell?.sessions).toBe(daily.length);
    expect(cell?.mean).toBeCloseTo(daily.reduce((sum, value) => sum + value, 0) / daily.length, 12);
  });

  it('deciles weigh to nothing beyond the universe, and rise with the predictions', () => {
    const { deciles } = icBreakdown(market({ horizonSessions: 1 }));
    expect(deciles.map(({ name }) => name)).toEqual(Array.from({ length: 10 }, (_, at) => String(at + 1)));
    expect(deciles.reduce((sum, { mean }) => sum + mean, 0)).toBeCloseTo(0, 10);
    const aware = market({ horizonSessions: 1, sectors: new Int16Array(SESSIONS * SYMBOLS) });
    const perfect = Float64Array.from(aware.predictions, (_, cell) => {
      const ahead = aware.returns.ret[cell + 2 * SYMBOLS];
      return ahead ?? 0;
    });
    const sorted = icBreakdown({ ...aware, predictions: perfect }).deciles.map(({ mean }) => mean);
    expect(sorted).toEqual(sorted.toSorted((a, b) => a - b));
  });

  it('a regime is counted where it was known, and a cell of few sessions has no interval', () => {
    const { regimes } = icBreakdown(market());
    expect(regimes.map(({ name, sessions }) => [name, sessions])).toEqual([
      ['bear', SESSIONS - 40 - 1 - HORIZON],
      ['bull', 30],
    ]);
    const few = icBreakdown(
      market({ regimes: Array.from({ length: SESSIONS }, (_, at) => (at < 19 ? 'bull' : null)) }),
    );
    expect(few.regimes).toMatchObject([{ name: 'bull', sessions: 19, interval: null }]);
  });

  it('an unknown return leaves its name out and is never zero', () => {
    const input = market();
    const holed = Float64Array.from(input.returns.ret);
    // Symbol 0 has no return at all any more.
    for (let at = 0; at < SESSIONS; at += 1) holed[at * SYMBOLS] = Number.NaN;
    const without = market({
      returns: { ...input.returns, ret: holed },
      predictions: input.predictions,
    });
    const unscored = Float64Array.from(input.predictions, (value, cell) =>
      cell % SYMBOLS === 0 ? Number.NaN : value,
    );
    expect(icBreakdown(without)).toEqual(icBreakdown({ ...input, predictions: unscored }));
  });

  it('says nothing where nothing can be said', () => {
    const nothing = new Float64Array(SESSIONS * SYMBOLS).fill(Number.NaN);
    expect(icBreakdown(market({ predictions: nothing }))).toEqual({
      deciles: [],
      sectors: [],
      regimes: [],
      horizons: [],
    });
    const flat = new Float64Array(SESSIONS * SYMBOLS).fill(1);
    expect(icBreakdown(market({ predictions: flat })).horizons).toEqual([]);
  });

  it('panels that differ in size are refused', () => {
    expect(() => icBreakdown(market({ regimes: [] }))).toThrow(/differ in size/u);
    expect(() => icBreakdown(market({ sectors: new Int16Array(3) }))).toThrow(/differ in size/u);
  });
});
