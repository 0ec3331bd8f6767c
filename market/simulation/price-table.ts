import type { SessionCalendar } from '../calendar.ts';
import { RandomStream } from '../random.ts';
import type { Company } from './companies.ts';
import { dynamicsOf } from './dynamics.ts';
import { foreignNetShares } from './foreign-flow.ts';
import type { SimulationOptions } from './options.ts';
import type { MarketPaths } from './paths.ts';

/** Columns of equal length. Dates YYYY-MM-DD, instants ISO 8601 in UTC. */
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
  /** Shares that foreigners bought less those they sold; null in a market without the column. */
  readonly foreign_net_shares: Float64Array | null;
}

/** What is wrong with the first version of a bar: it came days late, ten times too high, or with the open as its close. */
export type BarFault = 'late' | 'wrong' | 'restated';

/** A bar whose first version was late or not the last. */
export interface FaultyBar {
  readonly symbol: string;
  readonly session: string;
  readonly fault: BarFault;
  /** When the right values became known. */
  readonly knownAt: string;
}

const DAY_MS = 86_400_000;
/** The exchange publishes half an hour after the close. */
export const PUBLICATION_LAG_MS = 30 * 60_000;
const VERSION_STREAM = 5_000_000;
/** What a vendor's slip of the decimal point does to a price. */
const SLIP = 10;

export interface PriceTable {
  readonly columns: PriceColumns;
  readonly faults: readonly FaultyBar[];
}

/** The versions of all bars, company by company. */
export function priceTable(
  options: SimulationOptions,
  companies: readonly Company[],
  paths: MarketPaths,
  calendar: SessionCalendar,
): PriceTable {
  const sessions = Array.from({ length: options.sessions }, (_, position) => {
    const { date, closeInstant } = calendar.at(position);
    const publishedMs = Date.parse(closeInstant) + PUBLICATION_LAG_MS;
    return { date, closeInstant, publishedMs, published: new Date(publishedMs).toISOString() };
  });
  const rows = new VersionRows(
    paths.close.reduce((count, close) => count + (Number.isNaN(close) ? 0 : 1), 0),
  );
  const faults: FaultyBar[] = [];
  companies.forEach((company, index) => {
    const random = new RandomStream(options.seed, VERSION_STREAM + index);
    sessions.forEach(({ date, closeInstant, publishedMs, published }, position) => {
      const cell = position * companies.length + index;
      if (Number.isNaN(paths.close[cell] ?? NaN)) return;
      const fault = drawFault(options, random);
      const add = (known: string, kind: VersionKind): void => {
        rows.add(cell, kind, company.symbol, date, closeInstant, known);
      };
      if (fault === null) {
        add(published, 'right');
        return;
      }
      const { days, first } = FAULTS[fault];
      const knownAt = new Date(publishedMs + random.integerBetween(...days) * DAY_MS).toISOString();
      if (first !== null) add(published, first);
      add(knownAt, 'right');
      faults.push({ symbol: company.symbol, session: date, fault, knownAt });
    });
  });
  return { columns: rows.columns(paths, flowOf(options, companies.length, paths)), faults };
}

type VersionKind = 'right' | 'slipped' | 'close-at-open';

/** Days until the right version, and the version before it. Zero days are a tie of knowledge: the greater seq counts. */
const FAULTS: Readonly<
  Record<BarFault, { readonly days: readonly [number, number]; readonly first: VersionKind | null }>
> = {
  late: { days: [1, 5], first: null },
  wrong: { days: [1, 3], first: 'slipped' },
  restated: { days: [0, 2], first: 'close-at-open' },
};

function drawFault(options: SimulationOptions, random: RandomStream): BarFault | null {
  const draw = random.uniform();
  const { lateShare, wrongShare, restatedShare } = options;
  if (draw < lateShare) return 'late';
  if (draw < lateShare + wrongShare) return 'wrong';
  return draw < lateShare + wrongShare + restatedShare ? 'restated' : null;
}

const flowOf = (options: SimulationOptions, width: number, paths: MarketPaths): Float64Array | null =>
  dynamicsOf(options.dynamics).foreignFlow ? foreignNetShares(options, width, paths) : null;

/** Rows as they are added: texts are shared, numbers are looked up in the end. */
class VersionRows {
  private readonly symbol: string[] = [];
  private readonly date: string[] = [];
  private readonly event: string[] = [];
  private readonly known: string[] = [];
  private readonly kinds: VersionKind[] = [];
  private cells: Int32Array;

  constructor(expected: number) {
    this.cells = new Int32Array(Math.ceil(expected * 1.01) + 16);
  }

  add(cell: number, kind: VersionKind, symbol: string, date: string, event: string, known: string): void {
    const row = this.symbol.length;
    if (row === this.cells.length) {
      const grown = new Int32Array(2 * row);
      grown.set(this.cells);
      this.cells = grown;
    }
    this.cells[row] = cell;
    this.kinds.push(kind);
    this.symbol.push(symbol);
    this.date.push(date);
    this.event.push(event);
    this.known.push(known);
  }

  columns(paths: MarketPaths, flow: Float64Array | null): PriceColumns {
    const { kinds } = this;
    const rows = kinds.length;
    const column = (values: Float64Array, scaled: boolean): Float64Array => {
      const of = new Float64Array(rows);
      for (let row = 0; row < rows; row += 1) {
        const factor = scaled && kinds[row] === 'slipped' ? SLIP : 1;
        of[row] = (values[this.cells[row] ?? 0] ?? NaN) * factor;
      }
      return of;
    };
    const open = column(paths.open, true);
    const close = column(paths.close, true);
    for (let row = 0; row < rows; row += 1) if (kinds[row] === 'close-at-open') close[row] = open[row] ?? NaN;
    return {
      symbol: this.symbol,
      session_date: this.date,
      event_ts: this.event,
      knowledge_ts: this.known,
      open,
      high: column(paths.high, true),
      low: column(paths.low, true),
      close,
      volume: column(paths.volume, false),
      seq: Int32Array.from({ length: rows }, (_, row) => row + 1),
      foreign_net_shares: flow === null ? null : column(flow, false),
    };
  }
}
