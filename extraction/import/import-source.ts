import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { ImportMapping } from '../../contracts/import-mapping.ts';
import { identifier, queryRow, queryRows } from '../duckdb.ts';
import { isError, refusal } from '../findings.ts';
import type { Finding } from '../findings.ts';
import { checkRows } from '../folder-checks.ts';
import type { ExaminedTable } from '../folder-checks.ts';
import type { Watch } from '../folder-inspect.ts';
import { createEmptyTable } from '../folder-load.ts';
import { originOfTable } from '../folder-origin.ts';
import { MARKET_TABLES, STORED_TYPES, TABLE_RULES } from '../folder-schema.ts';
import { withScratchEngine } from '../scratch-engine.ts';
import { mapColumns } from './mapped-columns.ts';
import type { MappedColumn } from './mapped-columns.ts';
import { derivedTables } from './mapped-tables.ts';
import type { DerivedTable } from './mapped-tables.ts';
import { createHours } from './session-hours.ts';
import { loadSourceTable } from './source-table.ts';
import { writeMarketFolder } from './write-folder.ts';
import type { WrittenFolder } from './write-folder.ts';

export interface ImportOptions {
  readonly mapping: ImportMapping;
  /** Folder that holds the files of the source. */
  readonly from: string;
  /** Folder to write; must not exist or be empty. */
  readonly out: string;
  /** Python with pyarrow, for files in an encoding that DuckDB cannot decode. */
  readonly python: string;
  readonly watch?: Watch;
}

/** A file of the source under the name of the table that it becomes. */
interface MappedFile {
  readonly target: string;
  readonly file: string;
  readonly columns: readonly MappedColumn[];
}

/** Findings are counted, and the first is named. */
const FINDINGS_LISTED = 20;

/**
 * Turns the files of a source into a market data folder, by its mapping. The same source gives the same bytes. Every rule
 * of the format holds before anything is written; findings name file, row and column of the source.
 *
 * @throws a ContenderError of `errors.ts`
 */
export async function importSource(options: ImportOptions): Promise<WrittenFolder> {
  const { mapping, watch = () => undefined } = options;
  // One thread: the order of row groups, and with it the bytes of the files, must not depend on the machine.
  return withScratchEngine({ threads: 1, memoryLimitMb: 2048 }, async (connection, scratch) => {
    for (const mapped of mappedFiles(mapping)) {
      watch(`reading ${mapped.file}`);
      await readMapped(connection, mapping, mapped, { ...options, scratch });
    }
    await prepareBars(connection, mapping);
    await createHours(connection, mapping.market, 'bars', mapping.sessions);
    watch('deriving the tables');
    const derived = derivedTables(mapping);
    const examined: ExaminedTable[] = [];
    for (const table of derived) examined.push(await createDerived(connection, table));
    for (const table of MARKET_TABLES) {
      if (!derived.some((made) => made.table === table)) await createEmptyTable(connection, table);
    }
    watch('checking every row');
    const checked = await checkRows(connection, examined, 'error', FINDINGS_LISTED);
    refuse(checked.findings, checked.total);
    for (const table of examined) await refuseEmptyCells(connection, table);
    watch('writing the folder');
    const queries = Object.fromEntries(derived.map(({ table }) => [table, `SELECT * FROM ${table}`]));
    return writeMarketFolder(connection, options.out, queries, {
      source: mapping.source,
      licence: mapping.licence,
      market: mapping.market,
      adjustment: mapping.adjustment.prices === 'backward' ? 'backward' : 'none',
    });
  });
}

function refuse(findings: readonly Finding[], total: number): void {
  const first = findings.find(isError);
  if (first !== undefined) throw refusal(first, total);
}

const text = (name: string, column: string): MappedColumn => ({
  name,
  column,
  type: 'text',
  nullable: false,
});
const date = (name: string, column: string): MappedColumn => ({
  name,
  column,
  type: 'date',
  nullable: false,
});
const instant = (name: string, column: string): MappedColumn => ({
  name,
  column,
  type: 'instant',
  nullable: false,
});
const number = (name: string, column: string, nullable = false): MappedColumn => ({
  name,
  column,
  type: 'number',
  nullable,
});

function mappedFiles(mapping: ImportMapping): readonly MappedFile[] {
  const { prices, knowledge, adjustment, corporateActions, fundamentals, membership, symbols } = mapping;
  const { columns } = prices;
  const empty = prices.withoutClose === 'skip';
  const files: MappedFile[] = [
    {
      target: 'bars',
      file: prices.file,
      columns: [
        text('symbol', columns.symbol),
        date('date', columns.date),
        number('open', columns.open, empty),
        number('high', columns.high, empty),
        number('low', columns.low, empty),
        number('close', columns.close, empty),
        number('volume', columns.volume, empty),
        ...(prices.seq === null
          ? []
          : [{ name: 'seq', column: prices.seq, type: 'integer', nullable: false } as const]),
        ...(knowledge.rule === 'column' ? [instant('known', knowledge.column)] : []),
        ...(adjustment.factor === null ? [] : [number('factor', adjustment.factor.column, empty)]),
        ...Object.entries(prices.carry).map(([name, column]) => number(name, column, true)),
      ],
    },
  ];
  if (membership.rule === 'lists') {
    const { file, columns: own } = membership;
    files.push({ target: 'changes', file, columns: [date('date', own.date), text('symbol', own.symbol)] });
  }
  if (membership.rule === 'events') {
    const { file, columns: own } = membership;
    const list = [
      text('symbol', own.symbol),
      date('effective_date', own.effective_date),
      text('action', own.action),
      instant('known', own.known),
    ];
    files.push({ target: 'changes', file, columns: list });
  }
  if (corporateActions !== null) {
    const { file, columns: own } = corporateActions;
    const list = [
      text('symbol', own.symbol),
      date('ex_date', own.ex_date),
      text('kind', own.kind),
      number('ratio', own.ratio, true),
      number('amount', own.amount, true),
      instant('known', own.known),
    ];
    files.push({ target: 'actions', file, columns: list });
  }
  if (fundamentals !== null) {
    const { file, columns: own, carry } = fundamentals;
    const list = [
      text('symbol', own.symbol),
      date('period_end', own.period_end),
      number('eps', own.eps, true),
      number('revenue', own.revenue, true),
      number('book_value', own.book_value, true),
      instant('known', own.known),
      ...Object.entries(carry).map(([name, column]) => number(name, column, true)),
    ];
    files.push({ target: 'statements', file, columns: list });
  }
  if (symbols.file !== null) {
    const list = Object.entries(symbols.texts).map(
      ([name, column]) => ({ name, column, type: 'text', nullable: true }) as const,
    );
    files.push({ target: 'names', file: symbols.file, columns: [text('symbol', symbols.symbol), ...list] });
  }
  return files;
}

async function readMapped(
  connection: DuckDBConnection,
  mapping: ImportMapping,
  mapped: MappedFile,
  options: { readonly from: string; readonly python: string; readonly scratch: string },
): Promise<void> {
  const { target, file, columns } = mapped;
  const table = identifier(`source_${target}`);
  const wanted = [...new Set(columns.map(({ column }) => column))];
  await loadSourceTable(
    connection,
    { name: `source_${target}`, path: join(options.from, file), columns: wanted },
    options,
  );
  const { timeZone, dateFormat } = mapping;
  const found = await mapColumns(
    connection,
    { table, file, timeZone, dateFormat },
    columns,
    target,
    FINDINGS_LISTED,
  );
  await connection.run(`DROP TABLE ${table}`);
  refuse(found.findings, found.total);
}

/** Drops days without a trade, refuses rows that nothing orders, and keeps the newest version of each bar. */
async function prepareBars(connection: DuckDBConnection, mapping: ImportMapping): Promise<void> {
  const { prices, knowledge } = mapping;
  if (prices.withoutClose === 'skip') await connection.run('DELETE FROM bars WHERE close IS NULL');
  const ordered = prices.seq !== null || knowledge.rule === 'column';
  if (!ordered) {
    const [row] = await queryRows(
      connection,
      `WITH repeated AS (
         SELECT symbol, CAST(date AS VARCHAR), CAST(min(nr) AS VARCHAR), CAST(list(nr ORDER BY nr)[2] AS DOUBLE) AS second
         FROM bars GROUP BY symbol, date HAVING count(*) > 1)
       SELECT *, CAST((SELECT count(*) FROM repeated) AS DOUBLE) FROM repeated ORDER BY second LIMIT 1`,
    );
    if (row !== undefined) {
      const [symbol, day, first, second, total] = row.map(String);
      const message = `${symbol ?? ''} has a bar on ${day ?? ''} in row ${first ?? ''} already, and no column orders the two`;
      refuse(
        [
          {
            severity: 'error',
            code: 'MARKET_DUPLICATE_KEY',
            file: prices.file,
            row: Number(second),
            column: prices.columns.date,
            message,
          },
        ],
        Number(total),
      );
    }
  }
  const newest = [
    ...(knowledge.rule === 'column' ? ['known DESC'] : []),
    ...(prices.seq === null ? [] : ['seq DESC']),
    'nr DESC',
  ];
  await connection.run(
    `CREATE OR REPLACE TEMP VIEW newest_bars AS SELECT * FROM bars
     QUALIFY row_number() OVER (PARTITION BY symbol, date ORDER BY ${newest.join(', ')}) = 1`,
  );
}

/** A rule of the mapping may find no answer: a bar known so many sessions later that the calendar ends before. */
async function refuseEmptyCells(
  connection: DuckDBConnection,
  { table, name, origin }: ExaminedTable,
): Promise<void> {
  for (const column of TABLE_RULES[table].columns.filter(({ nullable }) => !nullable)) {
    const [rowId, total] = await queryRow(
      connection,
      `SELECT min(rowid), count(*) FROM ${name} WHERE ${identifier(column.name)} IS NULL`,
    );
    if (rowId === undefined || rowId === null) continue;
    const [place] = await origin.locate(connection, [Number(rowId)]);
    refuse(
      [
        {
          severity: 'error',
          code: 'MARKET_VALUE_INVALID',
          file: place?.file ?? '',
          row: place?.row ?? null,
          column: column.name,
          message: 'the mapping gives it no value',
        },
      ],
      Number(total),
    );
  }
}

/** Makes a table of the folder, and beside it the rows of the source that its rows come from. */
async function createDerived(connection: DuckDBConnection, derived: DerivedTable): Promise<ExaminedTable> {
  const { table, query, file } = derived;
  const origin = `origin_${table}`;
  const staged = identifier(`staged_${table}`);
  await connection.run(`CREATE OR REPLACE TEMP TABLE ${staged} AS ${query}`);
  const casts = TABLE_RULES[table].columns.map(
    ({ name, type }) => `CAST(${identifier(name)} AS ${STORED_TYPES[type]}) AS ${identifier(name)}`,
  );
  await connection.run(
    `CREATE OR REPLACE TABLE ${origin} AS SELECT 0 AS part, nr AS "row" FROM ${staged} ORDER BY rowid`,
  );
  await connection.run(
    `CREATE OR REPLACE TABLE ${table} AS SELECT * EXCLUDE (nr) REPLACE (${casts.join(', ')}) FROM ${staged} ORDER BY rowid`,
  );
  await connection.run(`DROP TABLE ${staged}`);
  return { table, name: table, origin: originOfTable(origin, [file]) };
}
