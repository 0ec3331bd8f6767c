import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { positionTransition } from '../../../evaluation/position-transition.ts';

const symbols = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J'];
const rising = Float64Array.from(symbols, (_, at) => at);
const portfolio = { kind: 'long_only_excess', topFraction: 0.2, turnoverBuffer: 0 } as const;
/** The same before and after. */
const rules = { portfolio, heldUnder: portfolio };

describe('what a swap changes in the book', () => {
  it('is nothing when both rank alike', () => {
    expect(positionTransition({ symbols, challenger: rising, champion: rising, ...rules })).toEqual({
      names: 2,
      kept: 2,
      staying: ['I', 'J'],
      entering: [],
      leaving: [],
      turnover: 0,
    });
  });

  it('is everything when the ranks are turned round', () => {
    const challenger = rising.map((value) => -value);
    expect(positionTransition({ symbols, challenger, champion: rising, ...rules })).toMatchObject({
      entering: ['A', 'B'],
      leaving: ['I', 'J'],
      turnover: 1,
    });
  });

  it('keeps names of the champion within the buffer, as the portfolio would', () => {
    // J falls to the third place of ten: out of the best two, within a buffer that reaches to the sixth.
    const challenger = Float64Array.from([0, 1, 2, 3, 4, 5, 6, 9, 8, 7]);
    const of = (turnoverBuffer: number) =>
      positionTransition({
        ...{ symbols, challenger, champion: rising },
        portfolio: { ...portfolio, turnoverBuffer },
        heldUnder: { ...portfolio, turnoverBuffer },
      });
    expect(of(0)).toMatchObject({ entering: ['H'], leaving: ['J'], turnover: 0.5 });
    expect(of(0.5)).toMatchObject({ entering: [], turnover: 0 });
  });

  it('buys the whole book when there is no champion, and both legs of a long-short one', () => {
    expect(positionTransition({ symbols, challenger: rising, champion: null, ...rules }).turnover).toBe(1);
    const legs = positionTransition({
      ...{ symbols, challenger: rising.map((value) => -value), champion: rising },
      portfolio: { ...portfolio, kind: 'long_short_decile' },
      heldUnder: { ...portfolio, kind: 'long_short_decile' },
    });
    expect(legs).toMatchObject({ names: 4, kept: 0, entering: ['A', 'B', 'I', 'J'] });
  });

  it('holds the champion’s book under its own rules: a wider book is bought, however the rankings agree', () => {
    expect(
      positionTransition({
        ...{ symbols, challenger: rising, champion: rising, heldUnder: portfolio },
        portfolio: { ...portfolio, topFraction: 0.4 },
      }),
    ).toEqual({
      ...{ names: 4, kept: 2, staying: ['I', 'J'], entering: ['G', 'H'], leaving: [], turnover: 0.5 },
    });
  });

  it('refuses predictions of other rows', () => {
    expect(() =>
      positionTransition({ symbols, challenger: new Float64Array(3), champion: null, ...rules }),
    ).toThrow('differ in length');
  });

  it('without a buffer, enters as many names as it leaves while the book keeps its size', () => {
    const scores = fc.uniqueArray(fc.integer({ min: -1000, max: 1000 }), { minLength: 10, maxLength: 10 });
    fc.assert(
      fc.property(scores, scores, (mine, theirs) => {
        const { names, kept, staying, entering, leaving } = positionTransition({
          ...{ symbols, ...rules },
          challenger: Float64Array.from(mine),
          champion: Float64Array.from(theirs),
        });
        expect(entering.length).toBe(leaving.length);
        expect(kept + entering.length).toBe(names);
        expect(staying).toHaveLength(kept);
        expect(staying.filter((name) => entering.includes(name) || leaving.includes(name))).toEqual([]);
      }),
    );
  });
});
