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
  judgeResources,
  judgeSchema,
  OPERATIONAL_GATES,
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

  it('say on which side of the bound the number lies, and how much was looked at', () => {
    const told: readonly [GateVerdict, Verdict, string, GateVerdict['details']][] = [
      [
        judgeLeak({ checkedRows: 10, leaks: 0 }),
        ...(['pass', 'no value from the future in 10 recomputed rows', { checkedRows: 10 }] as const),
      ],
      [
        judgeLeak({ checkedRows: 3, leaks: 3 }),
        ...(['fail', '3 rows with values from the future in 3 recomputed rows', { checkedRows: 3 }] as const),
      ],
      [
        judgeCoverage({ memberRows: 10, coveredShare: 0.9 }, gates),
        ...(['pass', '90.0 % of 10 member rows have a bar, >= 90.0 %', { memberRows: 10 }] as const),
      ],
      [
        judgeCoverage({ memberRows: 10, coveredShare: 0 }, gates),
        ...(['fail', '0.0 % of 10 member rows have a bar, < 90.0 %', { memberRows: 10 }] as const),
      ],
      [
        judgeParity({ rows: 100, mismatches: 0 }),
        ...(['pass', 'every score equal between training and serving on 100 rows', { rows: 100 }] as const),
      ],
      [
        judgeParity({ rows: 100, mismatches: 100 }),
        ...(['fail', '100 scores differ between training and serving on 100 rows', { rows: 100 }] as const),
      ],
      [
        judgeLatency({ samples: 9, p99Ms: 50 }, gates),
        ...(['pass', 'p99 50.00 ms <= 50 ms over 9 scoring runs', { samples: 9 }] as const),
      ],
      [
        judgeLatency({ samples: 9, p99Ms: 0 }, gates),
        ...(['pass', 'p99 0.00 ms <= 50 ms over 9 scoring runs', { samples: 9 }] as const),
      ],
      [
        judgeLatency({ samples: 9, p99Ms: 51 }, gates),
        ...(['fail', 'p99 51.00 ms > 50 ms over 9 scoring runs', { samples: 9 }] as const),
      ],
      [
        judgeSchema({ violations: 0, finding: 'columns and hash are those of the manifest' }),
        ...(['pass', 'columns and hash are those of the manifest', {}] as const),
      ],
      [judgeSchema({ violations: 2, finding: '' }), 'fail', '2 violations', {}],
      [
        judgeResources({ modelBytes: 64_000_000, trees: 80 }, gates),
        ...(['pass', 'model file of 64.00 MB <= 64 MB, 80 trees'] as const),
        { modelBytes: 64_000_000, trees: 80 },
      ],
      [
        judgeResources({ modelBytes: 65_000_000, trees: 0 }, gates),
        ...(['fail', 'model file of 65.00 MB > 64 MB, 0 trees'] as const),
        { modelBytes: 65_000_000, trees: 0 },
      ],
      ...(
        [
          [1, 'pass', '1.00 >= 0.2'],
          [FINAL_FIT_MIN_RANK_CORRELATION, 'pass', '0.20 >= 0.2'],
          [0.1, 'fail', '0.10 < 0.2'],
          [-1, 'fail', '-1.00 < 0.2'],
        ] as const
      ).map(([rankCorrelation, verdict, text]): (typeof told)[number] => [
        judgeFinalFit({ rankCorrelation }),
        verdict,
        `final fit against the last fold's model: rank correlation ${text} on the last test block`,
        {},
      ]),
    ];
    for (const [found, verdict, reason, details] of told) {
      expect(found).toMatchObject({ verdict, reason });
      expect(found.details).toEqual(details);
    }
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
      judgeLatency({ samples: 0.5, p99Ms: 1 }, gates),
      judgeCoverage({ memberRows: 10, coveredShare: -0.1 }, gates),
      judgeLeak({ checkedRows: 10, leaks: 11 }),
      judgeLeak({ checkedRows: -1, leaks: 0 }),
      judgeFinalFit({ rankCorrelation: -1.1 }),
      judgeSchema({ violations: -1, finding: '' }),
      judgeSchema({ violations: 0.5, finding: 'something' }),
      judgeResources({ modelBytes: 0, trees: 1 }, gates),
      judgeResources({ modelBytes: 1.5, trees: 1 }, gates),
      judgeResources({ modelBytes: 1, trees: -1 }, gates),
      judgeParity({ rows: 10, mismatches: 11 }),
      judgeParity({ rows: NaN, mismatches: 0 }),
      judgeLeak({ checkedRows: 10, leaks: 1.5 }),
      judgeFinalFit({ rankCorrelation: NaN }),
      judgeFinalFit({ rankCorrelation: 1.1 }),
    ];
    expect(broken.map((verdict) => verdict.verdict)).toEqual(Array(20).fill('error'));
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

  it('judge what was measured now, whatever an earlier step said of it', () => {
    const measurements = {
      leak: { checkedRows: 10, leaks: 0 },
      coverage: { memberRows: 10, coveredShare: 1 },
      parity: { rows: 100, mismatches: 0 },
      latency: { samples: 9, p99Ms: 1 },
      finalFit: { rankCorrelation: 1 },
      schema: { violations: 0, finding: '' },
      resources: { modelBytes: 1, trees: 1 },
    };
    const earlier = OPERATIONAL_GATES.map((gate) => unmeasured(gate, 'fail', 'an earlier word', '==', 0));
    const verdicts = judgeOperations(measurements, earlier, gates);
    expect(verdicts.map(({ gate, verdict }) => [gate, verdict])).toEqual(
      OPERATIONAL_GATES.map((gate) => [gate, 'pass']),
    );
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
