import { extractReturns } from '../extraction/session.ts';
import { readSectorsAsOf } from '../extraction/sectors-as-of.ts';
import { sessionFlow } from '../extraction/session-flow.ts';
import type { SnapshotReturns } from '../extraction/columnar-tables.ts';
import type { ModelSpec } from '../contracts/spec.ts';
import { hourlyVolume } from '../market/session-hours.ts';
import { advanceRegime, regimeOf, type RegimeState, usualRegimes } from '../monitoring/regime.ts';
import { spearman } from '../stats/rank.ts';
import { isConstant } from '../stats/series.ts';
import { folderCalendar } from './scoring-ground.ts';
import type { WatchState } from './watch-state.ts';

type Market = WatchState['market'];

/** Sessions that the first look reads, so that a reign begins with a market that is known. */
const FIRST_LOOK = 500;
const MONTH = 21;
const FEWEST_SECTORS = 3;

/** The market of one session: its regime, limit hits, sectors and flow, going on from the session before. */
export async function watchMarket(
  spec: ModelSpec,
  before: Market | null,
  session: string,
  asOf: string,
): Promise<Market> {
  const calendar = await folderCalendar(spec);
  const at = calendar.indexOf(session);
  const from = before === null ? (calendar.dates[Math.max(0, at - FIRST_LOOK)] ?? session) : session;
  const returns = await extractReturns({
    ...{ folder: spec.data, market: spec.market, asOf },
    ...{ fromSession: from, toSession: session },
  });
  const sectorOf = await readSectorsAsOf(spec.data, spec.market);
  let state: RegimeState | null = before?.state ?? null;
  const sectorReturns = [...(before?.sectorReturns ?? [])];
  for (const [, rows] of rowsBySession(returns)) {
    state = advanceRegime(state, meanOf(rows.map((row) => returns.ret[row] ?? Number.NaN)));
    sectorReturns.push(sectorMeans(returns, rows, sectorOf));
  }
  const known = state ?? advanceRegime(null, Number.NaN);
  const today = rowsBySession(returns).get(session) ?? [];
  const locked = today.filter((row) => returns.limitLock[row] !== 0).length;
  const recent = sectorReturns.slice(-2 * MONTH);
  const flow = await sessionFlow({ folder: spec.data, market: spec.market, session });
  return {
    regime: regimeOf(known),
    usual: [...usualRegimes(known)],
    state: { ...known, seen: { ...known.seen } },
    limitHitShare: today.length === 0 ? 0 : locked / today.length,
    sectorReturns: recent,
    sectorRotation: rotation(recent),
    hourlyVolume: flow.volume === null ? null : hourlyVolume(calendar, session, flow.volume),
    foreignNetShare:
      flow.foreignNet === null || flow.volume === null || flow.volume <= 0
        ? null
        : flow.foreignNet / flow.volume,
  };
}

function rowsBySession({ session }: SnapshotReturns): ReadonlyMap<string, readonly number[]> {
  const rows = new Map<string, number[]>();
  session.forEach((day, row) => {
    const own = rows.get(day);
    if (own === undefined) rows.set(day, [row]);
    else own.push(row);
  });
  return rows;
}

function sectorMeans(
  { ret, symbol, session }: SnapshotReturns,
  rows: readonly number[],
  sectorOf: (symbol: string, session: string) => string | null,
): Record<string, number> {
  const groups = new Map<string, number[]>();
  for (const row of rows) {
    const value = ret[row] ?? Number.NaN;
    const sector = sectorOf(symbol[row] ?? '', session[row] ?? '');
    if (sector === null || !Number.isFinite(value)) continue;
    groups.set(sector, [...(groups.get(sector) ?? []), value]);
  }
  return Object.fromEntries([...groups].map(([sector, values]) => [sector, meanOf(values)] as const));
}

/** How little the order of sectors over the newest month is that of the month before: 0 the same, 2 turned round. */
function rotation(days: readonly Readonly<Record<string, number>>[]): number | null {
  if (days.length < 2 * MONTH) return null;
  const sum = (part: typeof days, sector: string): number =>
    part.reduce((total, day) => total + (day[sector] ?? 0), 0);
  const sectors = Object.keys(days.at(-1) ?? {}).sort();
  if (sectors.length < FEWEST_SECTORS) return null;
  const earlier = sectors.map((sector) => sum(days.slice(0, MONTH), sector));
  const later = sectors.map((sector) => sum(days.slice(-MONTH), sector));
  if (isConstant(earlier) || isConstant(later)) return null;
  return 1 - spearman(earlier, later, 'sectors of the month before', 'sectors of the month');
}

/** Of the finite values; NaN without one. */
function meanOf(values: readonly number[]): number {
  const known = values.filter((value) => Number.isFinite(value));
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}
