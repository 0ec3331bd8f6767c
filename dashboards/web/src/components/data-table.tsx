import { useId } from 'react';
import type { ReactNode } from 'react';
import { useI18n } from '../i18n/text.ts';
import { useSearch } from '../routing.tsx';
import { csvOf } from './csv.ts';
import { findName, found, nextSorting, sorted, sortingOf, sortingText, sortName } from './table-order.ts';
import type { Sorting } from './table-order.ts';

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

/** From so many rows on, looking for one takes longer than writing what it holds. */
const ROWS_TO_SEARCH = 10;

/**
 * A table that sorts by its heads, finds rows by what they hold, and exports what it shows. Order and search stand in the
 * address: whoever is sent the link sees the same, and the back button takes a step back. On a phone each row becomes a card.
 */
export function DataTable<Row>({
  id,
  name,
  columns,
  rows,
  keyOf,
  older = null,
}: {
  /** Of the table in the address; no other of the page has it. */
  readonly id: string;
  /** Of the exported file, and the table's own for screen readers. */
  readonly name: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** Reads more rows of a list that is not here as a whole; null: it is. */
  readonly older?: (() => void) | null;
}): ReactNode {
  const { t } = useI18n();
  const [address, change] = useSearch();
  const text = address.get(findName(id)) ?? '';
  const sorting = sortingOf(address.get(sortName(id)), columns);
  const kept = found(rows, columns, text);
  const by = columns.find((column) => column.id === sorting?.id);
  const shown = by === undefined ? kept : sorted(kept, by, sorting?.descending ?? false);
  const sort = (next: Sorting | null): void => {
    change({ [sortName(id)]: sortingText(next) });
  };
  return (
    <div className="table-box">
      <Tools
        {...{ name, columns, sorting, text, sort }}
        searchable={rows.length >= ROWS_TO_SEARCH || text !== ''}
        sortable={rows.length > 1 || sorting !== null}
        find={(wanted) => {
          change({ [findName(id)]: wanted }, { replace: true });
        }}
      />
      {/* Without a row there is nothing to scroll, and on a phone nothing to see. */}
      <div
        className="table-scroll"
        {...(shown.length === 0 ? {} : { tabIndex: 0 })}
        role="region"
        aria-label={name}
      >
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
                      sort(nextSorting(sorting, column.id));
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
        <span role="status">
          {kept.length === rows.length
            ? t('table.rows', { count: rows.length })
            : t('table.found', { count: kept.length, all: rows.length })}
        </span>
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

/** What to look for; and on a phone, where a table has no heads to press, in which order. */
function Tools<Row>({
  name,
  columns,
  sorting,
  text,
  searchable,
  sortable,
  sort,
  find,
}: {
  readonly name: string;
  readonly columns: readonly Column<Row>[];
  readonly sorting: Sorting | null;
  readonly text: string;
  readonly searchable: boolean;
  readonly sortable: boolean;
  readonly sort: (next: Sorting | null) => void;
  readonly find: (text: string) => void;
}): ReactNode {
  const { t } = useI18n();
  const field = useId();
  return (
    <div className="table-tools">
      {searchable ? (
        <span className="inline">
          <label htmlFor={`${field}-find`}>{t('table.find')}</label>{' '}
          <input
            id={`${field}-find`}
            type="search"
            aria-label={`${t('table.find')}: ${name}`}
            value={text}
            onChange={(event) => {
              find(event.target.value);
            }}
          />
        </span>
      ) : null}
      {sortable ? (
        <span className="inline phone-only">
          <label htmlFor={`${field}-sort`}>{t('table.sort')}</label>{' '}
          <select
            id={`${field}-sort`}
            aria-label={`${t('table.sort')}: ${name}`}
            value={sortingText(sorting)}
            onChange={(event) => {
              sort(sortingOf(event.target.value, columns));
            }}
          >
            <option value="">{t('table.sort.none')}</option>
            {columns.flatMap(({ id, title }) => [
              <option key={id} value={id}>
                {title} ↑
              </option>,
              <option key={`-${id}`} value={`-${id}`}>
                {title} ↓
              </option>,
            ])}
          </select>
        </span>
      ) : null}
    </div>
  );
}

const classOf = <Row,>({ numeric, wide }: Column<Row>): string | undefined =>
  numeric === true ? 'num' : wide === true ? 'wide' : undefined;

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
