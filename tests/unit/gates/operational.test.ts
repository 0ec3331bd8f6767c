import { describe, expect, it } from 'vitest';
import { GatesSpec } from '../../../contracts/spec.ts';
import type { GateVerdict, Verdict } from '../../../contracts/verdict.ts';
import { guarded, measured, overallVerdict, unmeasured } from '../../../gates/gate-verdict.ts';
import {
  FINAL_FIT_MIN_RANK_CORRELATION,
  judgeCoverage,
  judgeFinalFit,
  judgeLatency,
  judgeLeak,
  judgeOperations,
  judgeParity,
} from '../../../gates/operational.ts';
import { count, figure, percent } from '../../../gates/wording.ts';

const gates = GatesSpec.parse({});

describe('operational gates', () => {
  it('hold the bound itself as a pass', () => {
    expect(judgeCoverage({ memberRows: 10, coveredShare: 0.9 }, gates).verdict).toBe('pass');
    expect(judgeCoverage({ memberRows: 10, coveredShare: 0.8999 }, gates).verdict).toBe('fail');
    expect(judgeLatency({ samples: 9, p99Ms: 50 }, gates).verdict).toBe('pass');
    expect(judgeLatency({ samples: 9, p99Ms: 50.001 }, gates).verdict).toBe('fail');
    expect(judgeFinalFit({ rankCorrelation: FINAL_FIT_MIN_RANK_CORRELATION }).verdict).toBe('pass');
    expect(judgeFinalFit({ rankCorrelation: 0.1999 }).verdict).toBe('fail');
    expect(judgeParity({ rows: 100, mismatches: 0 }).verdict).toBe('pass');
    expect(judgeParity({ rows: 100_000, mismatches: 1 }).verdict).toBe('fail');
    expect(judgeParity({ rows: 10, mismatches: 1 }).verdict).toBe('fail');
    expect(judgeLeak({ checkedRows: 1, leaks: 0 }).verdict).toBe('pass');
  });

  it('are inconclusive over nothing', () => {
    const none = [
      judgeCoverage({ memberRows: 0, coveredShare: 1 }, gates),
      judgeLatency({ samples: 0, p99Ms: 1 }, gates),
      judgeParity({ rows: 99, mismatches: 0 }),
      judgeLeak({ checkedRows: 0, leaks: 0 }),
    ];
    expect(none.map((verdict) => verdict.verdict)).toEqual(Array(4).fill('inconclusive'));
  });

  it('are an error for measurements that cannot be right', () => {
    const broken = [
      judgeCoverage({ memberRows: 10, coveredShare: 1.2 }, gates),
      judgeCoverage({ memberRows: -1, coveredShare: 1 }, gates),
      judgeCoverage({ memberRows: 10, coveredShare: NaN }, gates),
      judgeLatency({ samples: 9, p99Ms: Infinity }, gates),
      judgeLatency({ samples: 9, p99Ms: -1 }, gates),
      judgeParity({ rows: 10, mismatches: 11 }),
      judgeParity({ rows: NaN, mismatches: 0 }),
      judgeLeak({ checkedRows: 10, leaks: 1.5 }),
      judgeFinalFit({ rankCorrelation: NaN }),
      judgeFinalFit({ rankCorrelation: 1.1 }),
    ];
    expect(broken.map((verdict) => verdict.verdict)).toEqual(Array(10).fill('error'));
    expect(broken.every((verdict) => verdict.number === null)).toBe(true);
  });

  it('take over what an earlier step judged, the last word counting, and miss what nobody measured', () => {
    const early = judgeParity({ rows: 500, mismatches: 3 });
    const later = judgeParity({ rows: 500, mismatches: 0 });
    const nothing = {
      ...{ leak: null, coverage: null, parity: null, latency: null, finalFit: null },
      ...{ schema: null, resources: null },
    };
    const verdicts = judgeOperations(nothing, [early, later], gates);
    expect(verdicts.map((verdict) => [verdict.gate, verdict.verdict])).toEqual([
      ['leak', 'error'],
      ['coverage', 'error'],
      ['schema', 'error'],
      ['parity', 'pass'],
      ['latency', 'error'],
      ['resources', 'error'],
      ['final-fit', 'error'],
    ]);
  });
});

describe('verdicts', () => {
  const of = (verdict: Verdict, enforced = true): GateVerdict =>
    verdict === 'pass'
      ? { ...measured({ gate: 'leak', number: 0, threshold: 0, comparison: '==', reason: 'r' }), enforced }
      : { ...unmeasured('leak', verdict, 'r', '==', 0), enforced };

  it('pass together only when each enforced one passes', () => {
    expect(overallVerdict([of('pass'), of('pass')])).toBe('pass');
    expect(overallVerdict([of('pass'), of('inconclusive')])).toBe('inconclusive');
    expect(overallVerdict([of('fail'), of('inconclusive'), of('pass')])).toBe('fail');
    expect(overallVerdict([of('fail'), of('error'), of('inconclusive')])).toBe('error');
    expect(overallVerdict([of('pass'), of('fail', false), of('error', false)])).toBe('pass');
    expect(overallVerdict([])).toBe('error');
    expect(overallVerdict([of('pass', false)])).toBe('error');
  });

  it('are an error, not a comparison, when number or bound is not finite', () => {
    const make = (number: number, threshold: number): Verdict =>
      measured({ gate: 'dsr', number, threshold, comparison: '>=', reason: 'r' }).verdict;
    expect([make(NaN, 0), make(Infinity, 0), make(1, NaN), make(1, -Infinity)]).toEqual(
      Array(4).fill('error'),
    );
    expect(make(1, 1)).toBe('pass');
  });

  it('let defects through instead of judging them', () => {
    expect(() =>
      guarded('dsr', '>=', 0, () => {
        throw new TypeError('a defect');
      }),
    ).toThrow(TypeError);
  });

  it('keep reasons within what a report may hold', () => {
    expect(unmeasured('dsr', 'error', 'x'.repeat(900), '>=', 0).reason).toHaveLength(500);
  });
});

describe('wording', () => {
  it('never rounds a number onto the bound it is held against', () => {
    expect(figure(0.9499, 2, 0.95)).toBe('0.9499');
    expect(figure(0.95, 2, 0.95)).toBe('0.95');
    expect(figure(0.98, 2, 0.95)).toBe('0.98');
    expect(percent(0.8999, 1, 0.9)).toBe('89.99 %');
    expect(figure(0.1 + 1e-15, 2, 0.1)).not.toBe('0.10');
  });

  it('groups thousands', () => {
    expect([0, 999, 1000, 1234567].map(count)).toEqual(['0', '999', '1,000', '1,234,567']);
  });
});
