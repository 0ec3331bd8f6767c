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

async function holdsQuotes(path: string): Promise<boolean> {
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    if (chunk.includes(QUOTE)) return true;
  }
  return false;
}

/** What is wrong with the names of a header, and with which of them; null: nothing. */
export function headerFault(
  columns: readonly string[],
): { readonly column: string | null; readonly reason: string } | null {
  if (columns.length === 0) return { column: null, reason: 'it is empty: not even a header' };
  if (columns.some((name) => /[\0\uFFFD]/u.test(name))) {
    return { column: null, reason: 'its header is no UTF-8 text: another encoding, or compressed' };
  }
  if (columns.includes('')) return { column: null, reason: 'its header has a column without a name' };
  const twice = columns.find((name, at) => columns.indexOf(name) !== at);
  return twice === undefined ? null : { column: twice, reason: `its header names the column ${twice} twice` };
}

const [QUOTE, COMMA, LINE_FEED, RETURN] = [0x22, 0x2c, 0x0a, 0x0d];
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/**
 * The data row in which a quoted cell begins that never ends, 0 for the header; null when there is none. The engine takes such a cell and all rows
 * behind it for nothing, without a word.
 */
export async function rowOfOpenQuote(path: string): Promise<number | null> {
  if (!(await holdsQuotes(path))) return null;
  let place: 'start' | 'plain' | 'quoted' | 'closed' = 'start';
  let [row, opened, before] = [0, 0, 0];
  let isFirst = true;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    const from = isFirst && BYTE_ORDER_MARK.every((byte, at) => chunk[at] === byte) ? 3 : 0;
    isFirst = false;
    for (let at = from; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      if (place === 'quoted') {
        if (byte === QUOTE) place = 'closed';
      } else if (byte === QUOTE && (place === 'start' || place === 'closed')) {
        // Behind a closing quote another one makes a quote of the two: the cell goes on.
        if (place === 'start') opened = row;
        place = 'quoted';
      } else if (byte === COMMA) place = 'start';
      else if (byte === LINE_FEED || byte === RETURN) {
        if (byte === RETURN || before !== RETURN) row += 1;
        place = 'start';
      } else place = 'plain';
      before = byte;
    }
  }
  return place === 'quoted' ? opened : null;
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
