import { describe, expect, it } from 'vitest';
import type { AnswerSources } from '../../../dashboards/web/src/answer-line.ts';
import { answer, REPORT, sources, textOf, warnings } from './decision-records.ts';

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
