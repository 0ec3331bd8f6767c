import { describe, expect, it } from 'vitest';
import { ExposureWatch } from '../../../evaluation/book-exposure.ts';
import { panelAxes } from '../../../evaluation/panel.ts';

const AXES = panelAxes(['2021-01-04', '2021-01-05', '2021-01-06'], ['A', 'B', 'C']);
/** A and B make chips until B is called a bank on the last session; C is nothing known. */
function sectorOf(symbol: string, session: string): string | null {
  if (symbol === 'B' && session === '2021-01-06') return 'banks';
  return symbol === 'C' ? null : 'chips';
}

function watched(...books: readonly (readonly number[])[]): ReturnType<ExposureWatch['exposure']> {
  const watch = new ExposureWatch(AXES, sectorOf);
  books.forEach((book, row) => {
    watch.watch(AXES.sessions[row] ?? '', Float64Array.from(book));
  });
  return watch.exposure();
}

describe('what a book was most concentrated in', () => {
  it('is the largest share of its gross size, longs and shorts alike', () => {
    expect(watched([0.5, 0.3, -0.2], [0.2, 0.2, -0.6])).toEqual({
      sessions: 2,
      position: { name: 'C', session: '2021-01-05', share: 0.6 },
      sector: { name: 'chips', session: '2021-01-04', share: 0.8 },
      shareWithoutSector: 0.6,
    });
  });

  it('does not count the first names of a book that is being built up, nor the last of one let go', () => {
    const { position, sessions } = watched([0.2, 0, 0], [0.5, 0.5, 0], [0, 0.3, 0]);
    expect(position).toMatchObject({ share: 0.5, session: '2021-01-05' });
    expect(sessions).toBe(3);
  });

  it('adds up by the sector that each name had on the day', () => {
    const halves = [0.5, 0.5, 0];
    expect(watched([0, 0, 1], [0, 0, 1], halves).sector).toEqual({
      name: 'chips',
      session: '2021-01-06',
      share: 0.5,
    });
    expect(watched([0, 0, 1], halves, [0, 0, 1]).sector).toMatchObject({ name: 'chips', share: 1 });
  });

  it('has no sector when no held name has one, and nothing at all when it was empty', () => {
    expect(watched([0, 0, 1]).sector).toBeNull();
    expect(watched([0, 0, 0])).toMatchObject({ sessions: 0, sector: null });
  });
});
