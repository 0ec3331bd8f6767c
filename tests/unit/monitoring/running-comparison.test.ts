import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../market/random.ts';
import { readComparison } from '../../../monitoring/comparison/comparison-reading.ts';
import { comparisonSettings } from '../../../monitoring/comparison/comparison-settings.ts';
import {
  beginComparison,
  beginReign,
  type ComparisonState,
  lastSession,
  observePairs,
  opponentState,
} from '../../../monitoring/comparison/running-comparison.ts';
import { ComparisonInvalid } from '../../../monitoring/errors.ts';
import { maximumDrawdown } from '../../../stats/drawdown.ts';

const label = { kind: 'forward_return_rank', horizonSessions: 5, entryDelaySessions: 1 } as const;
const settings = comparisonSettings({ label }, 250);
const session = (day: number): string => String(10_000 + day);

function observed(state: ComparisonState, from: number, mine: readonly number[], other: readonly number[]) {
  return observePairs(
    state,
    mine.map((value, row) => ({
      opponent: 'previous',
      measure: 'returns',
      session: session(from + row),
      mine: value,
      other: other[row] ?? 0,
    })),
  );
}

const random = new RandomStream(11, 3);
const noise = (length: number, mean: number): number[] =>
  Array.from({ length }, () => mean + 0.006 * random.normal());

const previousOf = (state: ComparisonState) => {
  const reading = readComparison(state).opponents[0];
  if (reading === undefined) throw new Error('there is an opponent');
  return reading;
};

describe('the running comparison', () => {
  it('never calls anything better in a shadow, and does so in the reign on the same evidence', () => {
    const other = noise(400, 0);
    const mine = other.map((value) => value + 0.004 + 0.001 * random.normal());
    const shadow = observed(beginComparison(settings, ['previous']), 0, mine, other);
    expect(previousOf(shadow)).toMatchObject({ claim: 'open', reason: 'a shadow calls nothing better' });
    expect(previousOf(beginReign(shadow)).claim).toBe('better');
  });

  it('says by which measure and how surely a version is worse', () => {
    const other = noise(200, 0);
    const mine = other.map((value) => value - 0.004 + 0.004 * random.normal());
    const reading = previousOf(beginReign(observed(beginComparison(settings, ['previous']), 0, mine, other)));
    expect(reading.claim).toBe('worse');
    expect(reading.reason).toMatch(
      /^worse than previous by net returns: e-value .+ over 200 sessions, bound 100$/u,
    );
    expect(reading.returns.perSession?.upper).toBeLessThan(0);
    expect(reading.returns.annualised?.estimate).toBeLessThan(-5);
  });

  it('gives the same state one session at a time, all at once, and out of JSON', () => {
    const mine = noise(40, 0);
    const other = noise(40, 0);
    const begun = beginComparison(settings, ['previous', 'universe']);
    const whole = observed(begun, 0, mine, other);
    let stepwise = begun;
    mine.forEach((value, day) => {
      const stored = JSON.parse(JSON.stringify(stepwise)) as ComparisonState;
      stepwise = observed(stored, day, [value], [other[day] ?? 0]);
    });
    expect(stepwise).toEqual(whole);
    expect(lastSession(whole, 'previous', 'returns')).toBe(session(39));
    expect(lastSession(whole, 'universe', 'returns')).toBeNull();
  });

  it('stays of one size over a reign of years', () => {
    const short = observed(beginComparison(settings, ['previous']), 0, noise(30, 0), noise(30, 0));
    const long = observed(short, 30, noise(2000, 0), noise(2000, 0));
    expect(JSON.stringify(long).length).toBeLessThan(1.3 * JSON.stringify(short).length);
  });

  it('counts drawdowns from the swap, as those of the whole series', () => {
    const mine = noise(60, -0.001);
    const other = noise(60, 0);
    const shadow = observed(beginComparison(settings, ['previous']), 0, noise(7, -0.01), noise(7, 0));
    const { mine: track, other: theirs } = opponentState(
      observed(beginReign(shadow), 7, mine, other),
      'previous',
    );
    expect(track.maximum).toBeCloseTo(maximumDrawdown(mine).maximum, 14);
    expect(theirs.maximum).toBeCloseTo(maximumDrawdown(other).maximum, 14);
  });

  it('sees nothing between versions that are the same', () => {
    const mine = noise(300, 0.001);
    const reading = previousOf(observed(beginComparison(settings, ['previous']), 0, mine, mine));
    expect(reading.claim).toBe('open');
    expect(reading.returns.eWorse).toBeCloseTo(1, 12);
    expect(reading.returns.eBetter).toBeCloseTo(1, 12);
  });

  it('refuses a session twice, one out of order, values that are none, and unknown opponents, by name', () => {
    const state = observed(beginComparison(settings, ['previous']), 5, [0.01], [0]);
    expect(() => observed(state, 5, [0.01], [0])).toThrow(/sessions up to 10005 were taken before/u);
    expect(() => observed(state, 4, [0.01], [0])).toThrow(ComparisonInvalid);
    expect(() => observed(state, 6, [Number.NaN], [0])).toThrow(/returns against previous on 10006: NaN/u);
    expect(() => lastSession(state, 'frozen', 'ic')).toThrow(/no opponent frozen/u);
    expect(() => beginComparison(settings, ['previous', 'previous'])).toThrow(/appears twice/u);
    expect(() => comparisonSettings({ label }, 250, { falseRollbackRate: 0.5 })).toThrow(
      /falseRollbackRate is 0.5/u,
    );
    expect(() => comparisonSettings({ label }, 250, { margin: -1 })).toThrow(/margin is -1/u);
  });

  it('tolerates what lies within the margin', () => {
    const other = noise(250, 0);
    const mine = other.map((value) => value - 0.001 + 0.004 * random.normal());
    const wide = comparisonSettings({ label }, 250, { margin: 8 });
    const strict = previousOf(observed(beginComparison(settings, ['previous']), 0, mine, other));
    const tolerant = previousOf(observed(beginComparison(wide, ['previous']), 0, mine, other));
    expect(strict.returns.eWorse).toBeGreaterThan(10);
    expect(tolerant.returns.eWorse).toBeLessThan(1.5);
  });
});
