import type { SessionCalendar } from '../calendar.ts';
import { RandomStream } from '../random.ts';
import { type Company, isListed, sectorName } from './companies.ts';
import type { SimulationOptions } from './options.ts';
import type { MarketPaths } from './paths.ts';

/** The tables of a market data folder as columns of equal length. Dates YYYY-MM-DD, instants ISO 8601 in UTC. */
export interface PriceColumns {
  readonly symbol: string[];
  readonly session_date: string[];
  readonly event_ts: string[];
  readonly knowledge_ts: string[];
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
  readonly seq: Int32Array;
}

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
/** The exchange publishes half an hour after the close. */
const PUBLICATION_LAG_MS = 30 * MINUTE_MS;
const VERSION_STREAM = 5_000_000;
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;

const iso = (ms: number): string => new Date(ms).toISOString();

/** What became known of one bar, and when. */
interface Version {
  readonly cell: number;
  readonly event: string;
  readonly knownMs: number;
  /** Multiplies all prices: 10 is the decimal slip that data vendors really deliver. */
  readonly factor: number;
  readonly closeAtOpen: boolean;
}

export function priceTable(
  options: SimulationOptions,
  companies: readonly Company[],
  paths: MarketPaths,
  calendar: SessionCalendar,
): PriceColumns {
  const versions: Version[] = [];
  const symbol: string[] = [];
  const sessionDate: string[] = [];
  companies.forEach((company, index) => {
    const random = new RandomStream(options.seed, VERSION_STREAM + index);
    for (let session = 0; session < options.sessions; session += 1) {
      const cell = session * companies.length + index;
      if (Number.isNaN(paths.close[cell] ?? NaN)) continue;
      const { date, closeInstant } = calendar.at(session);
      for (const version of versionsOf(options, random, cell, closeInstant)) {
        versions.push(version);
        symbol.push(company.symbol);
        sessionDate.push(date);
      }
    }
  });
  const column = (of: (version: Version) => number): Float64Array => Float64Array.from(versions, of);
  const price = (values: Float64Array) => (version: Version) =>
    (values[version.cell] ?? NaN) * version.factor;
  return {
    symbol,
    session_date: sessionDate,
    event_ts: versions.map((version) => version.event),
    knowledge_ts: versions.map((version) => iso(version.knownMs)),
    open: column(price(paths.open)),
    high: column(price(paths.high)),
    low: column(price(paths.low)),
    close: column((version) => price(version.closeAtOpen ? paths.open : paths.close)(version)),
    volume: column((version) => paths.volume[version.cell] ?? NaN),
    seq: Int32Array.from(versions, (_, row) => row + 1),
  };
}

/** One version as a rule; rarely a late one, or a wrong or preliminary one that is corrected days later. */
function versionsOf(
  options: SimulationOptions,
  random: RandomStream,
  cell: number,
  closeInstant: string,
): Version[] {
  const published = Date.parse(closeInstant) + PUBLICATION_LAG_MS;
  const version = (knownMs: number, change: Partial<Version> = {}): Version => ({
    cell,
    event: closeInstant,
    knownMs,
    factor: 1,
    closeAtOpen: false,
    ...change,
  });
  const kind = random.uniform();
  const { lateShare, wrongShare, restatedShare } = options;
  if (kind < lateShare) return [version(published + random.integerBetween(1, 5) * DAY_MS)];
  if (kind < lateShare + wrongShare) {
    const corrected = version(published + random.integerBetween(1, 3) * DAY_MS);
    return [version(published, { factor: 10 }), corrected];
  }
  if (kind < lateShare + wrongShare + restatedShare) {
    const corrected = version(published + random.integerBetween(0, 2) * DAY_MS);
    // Zero days later is an exact tie of knowledge: the greater seq is the one that counts.
    return [version(published, { closeAtOpen: true }), corrected];
  }
  return [version(published)];
}

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
 * All but one in twelve listed symbols are members from the first session on. Every sixty sessions two leave and two
 * others enter, announced ten sessions ahead; a new listing waits for such a review.
 */
export function membershipTable(
  options: SimulationOptions,
  companies: readonly Company[],
  calendar: SessionCalendar,
): MembershipColumns {
  const random = new RandomStream(options.seed, MEMBERSHIP_STREAM);
  const rows: { symbol: string; effective: string; action: 'add' | 'drop'; known: string }[] = [];
  const first = calendar.at(0);
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
      for (const index of draw(random, candidates, 2)) {
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
