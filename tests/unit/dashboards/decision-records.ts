import { setupI18n } from '@lingui/core';
import { compileMessage } from '@lingui/message-utils/compileMessage';
import { closedUp } from '../../../contracts/wording/closed-up.ts';
import type { GateVerdict } from '../../../contracts/verdict.ts';
import type { AnswerSources, DecisionAnswers } from '../../../dashboards/web/src/answer-line.ts';
import { decisionAnswers } from '../../../dashboards/web/src/decision-answers.ts';
import { formatOf } from '../../../dashboards/web/src/formats.ts';
import { en } from '../../../dashboards/web/src/i18n/en.ts';
import { zhTw } from '../../../dashboards/web/src/i18n/zh-tw.ts';
import { closenessOf } from '../../../gates/closeness.ts';
import { judgedSize } from '../../../gates/judged-size.ts';

/** The spec in force, as far as the page reads it. */
export const SPEC = {
  market: 'XTAI',
  gates: { maxDrawdownTolerance: 0.02 },
  shadow: { minRankAgreement: -0.5 },
  guard: {
    ...{ autoRollback: true, sessions: 10, falseRollbackRate: 0.05, failedLimit: 1, inconclusiveLimit: 5 },
    ...{ maxConsecutiveErrors: 3, cooldownSessions: 2, maxRollbacksPerDay: 2 },
  },
};

/** What a person reads first on the approval page, out of records as the API gives them. */
export const REPORT = {
  route: 'refresh',
  candidate: { annualisedSharpe: 1.42, annualisedReturn: 0.123, maximumDrawdown: 0.11 },
  benchmark: { annualisedSharpe: 1.3, maximumDrawdown: 0.1 },
  pairedSessions: { count: 504, first: '2022-01-03', last: '2024-01-31' },
  trials: { counted: 48 },
  inputs: { loosened: [], secondPerson: '' },
  verdicts: [
    verdict('leak', { number: 0, threshold: 0, comparison: '==' }),
    verdict('dsr', { number: 0.97, threshold: 0.95 }),
    verdict('pbo', { number: 0.05, threshold: 0.2, comparison: '<=', details: { combinations: 12_870 } }),
    verdict('non-inferiority', {
      ...{ number: -0.05, threshold: -0.3 },
      details: { difference: 0.11, sessions: 60, confidence: 0.8 },
    }),
    verdict('capacity', { verdict: 'fail', number: 0.3, threshold: 0.1, comparison: '<=', enforced: false }),
  ],
};
export const FIRST = {
  ...REPORT,
  route: 'first',
  verdicts: [
    verdict('drawdown', {
      ...{ verdict: 'inconclusive', number: 0.1, threshold: null, comparison: '<=', enforced: false },
    }),
  ],
};
export const EVIDENCE = [
  {
    kind: 'shadow',
    body: {
      facts: {
        powerCard: { sessions: 7, detectableSharpe: 21.4 },
        transition: { entering: ['2330', '2317'], leaving: ['1101'], kept: 28, names: 30, turnover: 0.06 },
      },
    },
  },
  {
    kind: 'decision',
    body: { facts: { specDifference: [{ path: 'gates.dsrMin', before: 0.9, after: 0.95 }] } },
  },
];

export function verdict(gate: string, changes: object) {
  return {
    gate,
    verdict: 'pass',
    comparison: '>=',
    enforced: true,
    reason: 'measured',
    details: {},
    ...changes,
  };
}

export function sources(changes: {
  readonly report?: object | null;
  readonly approval?: object;
  readonly view?: object;
  readonly evidence?: readonly object[];
  readonly waivers?: readonly object[];
  readonly swap?: object | null;
  readonly clock?: object;
  readonly now?: number;
}): AnswerSources {
  const { report = REPORT, approval = {}, view = {}, evidence = EVIDENCE, waivers = [] } = changes;
  const { swap = { opensAt: null, closesAt: null }, clock = { mode: 'live' } } = changes;
  return {
    detail: { retrain: { status: 'open', model: 'tw-alpha', version: 2 }, clock, waivers, swap },
    approval: {
      ...{ model: 'tw-alpha', version: 2, admission: 'promotion', needed: 1, approvedBy: [] },
      ...{ expectedEpoch: 1, expiresAt: '2024-02-08T02:48:00.000Z', ...approval },
    },
    view: {
      champion: { number: 1 },
      reign: { businessAt: '2023-01-30T06:30:00.000Z' },
      spec: SPEC,
      ...view,
    },
    stored: report === null ? null : { report, ...reckonedOf(report) },
    evidence,
    now: changes.now ?? null,
  } as unknown as AnswerSources;
}

/** As the API gives it beside the report. */
function reckonedOf(report: object): object {
  const { verdicts } = report as { readonly verdicts: readonly GateVerdict[] };
  return {
    closeness: verdicts.flatMap((one) => closenessOf(one) ?? []),
    judgedSize: judgedSize(verdicts),
  };
}

export const i18n = setupI18n().setMessagesCompiler(compileMessage);
i18n.load({ en, 'zh-TW': zhTw });

export function answer(from: AnswerSources, locale: 'en' | 'zh-TW' = 'en'): DecisionAnswers {
  i18n.activate(locale);
  return decisionAnswers(from, {
    t: (id, values = {}) =>
      locale === 'en' ? i18n._(id, { ...values }) : closedUp(i18n._(id, { ...values })),
    format: formatOf(locale),
    readerZone: 'America/New_York',
  });
}

export const textOf = (lines: DecisionAnswers['sure']): string => lines.map(({ text }) => text).join('\n');
export const warnings = (answers: DecisionAnswers): readonly string[] =>
  [...answers.changes, ...answers.sure, ...answers.wrong, ...answers.look, ...answers.next]
    .filter(({ tone }) => tone === 'warn')
    .map(({ text }) => text);
