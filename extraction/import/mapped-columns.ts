import type { DuckDBConnection } from '@duckdb/node-api';
import { identifier, quoted } from '../duckdb.ts';
import type { ErrorFinding } from '../findings.ts';
import { checkCells } from '../folder-cells.ts';
import { STORED_TYPES } from '../folder-schema.ts';
import type { ColumnRule } from '../folder-schema.ts';

/** A column of a source under the name that it gets. */
export interface MappedColumn extends ColumnRule {
  /** Its name in the source. */
  readonly column: string;
}

/** A loaded source table, and how its dates and instants are written. */
export interface MappedSource {
  readonly table: string;
  /** Name of the file, for findings. */
  readonly file: string;
  readonly timeZone: string | null;
  readonly dateFormat: string | null;
}

const LOCAL_TIME = String.raw`^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?$`;
const ZONED_TIME = String.raw`^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}(:?\d{2})?)$`;

/**
 * Creates the table `target` (nr: number of the data row, then the columns in their types) from a source table. Cells
 * are read as texts, the shortest decimal of a float included, so that CSV and Parquet are judged alike; findings name
 * the columns of the source. The table is made only when there are none.
 */
export async function mapColumns(
  connection: DuckDBConnection,
  source: MappedSource,
  columns: readonly MappedColumn[],
  target: string,
  limit: number,
): Promise<{ readonly findings: readonly ErrorFinding[]; readonly total: number }> {
  const texts = identifier(`texts_${target}`);
  const list = columns.map((column) => `${normalised(source, column)} AS ${identifier(column.name)}`);
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE ${texts} AS SELECT rowid + 1 AS nr, ${list.join(', ')} FROM ${source.table}`,
  );
  const relation = { sql: texts, file: quoted(source.file), row: 'nr', texts: true };
  const { findings: found, total } = await checkCells(connection, relation, columns, limit);
  const sourceOf = new Map(columns.map(({ name, column }) => [name, column]));
  const findings = found.map((finding) => ({
    ...finding,
    column: sourceOf.get(finding.column ?? '') ?? finding.column,
  }));
  if (total === 0) {
    const typed = columns.map(
      ({ name, type }) => `CAST(${identifier(name)} AS ${STORED_TYPES[type]}) AS ${identifier(name)}`,
    );
    await connection.run(
      `CREATE OR REPLACE TABLE ${target} AS SELECT nr, ${typed.join(', ')} FROM ${texts} ORDER BY nr`,
    );
  }
  await connection.run(`DROP TABLE ${texts}`);
  return { findings, total };
}

/** SQL of a cell as the text that the format wants; what cannot be understood stays as it is, to be named. */
function normalised({ timeZone, dateFormat }: MappedSource, { column, type }: MappedColumn): string {
  const cell = `nullif(CAST(${identifier(column)} AS VARCHAR), '')`;
  const zone = timeZone === null ? null : quoted(timeZone);
  if (type === 'date') {
    if (dateFormat !== null) {
      return `coalesce(strftime(try_strptime(${cell}, ${quoted(dateFormat)}), '%Y-%m-%d'), ${cell})`;
    }
    const zoned =
      zone === null
        ? ''
        : `WHEN regexp_full_match(${cell}, ${quoted(ZONED_TIME)})
            THEN coalesce(strftime(TRY_CAST(${cell} AS TIMESTAMPTZ) AT TIME ZONE ${zone}, '%Y-%m-%d'), ${cell})`;
    return `CASE WHEN regexp_full_match(${cell}, ${quoted(LOCAL_TIME)}) THEN left(${cell}, 10) ${zoned} ELSE ${cell} END`;
  }
  if (type === 'instant' && zone !== null) {
    return `CASE WHEN regexp_full_match(${cell}, ${quoted(LOCAL_TIME)})
      THEN coalesce(strftime(TRY_CAST(${cell} AS TIMESTAMP) AT TIME ZONE ${zone}, '%Y-%m-%dT%H:%M:%S.%gZ'), ${cell})
      ELSE ${cell} END`;
  }
  return cell;
}
