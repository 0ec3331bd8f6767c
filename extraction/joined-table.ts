import type { DuckDBConnection } from '@duckdb/node-api';
import type { Market } from '../contracts/primitives.ts';
import { createFeatureRows } from './append-rows.ts';
import { identifier, instantLiteral, queryNumber, queryRows } from './duckdb.ts';
import { AsOfTooEarly, MarketColumnMissing } from './errors.ts';
import { withMarketFolder } from './folder-cache.ts';
import { PRICE_COLUMNS } from './bar-columns.ts';
import { joinAsOf } from './join-as-of.ts';
import type { AsOfPanel } from './join-as-of.ts';
import type { MarketFolder } from './market-folder.ts';
import { writeTable } from './write-table.ts';

export interface JoinTableOptions {
  readonly folder: string;
  readonly market: Market;
  readonly asOf: string;
  /** Columns of prices and of fundamentals, as published. */
  readonly priceColumns: readonly string[];
  readonly statementColumns: readonly string[];
  /** Sessions for which a bar is carried on where a symbol has none. */
  readonly maxAgeSessions: number;
  /** Written as CSV or Parquet by its ending. */
  readonly file: string;
}

const STATEMENT_COLUMNS = ['eps', 'revenue', 'book_value'];

/**
 * Writes bars and statements as each row knew them: one row for every member and every session decided by `asOf` on which
 * a bar of the last `maxAgeSessions` sessions was known, float32, sorted by session and symbol.
 *
 * @throws AsOfTooEarly, MarketColumnMissing, and what opening a folder throws; nothing is written then
 */
export async function writeJoinedTable(options: JoinTableOptions): Promise<{ readonly rows: number }> {
  return withMarketFolder(options.folder, options.market, async (folder) => {
    checkColumns(folder, options);
    const connection = await folder.connect();
    try {
      return await joinAndWrite(connection, folder, options);
    } finally {
      connection.closeSync();
    }
  });
}

function checkColumns(folder: MarketFolder, options: JoinTableOptions): void {
  const known = [
    [options.priceColumns, [...PRICE_COLUMNS, 'volume', ...folder.extraPriceColumns], 'prices'],
    [options.statementColumns, [...STATEMENT_COLUMNS, ...folder.extraFundamentalColumns], 'fundamentals'],
  ] as const;
  for (const [asked, present, table] of known) {
    const missing = asked.find((name) => !present.includes(name));
    if (missing === undefined) continue;
    throw new MarketColumnMissing(`${table} of ${folder.path} have no column ${missing}`, {
      remedy: `They have ${present.join(', ')}.`,
      details: { table, column: missing },
    });
  }
}

async function joinAndWrite(
  connection: DuckDBConnection,
  folder: MarketFolder,
  options: JoinTableOptions,
): Promise<{ readonly rows: number }> {
  const decided = `(SELECT * FROM sessions WHERE row_time <= ${instantLiteral(options.asOf)})`;
  if ((await queryNumber(connection, `SELECT count(*) FROM ${decided}`)) === 0) {
    throw new AsOfTooEarly(`as of ${options.asOf} no session of the calendar was decided`, {
      remedy: `The first closes at ${folder.calendar.at(0).closeInstant}.`,
      details: { asOf: options.asOf },
    });
  }
  const sources = { prices: 'prices', fundamentals: 'fundamentals', symbols: 'symbols', sessions: decided };
  const panel = await joinAsOf(connection, sources, options);
  const cells = await memberCells(connection, panel, options.priceColumns.length);
  const width = panel.columns.length;
  const features = new Float32Array(cells.length * width);
  cells.forEach((cell, row) => {
    panel.values.forEach((column, at) => {
      features[row * width + at] = column[cell] ?? NaN;
    });
  });
  const symbols = panel.symbols.length;
  await createFeatureRows(connection, {
    symbol: cells.map((cell) => panel.symbols[cell % symbols] ?? ''),
    session: cells.map((cell) => panel.sessions[Math.floor(cell / symbols)] ?? ''),
    sessionIndex: Int32Array.from(cells, (cell) => Math.floor(cell / symbols)),
    featureNames: panel.columns,
    features,
  });
  const columns = panel.columns.map(identifier).join(', ');
  await writeTable(
    connection,
    folder.scratch,
    `SELECT symbol, session, session_index, ${columns} FROM feature_rows ORDER BY session, symbol`,
    options.file,
  );
  return { rows: cells.length };
}

/** Cells of members for which any bar is known, in order of session and symbol. */
async function memberCells(
  connection: DuckDBConnection,
  panel: AsOfPanel,
  priceColumns: number,
): Promise<number[]> {
  const ordinals = new Map(panel.symbols.map((symbol, ordinal) => [symbol, ordinal]));
  const symbols = panel.symbols.length;
  const members = new Uint8Array(symbols * panel.sessions.length);
  const spans = await queryRows(connection, 'SELECT symbol, from_idx, to_idx FROM member_spans');
  for (const [symbol, from, to] of spans) {
    const ordinal = ordinals.get(String(symbol)) ?? 0;
    const last = Math.min(Number(to), panel.sessions.length - 1);
    for (let session = Number(from); session <= last; session += 1) members[session * symbols + ordinal] = 1;
  }
  const bars = panel.values.slice(0, priceColumns);
  const cells: number[] = [];
  members.forEach((member, cell) => {
    if (member === 1 && bars.some((column) => !Number.isNaN(column[cell] ?? NaN))) cells.push(cell);
  });
  return cells;
}
