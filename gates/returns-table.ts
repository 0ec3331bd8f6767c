import { ReturnsTableInvalid } from './errors.ts';

/** Daily simple returns by column, oldest first. */
export interface ReturnsTable {
  /** Names of the return columns, in file order. */
  readonly names: readonly string[];
  readonly columns: readonly Float64Array[];
  /** Dates of the rows (YYYY-MM-DD, ascending, unique), or null when the file has none. */
  readonly dates: readonly string[] | null;
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/u;
/** Column numbers are names (a table written without any often has them); returns are not whole numbers. */
const WHOLE_NUMBER = /^\d+$/u;
const LOOKS_LIKE_A_DATE = /^\d{4}[-/.]\d/u;
const ISO_DATE = /^(\d{4})-(\d{2})-(\d{2})$/u;
const DATE_HEADINGS: ReadonlySet<string> = new Set(['date', 'session']);

/**
 * Reads comma-separated text (RFC 4180, a record on one line): a line of names, then one line per session. A first column is
 * taken as dates when its name is `date` or `session`, or its first value looks like a date; then it needs no name. Empty cells,
 * text, infinities, ragged lines, repeated names and dates that do not ascend are refused with `ReturnsTableInvalid`, naming
 * line and column.
 */
export function parseReturnsTable(text: string): ReturnsTable {
  const lines = text.replace(/^\uFEFF/u, '').split(/\r\n|\n|\r/u);
  while (lines.at(-1)?.trim() === '') lines.pop();
  const [heading, ...body] = lines.map((line, index) => cellsOf(line, index + 1));
  if (heading === undefined) throw refused('the file is empty', 1);
  const firstValue = body[0]?.[0] ?? '';
  if (heading[0] === '' && LOOKS_LIKE_A_DATE.test(firstValue)) heading[0] = 'date';
  checkHeading(heading);
  if (body.length === 0) throw refused('there is no row of returns under the names', 2);
  body.forEach((cells, index) => {
    if (cells.length !== heading.length) {
      const missing = heading[cells.length];
      const where =
        missing === undefined
          ? `cell ${String(heading.length + 1)} has no name`
          : `column ${missing} has no cell`;
      throw refused(
        `${String(cells.length)} cells under ${String(heading.length)} names: ${where}`,
        index + 2,
        missing,
      );
    }
  });
  const firstName = heading[0] ?? '';
  const dated = DATE_HEADINGS.has(firstName.toLowerCase()) || LOOKS_LIKE_A_DATE.test(firstValue);
  const skipped = dated ? 1 : 0;
  const names = heading.slice(skipped);
  if (names.length === 0) throw refused('there is no column of returns', 1);
  return {
    names,
    columns: names.map((name, index) => numberColumn(body, index + skipped, name)),
    dates: dated ? dateColumn(body, firstName) : null,
  };
}

/** A cell: quoted, with commas and doubled quotes inside, or bare; with blanks around it, and what ends it. */
const CELL = /[ \t]*(?:"((?:[^"]|"")*)"[ \t]*|([^",]*))(,|$)/uy;

function cellsOf(line: string, row: number): string[] {
  const cells: string[] = [];
  CELL.lastIndex = 0;
  for (;;) {
    const found = CELL.exec(line);
    if (found === null) {
      throw refused(`cell ${String(cells.length + 1)} has a quote that does not enclose it`, row);
    }
    const [, quoted, bare = '', end] = found;
    cells.push(quoted === undefined ? bare.trim() : quoted.replaceAll('""', '"').trim());
    if (end !== ',') return cells;
  }
}

function checkHeading(heading: readonly string[]): void {
  heading.forEach((name, index) => {
    const column = index + 1;
    if (name === '') throw refused(`column ${String(column)} has no name`, 1);
    if (NUMBER.test(name) && !WHOLE_NUMBER.test(name)) {
      throw refused(`column ${String(column)} is named ${name}: the first line must hold the names`, 1);
    }
    const first = heading.indexOf(name);
    if (first !== index) {
      throw refused(`the name ${name} stands over columns ${String(first + 1)} and ${String(column)}`, 1);
    }
  });
}

function numberColumn(body: readonly (readonly string[])[], index: number, name: string): Float64Array {
  return Float64Array.from(body, (cells, row) => {
    const cell = cells[index] ?? '';
    const value = NUMBER.test(cell) ? Number(cell) : Number.NaN;
    if (Number.isFinite(value)) return value;
    const what = cell === '' ? 'an empty cell' : `"${cell.slice(0, 40)}"`;
    throw refused(`column ${name} holds ${what}, not a finite number`, row + 2, name);
  });
}

function dateColumn(body: readonly (readonly string[])[], name: string): string[] {
  const dates = body.map((cells) => cells[0] ?? '');
  dates.forEach((date, row) => {
    if (!isDate(date))
      throw refused(`column ${name} holds "${date.slice(0, 40)}", not a date YYYY-MM-DD`, row + 2, name);
    const before = row === 0 ? '' : (dates[row - 1] ?? '');
    if (date === before) throw refused(`column ${name} repeats the date ${date}`, row + 2, name);
    if (date < before)
      throw refused(`column ${name} goes back from ${before} to ${date}: rows must ascend`, row + 2, name);
  });
  return dates;
}

/** A day that exists: 2023-02-30 does not. */
function isDate(text: string): boolean {
  const parts = ISO_DATE.exec(text);
  if (parts === null) return false;
  const [, year, month, day] = parts.map(Number);
  const date = new Date(Date.UTC(year ?? 0, (month ?? 0) - 1, day ?? 0));
  return date.getUTCMonth() + 1 === month && date.getUTCDate() === day;
}

function refused(message: string, row: number, column?: string): ReturnsTableInvalid {
  return new ReturnsTableInvalid(`row ${String(row)}: ${message}`, {
    remedy: 'Correct that line; row 1 is the line of names.',
    details: column === undefined ? { row } : { row, column },
  });
}
