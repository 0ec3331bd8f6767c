import { describe, expect, it } from 'vitest';
import { SimulationInvalid } from '../../../market/errors.ts';
import { simulateMarket, type SimulatedMarket, TAIWAN_SIMULATION } from '../../../market/simulator.ts';

const market = simulateMarket({
  ...TAIWAN_SIMULATION,
  symbols: 120,
  sessions: 400,
  from: '2014-06-02',
  lateShare: 0.01,
  wrongShare: 0.004,
  restatedShare: 0.01,
});
const { prices, fundamentals, corporate_actions: actions, symbols, truth } = market;

interface FinalBar {
  readonly row: number;
  readonly session: string;
}

/** The bars that count in the end, by symbol in order of session: newest knowledge, then greatest seq. */
function finalBars({ prices: table }: SimulatedMarket): ReadonlyMap<string, readonly FinalBar[]> {
  const newest = new Map<string, number>();
  table.symbol.forEach((symbol, row) => {
    const key = `${symbol} ${table.session_date[row] ?? ''}`;
    const other = newest.get(key);
    const newer = other === undefined || (table.knowledge_ts[row] ?? '') >= (table.knowledge_ts[other] ?? '');
    if (newer) newest.set(key, row);
  });
  const bars = new Map<string, FinalBar[]>();
  for (const row of newest.values()) {
    const symbol = table.symbol[row] ?? '';
    bars.set(symbol, [...(bars.get(symbol) ?? []), { row, session: table.session_date[row] ?? '' }]);
  }
  for (const list of bars.values()) list.sort((a, b) => (a.session < b.session ? -1 : 1));
  return bars;
}

const bars = finalBars(market);
const at = (column: Float64Array, row: number): number => column[row] ?? NaN;

/** Ticks of the exchange in hundredths of a dollar, by whole numbers: a route of its own. */
function tickOf(cents: number): number {
  if (cents < 1000) return 1;
  if (cents < 5000) return 5;
  if (cents < 10_000) return 10;
  if (cents < 50_000) return 50;
  return cents < 100_000 ? 100 : 500;
}

/** The highest and lowest price on the grid inside the limit, found by trying one cent after the other. */
function limitsOf(referenceCents: number, percent: number): { readonly low: number; readonly high: number } {
  let high = Math.floor((referenceCents * (100 + percent)) / 100);
  while (high % tickOf(high) !== 0) high -= 1;
  let low = Math.ceil((referenceCents * (100 - percent)) / 100);
  while (low % tickOf(low) !== 0) low += 1;
  return { low, high };
}

const cents = (price: number): number => Math.round(price * 100);

describe('every bar of the simulated Taiwan market', () => {
  const actionOn = new Map(
    actions.symbol.map((symbol, row) => [`${symbol} ${actions.ex_date[row] ?? ''}`, row]),
  );
  const listed = new Map(symbols.symbol.map((symbol, row) => [symbol, symbols.listed_date[row] ?? '']));

  it('lies on the grid of ticks, and open and close inside high and low', () => {
    const wrong = [...bars.values()].flat().filter(({ row }) => {
      const [open, high, low, close] = [prices.open, prices.high, prices.low, prices.close].map((column) =>
        at(column, row),
      );
      if (open === undefined || high === undefined || low === undefined || close === undefined) return true;
      const onGrid = [open, high, low, close].every(
        (price) => Math.abs(price * 100 - cents(price)) < 1e-6 && cents(price) % tickOf(cents(price)) === 0,
      );
      return !onGrid || low > Math.min(open, close) || high < Math.max(open, close) || low <= 0;
    });
    expect(wrong).toEqual([]);
  });

  it('stays inside the exact limit prices: 7 % up to 2015-05-31, 10 % after, none in five sessions of a listing', () => {
    let checked = 0;
    let locked = 0;
    const outside: string[] = [];
    for (const [symbol, list] of bars) {
      list.forEach(({ row, session }, position) => {
        const before = list[position - 1];
        if (before === undefined) return;
        if ((listed.get(symbol) ?? '') > '2014-06-02' && position < 5) return;
        const previous = at(prices.close, before.row);
        const action = actionOn.get(`${symbol} ${session}`);
        if (action === undefined && actionBetween(symbol, before.session, session)) return;
        const reference =
          action === undefined
            ? previous
            : actions.kind[action] === 'cash_dividend'
              ? previous - at(actions.amount, action)
              : previous / at(actions.ratio, action);
        const { low, high } = limitsOf(cents(reference), session <= '2015-05-31' ? 7 : 10);
        checked += 1;
        if (cents(at(prices.close, row)) === high) locked += 1;
        if (cents(at(prices.low, row)) < low || cents(at(prices.high, row)) > high) {
          outside.push(`${symbol} ${session}`);
        }
      });
    }
    expect(outside).toEqual([]);
    expect(checked).toBeGreaterThan(40_000);
    expect(locked).toBeGreaterThan(100);
  });

  function actionBetween(symbol: string, after: string, before: string): boolean {
    return actions.symbol.some(
      (name, row) =>
        name === symbol && (actions.ex_date[row] ?? '') > after && (actions.ex_date[row] ?? '') < before,
    );
  }

  it('moves freely in the first sessions of a listing, and some do beyond the limit', () => {
    const wild = simulateMarket({ ...TAIWAN_SIMULATION, symbols: 600, sessions: 200, from: '2015-06-01' });
    const final = finalBars(wild);
    const moves = wild.symbols.symbol.flatMap((symbol, row) => {
      if ((wild.symbols.listed_date[row] ?? '') <= '2015-06-01') return [];
      const closes = (final.get(symbol) ?? []).slice(0, 5).map((bar) => at(wild.prices.close, bar.row));
      return closes.slice(1).map((close, index) => Math.abs(close / (closes[index] ?? NaN) - 1));
    });
    expect(Math.max(...moves)).toBeGreaterThan(0.1);
  });
});

describe('the truth of the simulated Taiwan market', () => {
  it('names every bar that came late, wrong or restated, and no other', () => {
    const versions = new Map<string, number[]>();
    prices.symbol.forEach((symbol, row) => {
      const key = `${symbol} ${prices.session_date[row] ?? ''}`;
      versions.set(key, [...(versions.get(key) ?? []), row]);
    });
    const seen = [...versions].flatMap(([key, rows]) => {
      const [first = 0, second] = rows;
      const lag = Date.parse(prices.knowledge_ts[first] ?? '') - Date.parse(prices.event_ts[first] ?? '');
      if (second === undefined) return lag > 1_800_000 ? [`${key} late`] : [];
      return at(prices.high, first) > 5 * at(prices.high, second) ? [`${key} wrong`] : [`${key} restated`];
    });
    const stated = truth.faultyBars.map(({ symbol, session, fault }) => `${symbol} ${session} ${fault}`);
    expect(stated.sort()).toEqual(seen.sort());
    expect(new Set(truth.faultyBars.map(({ fault }) => fault))).toEqual(
      new Set(['late', 'wrong', 'restated']),
    );
  });

  it('names the turbulent sessions, on which the market moves more', () => {
    const long = simulateMarket({ ...TAIWAN_SIMULATION, symbols: 40, sessions: 1500, from: '2014-01-02' });
    const turbulent = (date: string): boolean =>
      long.truth.turbulence.some(({ from, to }) => from <= date && date <= to);
    const sums: Record<'calm' | 'turbulent', [number, number]> = { calm: [0, 0], turbulent: [0, 0] };
    for (const list of finalBars(long).values()) {
      list.slice(1).forEach(({ row, session }, index) => {
        const move = Math.log(at(long.prices.close, row) / at(long.prices.close, list[index]?.row ?? 0));
        const sum = turbulent(session) ? sums.turbulent : sums.calm;
        sum[0] += move * move;
        sum[1] += 1;
      });
    }
    const deviation = ([squares, count]: [number, number]): number => Math.sqrt(squares / count);
    expect(long.truth.turbulence.length).toBeGreaterThan(1);
    expect(deviation(sums.turbulent)).toBeGreaterThan(1.1 * deviation(sums.calm));
  });

  it('states the sector of every symbol', () => {
    symbols.symbol.forEach((symbol, row) => {
      expect(truth.sectors[symbol]).toBe(symbols.sector[row]);
    });
  });
});

describe('sectors as of each date', () => {
  it('begin with the listing, end with the one that moves the company, and a few change in between', () => {
    const { sectors } = market;
    if (sectors === null) throw new Error('no sectors');
    const rowsOf = (symbol: string): number[] =>
      [...sectors.symbol.keys()].filter((row) => sectors.symbol[row] === symbol);
    let late = 0;
    let changed = 0;
    symbols.symbol.forEach((symbol, at) => {
      const [first = -1, second] = rowsOf(symbol);
      const listed = symbols.listed_date[at] ?? '';
      expect(sectors.effective_date[first]).toBe(listed);
      expect((sectors.knowledge_ts[first] ?? '') < listed).toBe(true);
      expect(sectors.sector[second ?? first]).toBe(truth.sectors[symbol]);
      if (second === undefined) return;
      changed += 1;
      expect(sectors.sector[first]).not.toBe(sectors.sector[second]);
      expect((sectors.effective_date[second] ?? '') > listed).toBe(true);
      if ((sectors.knowledge_ts[second] ?? '').slice(0, 10) > (sectors.effective_date[second] ?? ''))
        late += 1;
    });
    expect(changed).toBe(5);
    expect(late).toBeGreaterThan(0);
    expect(late).toBeLessThan(changed);
    expect(simulateMarket({ symbols: 20, sessions: 80, flipSession: null }).sectors).toBeNull();
  });
});

describe('statements and foreign flow', () => {
  it('are published after their quarter, some twice, a few at one instant or after newer quarters', () => {
    if (fundamentals === null) throw new Error('no statements');
    const { symbol, period_end, version, knowledge_ts } = fundamentals;
    symbol.forEach((_, row) => {
      expect((knowledge_ts[row] ?? '').slice(0, 10) > (period_end[row] ?? '')).toBe(true);
    });
    const restated = [...symbol.keys()].filter((row) => version[row] === 2);
    const tied = restated.filter((row) => knowledge_ts[row] === knowledge_ts[row - 1]);
    const overtaken = restated.filter((row) =>
      symbol.some(
        (name, other) =>
          name === symbol[row] &&
          (period_end[other] ?? '') > (period_end[row] ?? '') &&
          (knowledge_ts[other] ?? '') < (knowledge_ts[row] ?? ''),
      ),
    );
    expect(restated.length / (symbol.length - restated.length)).toBeCloseTo(0.2, 1);
    expect(tied.length).toBeGreaterThan(5);
    expect(overtaken.length).toBeGreaterThan(50);
    expect([...new Set(symbol)].sort()).toEqual([...symbols.symbol].sort());
  });

  it('is a whole number of lots within the volume of the session, and persistent', () => {
    const flow = prices.foreign_net_shares;
    if (flow === null) throw new Error('no flow');
    const shares: number[] = [];
    flow.forEach((net, row) => {
      const volume = at(prices.volume, row);
      expect(Math.abs(net % 1000)).toBe(0);
      expect(Object.is(net, -0)).toBe(false);
      expect(Math.abs(net)).toBeLessThanOrEqual(volume);
      expect(volume).toBeLessThan(1e12);
      shares.push(net / volume);
    });
    let same = 0;
    for (let row = 1; row < shares.length; row += 1) {
      if (Math.sign(shares[row] ?? 0) === Math.sign(shares[row - 1] ?? 0)) same += 1;
    }
    expect(same / shares.length).toBeGreaterThan(0.6);
  });
});

describe('the planted signal of the Taiwan market', () => {
  const large = { ...TAIWAN_SIMULATION, symbols: 300, sessions: 500, from: '2016-01-04' } as const;

  it.each([
    [0.05, [101, 102, 103, 104]],
    [0.15, [105, 106, 107, 108]],
    [0, [109, 110, 111, 112]],
  ])('has the stated rank IC of %d within its standard error, over seeds', (plantedRankIc, seeds) => {
    const scores = seeds.map((seed) => {
      const [range] = simulateMarket({ ...large, plantedRankIc, seed }).truth.plantedIc;
      if (range === undefined) throw new Error('no range');
      expect(range.statedRankIc).toBeCloseTo(plantedRankIc, 12);
      return (range.meanRankIc - range.statedRankIc) / range.standardError;
    });
    // A mean of four standard normal values has a deviation of a half; single ones stay below four.
    expect(Math.abs(scores.reduce((total, score) => total + score, 0) / scores.length)).toBeLessThan(1.5);
    expect(Math.max(...scores.map(Math.abs))).toBeLessThan(4);
  });

  it('decays, is absent and turns round on the sessions that the plan states', () => {
    const signalPlan = [
      { fromSession: 0, rankIc: 0.12, halfLifeSessions: null },
      { fromSession: 200, rankIc: 0.12, halfLifeSessions: 40 },
      { fromSession: 400, rankIc: 0, halfLifeSessions: null },
      { fromSession: 600, rankIc: -0.12, halfLifeSessions: null },
    ];
    const { decisions, flipSession } = simulateMarket({ ...large, sessions: 800, signalPlan }).truth;
    // Decisions start at session 60; those whose label straddles a phase are left out.
    const phase = (from: number, to: number) => decisions.slice(from - 60, to - 60 - 6);
    const mean = (values: readonly (number | null)[]): number =>
      values.reduce<number>((total, value) => total + (value ?? NaN), 0) / values.length;
    const realised = (from: number, to: number) => mean(phase(from, to).map((d) => d.realisedRankIc));
    const stated = (from: number, to: number) => mean(phase(from, to).map((d) => d.statedRankIc));
    expect(stated(60, 200)).toBeCloseTo(0.12, 12);
    expect(stated(240, 281)).toBeGreaterThan(0.12 / 4);
    expect(stated(240, 281)).toBeLessThan(0.12 / 2);
    expect(stated(400, 600)).toBe(0);
    expect(stated(600, 800)).toBeCloseTo(-0.12, 12);
    expect(flipSession).toBeNull();
    for (const [from, to] of [
      [60, 200],
      [200, 300],
      [300, 400],
      [400, 600],
      [600, 800],
    ] as const) {
      // A daily IC of 300 names has a deviation of about 0.06 and overlaps five-fold.
      const tolerance = 3 * 0.06 * Math.sqrt(5 / (to - from));
      expect(Math.abs(realised(from, to) - stated(from, to))).toBeLessThan(tolerance);
    }
  });

  it.each([
    [[], /signalPlan is empty/u],
    [[{ fromSession: 0, rankIc: 0.9, halfLifeSessions: null }], /signalPlan is 0.9/u],
    [[{ fromSession: 900, rankIc: 0.1, halfLifeSessions: null }], /signalPlan is 900/u],
    [
      [
        { fromSession: 50, rankIc: 0.1, halfLifeSessions: null },
        { fromSession: 50, rankIc: 0.1, halfLifeSessions: null },
      ],
      /signalPlan is 50/u,
    ],
    [[{ fromSession: 0, rankIc: 0.1, halfLifeSessions: 0 }], /signalPlan is 0/u],
  ])('refuses a plan that cannot be met: %j', (signalPlan, message) => {
    expect(() => simulateMarket({ ...large, signalPlan })).toThrow(SimulationInvalid);
    expect(() => simulateMarket({ ...large, signalPlan })).toThrow(message);
  });
});
