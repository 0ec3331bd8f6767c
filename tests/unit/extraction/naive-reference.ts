import { join } from 'node:path';
import { rowsOf } from './small-market.ts';

/**
 * The rules of point-in-time data as plain loops over all rows, without an index or a window: slow, and hard to get wrong.
 * The second route for what extraction does in SQL.
 */
interface PriceVersion {
  readonly symbol: string;
  readonly session: string;
  readonly known: number;
  readonly seq: number;
  readonly close: number;
  readonly volume: number;
}

interface Action {
  readonly symbol: string;
  readonly exDate: string;
  readonly kind: string;
  readonly known: number;
  readonly seq: number;
  readonly priceFactor: number;
}

interface MembershipEvent {
  readonly symbol: string;
  readonly effective: string;
  readonly action: string;
  readonly known: number;
  readonly seq: number;
}

export interface NaiveMarket {
  readonly sessions: readonly { readonly date: string; readonly close: number }[];
  readonly prices: ReadonlyMap<string, readonly PriceVersion[]>;
  readonly actions: readonly Action[];
  readonly membership: readonly MembershipEvent[];
  readonly symbols: readonly {
    readonly symbol: string;
    readonly gone: string | null;
    readonly known: number;
  }[];
}

const ms = (column: string): string => `epoch_ms(${column}) AS ${column}`;

export async function readNaiveMarket(folder: string): Promise<NaiveMarket> {
  const from = (table: string): string => `FROM '${join(folder, `${table}.parquet`)}'`;
  const text = (value: unknown): string => String(value);
  const calendar = await rowsOf(
    `SELECT CAST(session_date AS VARCHAR) AS d, ${ms('close_ts')} ${from('calendar')} ORDER BY 1`,
  );
  const prices = await rowsOf(
    `SELECT symbol, CAST(session_date AS VARCHAR) AS d, ${ms('knowledge_ts')}, seq, close, volume ${from('prices')}`,
  );
  const actions = await rowsOf(
    `SELECT symbol, CAST(ex_date AS VARCHAR) AS d, kind, ratio, amount, prev_close, ${ms('knowledge_ts')}, seq ${from('corporate_actions')}`,
  );
  const membership = await rowsOf(
    `SELECT symbol, CAST(effective_date AS VARCHAR) AS d, action, ${ms('knowledge_ts')}, seq ${from('membership')}`,
  );
  const symbols = await rowsOf(
    `SELECT symbol, CAST(delisted_date AS VARCHAR) AS d, ${ms('delisting_knowledge_ts')} ${from('symbols')}`,
  );
  const bySymbolAndSession = new Map<string, PriceVersion[]>();
  for (const row of prices) {
    const version = {
      symbol: text(row['symbol']),
      session: text(row['d']),
      known: Number(row['knowledge_ts']),
      seq: Number(row['seq']),
      close: Number(row['close']),
      volume: Number(row['volume']),
    };
    const key = `${version.symbol} ${version.session}`;
    bySymbolAndSession.set(key, [...(bySymbolAndSession.get(key) ?? []), version]);
  }
  return {
    sessions: calendar.map((row) => ({ date: text(row['d']), close: Number(row['close_ts']) })),
    prices: bySymbolAndSession,
    actions: actions.map((row) => ({
      symbol: text(row['symbol']),
      exDate: text(row['d']),
      kind: text(row['kind']),
      known: Number(row['knowledge_ts']),
      seq: Number(row['seq']),
      priceFactor:
        row['kind'] === 'cash_dividend'
          ? 1 - Number(row['amount']) / Number(row['prev_close'])
          : 1 / Number(row['ratio']),
    })),
    membership: membership.map((row) => ({
      symbol: text(row['symbol']),
      effective: text(row['d']),
      action: text(row['action']),
      known: Number(row['knowledge_ts']),
      seq: Number(row['seq']),
    })),
    symbols: symbols.map((row) => ({
      symbol: text(row['symbol']),
      gone: row['d'] === null ? null : text(row['d']),
      known: row['delisting_knowledge_ts'] === null ? Infinity : Number(row['delisting_knowledge_ts']),
    })),
  };
}

/** The newest version of a bar at an instant; null when none is visible. */
export function visibleBar(
  market: NaiveMarket,
  symbol: string,
  session: string,
  at: number,
): PriceVersion | null {
  let best: PriceVersion | null = null;
  for (const version of market.prices.get(`${symbol} ${session}`) ?? []) {
    if (version.known > at) continue;
    if (
      best === null ||
      version.known > best.known ||
      (version.known === best.known && version.seq > best.seq)
    ) {
      best = version;
    }
  }
  return best;
}

/** Close of a session, adjusted for the actions that are visible at an instant and due on a date. */
export function adjustedClose(
  market: NaiveMarket,
  symbol: string,
  session: string,
  at: number,
  date: string,
): number | null {
  const bar = visibleBar(market, symbol, session, at);
  if (bar === null) return null;
  let close = bar.close;
  for (const action of market.actions) {
    const due =
      action.symbol === symbol && action.known <= at && session < action.exDate && action.exDate <= date;
    if (due) close *= action.priceFactor;
  }
  return close;
}

/** Symbols that are members at an instant, on a date. */
export function membersAt(market: NaiveMarket, at: number, date: string): readonly string[] {
  return market.symbols
    .filter(({ symbol, gone, known }) => {
      if (gone !== null && gone <= date && known <= at) return false;
      let best: MembershipEvent | null = null;
      for (const event of market.membership) {
        if (event.symbol !== symbol || event.known > at || event.effective > date) continue;
        if (best === null || isLater(event, best)) best = event;
      }
      return best?.action === 'add';
    })
    .map(({ symbol }) => symbol)
    .sort();
}

function isLater(a: MembershipEvent, b: MembershipEvent): boolean {
  if (a.effective !== b.effective) return a.effective > b.effective;
  return a.known === b.known ? a.seq > b.seq : a.known > b.known;
}
