import type { AnswerLine, Wording } from './answer-line.ts';
import { plain, warning } from './answer-line.ts';
import type { StoredGateReport } from './api/schemas.ts';
import { largestTrade, reportFacts, verdictsOf } from './report.ts';
import { sinceSample } from './samples.ts';

/**
 * How deep it fell: over the test, and of a refresh beside the champion where their files differ. `alone`: there is no champion.
 */
export function fallLines(
  stored: StoredGateReport,
  alone: boolean,
  { t, format }: Wording,
): readonly AnswerLine[] {
  const { candidate, benchmark, sessions, route } = reportFacts(stored);
  const fell = (share: number | null): string => format.percent(share, 1);
  const lines: AnswerLine[] = [];
  if (candidate.drawdown !== null) {
    const id =
      alone || route === 'first'
        ? 'short.fall.alone'
        : route === 'refresh'
          ? 'short.fall.shared'
          : 'short.fall';
    const values = { own: fell(candidate.drawdown), other: fell(benchmark.drawdown) };
    lines.push(plain(t(id, { ...values, count: format.count(sessions.count) })));
  }
  const { number = null, details = {} } = verdictsOf(stored).find(({ gate }) => gate === 'drawdown') ?? {};
  const other = details['benchmark'];
  if (route === 'refresh' && number !== null && typeof other === 'number') {
    const count = format.count(sinceSample(stored).sessions);
    lines.push(plain(t('short.fall.since', { own: fell(number), other: fell(other), count })));
  }
  return lines;
}

/** The largest share that one trade takes of what its name trades: where a book of this size is felt first. */
export function tradeLine(
  stored: StoredGateReport,
  market: string,
  { t, format }: Wording,
): readonly AnswerLine[] {
  const largest = largestTrade(stored);
  if (largest === null) return [];
  const { name, session, share, capital, usual, bound } = largest;
  const say = bound !== null && share > bound ? warning : plain;
  const refused = verdictsOf(stored).find(({ gate }) => gate === 'feasibility')?.number ?? null;
  return [
    say(
      t('short.largest-trade', {
        ...{ name, session },
        share: format.percent(share, 1),
        capital: format.money(capital, market),
        usual: format.percent(usual, 1),
        bound: format.percent(bound, 1),
        count: format.count(reportFacts(stored).sessions.count),
      }),
    ),
    // Two gates speak of trades: none refused beside one that is too large reads like a contradiction.
    ...(refused === null
      ? []
      : [plain(t('short.largest-trade.refused', { refused: format.percent(refused, 1) }))]),
  ];
}
