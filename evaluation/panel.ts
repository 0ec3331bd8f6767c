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

/** Daily returns and tradability on the axes of the snapshot's `returns` table. */
export interface ReturnsPanel {
  readonly axes: PanelAxes;
  /** Adjusted close-to-close returns as fractions; NaN where unknown. */
  readonly ret: Float64Array;
  /** 1 where a bar with volume exists. */
  readonly tradable: Uint8Array;
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
export function returnsPanel(
  axes: PanelAxes,
  keys: PanelKeys,
  ret: ArrayLike<number | null>,
  tradable: ArrayLike<boolean | number>,
): ReturnsPanel {
  const flags = new Uint8Array(axes.sessions.length * axes.symbols.length);
  forEachCell(axes, keys, (row, cell) => {
    flags[cell] = tradable[row] === true || tradable[row] === 1 ? 1 : 0;
  });
  return { axes, ret: fillPanel(axes, keys, ret), tradable: flags };
}

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
