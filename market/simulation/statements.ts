import type { SessionCalendar } from '../calendar.ts';
import { RandomStream } from '../random.ts';
import type { Company } from './companies.ts';
import type { SimulationOptions } from './options.ts';

export interface StatementColumns {
  readonly symbol: string[];
  readonly period_end: string[];
  readonly version: Int32Array;
  readonly knowledge_ts: string[];
  readonly eps: Float64Array;
  readonly revenue: Float64Array;
  readonly book_value: Float64Array;
  readonly seq: Int32Array;
}

const STATEMENT_STREAM = 7_000_000;
const DAY_MS = 86_400_000;
/** 18:00 in Taipei: statements are published after the close. */
const PUBLICATION_HOUR_UTC = 10;
/** Years before the first session, so that a year-on-year change exists from the start. */
const YEARS_BEFORE = 2;
/** Sales of a quarter against the mean of the year. */
const SEASONS = [0.94, 0.98, 1.02, 1.06] as const;

/** Shares of statements that are restated later, and of those at the very instant of the first version. */
const RESTATED = 0.2;
const TIED = 0.1;

interface Statement {
  readonly symbol: string;
  readonly periodEnd: string;
  readonly version: number;
  readonly knownMs: number;
  readonly eps: number;
  readonly revenue: number;
  readonly bookValue: number;
}

/**
 * Quarterly statements, 30 to 75 days after the quarter; one in five is restated once, up to 300 days later and thus
 * often after newer quarters. Sales and book value per share wander by themselves: they say nothing about returns to come.
 */
export function statementTable(
  options: SimulationOptions,
  companies: readonly Company[],
  calendar: SessionCalendar,
): StatementColumns {
  const first = calendar.at(0).date;
  const last = calendar.at(options.sessions - 1).date;
  const quarters = quarterEnds(first, last);
  const rows = companies.flatMap((company, index) => statementsOf(options, company, index, quarters));
  return {
    symbol: rows.map((row) => row.symbol),
    period_end: rows.map((row) => row.periodEnd),
    version: Int32Array.from(rows, (row) => row.version),
    knowledge_ts: rows.map((row) => new Date(row.knownMs).toISOString()),
    eps: Float64Array.from(rows, (row) => row.eps),
    revenue: Float64Array.from(rows, (row) => row.revenue),
    book_value: Float64Array.from(rows, (row) => row.bookValue),
    seq: Int32Array.from(rows, (_, row) => row + 1),
  };
}

function statementsOf(
  options: SimulationOptions,
  company: Company,
  index: number,
  quarters: readonly string[],
): Statement[] {
  const random = new RandomStream(options.seed, STATEMENT_STREAM + index);
  const rows: Statement[] = [];
  let revenue = company.baseVolume * random.uniformBetween(20, 200);
  let bookValue = company.firstPrice * random.uniformBetween(0.3, 1.2);
  for (const periodEnd of quarters) {
    revenue *= Math.exp(0.01 + 0.06 * random.normal());
    const eps = bookValue * (0.025 + 0.02 * random.normal());
    // Half of what is earned stays.
    bookValue = Math.max(1, bookValue + eps / 2);
    const season = SEASONS[Math.floor((Number(periodEnd.slice(5, 7)) - 1) / 3)] ?? 1;
    const knownMs = publishedOn(periodEnd, random.integerBetween(30, 75));
    const statement = {
      symbol: company.symbol,
      periodEnd,
      version: 1,
      knownMs,
      eps: rounded(eps, 2),
      revenue: Math.round(revenue * season),
      bookValue: rounded(bookValue, 2),
    };
    rows.push(statement);
    if (!random.chance(RESTATED)) continue;
    const delay = random.chance(TIED) ? 0 : random.integerBetween(5, 300);
    rows.push({
      ...statement,
      version: 2,
      knownMs: knownMs + delay * DAY_MS,
      eps: rounded(eps + 0.1 * Math.abs(eps) * random.normal(), 2),
      revenue: Math.round(revenue * season * Math.exp(0.02 * random.normal())),
    });
  }
  return rows;
}

const rounded = (value: number, digits: number): number => {
  const scale = 10 ** digits;
  return Math.round(value * scale) / scale;
};

const publishedOn = (periodEnd: string, days: number): number =>
  Date.parse(`${periodEnd}T00:00:00.000Z`) + days * DAY_MS + PUBLICATION_HOUR_UTC * 3_600_000;

/** Last days of the quarters from two years before the first session up to the last. */
function quarterEnds(first: string, last: string): string[] {
  const ends: string[] = [];
  let [year, quarter] = [Number(first.slice(0, 4)), Math.floor((Number(first.slice(5, 7)) - 1) / 3)];
  year -= YEARS_BEFORE;
  for (;;) {
    const next =
      quarter === 3
        ? `${String(year + 1)}-01-01`
        : `${String(year)}-${String(quarter * 3 + 4).padStart(2, '0')}-01`;
    const end = dayBefore(next);
    if (end > last) return ends;
    ends.push(end);
    if (quarter === 3) year += 1;
    quarter = (quarter + 1) % 4;
  }
}

const dayBefore = (date: string): string =>
  new Date(Date.parse(`${date}T00:00:00.000Z`) - DAY_MS).toISOString().slice(0, 10);
