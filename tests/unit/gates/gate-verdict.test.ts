import { describe, expect, it } from 'vitest';
import type { GateVerdict, Verdict } from '../../../contracts/verdict.ts';
import { broken, guarded, holds, measured, overallVerdict, unmeasured } from '../../../gates/gate-verdict.ts';
import type { Comparison } from '../../../gates/gate-verdict.ts';
import { ConstantSeries, SampleTooShort } from '../../../stats/errors.ts';

/** Whether a number below, at and above a bound holds it. */
const TABLE: readonly [Comparison, readonly [boolean, boolean, boolean]][] = [
  ['>=', [false, true, true]],
  ['<=', [true, true, false]],
  ['>', [false, false, true]],
  ['<', [true, false, false]],
  ['==', [false, true, false]],
];
/** The nearest doubles count: a verdict is given on the number itself, not on what is shown of it. */
const BESIDE: readonly [number, readonly [number, number, number]][] = [
  [0.95, [0.9499999999999999, 0.95, 0.9500000000000001]],
  [0, [-Number.MIN_VALUE, 0, Number.MIN_VALUE]],
  [-0.5, [-0.5000000000000001, -0.5, -0.49999999999999994]],
];

describe('a number beside its bound', () => {
  it.each(TABLE)('%s holds below, at and above as the sign says', (comparison, expected) => {
    for (const [bound, numbers] of BESIDE) {
      expect(numbers.map((number) => holds(number, comparison, bound))).toEqual(expected);
      const verdicts = numbers.map(
        (number) => measured({ gate: 'dsr', number, threshold: bound, comparison, reason: 'r' }).verdict,
      );
      expect(verdicts).toEqual(expected.map((passes) => (passes ? 'pass' : 'fail')));
    }
  });

  it('takes minus zero for zero', () => {
    expect(holds(-0, '==', 0)).toBe(true);
    expect(holds(-0, '>=', 0)).toBe(true);
    expect(holds(0, '>', -0)).toBe(false);
  });
});

describe('a verdict', () => {
  it('keeps all it was given, and is enforced until a mode says otherwise', () => {
    const given = { gate: 'pbo', number: 0.2, threshold: 0.5, comparison: '<=', reason: 'why' } as const;
    expect(measured({ ...given, details: { splits: 16 } })).toEqual({
      ...given,
      verdict: 'pass',
      enforced: true,
      details: { splits: 16 },
    });
    expect(measured(given).details).toEqual({});
  });

  it('of a number that is none has no number, keeps the bound, and says what was measured', () => {
    for (const number of [Number.NaN, Infinity, -Infinity]) {
      expect(measured({ gate: 'pbo', number, threshold: 0.5, comparison: '<=', reason: 'why' })).toEqual({
        ...{ gate: 'pbo', verdict: 'error', number: null, threshold: 0.5, comparison: '<=' },
        ...{ enforced: true, reason: `the measurement is ${String(number)}: why`, details: {} },
      });
    }
  });

  it('of a bound that is none has neither, and says so', () => {
    for (const threshold of [Number.NaN, Infinity, -Infinity]) {
      expect(measured({ gate: 'pbo', number: 0.2, threshold, comparison: '<=', reason: 'why' })).toEqual({
        ...{ gate: 'pbo', verdict: 'error', number: null, threshold: null, comparison: '<=' },
        ...{ enforced: true, reason: `the bound is ${String(threshold)}: why`, details: {} },
      });
    }
  });

  it('without a number keeps a bound that is one, zero among them', () => {
    const bounds = [0, 0.5, null, Number.NaN, Infinity].map(
      (bound) => unmeasured('dsr', 'inconclusive', 'r', '>=', bound).threshold,
    );
    expect(bounds).toEqual([0, 0.5, null, null, null]);
    expect(unmeasured('dsr', 'inconclusive', 'r', '>=', 0.5)).toEqual({
      ...{ gate: 'dsr', verdict: 'inconclusive', number: null, threshold: 0.5, comparison: '>=' },
      ...{ enforced: true, reason: 'r', details: {} },
    });
  });

  it('of a measurement that no real quantity can have is an error that names it', () => {
    expect(broken('coverage', 'a share of 1.2', '>=', 0.9)).toMatchObject({
      ...{ gate: 'coverage', verdict: 'error', number: null, threshold: 0.9, comparison: '>=' },
      reason: 'a share of 1.2 cannot be right: the measurement is broken',
    });
  });

  it('keeps a reason of 500 characters whole, and says where a longer one was cut', () => {
    const reason = (length: number): string => unmeasured('dsr', 'error', 'x'.repeat(length), '>=', 0).reason;
    expect(reason(500)).toBe('x'.repeat(500));
    expect(reason(501)).toBe(`${'x'.repeat(499)}…`);
    const long = { gate: 'dsr', number: 1, threshold: 0, comparison: '>=', reason: 'y'.repeat(501) } as const;
    expect(measured(long).reason).toBe(`${'y'.repeat(499)}…`);
  });
});

describe('a gate that refuses to measure', () => {
  const run = (error: Error): GateVerdict =>
    guarded('dsr', '>=', 0.95, () => {
      throw error;
    });

  it('is inconclusive for too small a sample and an error for anything else that is ours', () => {
    expect(run(new SampleTooShort('19 sessions, 60 are needed'))).toMatchObject({
      ...{ gate: 'dsr', verdict: 'inconclusive', comparison: '>=', threshold: 0.95 },
      reason: '19 sessions, 60 are needed',
    });
    expect(run(new ConstantSeries('the series is constant'))).toMatchObject({
      ...{ gate: 'dsr', verdict: 'error', comparison: '>=', threshold: 0.95 },
      reason: 'the series is constant',
    });
  });

  it('throws a defect on, and gives a verdict back as it is', () => {
    expect(() => run(new RangeError('a defect'))).toThrow(RangeError);
    const passes = measured({ gate: 'dsr', number: 1, threshold: 0.95, comparison: '>=', reason: 'r' });
    expect(guarded('dsr', '>=', 0.95, () => passes)).toBe(passes);
  });
});

describe('one verdict for all', () => {
  const VERDICTS: readonly Verdict[] = ['pass', 'fail', 'inconclusive', 'error'];
  const states = VERDICTS.flatMap((verdict) => [true, false].map((enforced) => ({ verdict, enforced })));
  const gateOf = ({ verdict, enforced }: (typeof states)[number]): GateVerdict => ({
    ...unmeasured('dsr', 'error', 'r', '>=', 0),
    ...{ verdict, enforced },
  });
  /** By rank rather than by search: the worst of what counts. */
  const RANK: Record<Verdict, number> = { pass: 0, inconclusive: 1, fail: 2, error: 3 };
  const worst = (all: typeof states): Verdict => {
    const counted = all.filter(({ enforced }) => enforced);
    if (counted.length === 0) return 'error';
    const rank = Math.max(...counted.map(({ verdict }) => RANK[verdict]));
    return VERDICTS.find((verdict) => RANK[verdict] === rank) ?? 'error';
  };

  it('is the worst enforced one, for every combination of three gates', () => {
    for (const one of states) {
      expect(overallVerdict([gateOf(one)])).toBe(worst([one]));
      for (const two of states) {
        for (const three of states) {
          const all = [one, two, three];
          expect(overallVerdict(all.map(gateOf)), JSON.stringify(all)).toBe(worst(all));
        }
      }
    }
  });

  it('is an error where nothing was judged', () => {
    expect(overallVerdict([])).toBe('error');
  });
});
