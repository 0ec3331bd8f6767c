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
