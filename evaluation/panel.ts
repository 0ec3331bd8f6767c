import type { SessionCalendar } from '../market/calendar.ts';
import { EvaluationInputInvalid } from './errors.ts';

/** Rows of a table as columns: row i belongs to `session[i]` and `symbol[i]`. */
export interface PanelKeys {
  readonly session: readonly string[];
  readonly symbol: readonly string[];
}

/**
 * The two axes of dense panels. A panel is a flat array of `sessions.length * symbols.length` cells, session by session;
 * the cell of session s and symbol i lies at `s * symbols.length + i`. Sessions are in calendar order, symbols sorted.
 */
export interface PanelAxes {
  readonly sessions: readonly string[];
  readonly symbols: readonly string[];
  readonly sessionAt: ReadonlyMap<string, number>;
  readonly symbolAt: ReadonlyMap<string, number>;
}

/**
 * What may be done at the close of a session, as bits of one byte: a name locked at its upper limit has no sellers and so
 * cannot be bought, one at the lower limit has no buyers, a halted one neither; a short sale needs buyers and no ban.
 */
export const CAN_BUY = 1;
export const CAN_SELL = 2;
export const CAN_SHORT = 4;
/** The symbol has no row any more: it has left the market, and a position in it was paid out at its last price. */
export const LEFT_MARKET = 8;
export const FULLY_TRADABLE = CAN_BUY | CAN_SELL | CAN_SHORT;

/** Daily returns and permissions on the axes of the snapshot's `returns` table. */
export interface ReturnsPanel {
  readonly axes: PanelAxes;
  /** Adjusted close-to-close returns as fractions; NaN where unknown. */
  readonly ret: Float64Array;
  /** Bits `CAN_BUY`, `CAN_SELL`, `CAN_SHORT`, `LEFT_MARKET`; 0 without a bar with volume. */
  readonly tradable: Uint8Array;
}

/** The snapshot's `returns` table as columns. */
export interface ReturnsColumns extends PanelKeys {
  readonly ret: ArrayLike<number | null>;
  /** 1 where a bar with volume exists. */
  readonly tradable: ArrayLike<boolean | number>;
  /** 1: the close stands at the upper daily limit; -1: at the lower one; 0: neither. */
  readonly limitLock: ArrayLike<number>;
  /** 0 where a ban forbids short sales. */
  readonly shortable: ArrayLike<boolean | number>;
}

export function panelAxes(sessions: readonly string[], symbols: readonly string[]): PanelAxes {
  const position = (names: readonly string[]) => new Map(names.map((name, index) => [name, index] as const));
  return { sessions, symbols, sessionAt: position(sessions), symbolAt: position(symbols) };
}

/** Axes over all keys: every session of the calendar from the first to the last one named, symbols sorted. */
export function axesOf(keys: PanelKeys, calendar: SessionCalendar): PanelAxes {
  let first = keys.session[0];
  let last = first;
  if (first === undefined || last === undefined) throw new EvaluationInputInvalid('a panel needs rows');
  for (const session of keys.session) {
    if (session < first) first = session;
    if (session > last) last = session;
  }
  return panelAxes(calendar.between(first, last), [...new Set(keys.symbol)].sort());
}

/**
 * Spreads a column over the axes; cells without a row are NaN, and so are nulls. Throws `EvaluationInputInvalid` for a
 * key outside the axes and for two rows with one key: a silently dropped row would be a different experiment.
 */
export function fillPanel(axes: PanelAxes, keys: PanelKeys, values: ArrayLike<number | null>): Float64Array {
  const panel = new Float64Array(axes.sessions.length * axes.symbols.length).fill(NaN);
  forEachCell(axes, keys, (row, cell) => {
    panel[cell] = values[row] ?? NaN;
  });
  return panel;
}

/** Builds the returns panel from the columns of the snapshot's `returns` table. */
export function returnsPanel(axes: PanelAxes, columns: ReturnsColumns): ReturnsPanel {
  const permissions = new Uint8Array(axes.sessions.length * axes.symbols.length);
  const width = axes.symbols.length;
  const lastRow = new Int32Array(width).fill(axes.sessions.length);
  forEachCell(axes, columns, (row, cell) => {
    permissions[cell] = permissionsOf(columns, row);
    // Rows come sorted by session, but nothing here depends on it.
    const known = lastRow[cell % width] ?? 0;
    const session = Math.floor(cell / width);
    lastRow[cell % width] = known === axes.sessions.length ? session : Math.max(known, session);
  });
  for (let symbol = 0; symbol < width; symbol += 1) {
    for (let session = (lastRow[symbol] ?? 0) + 1; session < axes.sessions.length; session += 1) {
      permissions[session * width + symbol] = LEFT_MARKET;
    }
  }
  return { axes, ret: fillPanel(axes, columns, columns.ret), tradable: permissions };
}

function permissionsOf({ tradable, limitLock, shortable }: ReturnsColumns, row: number): number {
  if (!isSet(tradable[row])) return 0;
  const lock = limitLock[row] ?? 0;
  const buy = lock > 0 ? 0 : CAN_BUY;
  const sell = lock < 0 ? 0 : CAN_SELL;
  return buy | sell | (sell !== 0 && isSet(shortable[row]) ? CAN_SHORT : 0);
}

const isSet = (flag: boolean | number | undefined): boolean => flag === true || flag === 1;

function forEachCell(axes: PanelAxes, keys: PanelKeys, visit: (row: number, cell: number) => void): void {
  const width = axes.symbols.length;
  const seen = new Uint8Array(axes.sessions.length * width);
  // Rows come sorted by session: one lookup serves a whole universe.
  let lastSession: string | null = null;
  let base = 0;
  for (let row = 0; row < keys.session.length; row += 1) {
    const session = keys.session[row] ?? '';
    const symbol = keys.symbol[row] ?? '';
    if (session !== lastSession) {
      const at = axes.sessionAt.get(session);
      if (at === undefined) throw outside('session', session, row);
      base = at * width;
      lastSession = session;
    }
    const column = axes.symbolAt.get(symbol);
    if (column === undefined) throw outside('symbol', symbol, row);
    const cell = base + column;
    if (seen[cell] === 1) {
      throw new EvaluationInputInvalid(`two rows for ${symbol} on ${session}`, {
        details: { session, symbol, row },
      });
    }
    seen[cell] = 1;
    visit(row, cell);
  }
}

const outside = (what: string, name: string, row: number): EvaluationInputInvalid =>
  new EvaluationInputInvalid(`row ${String(row)}: ${what} ${name} is not on the axes of the panel`, {
    details: { [what]: name, row },
  });
