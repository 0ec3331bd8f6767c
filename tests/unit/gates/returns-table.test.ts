import { describe, expect, it } from 'vitest';
import { ReturnsTableInvalid } from '../../../gates/errors.ts';
import { parseReturnsTable } from '../../../gates/returns-table.ts';

describe('reading a table of returns', () => {
  it('reads columns without dates', () => {
    const table = parseReturnsTable('bench,s0\n0.01,-0.02\n1e-3,.5\n');
    expect(table.names).toEqual(['bench', 's0']);
    expect(table.columns.map((column) => [...column])).toEqual([
      [0.01, 0.001],
      [-0.02, 0.5],
    ]);
    expect(table.dates).toBeNull();
  });

  it('takes an ISO date in front as the session, by its name or by its looks', () => {
    for (const name of ['date', 'Session', 'day']) {
      const table = parseReturnsTable(`${name},b\n2024-01-02,0.1\n2024-01-03,0.2`);
      expect(table.names).toEqual(['b']);
      expect(table.dates).toEqual(['2024-01-02', '2024-01-03']);
    }
  });

  it('accepts a byte order mark, Windows line ends, quotes, spaces and blank lines at the end', () => {
    const table = parseReturnsTable('\uFEFF"b", "s" \r\n 0.1 , "-0.2"\r\n\r\n\r\n');
    expect(table.names).toEqual(['b', 's']);
    expect(table.columns[1]?.[0]).toBe(-0.2);
  });

  it('reads quoted cells with commas and quotes inside, as spreadsheets write them', () => {
    const table = parseReturnsTable('"bench, TWD","the ""new"" one"\n"0.01","-0.02"\n.5,"1e-3"\n');
    expect(table.names).toEqual(['bench, TWD', 'the "new" one']);
    expect(table.columns.map((column) => [...column])).toEqual([
      [0.01, 0.5],
      [-0.02, 0.001],
    ]);
  });

  it('takes an index of dates without a name, and columns that are numbered', () => {
    const table = parseReturnsTable(',0,1\n2024-01-02,0.1,0.2\n2024-01-03,0.3,0.4\n');
    expect(table.names).toEqual(['0', '1']);
    expect(table.dates).toEqual(['2024-01-02', '2024-01-03']);
  });

  const refused: readonly [string, string, RegExp][] = [
    ['an empty file', '', /row 1: the file is empty|row 1: column 1 has no name/u],
    ['no rows', 'a,b\n', /row 2: there is no row/u],
    ['numbers instead of names', '0.1,0.2\n0.3,0.4', /row 1: column 1 is named 0.1/u],
    ['a quote that is never closed', 'a,b\n1,"2\n', /row 2: cell 2 has a quote/u],
    ['text after a quoted cell', 'a,b\n"1"x,2\n', /row 2: cell 1 has a quote/u],
    ['the same number over two columns', '0,0\n1,2', /row 1: the name 0 stands over columns 1 and 2/u],
    ['a first column without a name', ',b\n1,2', /row 1: column 1 has no name/u],
    ['a column without a name', 'a,,c\n1,2,3', /row 1: column 2 has no name/u],
    ['a repeated name', 'a,b,a\n1,2,3', /row 1: the name a stands over columns 1 and 3/u],
    ['a ragged row', 'a,b\n1,2\n3\n', /row 3: 1 cells under 2 names/u],
    ['too many cells', 'a,b\n1,2,3\n', /row 2: 3 cells under 2 names/u],
    ['a blank line in the middle', 'a,b\n1,2\n\n3,4\n', /row 3/u],
    ['text', 'a,b\n1,2\n3,n/a\n', /row 3: column b holds "n\/a"/u],
    ['an empty cell', 'a,b\n1,\n', /row 2: column b holds an empty cell/u],
    ['NaN', 'a,b\n1,NaN\n', /row 2: column b holds "NaN"/u],
    ['an infinity', 'a,b\nInfinity,1\n', /row 2: column a holds "Infinity"/u],
    ['a number too large', 'a,b\n1,1e999\n', /row 2: column b holds "1e999"/u],
    ['a hexadecimal number', 'a,b\n1,0x10\n', /row 2: column b/u],
    [
      'dates that go back',
      'date,b\n2024-01-03,1\n2024-01-02,1\n',
      /row 3: column date goes back from 2024-01-03/u,
    ],
    [
      'a repeated date',
      'date,b\n2024-01-03,1\n2024-01-03,1\n',
      /row 3: column date repeats the date 2024-01-03/u,
    ],
    ['a day that does not exist', 'date,b\n2023-02-30,1\n', /row 2: column date holds "2023-02-30"/u],
    ['a date written otherwise', 'date,b\n3.1.2024,1\n', /row 2: column date holds "3.1.2024"/u],
    ['a date with slashes', 'when,b\n2024/01/03,1\n', /row 2: column when holds "2024\/01\/03"/u],
    ['dates and nothing else', 'date\n2024-01-03\n', /row 1: there is no column of returns/u],
  ];
  for (const [what, text, message] of refused) {
    it(`refuses ${what}, naming the place`, () => {
      expect(() => parseReturnsTable(text)).toThrow(ReturnsTableInvalid);
      expect(() => parseReturnsTable(text)).toThrow(message);
    });
  }
});
