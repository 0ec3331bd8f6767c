import type { ErrorFinding } from './findings.ts';
import { csvRowOf } from './folder-csv.ts';
import type { TableFile } from './folder-files.ts';
import { mayBeCarried } from './folder-schema.ts';

/** What is wrong with a file, or with one of its rows. */
export function fileFault(
  file: TableFile,
  code: ErrorFinding['code'],
  row: number | null,
  column: string | null,
  message: string,
): ErrorFinding {
  return { severity: 'error', code, file: file.file, row, column, message };
}

/** A file that the engine gave up on, and why. */
export function unreadable(file: TableFile, cause: unknown): ErrorFinding {
  const text = cause instanceof Error ? cause.message : String(cause);
  const row = csvRowOf(text);
  const what = row === null ? (text.split('\n')[0] ?? '') : (text.split('\n')[2] ?? text);
  const message =
    row === null ? `is not a readable ${file.format} file: ${what}` : `the row cannot be read: ${what}`;
  return fileFault(file, 'MARKET_FILE_UNREADABLE', row, null, message);
}

export function unknownColumn(file: TableFile, name: string): ErrorFinding {
  const reason = mayBeCarried(name)
    ? 'unknown column; only numeric columns of prices, fundamentals and symbols can be carried'
    : 'unknown column; what is carried beside the format is numeric, in lower case, and not called like something that is derived';
  return fileFault(file, 'MARKET_COLUMN_UNKNOWN', null, name, reason);
}
