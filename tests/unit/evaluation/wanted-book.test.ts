import { describe, expect, it } from 'vitest';
import { FULLY_TRADABLE, panelAxes } from '../../../evaluation/panel.ts';
import { bookBeta, universeBetas } from '../../../evaluation/universe-beta.ts';
import { bookSoFar, wantedBook } from '../../../evaluation/wanted-book.ts';
import { Philox } from '../../../stats/philox.ts';

const symbols = Array.from({ length: 20 }, (_, at) => `S${String(at).padStart(2, '0')}`);
const rising = Float64Array.from(symbols, (_, at) => at);
const portfolio = { kind: 'long_only_excess', topFraction: 0.2, turnoverBuffer: 0 } as const;
const ground = {
  sectorOf: (symbol: string) => (symbol > 'S17' ? 'chips' : symbol > 'S16' ? 'ships' : null),
  betas: new Map(symbols.map((symbol, at) => [symbol, at / 10])),
};
const base = { session: '2024-03-01', symbols, predictions: rising, before: rising, portfolio, ...ground };

describe('the book that scores want', () => {
  it('holds the best names, in their sectors, with their mean beta', () => {
    expect(wantedBook(base)).toEqual({
      names: 4,
      turnover: 0,
      sectors: { chips: 0.5, ships: 0.25 },
      beta: (1.6 + 1.7 + 1.8 + 1.9) / 4,
    });
  });

  it('turns over by the share of names that were not wanted before', () => {
    const before = rising.map((value) => -value);
    expect(wantedBook({ ...base, before }).turnover).toBe(1);
    expect(wantedBook({ ...base, before: null }).turnover).toBeNull();
    // Without its best four, the four after them were wanted: the buffer of the portfolio keeps those within reach.
    const shifted = rising.map((value, at) => (at >= 16 ? value - 100 : value));
    const buffered = { ...portfolio, turnoverBuffer: 0.25 };
    expect(wantedBook({ ...base, before: shifted, portfolio: buffered }).turnover).toBe(0);
  });

  it('without memory renews 0.72 of a decile with the default buffer, as the bound of the spec says', () => {
    const many = Array.from({ length: 300 }, (_, at) => `N${String(at).padStart(3, '0')}`);
    const random = new Philox(11, 0);
    const scores = () => Float64Array.from(many, () => random.nextUniform());
    const rules = { kind: 'long_only_excess', topFraction: 0.1, turnoverBuffer: 0.2 } as const;
    const books = Array.from({ length: 60 }, () =>
      wantedBook({ ...base, symbols: many, predictions: scores(), before: scores(), portfolio: rules }),
    );
    expect(bookSoFar(books).turnover).toBeCloseTo(0.72, 1);
  });

  it('is short what ranks last, and neutral when both legs move alike', () => {
    const both = { ...portfolio, kind: 'long_short_decile' } as const;
    const { names, beta } = wantedBook({ ...base, portfolio: both });
    expect(names).toBe(8);
    expect(beta).toBeCloseTo((1.6 + 1.7 + 1.8 + 1.9) / 4 - (0 + 0.1 + 0.2 + 0.3) / 4, 12);
  });

  it('is averaged over sessions, sector by sector', () => {
    const one = { names: 4, turnover: null, sectors: { chips: 1 }, beta: 1 };
    const other = { names: 4, turnover: 0.5, sectors: { ships: 0.8 }, beta: null };
    expect(bookSoFar([one, other])).toEqual({
      sessions: 2,
      turnover: 0.5,
      sector: { name: 'chips', share: 0.5 },
      beta: 1,
    });
    expect(bookSoFar([]).sector).toBeNull();
  });
});

describe('betas to the universe', () => {
  const sessions = Array.from({ length: 60 }, (_, at) => `s${String(at).padStart(2, '0')}`);
  const axes = panelAxes(sessions, ['flat', 'twice', 'young']);
  const factor = sessions.map((_, at) => Math.sin(at) / 50);
  // The mean of 0.5 f and 1.5 f is f itself: betas are known by construction.
  const ret = Float64Array.from(
    sessions.flatMap((_, at) => [
      0.5 * (factor[at] ?? 0) + 0.001,
      1.5 * (factor[at] ?? 0) - 0.001,
      Number.NaN,
    ]),
  );
  const returns = { axes, ret, tradable: new Uint8Array(ret.length).fill(FULLY_TRADABLE) };

  it('are the slopes on the equally weighted mean; a name without enough returns has none', () => {
    const betas = universeBetas(returns);
    expect(betas.get('flat')).toBeCloseTo(0.5, 10);
    expect(betas.get('twice')).toBeCloseTo(1.5, 10);
    expect(betas.has('young')).toBe(false);
  });

  it('of a book are unknown when most of a leg is', () => {
    const betas = universeBetas(returns);
    expect(bookBeta(axes.symbols, Float64Array.from([1, 0, 1]), betas)).toBeCloseTo(0.5, 10);
    expect(bookBeta(axes.symbols, Float64Array.from([0, 0, 1]), betas)).toBeNull();
    expect(bookBeta(axes.symbols, Float64Array.from([1, -1, 0]), betas)).toBeCloseTo(-1, 10);
    expect(bookBeta(axes.symbols, new Float64Array(3), betas)).toBeNull();
  });
});
