import { describe, expect, it } from 'vitest';
import { CautionCode } from '../../../contracts/caution.ts';
import type { DecisionAnswers } from '../../../dashboards/web/src/answer-line.ts';
import { cautionLines } from '../../../dashboards/web/src/cautions.ts';
import { formatOf } from '../../../dashboards/web/src/formats.ts';
import { answer, FIRST, i18n, REPORT, sources, textOf, verdict, warnings } from './decision-records.ts';

describe('the decision in short', () => {
  it('says what changes: versions, route, book and rules', () => {
    const { changes } = answer(sources({}));
    expect(textOf(changes)).toBe(
      [
        'Version 2 answers instead of version 1, champion since 2023-01-30 14:30 Taipei time.',
        'It is the champion’s recipe trained again on newer data, and had to be no worse; it need not be better.',
        'In the book 2 names enter, 1 leaves and 28 stay: 6.0 % is renewed.',
        'Enter: 2330, 2317. Leave: 1101.',
        'The rules under which it was made (its spec) differ from the champion’s in 1 field: gates.dsrMin.',
      ].join('\n'),
    );
  });

  it('says how sure it is: gates that count, the closest call, the test and the luck in it', () => {
    const text = textOf(answer(sources({})).sure);
    expect(text).toContain('All 4 gates that count passed.');
    expect(text).toContain(
      'Closest to failing, measured in standard errors, among 1 check that passed and have an error of their own: Deflated Sharpe ratio (0.970, ≥ 0.950; test, 504 sessions). It would have to come out 0.2 standard errors worse to fail, by the normal quantiles of the two probabilities.',
    );
    expect(text).toContain(
      'which candidate and champion share, in the test of 504 sessions, all folds (2022-01-03 to 2024-01-31)',
    );
    expect(text).toContain(
      'the candidate leads the champion by 0.11 in Sharpe ratio (lower 80 % bound -0.050; no less than -0.300 was asked for)',
    );
    expect(text).toContain('48 recipes were ever tried');
    // 0.05 of 12,870 halvings, counted: a share of few halvings would look more exact than it is.
    expect(text).toContain('in 644 of 12870 ways');
  });

  it('begins a refresh with the comparison of the two models, and says why the counts of sessions differ', () => {
    const { sure } = answer(sources({}));
    expect(sure[0]?.text).toContain('On the 60 sessions after the champion’s last label');
    expect(textOf(sure)).toContain('504 lie in all test folds');
    expect(textOf(sure)).toContain('60 came after the champion’s last label');
    expect(textOf(sure)).toContain('7 ran in the shadow');
    expect(textOf(answer(sources({ report: FIRST })).sure)).not.toContain('counts of sessions');
  });

  it('calls no check the closest that chance cannot move, however small its margin', () => {
    const share = verdict('turnover', { number: 59.9, threshold: 60, comparison: '<=' });
    const of = (verdicts: readonly object[]) =>
      textOf(answer(sources({ report: { ...REPORT, verdicts } })).sure);
    expect(of([share])).toContain('None of the checks that passed has an error that could be measured');
    const ic = verdict('rank-ic', { number: 0.02, threshold: 0, details: { standardError: 0.01 } });
    expect(of([share, ic])).toContain(
      'Rank IC (lower bound 0.020, of a confidence that was not recorded, ≥ 0.000; test, 504 sessions). It would have to come out 2.0',
    );
  });

  it('gives the hour of the window for swaps in the market’s time and in the reader’s', () => {
    const next = (swap: object) => textOf(answer(sources({ swap })).next);
    expect(next({ opensAt: '2024-02-05T06:30:00.000Z', closesAt: '2024-02-06T01:00:00.000Z' })).toContain(
      'The window opens when the session has been decided, 2024-02-05 14:30 Taipei time (2024-02-05 01:30 New York time).',
    );
    expect(next({ opensAt: null, closesAt: '2024-02-06T01:00:00.000Z' })).toContain(
      'closes when the market opens, 2024-02-06 09:00 Taipei time (2024-02-05 20:00 New York time)',
    );
    expect(next({ opensAt: null, closesAt: null })).toContain('after the last signature it happens at once');
  });

  it('passes on every second look that stands out, in the colour of a warning and in both languages', () => {
    const cautions = CautionCode.options.map((code) => ({
      ...{ code, raised: true, number: 0.4, bound: 0.3, reason: 'as recorded' },
      details: {
        ...{ pbo: 0.01, trials: 8, regime: 'bull', sessions: 500, overlap: 5, hold: 5, best: 5, usual: 0.2 },
        ...{ name: '2330', names: 30 },
        gates: code === 'wide-bounds' ? [{ gate: 'pbo', field: 'pboMax', value: 0.9 }] : ['capacity'],
        bounds: [{ bound: 'paper-loss', field: 'maxPaperLoss', value: 0.8 }],
      },
    }));
    const told = sources({ report: { ...REPORT, cautions } });
    const english = warnings(answer(told)).join('\n');
    expect(english).toContain('A Sharpe ratio of 0.40 a year after costs');
    expect(english).toContain('2330 alone brought 40 % of what 30 names earned');
    expect(english).toContain('Probability of overfitting (0.900)');
    expect(english).toContain('Loss on paper (0.8)');
    const numbers = (text: string) => (text.match(/\d+(?:\.\d+)?/gu) ?? []).sort();
    const chinese = warnings(answer(told, 'zh-TW')).join('\n');
    expect(numbers(chinese)).toEqual(numbers(english));
    expect(chinese).not.toMatch(/caution\.|regime\./u);
    i18n.activate('en');
    const lines = cautionLines(
      told.stored ?? ({ report: {} } as never),
      (id, values = {}) => i18n._(id, { ...values }),
      formatOf('en'),
    );
    expect(lines?.map(({ bound }) => bound.slice(0, 1))).toEqual('>>>><><<>>>>>'.split(''));
  });

  it('says so when nothing stands out, and when a release did not look', () => {
    expect(textOf(answer(sources({})).look)).toContain('made by a release that did not look');
    const usual = { code: 'leap', raised: false, number: 0.1, bound: 1, reason: 'usual', details: {} };
    const quiet = answer(sources({ report: { ...REPORT, cautions: [usual] } }));
    expect(textOf(quiet.look)).toContain('A second look at 1 things that no gate asks');
    expect(warnings(quiet)).toHaveLength(2);
  });

  it('says what market impact takes at the size of the book, and warns when it takes most', () => {
    const sized = (annualisedReturn: number, unknownShare = 0) => ({
      ...REPORT,
      verdicts: [
        ...REPORT.verdicts.filter(({ gate }) => gate !== 'capacity'),
        verdict('capacity', {
          ...{ number: 0.03, threshold: 0.1, comparison: '<=' },
          details: {
            ...{ capital: 1e8, unknownShare },
            byCapital: [
              { capital: 1e7, annualisedReturn: 0.12, annualisedSharpe: 1.4 },
              { capital: 1e8, annualisedReturn, annualisedSharpe: 1.07 },
            ],
          },
        }),
      ],
    });
    const most = answer(sources({ report: sized(0.093) }));
    expect(textOf(most.sure)).toContain(
      'before market impact. In a book of NT$100,000,000, impact and least fees leave of that test (504 sessions) 9.3 % a year, Sharpe ratio 1.07.',
    );
    expect(warnings(most).join()).not.toContain('impact');
    expect(textOf(answer(sources({ report: sized(0.093, 0.021) })).sure)).toContain(
      '2.1 % of the money traded',
    );
    expect(warnings(answer(sources({ report: sized(0.04) }))).join()).toContain(
      '(504 sessions) 4.0 % a year',
    );
  });

  it('says what the shadow could have noticed in bp a day and in money of the book', () => {
    const apart = { sessions: 504, mean: 0.00012, deviation: 0.004, sessionsPerYear: 246 };
    const { wrong } = answer(sources({ report: { ...REPORT, dailyDifference: apart } }));
    // By hand: 21.4 x 40 bp / sqrt(246).
    expect(textOf(wrong)).toContain(
      'only a lead of 54.6 bp a day or more. On the 504 sessions after the champion’s last label the candidate leads the champion by 1.2 bp a day in mean return',
    );
    expect(textOf(wrong)).toContain('on an ordinary day the two lie 40.0 bp apart');
    const capacity = verdict('capacity', { number: 0.03, threshold: 0.1, details: { capital: 1e8 } });
    const report = { ...REPORT, dailyDifference: apart, verdicts: [capacity] };
    expect(textOf(answer(sources({ report })).wrong)).toContain(
      'NT$545,766 a day in a book of NT$100,000,000',
    );
    expect(textOf(answer(sources({ report }), 'zh-TW').wrong)).toContain('每日新臺幣 545,766 元');
  });

  it('weighs a deflated Sharpe ratio near one against numbers that are too good, and only then', () => {
    const caution = {
      code: 'sharpe-too-good',
      raised: true,
      number: 4,
      bound: 2.5,
      reason: 'x',
      details: {},
    };
    const look = (dsr: number, cautions: readonly object[]) =>
      textOf(
        answer(
          sources({
            report: { ...REPORT, cautions, verdicts: [verdict('dsr', { number: dsr, threshold: 0.95 })] },
          }),
        ).look,
      );
    expect(look(0.9999, [caution])).toContain(
      'The deflated Sharpe ratio of > 99.9 % (test, 504 sessions) does not settle that',
    );
    expect(look(0.97, [caution])).not.toContain('does not settle');
    expect(look(0.9999, [{ ...caution, code: 'one-regime' }])).not.toContain('does not settle');
    expect(look(0.9999, [{ ...caution, raised: false }])).not.toContain('does not settle');
  });

  it('keeps the deadline apart from the dates of a replayed market', () => {
    const clock = { mode: 'replay', secondsPerSession: 4, approvalSecondsPerSession: 120 };
    expect(textOf(answer(sources({ clock })).next)).toContain('in real time and not in that of the market');
    expect(textOf(answer(sources({})).next)).not.toContain('real time');
  });

  it('calls nothing certain that was estimated', () => {
    const sure = (number: number) =>
      textOf(
        answer(sources({ report: { ...REPORT, verdicts: [verdict('dsr', { number, threshold: 0.95 })] } }))
          .sure,
      );
    expect(sure(1)).toContain('is > 99.9 %');
    expect(sure(0.99951)).toContain('is > 99.9 %');
    expect(sure(0.9994)).toContain('is 99.9 %');
    expect(sure(0)).toContain('is < 0.1 %');
  });

  it('says what could go wrong, and warns of checks that only report', () => {
    const answers = answer(sources({}));
    expect(textOf(answers.wrong)).toContain(
      'The maximum drawdown of the recipe, which candidate and champion share, in the test (504 sessions, all folds) was 11.0 %',
    );
    expect(textOf(answers.wrong)).toContain('ran beside the champion for 7 sessions');
    expect(textOf(answers.wrong)).toContain('only a lead of 21.4 or more in Sharpe ratio');
    expect(warnings(answers)).toEqual([
      'Every return here is after costs and before market impact. What impact takes from a book of this size was not measured.',
      'Not passed, among the checks that are only reported: Capacity (30.0 %, ≤ 10.0 %; test, 504 sessions).',
    ]);
  });

  it('says what a signature does, and when somebody else’s is still missing', () => {
    expect(textOf(answer(sources({})).next)).toContain(
      'One more signature is enough: version 2 then answers on every server as epoch 2',
    );
    expect(textOf(answer(sources({})).next)).toContain(
      'Without a decision by 2024-02-08 10:48 Taipei time (2024-02-07 21:48 New York time) it ends',
    );
    const two = answer(sources({ approval: { needed: 2 } }));
    expect(textOf(two.next)).toContain('2 signatures are missing. Version 2 answers after the last of them');
    const one = answer(sources({ approval: { needed: 2, approvedBy: ['mia'] } }));
    expect(textOf(one.next)).toContain('One more signature is enough');
    const all = answer(sources({ approval: { needed: 1, approvedBy: ['mia'] } }));
    expect(textOf(all.next)).toContain('All signatures are given: version 2 answers');
  });

  it('begins the fields that differ with those that decide trades', () => {
    const specDifference = [
      'approval.approvers',
      'gates.dsrMin',
      'label.horizonSessions',
      'portfolio.topFraction',
    ].map((path) => ({ path, before: 1, after: 2 }));
    const answers = answer(
      sources({ evidence: [{ kind: 'decision', body: { facts: { specDifference } } }] }),
    );
    expect(textOf(answers.changes)).toContain(
      'in 4 fields: portfolio.topFraction, label.horizonSessions, approval.approvers, gates.dsrMin.',
    );
  });

  it('warns of a new recipe that earns less than the champion’s, with both returns', () => {
    const report = {
      ...REPORT,
      route: 'new-recipe',
      candidate: { ...REPORT.candidate, annualisedReturn: 0.625 },
      benchmark: { ...REPORT.benchmark, annualisedReturn: 0.73 },
    };
    expect(warnings(answer(sources({ report }))).join(' ')).toContain('62.5 % a year, Sharpe ratio');
    expect(warnings(answer(sources({ report }))).join(' ')).toContain(
      'the champion’s recipe on the same sessions 73.0 % and',
    );
    const better = { ...report, candidate: { ...report.candidate, annualisedReturn: 0.75 } };
    expect(warnings(answer(sources({ report: better }))).join(' ')).not.toContain('a year, Sharpe ratio');
  });

  it('warns of everything that a signature takes upon itself', () => {
    const failed = verdict('dsr', { verdict: 'fail', number: 0.9, threshold: 0.95 });
    const answers = answer(
      sources({
        report: {
          ...REPORT,
          verdicts: [failed],
          inputs: { loosened: ['gates.pboMax'], secondPerson: 'mia' },
        },
        approval: { admission: 'probation' },
        view: { spec: { market: 'XTAI', guard: { autoRollback: false, sessions: 10 } } },
        evidence: [],
        waivers: [
          { gate: 'dsr', subject: 'mia' },
          { gate: 'dsr', subject: 'noor' },
        ],
      }),
    );
    expect(warnings(answers)).toEqual([
      'It is taken on probation: whoever signs accepts a gate that it did not pass.',
      'Its spec never asked whether it is worse: the gate that compares the candidate with the champion is only reported, or off.',
      'Loosened in the candidate’s spec: gates.pboMax; agreed to by mia.',
      '0 of the 1 gates that count passed.',
      'Waived, 1 gate: accepted although not passed, Deflated Sharpe ratio (0.900, ≥ 0.950; test, 504 sessions); by mia, noor.',
      'Every return here is after costs and before market impact. What impact takes from a book of this size was not measured.',
      'It never ran beside the champion: there was no shadow.',
      'Nothing rolls back by itself: this model’s guard only tells people when one of its bounds is crossed (guard.autoRollback is off).',
    ]);
  });

  it('names what did not pass and nobody waived, with its number: those who sign accept it', () => {
    const failed = verdict('dsr', { verdict: 'fail', number: 0.9, threshold: 0.95 });
    const probation = answer(
      sources({
        ...{ view: { champion: null, reign: null }, approval: { admission: 'probation' } },
        report: { ...FIRST, verdicts: [failed] },
      }),
    );
    expect(warnings(probation)).toContain(
      'Not passed: Deflated Sharpe ratio (0.900, ≥ 0.950; test, 504 sessions).',
    );
  });

  it('does not claim that a new recipe had to be better when no gate that counts asked', () => {
    const better = (enforced: boolean) =>
      sources({
        report: {
          ...REPORT,
          route: 'new-recipe',
          verdicts: [verdict('spa', { number: 0.01, threshold: 0.15, comparison: '<', enforced })],
        },
      });
    expect(textOf(answer(better(true)).changes)).toContain('had to be better than the champion’s');
    expect(warnings(answer(better(false))).join()).toContain('Its spec never asked it to be better');
    expect(textOf(answer(better(false)).changes)).not.toContain('had to be better');
  });

  it('says from what to what a bound was loosened', () => {
    const inputs = { loosened: ['gates.dsrMin', 'gates.pboMax'], secondPerson: 'mia' };
    expect(warnings(answer(sources({ report: { ...REPORT, inputs } })))).toContain(
      'Loosened in the candidate’s spec: gates.dsrMin (0.9 → 0.95), gates.pboMax; agreed to by mia.',
    );
  });

  it('knows that a first champion replaces nothing and has no way back', () => {
    const answers = answer(sources({ view: { champion: null, reign: null }, report: FIRST }));
    expect(textOf(answers.wrong)).toContain('It ran in the shadow for 7 sessions.');
    expect(textOf(answers.wrong)).not.toContain('champion');
    // Its drawdown is reported without a bound: there is nothing that it could have failed.
    expect(textOf(answers.wrong)).not.toContain('Drawdown');
    expect(textOf(answers.changes)).toContain('Version 2 becomes the first champion of tw-alpha');
    expect(textOf(answers.changes)).not.toContain('spec');
    expect(textOf(answers.next)).toContain('there is no earlier version');
    expect(textOf(answers.next)).not.toContain('guard');
  });

  it('says the same in Chinese, with every number in its place', () => {
    const digits = (answers: DecisionAnswers): readonly string[][] =>
      [...answers.changes, ...answers.sure, ...answers.wrong, ...answers.look, ...answers.next].map(
        ({ text }) => (text.replaceAll(',', '').match(/\d+(?:\.\d+)?/gu) ?? []).sort(),
      );
    const chinese = answer(sources({}), 'zh-TW');
    expect(textOf(chinese.changes)).toContain('由第 2 版取代第 1 版');
    const numbers = (locale: 'en' | 'zh-TW') =>
      digits(answer(sources({ approval: { expiresAt: '2024-11-22T02:48:00.000Z' } }), locale)).slice(0, -1);
    expect(numbers('zh-TW')).toEqual(numbers('en'));
  });

  it('makes nothing up where a record is missing', () => {
    const bare = answer(sources({ report: null, evidence: [] }));
    expect(textOf(bare.sure)).toBe('The gates left no report.\nNothing was waived (0 gates).');
    expect([...bare.changes, ...bare.wrong].map(({ text }) => text).join(' ')).not.toMatch(
      /NaN|undefined|null/u,
    );
  });
});
