import type { PortfolioInput } from '../../../evaluation/portfolio.ts';

/**
 * The same portfolio by a second route: money in named lots instead of weight vectors, sets and sorting by objects
 * instead of typed arrays. Slow and plain on purpose.
 */
export function pathByLots(input: PortfolioInput) {
  const { axes, ret, tradable } = input.returns;
  const { kind, holdSessions, topFraction, turnoverBuffer } = input.portfolio;
  const delay = input.label.entryDelaySessions;
  const cell = (session: number, name: string) => session * axes.symbols.length + axes.symbols.indexOf(name);
  const scored = (session: number) =>
    axes.symbols
      .map((name) => ({ name, score: input.predictions[cell(session, name)] ?? NaN }))
      .filter(({ score }) => Number.isFinite(score));
  const decisions = axes.sessions.map((_, s) => s).filter((s) => scored(s).length > 0);
  const firstDecision = decisions[0] ?? 0;
  const lastDecision = decisions.at(-1) ?? 0;
  const tranches = Array.from({ length: holdSessions }, () => ({
    active: false,
    ending: false,
    lots: new Map<string, number>(),
  }));
  const sessions: string[] = [];
  const netReturns: number[] = [];
  const turnover: number[] = [];
  let universe: string[] = [];

  const last = Math.min(lastDecision + delay + holdSessions, axes.sessions.length - 1);
  for (let t = firstDecision + delay; t <= last; t += 1) {
    const known = decisions.includes(t - delay - 1) ? scored(t - delay - 1).map(({ name }) => name) : [];
    if (known.length > 0) universe = known;
    const move = (name: string) => {
      const value = ret[cell(t, name)] ?? NaN;
      return Number.isFinite(value) ? value : 0;
    };
    const market =
      kind === 'long_short_decile' || universe.length === 0
        ? 0
        : universe.map(move).reduce((a, b) => a + b, 0) / universe.length;
    let gain = 0;
    for (const tranche of tranches.filter(({ active }) => active)) {
      const worth = [...tranche.lots.values()].reduce((total, lot) => total + Math.abs(lot), 0);
      for (const [name, money] of tranche.lots) {
        gain += money * move(name);
        tranche.lots.set(name, money * (1 + move(name)));
      }
      gain -= tranche.ending ? worth * market : market;
    }

    const may = (name: string, what: 'buy' | 'sell' | 'short') =>
      Math.floor((tradable[cell(t, name)] ?? 0) / { buy: 1, sell: 2, short: 4 }[what]) % 2 === 1;
    const gone = (name: string) => tradable[cell(t, name)] === 8;
    const stuck = (name: string, lot: number) =>
      lot !== 0 && !gone(name) && !may(name, lot > 0 ? 'sell' : 'buy');
    let bought = 0;
    let sold = 0;
    const trade = (from: Map<string, number>, to: Map<string, number>) => {
      for (const name of new Set([...from.keys(), ...to.keys()])) {
        const change = (to.get(name) ?? 0) - (from.get(name) ?? 0);
        if (change > 0) bought += change;
        else sold -= change;
      }
    };
    for (const tranche of tranches.filter(({ ending, lots }) => ending && lots.size > 0)) {
      const left = new Map([...tranche.lots].filter(([name, lot]) => stuck(name, lot)));
      trade(tranche.lots, left);
      tranche.lots = left;
      tranche.active = left.size > 0;
    }

    const decision = t - delay;
    const due = tranches[(decision - firstDecision) % holdSessions];
    if (due === undefined) throw new Error('no tranche is due');
    const before = new Map(due.lots);
    if (decision > lastDecision) {
      due.lots = new Map([...before].filter(([name, lot]) => stuck(name, lot)));
      due.active = due.lots.size > 0;
      due.ending = true;
    } else {
      const ranking = scored(decision).sort((a, b) => b.score - a.score || (a.name < b.name ? -1 : 1));
      if (new Set(ranking.map(({ score }) => score)).size > 1) {
        const names = ranking.map(({ name }) => name);
        const wanted = Math.max(1, Math.round(topFraction * names.length));
        const places = kind === 'long_only_excess' ? wanted : Math.min(wanted, Math.floor(names.length / 2));
        const stays = Math.floor((topFraction + turnoverBuffer * (1 - topFraction)) * names.length);
        due.lots = new Map([...before].filter(([name, lot]) => stuck(name, lot)));
        const leg = (ordered: string[], sign: 1 | -1): string[] => {
          const mine = (name: string) => Math.sign(before.get(name) ?? 0) === sign;
          const held = (name: string) => (gone(name) ? 0 : (before.get(name) ?? 0));
          const kept0 = [...before].filter(([name, lot]) => stuck(name, lot) && mine(name));
          const free = Math.max(0, places - kept0.length);
          const open = ordered.filter((name) => !stuck(name, held(name)));
          const kept = ordered.slice(0, stays).filter((name) => open.includes(name) && mine(name));
          const fresh = open.filter((name) => !kept.includes(name));
          const chosen = [...kept, ...fresh].slice(0, free);
          const money = Math.max(0, 1 - kept0.reduce((total, [, lot]) => total + sign * lot, 0));
          for (const name of chosen) {
            const wanted = (sign * money) / chosen.length;
            const growing = sign * wanted > sign * held(name);
            const lot =
              !growing || may(name, sign === 1 ? 'buy' : 'short') ? wanted : mine(name) ? held(name) : 0;
            if (lot !== 0) due.lots.set(name, lot);
          }
          return chosen;
        };
        const longs = leg(names, 1);
        if (kind === 'long_short_decile') {
          leg(names.filter((name) => !longs.includes(name)).reverse(), -1);
        }
        due.active = true;
      }
    }

    trade(before, due.lots);
    const cost = (bought * input.costs.buyBps + sold * input.costs.sellBps) / 10_000;
    sessions.push(axes.sessions[t] ?? '');
    netReturns.push((gain - cost) / holdSessions);
    turnover.push((bought + sold) / 2 / holdSessions);
  }
  return { sessions, netReturns, turnover };
}
