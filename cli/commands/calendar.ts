import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { Market } from '../../contracts/primitives.ts';
import type { CalendarInForce } from '../../market/calendar-changes.ts';
import { reviewNotice } from '../../market/calendar-changes.ts';
import type { SessionCalendar } from '../../market/calendar.ts';
import { marketRules } from '../../market/rules.ts';
import { isEarlyClose, marketPhase, sessionHours, sessionProgress } from '../../market/session-hours.ts';
import { settlementDate } from '../../market/settlement.ts';
import { shippedListing } from '../../market/shipped-calendar.ts';
import { isDate, localDate } from '../../market/zone.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { table } from '../output.ts';

interface CalendarOptions {
  readonly from?: string;
  readonly to?: string;
  readonly next?: string;
  readonly previous?: string;
  readonly session?: string;
  readonly add?: number;
  readonly at?: string;
}

/** Sessions listed when no last date is named. */
const LISTED_SESSIONS = 10;

export function register(program: Command, context: CliContext): void {
  program
    .command('calendar')
    .argument('<market>', Market.options.join(' or '))
    .description('sessions of a market with hours and settlement, your own closures included')
    .option('--from <date>', 'first date listed; default today in the market', calendarDate)
    .option('--to <date>', 'last date listed; default ten sessions from the first', calendarDate)
    .option('--next <date>', 'the session after a date', calendarDate)
    .option('--previous <date>', 'the session before a date', calendarDate)
    .option('--session <date>', 'a session to count from, with --add', calendarDate)
    .option(
      '--add <count>',
      'the session that lies COUNT sessions after it, before it when below zero',
      count,
    )
    .option('--at <instant>', 'what the market does at an instant, and how far its session has come', instant)
    .addHelpText(
      'after',
      `
Closures and make-up days that the shipped calendar lacks stand in MARKET.csv of the folder calendarDir (default
.contender/calendars), under the header date,kind,closes,reason:
  2026-12-01,closed,,typhoon
  2026-12-24,early-close,12:00,half a day
  2027-12-31,reviewed-through,,schedule of 2027 compared with the exchange

Examples:
  contender calendar XTAI --from 2026-12-01 --to 2026-12-31
  contender calendar XNYS --next 2026-12-24
  contender calendar XTAI --session 2018-12-21 --add 2 --json
  contender calendar XNYS --at 2026-11-27T17:30:00Z`,
    )
    .action((market: string, options: CalendarOptions) => calendar(context, market, options));
}

/** A market by its code. @throws UsageError */
export function marketNamed(text: string): Market {
  const parsed = Market.safeParse(text.toUpperCase());
  if (parsed.success) return parsed.data;
  throw new UsageError(`${text} is no market; there are ${Market.options.join(' and ')}`);
}

export function calendarDate(text: string): string {
  if (isDate(text)) return text;
  throw new InvalidArgumentError('it has to be a date, YYYY-MM-DD.');
}

function count(text: string): number {
  if (/^-?\d{1,6}$/u.test(text)) return Number(text);
  throw new InvalidArgumentError('it has to be a whole number.');
}

function instant(text: string): string {
  if (/T.*(?:Z|[+-]\d\d:\d\d)$/u.test(text) && !Number.isNaN(Date.parse(text))) {
    return new Date(Date.parse(text)).toISOString();
  }
  throw new InvalidArgumentError('it has to be an instant with its zone, such as 2026-11-27T17:30:00Z.');
}

async function calendar(context: CliContext, name: string, options: CalendarOptions): Promise<void> {
  const market = marketNamed(name);
  const asked = askedOf(options);
  const { readCalendarInForce } = await import('../../extraction/calendar-in-force.ts');
  const inForce = await readCalendarInForce(context.config().calendarDir, market);
  const { calendar: sessions } = inForce;
  if (asked === 'list') {
    await list(context, inForce, options);
    return;
  }
  if (asked === 'at') {
    at(context, sessions, options.at ?? '');
    return;
  }
  const session =
    asked === 'next'
      ? sessions.next(options.next ?? '')
      : asked === 'previous'
        ? sessions.previous(options.previous ?? '')
        : sessions.add(options.session ?? '', options.add ?? 0);
  context.output.result({ market, ...describe(sessions, session) }, () => session);
}

type Asked = 'list' | 'next' | 'previous' | 'add' | 'at';

/** One question a time. @throws UsageError */
function askedOf(options: CalendarOptions): Asked {
  if ((options.session === undefined) !== (options.add === undefined)) {
    throw new UsageError('--session and --add belong together');
  }
  const asked: Asked[] = [];
  if (options.from !== undefined || options.to !== undefined) asked.push('list');
  if (options.next !== undefined) asked.push('next');
  if (options.previous !== undefined) asked.push('previous');
  if (options.add !== undefined) asked.push('add');
  if (options.at !== undefined) asked.push('at');
  if (asked.length > 1) throw new UsageError(`one question a time: ${asked.join(', ')} were asked`);
  return asked[0] ?? 'list';
}

interface DescribedSession {
  readonly session: string;
  readonly openInstant: string;
  readonly closeInstant: string;
  readonly preOpenInstant: string;
  readonly postCloseInstant: string | null;
  readonly earlyClose: boolean;
  /** Date on which trades of the session are settled; null when the calendar ends before. */
  readonly settles: string | null;
}

function describe(calendarOf: SessionCalendar, session: string): DescribedSession {
  const { preOpenInstant, openInstant, closeInstant, postCloseInstant } = sessionHours(calendarOf, session);
  return {
    session,
    openInstant,
    closeInstant,
    preOpenInstant,
    postCloseInstant,
    earlyClose: isEarlyClose(calendarOf, session),
    settles: settlement(calendarOf, session),
  };
}

function settlement(calendarOf: SessionCalendar, session: string): string | null {
  // No settlement takes more than five settlement days, and no two weeks are without that many.
  const farFromEnd = calendarOf.length - calendarOf.indexOf(session) > 10;
  return farFromEnd ? settlementDate(calendarOf, session) : null;
}

async function list(context: CliContext, inForce: CalendarInForce, options: CalendarOptions): Promise<void> {
  const { hashJson } = await import('../../extraction/canonical-hash.ts');
  const { calendar: sessions, changes, reviewedThrough } = inForce;
  const { market } = sessions;
  const today = localDate(marketRules(market).zone, Date.now());
  const from = options.from ?? options.to ?? today;
  const to = options.to ?? sessions.between(from, '9999-12-31')[LISTED_SESSIONS - 1] ?? '9999-12-31';
  const listing = shippedListing(market);
  refuseOutside(market, listing, from, options.to ?? from);
  const described = sessions.between(from, to).map((session) => describe(sessions, session));
  const notice = reviewNotice(inForce, today);
  const result = {
    market,
    from,
    to,
    source: listing.source,
    reviewedThrough,
    notice,
    sha256: hashJson(sessions.canonical()),
    changes,
    sessions: described,
  };
  context.output.result(result, () => {
    const rows = described.map((row) => [
      row.session,
      row.openInstant.slice(11, 16),
      row.closeInstant.slice(11, 16),
      row.earlyClose ? 'early' : '',
      row.settles ?? '-',
    ]);
    const own = changes.length === 0 ? '' : `, ${String(changes.length)} changes of your own`;
    const foot = `${String(described.length)} sessions; ${listing.source}, reviewed through ${reviewedThrough}${own}`;
    return `${table(['session', 'opens UTC', 'closes UTC', '', 'settles'], rows)}\n${foot}${notice === '' ? '' : `\nWarning: ${notice}`}`;
  });
}

/** Beyond its ends a calendar says nothing, which is not the same as no sessions. @throws UsageError */
function refuseOutside(
  market: Market,
  listing: { readonly from: string; readonly to: string },
  from: string,
  to: string,
): void {
  if (from > to) throw new UsageError(`--from ${from} lies after --to ${to}`);
  const outside = [from, to].find((date) => date < listing.from || date > listing.to);
  if (outside === undefined) return;
  throw new UsageError(`${outside} is outside the ${market} calendar, ${listing.from} to ${listing.to}`);
}

function at(context: CliContext, sessions: SessionCalendar, when: string): void {
  const open = sessions.openSession(when);
  const phase = marketPhase(sessions, when);
  const progress = open === null ? null : sessionProgress(open, when);
  const result = { market: sessions.market, at: when, phase, session: open?.date ?? null, progress };
  context.output.result(result, () =>
    open === null || progress === null
      ? `${sessions.market} is ${phase === 'closed' ? 'closed' : `in its ${phase} market`}`
      : `${sessions.market} is open: session ${open.date}, ${(100 * progress).toFixed(1)} % passed`,
  );
}
