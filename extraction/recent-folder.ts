import type { Market } from '../contracts/primitives.ts';
import { ContenderError } from '../contracts/error.ts';
import { marketRules } from '../market/rules.ts';
import type { EngineLimits } from './duckdb.ts';
import { openMarketFolder } from './market-folder.ts';
import type { MarketFolder } from './market-folder.ts';

const DAY_MS = 86_400_000;
/** Days a year, for the length of a lookback in days. */
const YEAR_DAYS = 366;
/** Some years have fewer sessions than usual; a long holiday may lie anywhere in a short window. */
const SLACK = 1.15;
const HOLIDAY_DAYS = 30;

export interface RecentFolderOptions {
  readonly folder: string;
  readonly market: Market;
  readonly session: string;
  readonly limits?: EngineLimits;
}

/**
 * Opens a folder with the bars that the rows of one session can reach, and one session more for the first return. Null when
 * that is the whole history, when the data cannot say, or when a row is refused: who opens the whole folder then gets all of
 * it, or an error that names file and row as they are.
 */
export async function openRecentFolder(
  { folder, market, session, limits }: RecentFolderOptions,
  lookback: number | 'all',
): Promise<MarketFolder | null> {
  const at = Date.parse(`${session}T00:00:00.000Z`);
  if (lookback === 'all' || Number.isNaN(at)) return null;
  const reach = lookback + 1;
  const days = Math.ceil((reach * YEAR_DAYS * SLACK) / marketRules(market).annualSessions) + HOLIDAY_DAYS;
  const since = new Date(at - days * DAY_MS).toISOString().slice(0, 10);
  let opened: MarketFolder;
  try {
    opened = await openMarketFolder(folder, market, { since, ...(limits === undefined ? {} : { limits }) });
  } catch (error) {
    if (error instanceof ContenderError && error.kind === 'refused') return null;
    throw error;
  }
  const { calendar } = opened;
  const first = calendar.has(session) ? calendar.indexOf(session) - reach : 0;
  if (first <= 0 || calendar.at(first).date >= since) return opened;
  await opened.close();
  return null;
}
