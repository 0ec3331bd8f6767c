import { createReadStream } from 'node:fs';
import { quoted } from './duckdb.ts';

/** A header longer than this is none. */
const HEADER_BYTES = 65_536;

/**
 * The column names in the first line of a CSV file; empty for an empty file. Read here and not guessed by the engine:
 * its sniffer skips lines until the rest of the file fits, and so loses rows of a damaged file without a word.
 */
export async function readCsvHeader(path: string): Promise<readonly string[]> {
  let text = '';
  for await (const chunk of createReadStream(path, { encoding: 'utf8', end: HEADER_BYTES })) {
    text += String(chunk);
  }
  const line = /^\uFEFF?([^\r\n]*)/u.exec(text)?.[1] ?? '';
  return line === '' ? [] : splitLine(line);
}

function splitLine(line: string): string[] {
  const cells = line.match(/(?:^|,)(?:"(?:[^"]|"")*"|[^,]*)/gu) ?? [];
  return cells.map((cell) => {
    const text = cell.replace(/^,/u, '');
    return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text;
  });
}

/** The rows of a CSV file as texts; a row with more or fewer cells than the header stops the reading. */
export function csvRelation(path: string, columns: readonly string[]): string {
  const types = columns.map((name) => `${quoted(name)}: 'VARCHAR'`).join(', ');
  return `read_csv(${quoted(path)}, auto_detect = false, columns = {${types}}, header = true, delim = ',',
    quote = '"', escape = '"', nullstr = '', strict_mode = true, parallel = false)`;
}

/** What the engine says about a line it cannot read, as the number of the data row. */
export function csvRowOf(message: string): number | null {
  const line = /CSV Error on Line: (\d+)/u.exec(message)?.[1];
  return line === undefined ? null : Number(line) - 1;
}
