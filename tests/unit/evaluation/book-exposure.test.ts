import { describe, expect, it } from 'vitest';
import { ExposureWatch } from '../../../evaluation/book-exposure.ts';
import { panelAxes } from '../../../evaluation/panel.ts';

const AXES = panelAxes(['2021-01-04', '2021-01-05', '2021-01-06'], ['A', 'B', 'C']);
const SECTORS = new Map([
  ['A', 'chips'],
  ['B', 'chips'],
]);

function watched(...books: readonly (readonly number[])[]): ReturnType<ExposureWatch['exposure']> {
  const watch = new ExposureWatch(AXES, SECTORS);
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

  it('has no sector when no held name has one, and nothing at all when it was empty', () => {
    expect(watched([0, 0, 1]).sector).toBeNull();
    expect(watched([0, 0, 0])).toMatchObject({ sessions: 0, sector: null });
  });
});
