import { describe, expect, it } from 'vitest';
import { icHalfLife, recordedHorizons } from '../../../monitoring/ic-half-life.ts';
import type { HorizonIc } from '../../../monitoring/ic-half-life.ts';

/** IC with the sum of h returns, session by session: the fit uses the closed form of the same sum. */
function faded(halfLife: number, horizons: readonly number[], error: number, first = 0.05): HorizonIc[] {
  return horizons.map((sessions) => {
    let sum = 0;
    for (let ahead = 0; ahead < sessions; ahead += 1) sum += first * 0.5 ** (ahead / halfLife);
    const mean = sum / Math.sqrt(sessions);
    return { sessions, mean, interval: [mean - 1.96 * error, mean + 1.96 * error] };
  });
}

const USUAL = [1, 5, 10, 20];

describe('the half-life of the rank IC', () => {
  it.each([2, 6, 15, 40])('of %d sessions is found from the horizons it made', (halfLife) => {
    const found = icHalfLife(faded(halfLife, USUAL, 0.001));
    if (!found.identified) throw new Error(found.reason);
    expect(Math.abs(found.sessions / halfLife - 1)).toBeLessThan(0.02);
    expect(found.interval[0]).toBeLessThanOrEqual(halfLife);
    expect(found.interval[1]).toBeGreaterThanOrEqual(halfLife);
  });

  it('is wider the less precise the ICs are, and not identified when they say nothing', () => {
    const width = (error: number): number => {
      const found = icHalfLife(faded(6, USUAL, error));
      return found.identified ? found.interval[1] - found.interval[0] : Number.POSITIVE_INFINITY;
    };
    expect(width(0.001)).toBeLessThan(width(0.003));
    expect(icHalfLife(faded(6, USUAL, 0.04))).toMatchObject({ identified: false });
    expect(icHalfLife(faded(6, USUAL, 0.3))).toEqual({
      identified: false,
      reason: 'no skill at any horizon that chance does not explain',
    });
  });

  it('is not identified for skill that does not fade, skill the wrong way round, or too few horizons', () => {
    expect(icHalfLife(faded(1e6, USUAL, 0.001))).toMatchObject({ identified: false });
    expect(icHalfLife(faded(6, USUAL, 0.001, -0.05))).toMatchObject({ identified: false });
    expect(icHalfLife(faded(6, [1, 5], 0.001))).toMatchObject({ identified: false });
    const unsure = faded(6, USUAL, 0.001).map((one) => ({ ...one, interval: null }));
    expect(icHalfLife(unsure)).toMatchObject({ identified: false });
    expect(icHalfLife([])).toMatchObject({ identified: false });
  });

  it('leaves out what is no correlation or no horizon', () => {
    const wrong = [0, 1].map((sessions) => ({ sessions, mean: sessions + 1, interval: [0, 1] as const }));
    expect(icHalfLife([...faded(6, USUAL, 0.001), ...wrong])).toEqual(icHalfLife(faded(6, USUAL, 0.001)));
  });

  it('reads the horizons of a recorded report, and none of a report without', () => {
    const horizons = [
      { name: '1', mean: 0.05, sessions: 900, interval: [0.04, 0.06] },
      { name: '5', mean: 0.08, sessions: 900, interval: null },
      { name: 'other', mean: 0.08, sessions: 900, interval: null },
    ];
    const report = { verdicts: [{ gate: 'spa' }, { gate: 'rank-ic', details: { breakdown: { horizons } } }] };
    expect(recordedHorizons(report)).toEqual([
      { sessions: 1, mean: 0.05, interval: [0.04, 0.06] },
      { sessions: 5, mean: 0.08, interval: null },
    ]);
    for (const nothing of [null, {}, { verdicts: 'x' }, { verdicts: [{ gate: 'rank-ic' }] }]) {
      expect(recordedHorizons(nothing)).toEqual([]);
    }
  });
});
