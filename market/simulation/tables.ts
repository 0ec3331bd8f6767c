import type { SessionCalendar } from '../calendar.ts';
import { RandomStream } from '../random.ts';
import { type Company, isListed, sectorName } from './companies.ts';
import type { SimulationOptions } from './options.ts';
import type { MarketPaths } from './paths.ts';
import { PUBLICATION_LAG_MS } from './price-table.ts';

/** The smaller tables of a market data folder as columns of equal length. */
export interface ActionColumns {
  readonly symbol: string[];
  readonly ex_date: string[];
  readonly kind: string[];
  readonly ratio: Float64Array;
  readonly amount: Float64Array;
  /** Null for splits: they are announced before that close. */
  readonly prev_close: (number | null)[];
  readonly knowledge_ts: string[];
  readonly seq: Int32Array;
}

export interface MembershipColumns {
  readonly symbol: string[];
  readonly effective_date: string[];
  readonly action: string[];
  readonly knowledge_ts: string[];
  readonly seq: Int32Array;
}

export interface SymbolColumns {
  readonly symbol: string[];
  readonly sector: string[];
  readonly listed_date: string[];
  readonly delisted_date: (string | null)[];
  readonly delisting_knowledge_ts: (string | null)[];
}

export interface CalendarColumns {
  readonly session_date: string[];
  readonly weekday: string[];
  readonly open_ts: string[];
  readonly close_ts: string[];
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;

const iso = (ms: number): string => new Date(ms).toISOString();

export function actionTable(
  companies: readonly Company[],
  paths: MarketPaths,
  calendar: SessionCalendar,
): ActionColumns {
  const { actions } = paths;
  const knownAt = (exAt: number, notice: number): string => {
    const session = calendar.at(Math.max(0, exAt - notice));
    return iso(Date.parse(session.closeInstant) + PUBLICATION_LAG_MS);
  };
  return {
    symbol: actions.map((action) => companies[action.company]?.symbol ?? ''),
    ex_date: actions.map((action) => calendar.at(action.exAt).date),
    kind: actions.map((action) => action.kind),
    ratio: Float64Array.from(actions, (action) => action.ratio),
    amount: Float64Array.from(actions, (action) => action.amount),
    prev_close: actions.map((action) => (action.kind === 'cash_dividend' ? action.previousClose : null)),
    knowledge_ts: actions.map((action) => knownAt(action.exAt, action.noticeSessions)),
    seq: Int32Array.from(actions, (_, row) => row + 1),
  };
}

const REVIEW_EVERY = 60;
const REVIEW_NOTICE = 10;
const MEMBERSHIP_STREAM = 6_000_000;

/**
 * All but one in twelve listed symbols are members from the first session on. Every sixty sessions two of 300
 * or fewer, or one in 150, leave and as many others enter, announced ten sessions ahead; a new listing waits for such a review.
 */
export function membershipTable(
  options: SimulationOptions,
  companies: readonly Company[],
  calendar: SessionCalendar,
): MembershipColumns {
  const random = new RandomStream(options.seed, MEMBERSHIP_STREAM);
  const rows: { symbol: string; effective: string; action: 'add' | 'drop'; known: string }[] = [];
  const first = calendar.at(0);
  const changes = Math.max(2, Math.round(companies.length / 150));
  const members = new Set<number>();
  companies.forEach((company, index) => {
    if (!isListed(company, 0) || index % 12 === 5) return;
    members.add(index);
    const known = iso(Date.parse(first.openInstant) - 30 * DAY_MS);
    rows.push({ symbol: company.symbol, effective: first.date, action: 'add', known });
  });
  for (let review = REVIEW_EVERY; review < options.sessions; review += REVIEW_EVERY) {
    const known = iso(Date.parse(calendar.at(review - REVIEW_NOTICE).closeInstant) + 4 * 60 * MINUTE_MS);
    const effective = calendar.at(review).date;
    const change = (candidates: readonly number[], action: 'add' | 'drop'): void => {
      for (const index of draw(random, candidates, changes)) {
        if (action === 'add') members.add(index);
        else members.delete(index);
        rows.push({ symbol: companies[index]?.symbol ?? '', effective, action, known });
      }
    };
    const outside = companies.flatMap((company, index) =>
      !members.has(index) && isListed(company, review - REVIEW_NOTICE) ? [index] : [],
    );
    change([...members], 'drop');
    change(outside, 'add');
  }
  return {
    symbol: rows.map((row) => row.symbol),
    effective_date: rows.map((row) => row.effective),
    action: rows.map((row) => row.action),
    knowledge_ts: rows.map((row) => row.known),
    seq: Int32Array.from(rows, (_, row) => row + 1),
  };
}

function draw(random: RandomStream, candidates: readonly number[], count: number): number[] {
  const left = [...candidates];
  return Array.from({ length: Math.min(count, left.length) }, () => {
    const [picked] = left.splice(random.integerBetween(0, left.length - 1), 1);
    if (picked === undefined) throw new RangeError('nothing to draw from');
    return picked;
  });
}

const DELISTING_NOTICE = 20;

export function symbolTable(companies: readonly Company[], calendar: SessionCalendar): SymbolColumns {
  const known = (delistedAt: number): string =>
    calendar.at(Math.max(0, delistedAt - DELISTING_NOTICE)).closeInstant;
  return {
    symbol: companies.map((company) => company.symbol),
    sector: companies.map((company) => sectorName(company.sector)),
    listed_date: companies.map((company) => calendar.at(company.listedAt).date),
    delisted_date: companies.map(({ delistedAt }) =>
      delistedAt === null ? null : calendar.at(delistedAt).date,
    ),
    delisting_knowledge_ts: companies.map(({ delistedAt }) =>
      delistedAt === null ? null : known(delistedAt),
    ),
  };
}

export function calendarTable(calendar: SessionCalendar): CalendarColumns {
  const sessions = calendar.dates.map((date) => calendar.session(date));
  const weekday = (date: string): string => WEEKDAYS[new Date(`${date}T00:00:00.000Z`).getUTCDay()] ?? '';
  return {
    session_date: sessions.map((session) => session.date),
    weekday: sessions.map((session) => weekday(session.date)),
    open_ts: sessions.map((session) => session.openInstant),
    close_ts: sessions.map((session) => session.closeInstant),
  };
}
