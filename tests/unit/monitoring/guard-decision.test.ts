import { describe, expect, it } from 'vitest';
import { comparisonSettings } from '../../../monitoring/comparison/comparison-settings.ts';
import {
  decideGuard,
  type GuardDecisionInput,
  guardReference,
} from '../../../monitoring/comparison/guard-decision.ts';
import {
  beginComparison,
  beginReign,
  observePairs,
} from '../../../monitoring/comparison/running-comparison.ts';
import { ComparisonInvalid } from '../../../monitoring/errors.ts';

const label = { kind: 'forward_return_rank', horizonSessions: 5, entryDelaySessions: 1 } as const;
const settings = comparisonSettings({ label }, 250);
const ROWS = 60;
const scores = Float64Array.from({ length: ROWS }, (_, row) => Math.sin(7 * row) + 0.3 * Math.cos(3 * row));
const similar = scores.map((value, row) => value + 0.4 * Math.sin(11 * row));
const constant = new Float64Array(ROWS).fill(0.1);
const missing = new Float64Array(ROWS).fill(Number.NaN);

/** A reign in which the champion's net returns are the previous one's plus `extra(day)` and a ripple. */
function reign(days: number, extra: (day: number) => number) {
  const observations = Array.from({ length: days }, (_, day) => {
    const other = 0.005 * Math.sin(5 * day);
    return {
      opponent: 'previous',
      measure: 'returns',
      session: String(10_000 + day),
      mine: other + extra(day) + 0.002 * Math.sin(13 * day + 1),
      other,
    } as const;
  });
  const shadow = observePairs(beginComparison(settings, ['previous']), observations.slice(0, 7));
  return observePairs(beginReign(shadow), observations.slice(7));
}

const base: GuardDecisionInput = {
  serving: null,
  state: reign(60, () => 0),
  predictions: scores,
  previousPredictions: similar,
  reference: guardReference([{ mine: scores, other: similar }]),
  maxDrawdownTolerance: 0.02,
  minRankAgreement: -0.5,
};

describe('the decision of the guard', () => {
  it('lets a champion reign that does as the previous one does, and says what was looked at', () => {
    const decision = decideGuard(base);
    expect(decision).toMatchObject({ action: 'none', verdict: 'pass', cause: 'none' });
    expect(decision.findings.map(({ check }) => check)).toEqual([
      'predictions',
      'agreement',
      'evidence-returns',
      'evidence-ic',
      'drawdown',
      'fall',
    ]);
  });

  it.each([
    ['constant', constant, 'predictions', /the same score/u],
    ['missing', missing, 'predictions', /have no score/u],
    ['collapsed in spread', scores.map((value) => 1e-4 * value), 'predictions', /scores spread over/u],
    ['three values', scores.map((value, row) => (row < 57 ? 0 : value)), 'predictions', /ranks spread over/u],
    ['of the other sign', scores.map((value) => -value), 'agreement', /^rank agreement -0\.9/u],
  ])('rolls back on predictions that are %s, on the first session', (_, predictions, cause, reason) => {
    const decision = decideGuard({ ...base, predictions });
    expect(decision).toMatchObject({ action: 'rollback', verdict: 'fail', cause });
    expect(decision.reason).toMatch(reason);
  });

  it('rolls back on evidence that the champion is worse, with the e-value and its bound', () => {
    const decision = decideGuard({ ...base, state: reign(120, () => -0.003), maxDrawdownTolerance: 1 });
    expect(decision).toMatchObject({ action: 'rollback', cause: 'evidence' });
    expect(decision.threshold).toBeCloseTo(100, 9);
    expect(decision.number).toBeGreaterThanOrEqual(100);
  });

  it('rolls back on a drawdown beyond the tolerance only once it is no luck', () => {
    const shallow = reign(14, () => -0.003);
    const deep = reign(30, () => -0.003);
    const drawdown = (state: typeof shallow) =>
      decideGuard({ ...base, state }).findings.find(({ check }) => check === 'drawdown');
    expect(drawdown(shallow)).toMatchObject({ verdict: 'pass' });
    expect(drawdown(shallow)?.number).toBeGreaterThan(0.015);
    expect(drawdown(deep)).toMatchObject({ verdict: 'fail', cause: 'drawdown', threshold: 0.02 });
  });

  it('rolls back on a crash of one session that no noise explains', () => {
    const decision = decideGuard({ ...base, state: reign(20, (day) => (day === 19 ? -0.2 : 0)) });
    expect(decision).toMatchObject({ action: 'rollback', cause: 'drawdown' });
    expect(decision.reason).toMatch(/beyond noise/u);
  });

  it('holds when there is nothing to go back to, or the previous champion is broken as well', () => {
    const first = {
      ...base,
      state: beginReign(beginComparison(settings, ['universe'])),
      previousPredictions: null,
    };
    expect(decideGuard(first)).toMatchObject({ action: 'none' });
    expect(decideGuard({ ...first, predictions: constant })).toMatchObject({
      action: 'hold',
      verdict: 'fail',
    });
    expect(decideGuard({ ...base, predictions: constant, previousPredictions: missing })).toMatchObject({
      action: 'hold',
      verdict: 'inconclusive',
    });
    expect(decideGuard({ ...base, previousPredictions: missing })).toMatchObject({
      action: 'hold',
      cause: 'agreement',
      verdict: 'inconclusive',
    });
    const worse = reign(120, () => -0.003);
    expect(decideGuard({ ...base, state: worse, previousPredictions: constant }).action).toBe('hold');
  });

  it('holds on an empty universe and refuses predictions of other rows', () => {
    const empty = new Float64Array(0);
    expect(decideGuard({ ...base, predictions: empty, previousPredictions: empty })).toMatchObject({
      action: 'hold',
      verdict: 'inconclusive',
    });
    expect(() => decideGuard({ ...base, previousPredictions: scores.slice(1) })).toThrow(ComparisonInvalid);
  });

  it('does not mistake a weak agreement that wanders for one that has turned', () => {
    const unlike = scores.map((_, row) => Math.sin(17 * row + 2));
    const reference = { ...base.reference, rankAgreement: 0.1 };
    const decision = decideGuard({ ...base, previousPredictions: unlike, reference });
    expect(decision.findings[1]).toMatchObject({ check: 'agreement', verdict: 'pass' });
  });
});

describe('a champion that does not answer as it was packaged', () => {
  const broken = { verdict: 'fail', number: 3, reason: '3 of 5000 rows differ' } as const;

  it('is taken back, whatever its scores look like', () => {
    expect(decideGuard({ ...base, serving: broken })).toMatchObject({
      ...{ action: 'rollback', cause: 'serving', number: 3, threshold: 0 },
      reason: '3 of 5000 rows differ',
    });
  });

  it('is held when the previous champion does not answer either, or its parity could not be checked', () => {
    expect(decideGuard({ ...base, serving: broken, previousPredictions: missing }).action).toBe('hold');
    const unknown = { verdict: 'inconclusive', number: null, reason: 'no parity file' } as const;
    expect(decideGuard({ ...base, serving: unknown })).toMatchObject({
      action: 'hold',
      verdict: 'inconclusive',
    });
  });
});
