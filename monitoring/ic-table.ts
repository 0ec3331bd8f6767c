import { IcTableInvalid } from './errors.ts';

/** Daily ICs by series, oldest first; NaN where a series has none on a day. */
export interface IcTable {
  /** Days as the file has them: whole numbers or ISO dates, ascending. */
  readonly days: readonly (number | string)[];
  readonly series: readonly { readonly name: string; readonly ic: Float64Array }[];
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/u;
const WHOLE = /^\d{1,9}$/u;
const ISO_DATE = /^\d{4}-\d{2}-\d{2}$/u;

/**
 * Reads comma-separated text whose first column is `day`. An empty cell is a session without an IC; text, infinities, values
 * outside [-1, 1], ragged lines, repeated names and days that do not ascend are refused, naming line and column.
 */
export function parseIcTable(text: string): IcTable {
  const lines = text.replace(/^\uFEFF/u, '').split(/\r\n|\n|\r/u);
  while (lines.at(-1)?.trim() === '') lines.pop();
  const [heading, ...body] = lines.map((line) => line.split(',').map((cell) => cell.trim()));
  if (heading === undefined) throw refused('the file is empty', 1);
  if (heading[0] !== 'day') throw refused(`the first column is ${heading[0] || 'without a name'}`, 1);
  const names = heading.slice(1);
  if (names.length === 0) throw refused('there is no column of ICs beside day', 1);
  names.forEach((name, index) => {
    if (name === '') throw refused(`column ${String(index + 2)} has no name`, 1);
    if (names.indexOf(name) !== index) throw refused(`two columns are named ${name}`, 1);
  });
  if (body.length === 0) throw refused('there is no row under the names', 2);
  body.forEach((cells, index) => {
    if (cells.length !== heading.length) {
      throw refused(`${String(cells.length)} cells under ${String(heading.length)} names`, index + 2);
    }
  });
  return {
    days: dayColumn(body),
    series: names.map((name, index) => ({ name, ic: icColumn(body, index + 1, name) })),
  };
}

function dayColumn(body: readonly (readonly string[])[]): readonly (number | string)[] {
  const dated = ISO_DATE.test(body[0]?.[0] ?? '');
  const days = body.map((cells, index) => {
    const cell = cells[0] ?? '';
    if (dated ? !isDate(cell) : !WHOLE.test(cell)) {
      throw refused(
        `day is ${cell || 'empty'}, not ${dated ? 'a date YYYY-MM-DD' : 'a whole number'}`,
        index + 2,
      );
    }
    return dated ? cell : Number(cell);
  });
  days.forEach((day, index) => {
    const before = days[index - 1];
    if (before === undefined || day > before) return;
    const fault =
      day === before
        ? `day ${String(day)} occurs twice`
        : `day ${String(day)} stands after ${String(before)}`;
    throw refused(fault, index + 2);
  });
  return days;
}

function isDate(cell: string): boolean {
  return (
    ISO_DATE.test(cell) && !Number.isNaN(Date.parse(cell)) && new Date(cell).toISOString().startsWith(cell)
  );
}

function icColumn(body: readonly (readonly string[])[], column: number, name: string): Float64Array {
  return Float64Array.from(body, (cells, index) => {
    const cell = cells[column] ?? '';
    if (cell === '' || /^nan$/iu.test(cell)) return Number.NaN;
    const value = NUMBER.test(cell) ? Number(cell) : Number.NaN;
    if (!(Math.abs(value) <= 1)) {
      throw refused(`column ${name} holds ${cell}, not a correlation in [-1, 1]`, index + 2);
    }
    return value;
  });
}

function refused(fault: string, line: number): IcTableInvalid {
  return new IcTableInvalid(`line ${String(line)}: ${fault}`, {
    remedy: 'Give a CSV with a first column `day` (ascending) and one column of daily ICs per series.',
    details: { line },
  });
}
