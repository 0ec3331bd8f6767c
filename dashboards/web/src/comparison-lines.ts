import type { AnswerLine, Wording } from './answer-line.ts';
import { plain, warning } from './answer-line.ts';
import type { GateVerdict, StoredGateReport } from './api/schemas.ts';
import { boundTold, confidenceOf } from './confidence.ts';
import { gateNumber } from './gate-numbers.ts';
import { leadText } from './lead-text.ts';
import { dailyDifference, reportFacts } from './report.ts';
import type { ReportFacts } from './report.ts';

/** The candidate of a refresh beside the one that answers today, and which of them leads in what. */
export function modelsCompared(
  stored: StoredGateReport,
  verdicts: readonly GateVerdict[],
  wording: Wording,
): readonly AnswerLine[] {
  const { t, format } = wording;
  const compared = verdicts.find(({ gate }) => gate === 'non-inferiority');
  const difference = compared?.details['difference'];
  if (reportFacts(stored).route !== 'refresh' || compared === undefined || typeof difference !== 'number')
    return [];
  const { number, threshold, gate } = compared;
  const names = { who: 'who.candidate', whom: 'who.champion' } as const;
  const sharpe = leadText({ ...names, measure: 'sharpe' }, difference, wording);
  const { sessions } = compared.details;
  const apart = dailyDifference(stored);
  // Only of the very sessions that the Sharpe ratios are of: a lead in one and a lag in the other must be of one sample.
  const daily = apart?.sessions === sessions ? apart : null;
  return [
    plain(
      t(daily === null ? 'short.no-worse' : 'short.no-worse.daily', {
        count: format.count(typeof sessions === 'number' ? sessions : null),
        sharpe,
        daily: daily === null ? '' : leadText({ ...names, measure: 'daily' }, daily.mean, wording),
        bound: boundTold(gateNumber(gate, number, format), confidenceOf(compared), wording),
        allowed: gateNumber(gate, threshold, format),
      }),
    ),
  ];
}

/** What the recipe earned out of sample, and beside the champion's. */
export function tested(stored: StoredGateReport, wording: Wording): readonly AnswerLine[] {
  const { t, format } = wording;
  const facts = reportFacts(stored);
  const { sessions, candidate, benchmark, route } = facts;
  if (candidate.sharpe === null) return [];
  const values = {
    count: format.count(sessions.count),
    first: sessions.first,
    last: sessions.last,
    sharpe: format.number(candidate.sharpe, 2),
    return: format.percent(candidate.annualReturn, 1),
  };
  if (route === 'refresh') return [plain(t('short.tested.shared', values))];
  if (route !== 'new-recipe') return [plain(t('short.tested', values))];
  // Less than what it replaces is what a reader has to see first.
  const say = (candidate.annualReturn ?? 0) < (benchmark.annualReturn ?? -Infinity) ? warning : plain;
  const other = {
    other: format.number(benchmark.sharpe, 2),
    otherReturn: format.percent(benchmark.annualReturn, 1),
  };
  const leads = leadsOf(facts, wording);
  return [
    say(
      leads === null
        ? t('short.tested.beside', { ...values, ...other })
        : t('short.tested.beside.led', { ...values, ...other, ...leads }),
    ),
  ];
}

function leadsOf(
  { candidate, benchmark }: Pick<ReportFacts, 'candidate' | 'benchmark'>,
  wording: Wording,
): { readonly inReturn: string; readonly inSharpe: string } | null {
  if (candidate.annualReturn === null || candidate.sharpe === null) return null;
  if (benchmark.annualReturn === null || benchmark.sharpe === null) return null;
  const names = { who: 'who.candidate', whom: 'who.recipe' } as const;
  return {
    inReturn: leadText(
      { ...names, measure: 'annual' },
      candidate.annualReturn - benchmark.annualReturn,
      wording,
    ),
    inSharpe: leadText({ ...names, measure: 'sharpe' }, candidate.sharpe - benchmark.sharpe, wording),
  };
}
