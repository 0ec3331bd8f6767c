import { describe, expect, it } from 'vitest';
import { ShadowSpec } from '../../../contracts/shadow-spec.ts';
import { pairRows } from '../../../evaluation/paired-rows.ts';
import {
  checkShadowBounds,
  paperLoss,
  SHADOW_BOUNDS,
  type ShadowBound,
  type ShadowEvidence,
} from '../../../evaluation/shadow-bounds.ts';
import { measureShadowSession } from '../../../evaluation/shadow-measures.ts';
import { concludeShadow, worstBound, worstOfEach } from '../../../evaluation/shadow-verdict.ts';

const spec = ShadowSpec.parse({});
const LONG_ONLY = { kind: 'long_only_excess' } as const;
const symbols = Array.from({ length: 100 }, (_, row) => `S${String(row).padStart(3, '0')}`);
const rising = Float64Array.from(symbols, (_, row) => row / 100);
const moments = [{ feature: 'reversal_5', mean: 0, standardDeviation: 0.3, missing: 0 }];

const RUN = { failure: null, latencyMs: 2 } as const;
const QUIET: ShadowEvidence = {
  measures: measured(rising, rising),
  challengerRun: RUN,
  championRun: RUN,
  onlineOffline: { session: '2024-02-29', cells: 4000, differing: 0 },
  book: { sessions: 3, turnover: 0.3, sector: { name: 'chips', share: 0.4 }, beta: 1.1 },
  paper: { netReturns: Float64Array.from([0.01, -0.01]), wantedTrades: 40, refusedTrades: 1 },
};

function measured(challenger: Float64Array, champion: Float64Array | null, feature = 0) {
  const side = (predictions: Float64Array) => ({ symbols, predictions, failure: null });
  return measureShadowSession({
    session: '2024-03-01',
    paired: pairRows(side(challenger), champion === null ? null : side(champion)),
    features: new Float32Array(symbols.length).fill(feature),
    moments,
  });
}

const boundsOf = (change: Partial<ShadowEvidence>, limits = spec): ShadowBound[] =>
  checkShadowBounds({ ...QUIET, ...change }, limits, LONG_ONLY);
const verdictOf = (change: Partial<ShadowEvidence>) => worstBound(boundsOf(change));
const without = (rows: number): Float64Array => rising.map((value, row) => (row < rows ? Number.NaN : value));

describe('the bounds of a shadow', () => {
  it('are all there, in one order, and none is crossed by a quiet session', () => {
    expect(boundsOf({}).map(({ bound }) => bound)).toEqual([...SHADOW_BOUNDS]);
    expect(verdictOf({})).toEqual({ verdict: 'pass', reason: 'no bound was crossed' });
  });

  // One planted fault each: the bound of that name fails, and no other.
  const faults: readonly (readonly [string, Partial<ShadowEvidence>])[] = [
    ['errors', { challengerRun: { failure: 'the file is torn', latencyMs: null } }],
    [
      'missing',
      { measures: { ...QUIET.measures, challenger: { ...QUIET.measures.challenger, missing: 0.02 } } },
    ],
    [
      'constant',
      { measures: { ...QUIET.measures, challenger: { ...QUIET.measures.challenger, constant: true } } },
    ],
    ['latency', { challengerRun: { failure: null, latencyMs: 51 } }],
    ['feature-skew', { measures: measured(rising, rising, 3) }],
    ['online-offline', { onlineOffline: { session: '2024-02-29', cells: 4000, differing: 5 } }],
    [
      'rank-agreement',
      {
        measures: measured(
          rising.map((value) => -value),
          rising,
        ),
      },
    ],
    ['turnover', { book: { ...QUIET.book, turnover: 0.71 } }],
    ['sector', { book: { ...QUIET.book, sector: { name: 'chips', share: 0.61 } } }],
    ['beta', { book: { ...QUIET.book, beta: 1.8 } }],
    ['beta', { book: { ...QUIET.book, beta: 0.2 } }],
    ['refused-trades', { paper: { ...QUIET.paper, wantedTrades: 40, refusedTrades: 9 } }],
    ['drawdown', { paper: { ...QUIET.paper, netReturns: Float64Array.from([0.2, -0.11]) } }],
  ];
  it.each(faults)('%s is crossed alone by its own fault', (name, change) => {
    const crossed = boundsOf(change).filter(({ verdict }) => verdict !== 'pass');
    expect(crossed.map(({ bound, verdict }) => [bound, verdict])).toEqual([[name, 'fail']]);
  });

  it('lose on paper: the loss since the start, and with it the drawdown', () => {
    const netReturns = Float64Array.from([-0.05, -0.06, -0.01]);
    const crossed = boundsOf({ paper: { ...QUIET.paper, netReturns } }).filter(
      ({ verdict }) => verdict === 'fail',
    );
    expect(crossed.map(({ bound }) => bound)).toEqual(['paper-loss', 'drawdown']);
    expect(crossed[0]?.reason).toBe('paper loss 11.59 % over 3 sessions, bound 8.00 %');
  });

  it('say in words what has no distance in deviations, and store no number that is none', () => {
    const skewOf = (measures: Partial<ShadowEvidence['measures']>) => {
      const bounds = boundsOf({ measures: { ...QUIET.measures, ...measures } });
      return bounds.find(({ bound }) => bound === 'feature-skew');
    };
    const unknown = skewOf({ worstSkew: { feature: 'reversal_5', kind: 'unknown-today' } });
    expect(unknown).toMatchObject({ verdict: 'fail', number: null });
    expect(unknown?.reason).toBe('reversal_5 is unknown on every row of the session');
    const moved = skewOf({ worstSkew: { feature: 'reversal_5', kind: 'constant-moved', was: 1, is: 2 } });
    expect(moved).toMatchObject({ verdict: 'fail', number: null });
    expect(moved?.reason).toBe(
      'reversal_5 was 1.000 on every row of training and is 2.000 on average: it has no deviation to measure by',
    );
    const short = skewOf({ neverKnown: ['momentum_250_20'] });
    expect(short).toMatchObject({ verdict: 'pass', number: 0 });
    expect(short?.reason).toContain('not measured, since no row of training knew it: momentum_250_20');
    const nothing = skewOf({ worstSkew: null, neverKnown: ['momentum_250_20'] });
    expect(nothing).toMatchObject({ verdict: 'inconclusive', number: null });
    for (const bound of [unknown, moved, short, nothing]) expect(bound?.reason).not.toContain('Infinity');
  });

  it('judge exactly at their number: what reaches a bound has not crossed it', () => {
    const at = boundsOf({
      challengerRun: { failure: null, latencyMs: spec.maxLatencyMs },
      onlineOffline: { session: '2024-02-29', cells: 1000, differing: 1 },
      book: { sessions: 3, turnover: 0.7, sector: { name: 'chips', share: 0.6 }, beta: 1.75 },
    });
    expect(worstBound(at).verdict).toBe('pass');
  });

  it('blame the challenger for its own missing scores', () => {
    const { verdict, reason } = verdictOf({ measures: measured(without(20), rising) });
    expect(verdict).toBe('fail');
    expect(reason).toContain('the challenger left 0.200 of 100 rows without a score');
  });

  it('say nothing where the champion is what is missing, has failed, or the machine is slow for both', () => {
    const { verdict, reason } = verdictOf({ measures: measured(rising, without(20)) });
    expect(verdict).toBe('inconclusive');
    expect(reason).toContain('S000: the champion gave no finite score');
    const away = { failure: 'it could not be loaded', latencyMs: null };
    expect(verdictOf({ championRun: away }).verdict).toBe('inconclusive');
    const slow = { failure: null, latencyMs: 80 };
    expect(verdictOf({ challengerRun: slow, championRun: slow }).verdict).toBe('inconclusive');
  });

  it('fail a slow challenger without a champion to blame the machine with', () => {
    expect(verdictOf({ challengerRun: { failure: null, latencyMs: 80 }, championRun: null }).verdict).toBe(
      'fail',
    );
  });

  it('take a long-short book for neutral at a beta of 0', () => {
    const betaOf = (beta: number) =>
      checkShadowBounds({ ...QUIET, book: { ...QUIET.book, beta } }, spec, {
        kind: 'long_short_decile',
      }).find(({ bound }) => bound === 'beta')?.verdict;
    expect([betaOf(0.1), betaOf(1)]).toEqual(['pass', 'fail']);
  });

  it('do not take two refused trades of three for a market that cannot be traded', () => {
    expect(verdictOf({ paper: { ...QUIET.paper, wantedTrades: 3, refusedTrades: 2 } }).verdict).toBe('pass');
  });

  it('are in error, never passed, when a paper return is not a number', () => {
    const netReturns = Float64Array.from([0.01, Number.NaN]);
    expect(verdictOf({ paper: { ...QUIET.paper, netReturns } }).verdict).toBe('error');
  });

  it('ask for no agreement before the first champion', () => {
    expect(verdictOf({ measures: measured(rising, null), championRun: null }).verdict).toBe('pass');
  });
});

describe('paper loss', () => {
  it('is the deepest fall below the start, not below a later peak', () => {
    expect(paperLoss(Float64Array.from([0.1, -0.05]))).toBe(0);
    expect(paperLoss(Float64Array.from([-0.1, 0.2]))).toBeCloseTo(0.1, 12);
    expect(paperLoss(new Float64Array(0))).toBe(0);
  });
});

describe('the verdict of a shadow', () => {
  const pass = boundsOf({});
  const fail = boundsOf({ book: { ...QUIET.book, turnover: 0.9 } });
  const unpaired = boundsOf({ measures: measured(rising, without(20)) });
  const week = (last: ShadowBound[]) => [...Array.from({ length: 6 }, () => pass), last];

  it('passes after all sessions were measured', () => {
    expect(concludeShadow(week(pass), spec).verdict).toBe('pass');
  });

  it('fails when one session did, however many passed', () => {
    expect(concludeShadow([fail], spec).verdict).toBe('fail');
    expect(concludeShadow(week(fail), spec).verdict).toBe('fail');
  });

  it('is inconclusive when a session is missing or could not be paired', () => {
    expect(concludeShadow(week(pass).slice(1), spec)).toMatchObject({
      verdict: 'inconclusive',
      reason: '6 of 7 sessions measured: it ended early',
    });
    expect(concludeShadow(week(unpaired), spec).verdict).toBe('inconclusive');
    expect(concludeShadow([], spec).verdict).toBe('inconclusive');
  });

  it('shows each bound where it came out worst, by its own direction', () => {
    const near = boundsOf({ book: { ...QUIET.book, turnover: 0.65 } });
    const apart = boundsOf({ measures: measured(rising.toReversed(), rising) });
    const shown = worstOfEach([
      { session: '2024-03-01', bounds: pass },
      { session: '2024-03-04', bounds: near },
      { session: '2024-03-05', bounds: apart },
    ]);
    expect(shown.map(({ bound }) => bound)).toEqual([...SHADOW_BOUNDS]);
    const sessionOf = (name: string) => shown.find(({ bound }) => bound === name)?.session;
    expect([sessionOf('turnover'), sessionOf('rank-agreement')]).toEqual(['2024-03-04', '2024-03-05']);
  });
});
