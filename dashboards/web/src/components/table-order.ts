/** In which order a table stands, and which of its rows, as its address says it. */
export interface Sorting {
  readonly id: string;
  readonly descending: boolean;
}

interface Valued<Row> {
  readonly value: (row: Row) => string | number | null;
}

/** Names in the address: a page has several tables. */
export const sortName = (table: string): string => `sort.${table}`;
export const findName = (table: string): string => `find.${table}`;

/** `started` or `-started`; null for a column that the table does not have. */
export function sortingOf(text: string | null, columns: readonly { readonly id: string }[]): Sorting | null {
  if (text === null) return null;
  const descending = text.startsWith('-');
  const id = descending ? text.slice(1) : text;
  return columns.some((column) => column.id === id) ? { id, descending } : null;
}

export const sortingText = (sorting: Sorting | null): string =>
  sorting === null ? '' : `${sorting.descending ? '-' : ''}${sorting.id}`;

/** A head is pressed: upwards, downwards, as it came. */
export function nextSorting(now: Sorting | null, id: string): Sorting | null {
  if (now?.id !== id) return { id, descending: false };
  return now.descending ? null : { id, descending: true };
}

export function sorted<Row>(
  rows: readonly Row[],
  { value }: Valued<Row>,
  descending: boolean,
): readonly Row[] {
  const sign = descending ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [left, right] = [value(a), value(b)];
    // What is unknown stays at the end, whichever way the rest goes.
    if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1;
    if (left === right) return 0;
    return left < right ? -sign : sign;
  });
}

/** The rows of which some column holds the text, in whatever case. */
export function found<Row>(
  rows: readonly Row[],
  columns: readonly Valued<Row>[],
  text: string,
): readonly Row[] {
  const wanted = text.trim().toLocaleLowerCase();
  if (wanted === '') return rows;
  return rows.filter((row) =>
    columns.some(({ value }) =>
      String(value(row) ?? '')
        .toLocaleLowerCase()
        .includes(wanted),
    ),
  );
}
