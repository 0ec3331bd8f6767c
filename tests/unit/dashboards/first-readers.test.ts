import { describe, expect, it } from 'vitest';
import type { AnswerSources } from '../../../dashboards/web/src/answer-line.ts';
import { formatOf } from '../../../dashboards/web/src/formats.ts';
import { timeLeft } from '../../../dashboards/web/src/time-left.ts';
import { unbroken } from '../../../dashboards/web/src/unbroken.ts';
import {
  answer,
  EVIDENCE,
  i18n,
  REPORT,
  sources,
  SPEC,
  textOf,
  verdict,
  warnings,
} from './decision-records.ts';

/** What people who had never seen the approval page took the wrong way: each is told so that it cannot be. */
const wide = (gates: readonly unknown[]) => ({
  ...{ code: 'wide-bounds', raised: true, number: gates.length, bound: 0, reason: 'as recorded' },
  details: { gates },
});
const widely = (gate: string) => ({ gate, field: 'pboMax', value: 0.99 });
const of = (report: object): AnswerSources => sources({ report: { ...REPORT, ...report } });
const sure = (from: AnswerSources, locale: 'en' | 'zh-TW' = 'en') => textOf(answer(from, locale).sure);
const wrong = (from: AnswerSources, locale: 'en' | 'zh-TW' = 'en') => textOf(answer(from, locale).wrong);
const ODD: readonly unknown[] = [null, 'pbo', 7, [], {}, { gate: 7 }, { gate: null }];

describe('gates that passed', () => {
  const harmless = of({ cautions: [wide([widely('pbo'), widely('dsr'), widely('capacity')])] });

  it('are told in one breath with those whose bound refuses next to nothing, as a warning', () => {
    // Capacity is only reported here: it is none of the four that count.
    expect(warnings(answer(harmless))).toContain(
      'All 4 gates that count passed, but 2 of them would have let nearly anything pass.',
    );
    expect(sure(harmless, 'zh-TW')).toContain(
      '計入的 4 項關卡全部通過，但其中 2 項的門檻幾乎任何結果都能通過。',
    );
  });

  it('are told so as well when one of them did not pass, which is none of the harmless ones then', () => {
    const [leak, , pbo] = REPORT.verdicts;
    const failed = verdict('dsr', { verdict: 'fail', number: 0.4, threshold: 0.5 });
    const report = { verdicts: [leak, failed, pbo], cautions: [wide([widely('pbo'), widely('dsr')])] };
    expect(sure(of(report))).toContain(
      '2 of the 3 gates that count passed, and 1 of those 2 would have let nearly anything pass.',
    );
    expect(sure(of(report), 'zh-TW')).toContain('計入的 3 項關卡中有 2 項通過，而這 2 項中有 1 項');
  });

  it('stand plainly where every bound could refuse something, and where nobody looked', () => {
    for (const cautions of [
      [wide([])],
      null,
      [],
      [wide(ODD)],
      [{ ...wide([]), details: { gates: 'pbo' } }],
    ]) {
      const { sure: lines } = answer(of({ cautions }));
      expect(lines).toContainEqual({ text: 'All 4 gates that count passed.', tone: 'plain' });
    }
  });
});

describe('a lower bound in the summary', () => {
  const bounds = (details: object, reason = 'measured') =>
    sure(
      of({
        verdicts: [
          verdict('non-inferiority', {
            ...{ number: -0.05, threshold: -0.3, reason },
            details: { difference: 0.11, sessions: 60, ...details },
          }),
        ],
      }),
    );

  it('names its confidence, out of the record or of the reason that earlier releases wrote', () => {
    expect(bounds({ confidence: 0.6 })).toContain('(lower 60 % bound -0.050; no less than -0.300');
    expect(bounds({ confidence: 0.975 })).toContain('lower 97.5 % bound');
    expect(bounds({}, 'Sharpe 1.2 against 1.1: lower 80 % bound of the difference -0.05')).toContain(
      'lower 80 % bound -0.050',
    );
    expect(sure(sources({}), 'zh-TW')).toContain('80 % 信賴下界 -0.050');
  });

  it('says so when none was recorded, whatever stands in its place', () => {
    for (const confidence of [undefined, null, '0.6', 0, 1, -1, 60, Number.NaN])
      expect(bounds({ confidence })).toContain('lower bound -0.050, of a confidence that was not recorded');
  });

  it('names it wherever a gate of one is listed', () => {
    const details = { confidence: 0.95, standardError: 0.01 };
    const missed = verdict('rank-ic', {
      verdict: 'fail',
      number: -0.01,
      threshold: 0,
      comparison: '>',
      details,
    });
    expect(sure(of({ verdicts: [missed] }))).toContain(
      'Not passed: Rank IC (lower 95 % bound -0.010, > 0.000; test, 504 sessions).',
    );
  });

  it('stands beside a shadow whose lead says at what confidence it would be noticed', () => {
    expect(wrong(sources({}))).toContain('four times in five and with 95 % confidence, only a lead of 21.4');
    const [shadow, decision] = EVIDENCE;
    const body = { facts: { powerCard: { sessions: 7, detectableSharpe: 20, alpha: 0.1 } } };
    expect(wrong(sources({ evidence: [{ ...shadow, body }, decision ?? {}] }))).toContain('90 % confidence');
  });
});

describe('the check that came closest', () => {
  const pbo = (combinations: number) =>
    verdict('pbo', {
      ...{ number: 0, threshold: 0.99, comparison: '<=' },
      details: { combinations, interval90: [0, 0.5] },
    });
  const dsr = (number: number) => verdict('dsr', { number, threshold: 0.5 });

  it('is no probability of overfitting of 0.000 from six ways to halve the sessions', () => {
    const text = sure(of({ verdicts: [pbo(6), dsr(0.9999)] }));
    expect(text).toContain('None came close to failing, measured in standard errors, among 1 check');
    expect(text).toContain(
      'The nearest lies 3.7 standard errors inside its bound, by the normal quantiles of the two probabilities: Deflated Sharpe ratio (1.000, ≥ 0.500; test, 504 sessions).',
    );
    expect(sure(of({ verdicts: [pbo(6)] }))).toContain('so none can be called the closest to failing');
  });

  it('is named with its measure, and with a bound that refuses next to nothing', () => {
    const cautions = [wide([widely('dsr')])];
    expect(sure(of({ verdicts: [pbo(70), dsr(0.9)], cautions }))).toContain(
      'It would have to come out 1.3 standard errors worse to fail, by the normal quantiles of the two probabilities. Its bound is too loose to matter.',
    );
    const resampled = sure(of({ verdicts: [{ ...pbo(70), threshold: 0.6 }, dsr(0.9999)] }));
    expect(resampled).toContain('among 2 checks that passed and have an error of their own: Probability');
    expect(resampled).toContain('by how far its number moves over resampled histories');
    expect(sure(of({ verdicts: [dsr(1)] }))).toContain('lies at least 8.0 standard errors inside');
    expect(sure(of({ verdicts: [dsr(1)] }), 'zh-TW')).toContain(
      '沒有任何一項接近未通過。相對最近者仍在門檻內至少 8.0 個標準誤',
    );
  });
});

describe('candidate and champion', () => {
  const apart = (mean: number, sessions = 60) => ({
    dailyDifference: { sessions, mean, deviation: 0.004, sessionsPerYear: 246 },
  });

  it('are named as who leads and who trails, also where the one leads in one and trails in the other', () => {
    const text = sure(of(apart(-0.00012)));
    expect(text).toContain('the candidate leads the champion by 0.11 in Sharpe ratio (');
    expect(text).toContain('; the candidate trails the champion by 1.2 bp a day in mean return.');
    expect(sure(of(apart(-0.00012)), 'zh-TW')).toContain('；候選版本的平均報酬落後現行版本每日 1.2 bp。');
    expect(wrong(of(apart(-0.00012)))).toContain(
      'On the 60 sessions after the champion’s last label the candidate trails the champion by 1.2 bp a day',
    );
  });

  it('are level where the difference rounds to nothing', () => {
    expect(sure(of(apart(0.000001)))).toContain(
      'the candidate and the champion are level, 0.010 bp a day apart in mean return',
    );
    expect(sure(of(apart(-0.000001)))).toContain('are level, 0.010 bp');
  });

  it('are not compared in one sentence on different sessions', () => {
    expect(sure(of(apart(-0.00012, 504)))).not.toContain('bp a day in mean return');
  });

  it('of a new recipe are held beside each other on the sessions of the test', () => {
    const report = {
      route: 'new-recipe',
      candidate: { ...REPORT.candidate, annualisedReturn: 0.1 },
      benchmark: { annualisedSharpe: 1.5, annualisedReturn: 0.08, maximumDrawdown: 0.1 },
      ...apart(0.0001, 504),
    };
    expect(sure(of(report))).toContain(
      'the candidate leads the champion’s recipe by 2.0 percentage points a year in return; the candidate trails the champion’s recipe by 0.08 in Sharpe ratio.',
    );
    expect(wrong(of(report))).toContain(
      'In the test (504 sessions, all folds) the candidate leads the champion’s recipe by 1.0 bp a day',
    );
    const without = { ...report, benchmark: { annualisedSharpe: null, annualisedReturn: 0.08 } };
    expect(sure(of(without))).toContain('the champion’s recipe on the same sessions 8.0 % and –.');
  });
});

describe('every figure of the summary', () => {
  it('says of which sample and of how many sessions it is', () => {
    const drawdown = verdict('drawdown', {
      ...{ number: 0.05, threshold: 0.3, comparison: '<=' },
      details: { benchmark: 0.06, tolerance: 0.24 },
    });
    const report = of({ verdicts: [...REPORT.verdicts, drawdown] });
    expect(wrong(report)).toContain(
      'The maximum drawdown of the recipe, which candidate and champion share, in the test (504 sessions, all folds) was 11.0 %',
    );
    expect(wrong(report)).toContain(
      'On the 60 sessions after the champion’s last label the maximum drawdown of the candidate was 5.0 %, that of the champion 6.0 %.',
    );
    expect(sure(report)).toContain('its Sharpe ratio over the 504 sessions of the test');
    expect(sure(report)).toContain('one half of the 504 sessions of the test');
    const missed = { ...drawdown, verdict: 'fail', number: 0.4 };
    expect(sure(of({ verdicts: [...REPORT.verdicts, missed] }))).toContain(
      'Drawdown (40.0 %, ≤ 30.0 %; after the champion’s last label, 60 sessions)',
    );
    const recovery = verdict('recovery', {
      ...{ verdict: 'fail', number: -0.01, threshold: 0, comparison: '>' },
      details: { confidence: 0.8, sessions: 40 },
    });
    expect(sure(of({ verdicts: [recovery] }))).toContain('> 0.000; since the decay began, 40 sessions)');
    const latency = verdict('latency', { verdict: 'fail', number: 60, threshold: 50, comparison: '<=' });
    expect(sure(of({ verdicts: [latency] }))).toMatch(/Latency[^(]*\(60 ms, ≤ 50 ms\)/u);
  });

  it('holds the fall of a first version beside nobody’s', () => {
    const first = of({ route: 'first', benchmark: { maximumDrawdown: 0 } });
    expect(wrong(first)).toContain(
      'Its maximum drawdown in the test (504 sessions, all folds) was 11.0 %; a deeper one can come.',
    );
    expect(wrong(of({ route: 'new-recipe' }))).toContain('was 11.0 % (the champion’s recipe 10.0 %)');
  });

  it('leaves a count open that was not recorded', () => {
    const report = of({ pairedSessions: {} });
    expect(wrong(report)).toContain('in the test (– sessions, all folds)');
    expect(`${sure(report)}${wrong(report)}`).not.toMatch(/NaN|undefined|null/u);
  });
});

describe('waivers', () => {
  it('are told also when there is none', () => {
    expect(sure(sources({}))).toContain('Nothing was waived (0 gates).');
    expect(sure(sources({}), 'zh-TW')).toContain('沒有豁免任何關卡（0 項）。');
    expect(sure(sources({ report: null }))).toContain('Nothing was waived (0 gates).');
  });

  it('are counted, with those that were not needed apart', () => {
    const failed = verdict('dsr', { verdict: 'fail', number: 0.9, threshold: 0.95 });
    const waivers = [
      { gate: 'dsr', subject: 'mia' },
      { gate: 'dsr', subject: 'noor' },
      { gate: 'pbo', subject: 'lee' },
    ];
    const [, , pbo] = REPORT.verdicts;
    const from = sources({ report: { ...REPORT, verdicts: [failed, pbo] }, waivers });
    expect(sure(from)).toContain(
      'Waived, 1 gate: accepted although not passed, Deflated Sharpe ratio (0.900',
    );
    expect(sure(from)).toContain('; by mia, noor.');
    expect(sure(from)).toContain('Waived without need, 1 gate: Probability of overfitting; by lee.');
    expect(sure(from)).not.toContain('Nothing was waived');
  });
});

describe('the largest trade', () => {
  const capacity = (largest: unknown, changes: object = {}) =>
    of({
      verdicts: [
        verdict('capacity', {
          ...{ number: 0.03, threshold: 0.1, comparison: '<=' },
          details: { capital: 1e8, largest },
          ...changes,
        }),
      ],
    });
  const largest = { name: '2330', session: '2023-05-02', share: 0.08 };

  it('is told with its name, what it takes of a session, and what is allowed', () => {
    expect(wrong(capacity(largest))).toContain(
      'In a book of NT$100,000,000, its largest trade in the test (504 sessions) was 8.0 % of what 2330 ordinarily trades in a session, on 2023-05-02; 95 % of the money traded stays within 3.0 %, where 10.0 % is allowed.',
    );
    expect(wrong(capacity(largest), 'zh-TW')).toContain(
      '最大一筆交易占 2330 日均成交值的 8.0 %（2023-05-02）',
    );
    expect(warnings(answer(capacity(largest))).join()).not.toContain('largest trade');
  });

  it('is a warning where it alone takes more than is allowed', () => {
    expect(warnings(answer(capacity({ ...largest, share: 0.4 }))).join()).toContain(
      'was 40.0 % of what 2330',
    );
  });

  it('is left out where it was not recorded, and nothing is made up', () => {
    for (const odd of [
      undefined,
      null,
      0.4,
      [],
      {},
      { ...largest, share: '8' },
      { ...largest, share: 0 },
      { ...largest, share: Number.NaN },
      { ...largest, name: 7 },
    ])
      expect(wrong(capacity(odd))).not.toContain('largest trade');
    expect(wrong(capacity(largest, { details: { largest } }))).not.toContain('largest trade');
    expect(wrong(capacity(largest, { threshold: null }))).toContain('where – is allowed');
  });
});

describe('the guard', () => {
  const guarded = (changes: object, locale: 'en' | 'zh-TW' = 'en', rest: object = {}) =>
    textOf(
      answer(sources({ view: { spec: { ...SPEC, guard: { ...SPEC.guard, ...changes }, ...rest } } }), locale)
        .next,
    );

  it('acts when a bound is crossed, and says which bounds those are', () => {
    const text = guarded({ failedLimit: 3 });
    expect(text).toContain('rolls back by itself when one of its bounds is crossed.');
    expect(text).toContain('with a chance of 5 % at most, over the whole time as champion');
    expect(text).toContain('deeper than that of version 1 by more than 2 percentage points');
    expect(text).toContain('crossed on 3 sessions in a row: scoring that fails');
    expect(text).toContain('(a rank correlation below -0.50, or far below what is usual of the two)');
    expect(text).not.toContain('within its bounds');
    expect(guarded({ failedLimit: 3 }, 'zh-TW')).toContain('評分門檻，連續 3 個交易日超出即算');
    const chinese = guarded({}, 'zh-TW');
    expect(chinese).toContain('評分門檻，1 個交易日超出即算');
    expect(chinese).toContain('任一門檻遭超出時自動回復');
    expect(chinese).not.toContain('在門檻內自動回復');
  });

  it('says where it only tells people', () => {
    expect(guarded({})).toContain(
      'It only tells people after 5 sessions in a row that say nothing, and after 3 in a row that could not be measured.',
    );
    expect(guarded({ cooldownSessions: 0, maxRollbacksPerDay: 1 })).toContain(
      'It asks people instead of rolling back after 1 rollback of its own within 24 hours, which freezes the model.',
    );
    const off = guarded({ autoRollback: false });
    expect(off).toContain('only tells people when one of its bounds is crossed (guard.autoRollback is off)');
    expect(off).toContain('2 percentage points');
    expect(off).not.toContain('rollbacks of its own');
  });

  it('makes no bound up where the spec on record has none', () => {
    for (const without of [
      guarded({ cooldownSessions: undefined }),
      guarded({ failedLimit: null }),
      guarded({ falseRollbackRate: '5 %' }),
      guarded({}, 'en', { gates: undefined }),
      guarded({}, 'en', { shadow: { minRankAgreement: Number.NaN } }),
    ]) {
      expect(without).toContain('does not name all of its bounds: for those the defaults hold');
      expect(without).not.toMatch(/undefined|null|NaN|percentage points/u);
    }
  });

  it('has nothing to do for a first champion', () => {
    const first = answer(sources({ view: { champion: null, reign: null } }));
    expect(textOf(first.next)).not.toContain('guard');
  });
});

describe('the time that is left', () => {
  const deadline = '2024-02-08T02:48:00.000Z';
  const at = (before: number): number => Date.parse(deadline) - before;
  const [minute, hour] = [60_000, 3_600_000];
  const beside = (now: number | null, locale: 'en' | 'zh-TW' = 'en'): string => {
    i18n.activate(locale);
    return timeLeft(deadline, now, {
      t: (id, values = {}) => i18n._(id, { ...values }),
      format: formatOf(locale),
    });
  };

  it('is the same in the summary and beside the deadline, whatever the second', () => {
    for (const before of [26 * hour, 26 * hour - 20_000, 26 * hour + 59_000, hour - 1, 5 * minute - 1]) {
      const [, span = 'none'] = / · (.+) left$/u.exec(beside(at(before))) ?? [];
      expect(textOf(answer(sources({ now: at(before) })).next)).toContain(`Time left: ${span}.`);
    }
    expect(beside(at(26 * hour))).toBe(' · 1 day 2 hr left');
    expect(beside(at(26 * hour - 20_000))).toBe(' · 1 day 1 hr left');
  });

  it('is never more than there is, and nothing once it has passed or nobody knows the time', () => {
    expect(beside(at(minute - 1))).toBe(' · less than 1 min left');
    expect(beside(at(1), 'zh-TW')).toBe('，尚餘 不到 1 分鐘');
    expect(beside(at(2 * minute - 1))).toBe(' · 1 min left');
    for (const now of [at(0), at(-1), null, Number.NaN]) expect(beside(now)).toBe('');
  });
});

it('keeps numbers whole at the end of a line, and breaks everywhere else', () => {
  const [one, other] = [
    'Capacity (33.7 %, ≤ 10.0 %; test, 95 sessions), > -0.300',
    '占 107.3 %（2018-11-06）',
  ];
  expect(unbroken(one)).toBe('Capacity (33.7\u00a0%, ≤\u00a010.0\u00a0%; test, 95 sessions), >\u00a0-0.300');
  expect(unbroken(other)).toBe('占 107.3\u00a0%（2018-11-06）');
  expect(unbroken('a % b > c')).toBe('a % b > c');
});

it('has the same numbers in Chinese as in English, sentence by sentence', () => {
  const drawdown = verdict('drawdown', {
    ...{ number: 0.05, threshold: 0.3, comparison: '<=' },
    details: { benchmark: 0.06 },
  });
  const told = of({
    verdicts: [...REPORT.verdicts, drawdown],
    cautions: [wide([widely('pbo')])],
    dailyDifference: { sessions: 60, mean: -0.0002, deviation: 0.004, sessionsPerYear: 246 },
  });
  const numbers = (locale: 'en' | 'zh-TW') => {
    const { sure: one, wrong: other, look } = answer(told, locale);
    return [...one, ...other, ...look].map(({ text }) =>
      (text.replaceAll(',', '').match(/\d+(?:\.\d+)?/gu) ?? []).sort(),
    );
  };
  expect(numbers('zh-TW')).toEqual(numbers('en'));
});
