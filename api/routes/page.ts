/** The rows of a page and the cursor of the next: one row more than wanted is asked for, to know whether there is one. */
export function pageFrom<Row>(
  rows: readonly Row[],
  limit: number,
  placeOf: (row: Row) => number,
): { items: Row[]; next: string | null } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items, next: more ? String(placeOf(last)) : null };
}

/** How a list is asked of the registry. */
export function pageInput({
  limit,
  cursor,
}: {
  readonly limit: number;
  readonly cursor?: string | undefined;
}): {
  readonly before: number | null;
  readonly limit: number;
} {
  return { before: cursor === undefined ? null : Number(cursor), limit: limit + 1 };
}

/**
 * A page of a list that is whole already, in an order that holds: few rows for each model, or what another part keeps. The
 * cursor is how many rows come before the page.
 */
export function pageOfAll<Row>(
  rows: readonly Row[],
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): { items: Row[]; next: string | null } {
  const from = cursor === undefined ? 0 : Number(cursor);
  const to = from + limit;
  return { items: rows.slice(from, to), next: to < rows.length ? String(to) : null };
}
