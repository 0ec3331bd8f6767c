import { useState } from 'react';
import type { ReactNode } from 'react';
import { useI18n } from '../i18n/text.ts';
import { csvOf } from './csv.ts';

export interface Column<Row> {
  readonly id: string;
  readonly title: string;
  /** What is compared when sorting, and what an export holds. */
  readonly value: (row: Row) => string | number | null;
  /** What is shown; the value when left out. */
  readonly show?: (row: Row) => ReactNode;
  readonly numeric?: boolean;
  /** Sentences: on a phone they get a line of their own. */
  readonly wide?: boolean;
}

interface Sorting {
  readonly id: string;
  readonly descending: boolean;
}

/** A table that sorts by its heads and exports what it shows. On a phone each row becomes a card. */
export function DataTable<Row>({
  name,
  columns,
  rows,
  keyOf,
  older = null,
}: {
  /** Of the exported file, and the table's own for screen readers. */
  readonly name: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** Reads more rows of a list that is not here as a whole; null: it is. */
  readonly older?: (() => void) | null;
}): ReactNode {
  const { t } = useI18n();
  const [sorting, setSorting] = useState<Sorting | null>(null);
  const by = columns.find(({ id }) => id === sorting?.id);
  const shown = by === undefined ? rows : sorted(rows, by, sorting?.descending ?? false);
  return (
    <div className="table-box">
      <div className="table-scroll" tabIndex={0} role="region" aria-label={name}>
        <table>
          <caption className="unseen">{name}</caption>
          <thead>
            <tr>
              {columns.map((column) => (
                <th
                  key={column.id}
                  scope="col"
                  className={column.numeric === true ? 'num' : undefined}
                  aria-sort={ariaSort(sorting, column.id)}
                >
                  <button
                    type="button"
                    className="sort"
                    onClick={() => {
                      setSorting(nextSorting(sorting, column.id));
                    }}
                  >
                    {column.title}
                    <span aria-hidden="true">{arrow(sorting, column.id)}</span>
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={keyOf(row)}>
                {columns.map((column) => (
                  <td key={column.id} data-title={column.title} className={classOf(column)}>
                    <div>{column.show === undefined ? (column.value(row) ?? '–') : column.show(row)}</div>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className="table-foot">
        <span role="status">{t('table.rows', { count: rows.length })}</span>
        {older === null ? null : (
          <button type="button" className="quiet" onClick={older}>
            {t('table.older')}
          </button>
        )}
        <button
          type="button"
          className="quiet"
          onClick={() => {
            download(`${name}.csv`, csvOf(columns, shown));
          }}
        >
          {t('table.export')}
        </button>
      </div>
    </div>
  );
}

const classOf = <Row,>({ numeric, wide }: Column<Row>): string | undefined =>
  numeric === true ? 'num' : wide === true ? 'wide' : undefined;

function sorted<Row>(rows: readonly Row[], { value }: Column<Row>, descending: boolean): readonly Row[] {
  const sign = descending ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [left, right] = [value(a), value(b)];
    // What is unknown stays at the end, whichever way the rest goes.
    if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1;
    if (left === right) return 0;
    return left < right ? -sign : sign;
  });
}

function nextSorting(now: Sorting | null, id: string): Sorting | null {
  if (now?.id !== id) return { id, descending: false };
  return now.descending ? null : { id, descending: true };
}

const arrow = (now: Sorting | null, id: string): string =>
  now?.id !== id ? '' : now.descending ? ' ↓' : ' ↑';
const ariaSort = (now: Sorting | null, id: string): 'ascending' | 'descending' | 'none' =>
  now?.id !== id ? 'none' : now.descending ? 'descending' : 'ascending';

export function download(name: string, text: string): void {
  // The mark tells spreadsheets that it is UTF-8.
  const url = URL.createObjectURL(new Blob([`\uFEFF${text}`], { type: 'text/csv' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-');
  link.click();
  URL.revokeObjectURL(url);
}
