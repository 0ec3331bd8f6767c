import { resolve } from 'node:path';
import { ContenderError } from '../contracts/error.ts';
import { DEFAULT_LIMITS, openEngine, queryNumber } from './duckdb.ts';
import type { EngineLimits } from './duckdb.ts';
import type { Finding } from './findings.ts';
import { checkRows } from './folder-checks.ts';
import { findTableFiles } from './folder-files.ts';
import { inspectTables } from './market-folder.ts';

export interface FolderReport {
  readonly folder: string;
  readonly files: readonly { readonly file: string; readonly rows: number }[];
  /** All offending rows, those beyond the listed ones included. */
  readonly errors: number;
  readonly warnings: number;
  /** Errors first; of each rule at most as many as asked for. */
  readonly findings: readonly Finding[];
}

/** `contender data check` found errors; `details.report` is the whole report. */
export class FolderRefused extends ContenderError {
  readonly code = 'MARKET_FOLDER_REFUSED';
  readonly kind = 'refused';

  constructor(report: FolderReport) {
    super(`${report.folder} has ${String(report.errors)} errors; nothing can be extracted from it`, {
      remedy: 'Repair the rows that the report names, in the source or in the files.',
      details: { report },
    });
  }
}

/**
 * Reads a whole folder and says what is wrong with it. Warnings are looked for only when there are no errors: they are
 * about values, which an error may have made meaningless.
 *
 * @throws MarketTableMissing when the folder or a required table is absent
 */
export async function checkMarketFolder(
  path: string,
  limitPerRule: number,
  limits: EngineLimits = DEFAULT_LIMITS,
): Promise<FolderReport> {
  const folder = resolve(path);
  const tables = await findTableFiles(folder);
  const instance = await openEngine(limits);
  try {
    const connection = await instance.connect();
    const { findings, errors } = await inspectTables(connection, tables, limitPerRule);
    if (errors > 0) return { folder, files: [], errors, warnings: 0, findings };
    const odd = await checkRows(connection, tables, 'warning', limitPerRule);
    const files: { file: string; rows: number }[] = [];
    for (const { table, file } of tables) {
      files.push({ file, rows: (await queryNumber(connection, `SELECT count(*) FROM ${table}`)) ?? 0 });
    }
    return { folder, files, errors: 0, warnings: odd.total, findings: odd.findings };
  } finally {
    instance.closeSync();
  }
}
