import { resolve } from 'node:path';
import { ContenderError } from '../contracts/error.ts';
import { checkCalendar } from './calendar-check.ts';
import { DEFAULT_LIMITS } from './duckdb.ts';
import type { EngineLimits } from './duckdb.ts';
import type { Finding } from './findings.ts';
import { checkRows } from './folder-checks.ts';
import { findTableFiles } from './folder-files.ts';
import { inspectTables } from './folder-inspect.ts';
import type { Watch } from './folder-inspect.ts';
import { withScratchEngine } from './scratch-engine.ts';
import { readSourceNotes } from './source-notes.ts';

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
 * about values, which an error may have made meaningless. What does not fit into memory goes to a scratch folder.
 *
 * @param options.calendarDir the user's changes of the markets' calendars; with it, and a folder that names its market, the
 *   two calendars are compared
 * @throws MarketTableMissing when the folder or a required table is absent
 */
export async function checkMarketFolder(
  path: string,
  limitPerRule: number,
  options: { readonly limits?: EngineLimits; readonly watch?: Watch; readonly calendarDir?: string } = {},
): Promise<FolderReport> {
  const folder = resolve(path);
  const tables = await findTableFiles(folder);
  return withScratchEngine(options.limits ?? DEFAULT_LIMITS, async (connection) => {
    const inspected = await inspectTables(connection, tables, limitPerRule, options.watch);
    const { findings, errors, files } = inspected;
    if (errors > 0) return { folder, files: [], errors, warnings: 0, findings };
    options.watch?.('looking for oddities');
    const odd = await checkRows(connection, inspected.tables, 'warning', limitPerRule);
    const { market } = await readSourceNotes(folder);
    const sessions =
      market === null || options.calendarDir === undefined
        ? { findings: [], total: 0 }
        : await checkCalendar(connection, market, options.calendarDir, limitPerRule);
    return {
      folder,
      files: files.map(({ file, rows }) => ({ file, rows })),
      errors: 0,
      warnings: odd.total + sessions.total,
      findings: [...odd.findings, ...sessions.findings],
    };
  });
}
