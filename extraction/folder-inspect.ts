import type { DuckDBConnection } from '@duckdb/node-api';
import type { ErrorFinding, Finding } from './findings.ts';
import { checkRows } from './folder-checks.ts';
import type { ExaminedTable } from './folder-checks.ts';
import { hashFile } from './folder-files.ts';
import type { TableFile } from './folder-files.ts';
import { createEmptyTable, loadTable } from './folder-load.ts';
import { MARKET_TABLES, TABLE_RULES } from './folder-schema.ts';
import type { MarketTable } from './folder-schema.ts';

export interface LoadedFile {
  readonly file: string;
  readonly sha256: string;
  readonly rows: number;
}

export interface InspectedTables {
  readonly findings: readonly Finding[];
  /** All offending rows, those beyond the listed ones included. */
  readonly errors: number;
  /** Numeric columns beyond the format, by table. */
  readonly extras: ReadonlyMap<string, readonly string[]>;
  /** The loaded tables and where their rows come from; complete only without errors. */
  readonly tables: readonly ExaminedTable[];
  readonly files: readonly LoadedFile[];
}

/** What is being looked at, for a person who waits. */
export type Watch = (step: string) => void;

/** Loads every table, bars of sessions before `since` left out, and gives all findings: nothing is refused here. */
export async function inspectTables(
  connection: DuckDBConnection,
  files: readonly TableFile[],
  limitPerRule: number,
  watch: Watch = () => undefined,
  since: string | null = null,
): Promise<InspectedTables> {
  const hashes = await hashFiles(files, watch);
  const findings: Finding[] = [...hashes.findings];
  const extras = new Map<string, readonly string[]>();
  const tables: ExaminedTable[] = [];
  const loadedFiles: LoadedFile[] = [];
  let errors = findings.length;
  for (const table of MARKET_TABLES) {
    const own = files.filter((file) => file.table === table);
    if (own.length === 0) {
      await createEmptyTable(connection, table);
      continue;
    }
    watch(`reading ${table}`);
    const loaded = await loadTable(connection, own, table, limitPerRule, since);
    findings.push(...loaded.findings);
    errors += loaded.total;
    extras.set(table, loaded.extraColumns);
    tables.push({ table, name: table, origin: loaded.origin });
    for (const { file, rows } of loaded.rows) {
      loadedFiles.push({ file, rows, sha256: hashes.sha256.get(file) ?? '' });
    }
  }
  const result = { extras, tables, files: loadedFiles };
  if (errors > 0) return { ...result, findings, errors };
  const empty = emptyTables(files, loadedFiles);
  if (empty.length > 0) return { ...result, findings: empty, errors: empty.length };
  watch('comparing rows');
  const checked = await checkRows(connection, tables, 'error', limitPerRule);
  return { ...result, findings: checked.findings, errors: checked.total };
}

/** Hashes every file once; an appended file must have the hash that its part recorded. */
async function hashFiles(
  files: readonly TableFile[],
  watch: Watch,
): Promise<{ readonly sha256: ReadonlyMap<string, string>; readonly findings: readonly ErrorFinding[] }> {
  watch('hashing the files');
  const sha256 = new Map<string, string>();
  const findings: ErrorFinding[] = [];
  for (const { file, path, recordedSha256 } of files) {
    const hash = await hashFile(path);
    sha256.set(file, hash);
    if (recordedSha256 === null || recordedSha256 === hash) continue;
    const message = 'the file is not as it was when it was appended';
    findings.push({ severity: 'error', code: 'MARKET_PART_BROKEN', file, row: null, column: null, message });
  }
  return { sha256, findings };
}

/** Tables that must have rows and have none. */
function emptyTables(files: readonly TableFile[], loaded: readonly LoadedFile[]): readonly ErrorFinding[] {
  const rowsOf = (table: MarketTable): number => {
    const names = new Set(files.filter((file) => file.table === table).map(({ file }) => file));
    return loaded.reduce((sum, { file, rows }) => sum + (names.has(file) ? rows : 0), 0);
  };
  return files
    .filter(({ table, recordedSha256 }) => recordedSha256 === null && !TABLE_RULES[table].mayBeEmpty)
    .filter(({ table }) => rowsOf(table) === 0)
    .map(({ file }) => ({
      severity: 'error',
      code: 'MARKET_TABLE_EMPTY',
      file,
      row: null,
      column: null,
      message: 'the table has no rows',
    }));
}
