import { describe, expect, it } from 'vitest';
import type { AnswerSources } from '../../../dashboards/web/src/answer-line.ts';
import { answer, REPORT, sources, textOf, verdict, warnings } from './decision-records.ts';

const NAMES = Array.from({ length: 20 }, (_, at) => String(1101 + at));
const of = (transition: object, decision: object = {}, inputs: object = REPORT.inputs): AnswerSources =>
  sources({
    report: { ...REPORT, inputs },
    evidence: [
      {
        kind: 'shadow',
        body: { facts: { transition: { names: 30, kept: 28, turnover: 0.06, ...transition } } },
      },
      { kind: 'decision', body: { facts: { specDifference: [], ...decision } } },
    ],
  });
const moving = { entering: ['2330', '2317'], leaving: [] };
const changes = (from: AnswerSources, locale: 'en' | 'zh-TW' = 'en'): string =>
  textOf(answer(from, locale).changes);

describe('what changes, in the decision in short', () => {
  it('names who enters, leaves and stays, the first of many', () => {
    const told = of({ ...moving, staying: NAMES });
    expect(changes(told)).toContain(
      `Enter: 2330, 2317. Leave: nothing. Stay: ${NAMES.slice(0, 12).join(', ')} ….`,
    );
    expect(changes(told, 'zh-TW')).toContain(
      `新增：2330、2317。移除：無。保留：${NAMES.slice(0, 12).join('、')} …。`,
    );
  });

  it('names only those that move where the evidence counted the rest, and whatever was recorded badly is none', () => {
    expect(changes(of(moving))).toContain('Enter: 2330, 2317. Leave: nothing.');
    expect(changes(of(moving))).not.toContain('Stay:');
    expect(changes(of({ entering: 'all', leaving: [7, null], staying: {} }))).toContain(
      'Enter: nothing. Leave: nothing. Stay: nothing.',
    );
  });

  it('says that nothing is loosened against the champion’s spec, and what is', () => {
    const none = of(moving, { loosened: [] });
    expect(changes(none)).toContain('Nothing is loosened: no gate, bound, cost or approval');
    expect(changes(none, 'zh-TW')).toContain('未放寬任何項目');
    const specDifference = [{ path: 'gates.dsrMin', before: 0.5, after: 0.3 }];
    const loose = of(moving, { specDifference, loosened: ['gates.dsrMin'] });
    expect(warnings(answer(loose))).toContain(
      'Looser than in the champion’s spec: gates.dsrMin (0.5 → 0.3).',
    );
    expect(changes(loose)).not.toContain('Nothing is loosened');
  });

  it('does not say it twice of a field that somebody agreed to, and nothing of evidence that does not tell', () => {
    const agreed = { loosened: ['gates.dsrMin'], secondPerson: 'mia' };
    const told = warnings(answer(of(moving, { loosened: ['gates.dsrMin'] }, agreed))).join('\n');
    expect(told).toContain('Loosened in the candidate’s spec: gates.dsrMin; agreed to by mia.');
    expect(told).not.toContain('Looser');
    for (const loosened of [undefined, null, 'all', 7]) {
      const text = changes(of(moving, { loosened }));
      expect(text).not.toMatch(/loosened|Looser/iu);
    }
  });
});

describe('what is told beside a number', () => {
  const dsr = (details: object, sharpe: number | null = 1.42): AnswerSources =>
    sources({
      report: {
        ...REPORT,
        candidate: { ...REPORT.candidate, annualisedSharpe: sharpe },
        verdicts: [verdict('dsr', { number: 0.97, threshold: 0.95, details })],
      },
    });
  const sure = (from: AnswerSources, locale: 'en' | 'zh-TW' = 'en'): string =>
    textOf(answer(from, locale).sure);

  it('gives the deflated Sharpe ratio also as Sharpe ratios a year, and warns where luck alone reaches it', () => {
    const told = dsr({ perPeriodSharpe: 0.1, expectedMaxSharpe: 0.06 });
    expect(sure(told)).toContain(
      'it shows 1.42, and the best of 48 recipes without any skill is expected to show 0.85.',
    );
    expect(sure(told, 'zh-TW')).toContain('其值為 1.42，而 48 組');
    expect(warnings(answer(told)).join()).not.toContain('without any skill');
    const lucky = dsr({ perPeriodSharpe: 0.1, expectedMaxSharpe: 0.12 });
    expect(warnings(answer(lucky)).join()).toContain('expected to show 1.70');
  });

  it('makes up no such ratio where the evidence does not hold it', () => {
    for (const [details, sharpe] of [
      [{}, 1.42],
      [{ perPeriodSharpe: 0, expectedMaxSharpe: 0.06 }, 0],
      [{ perPeriodSharpe: 0.1, expectedMaxSharpe: 0.06 }, null],
      [{ perPeriodSharpe: '0.1', expectedMaxSharpe: 0.06 }, 1.42],
      [{ perPeriodSharpe: -0.1, expectedMaxSharpe: 0.06 }, 1.42],
    ] as const) {
      expect(sure(dsr(details, sharpe))).not.toContain('without any skill');
    }
  });

  it('tells the size of a trade from whether it could be made', () => {
    const largest = { name: '2330', session: '2023-05-02', share: 0.08 };
    const capacity = verdict('capacity', {
      number: 0.03,
      threshold: 0.1,
      details: { capital: 1e8, largest },
    });
    const wrong = (verdicts: readonly object[]): string =>
      textOf(answer(sources({ report: { ...REPORT, verdicts } })).wrong);
    const both = wrong([capacity, verdict('feasibility', { number: 0, threshold: 0.05 })]);
    expect(both).toContain(
      'That is the size of a trade. Whether it could be made at all is another question: 0.0 %',
    );
    expect(wrong([capacity])).not.toContain('another question');
    expect(wrong([capacity, verdict('feasibility', { number: null, threshold: 0.05 })])).not.toContain(
      'another question',
    );
  });

  it('names the first session that it would decide, and the time left until the deadline', () => {
    const swap = { opensAt: null, closesAt: null, firstSession: '2024-02-02' };
    const now = Date.parse('2024-02-05T00:48:00.000Z');
    const { next } = answer(sources({ swap, now }));
    expect(textOf(next)).toContain('would be that of 2024-02-02 (market date)');
    expect(textOf(next)).toContain(' Time left: 3 days 2 hr.');
    expect(textOf(answer(sources({ swap, now }), 'zh-TW').next)).toContain('尚餘 3');
    for (const from of [sources({}), sources({ now: Date.parse('2024-02-09T00:00:00Z') })]) {
      expect(textOf(answer(from).next)).not.toMatch(/market date|Time left/u);
    }
  });
});
