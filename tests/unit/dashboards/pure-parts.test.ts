import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { match, paths } from '../../../dashboards/web/src/addresses.ts';
import { staleAfter } from '../../../dashboards/web/src/api/stale-after.ts';
import {
  found,
  nextSorting,
  sorted,
  sortingOf,
  sortingText,
} from '../../../dashboards/web/src/components/table-order.ts';
import { csvOf } from '../../../dashboards/web/src/components/csv.ts';

describe('addresses', () => {
  it('lead back to what they were made from, whatever characters it holds', () => {
    const id = 'retrain:tw-alpha:2019-06-28T19:00:00.000Z';
    expect(match('/retrains/:retrain', paths.retrain(id))).toEqual({ retrain: id });
    expect(match('/retrains/:retrain/approval', paths.approval(id))).toEqual({ retrain: id });
    expect(match('/models/:model', paths.model('a/b?c#d'))).toEqual({ model: 'a/b?c#d' });
  });

  it('match nothing when a part is missing, too much or cannot be decoded', () => {
    for (const path of ['/models', '/models/', '/models/a/b', '/models/%E0%A4%A', '/elsewhere/a']) {
      expect(match('/models/:model', path), path).toBeNull();
    }
  });
});

describe('the order of a table in its address', () => {
  const columns = [{ id: 'model' }, { id: 'started' }];

  it('is read back as it was written, and is none for a column that is not there', () => {
    for (const sorting of [null, { id: 'model', descending: false }, { id: 'started', descending: true }]) {
      expect(sortingOf(sortingText(sorting), columns)).toEqual(sorting);
    }
    for (const text of [null, '', '-', 'nonsense', '--model', 'constructor']) {
      expect(sortingOf(text, columns), String(text)).toBeNull();
    }
  });

  it('goes upwards, downwards and back to how the rows came', () => {
    const once = nextSorting(null, 'model');
    const twice = nextSorting(once, 'model');
    expect([once, twice, nextSorting(twice, 'model')]).toEqual([
      { id: 'model', descending: false },
      { id: 'model', descending: true },
      null,
    ]);
    expect(nextSorting(twice, 'started')).toEqual({ id: 'started', descending: false });
  });

  it('leaves what is unknown at the end, whichever way the rest goes', () => {
    const value = (row: number | null) => row;
    expect(sorted([2, null, 1], { value }, false)).toEqual([1, 2, null]);
    expect(sorted([2, null, 1], { value }, true)).toEqual([2, 1, null]);
  });

  it('finds rows by what any column holds, in whatever case, and all of them by nothing', () => {
    const rows = [
      { name: 'TW-Alpha', ic: 0.04 },
      { name: 'us-beta', ic: null },
    ];
    const both = [
      { value: ({ name }: (typeof rows)[number]) => name },
      { value: ({ ic }: (typeof rows)[number]) => ic },
    ];
    expect(found(rows, both, 'alpha')).toEqual([rows[0]]);
    expect(found(rows, both, '0.04')).toEqual([rows[0]]);
    expect(found(rows, both, 'null')).toEqual([]);
    expect(found(rows, both, '  ')).toEqual(rows);
  });
});

describe('exported tables', () => {
  const columns = [{ title: 'name', value: (row: string) => row }];

  it('quote what has to be', () => {
    expect(csvOf(columns, ['plain', 'a,b', 'say "so"', 'two\nlines'])).toBe(
      'name\r\nplain\r\n"a,b"\r\n"say ""so"""\r\n"two\nlines"',
    );
  });

  it('never hold what a spreadsheet would run as a formula', () => {
    for (const text of ['=1+1', '+1', '-1', '@cmd', '\tx', '\nx', ' =1+1', '＝1+1', '＋1', '－1', '＠cmd']) {
      expect(csvOf(columns, [text]).split('\r\n')[1]?.replace(/^"/u, '')).toMatch(/^'/u);
    }
  });

  it('begin no new cell where semicolons or tabs divide the columns', () => {
    expect(csvOf(columns, ['a;=1+1', 'a\t=1+1'])).toBe('name\r\n"a;=1+1"\r\n"a\t=1+1"');
  });

  it('leave unknown values empty and numbers as they are', () => {
    const both = [
      { title: 'a', value: (row: number | null) => row },
      { title: 'b', value: () => null },
    ];
    expect(csvOf(both, [-1.5, null])).toBe('a,b\r\n-1.5,\r\n,');
  });
});

describe('what is read again when the live view of a model changes', () => {
  const shown = { epoch: 3, lastResult: { session: '2024-03-08', rankIc: 0.04, netReturn: 0.001 } };
  const keys = [
    ['about', 'tw-alpha', 'view'],
    ['about', 'tw-alpha', 'track'],
  ];
  const read = (before: unknown, after: unknown) =>
    keys.filter((queryKey) => staleAfter(before, after)({ queryKey })).map(([, , what]) => what);

  it('is all but its track when neither a session nor a swap came', () => {
    expect(read(shown, { ...shown, servers: { leased: 2, acknowledged: 1 } })).toEqual(['view']);
  });

  it.each([
    ['a session was measured', { ...shown, lastResult: { session: '2024-03-11' } }],
    ['the rank IC of it became known', { ...shown, lastResult: { ...shown.lastResult, rankIc: 0.05 } }],
    ['another champion answers', { ...shown, epoch: 4 }],
    ['it is gone', undefined],
  ])('is everything when %s', (_, after) => {
    expect(read(shown, after)).toEqual(['view', 'track']);
    expect(read(after, shown)).toEqual(['view', 'track']);
  });

  it('has the track as the queries name it', () => {
    const queries = readFileSync(
      join(import.meta.dirname, '../../../dashboards/web/src/api/queries.ts'),
      'utf8',
    );
    expect(queries).toContain("queryKey: about(model, 'track')");
  });
});
