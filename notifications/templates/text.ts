import type { GateVerdict } from '../../contracts/verdict.ts';
import { comparisonSign, formatNumber, plainProse } from './format.ts';
import { frameWords, pagesOf, sortVerdicts, verdictWords } from './message.ts';
import type { Fact, Message } from './message.ts';
import type { Wording } from './wording.ts';

/** `FAIL dsr 0.91 (needs ≥ 0.95): too many trials for this Sharpe ratio`, on one line. */
export function verdictLine(verdict: GateVerdict, words: Wording): string {
  const chinese = words.language === 'zh-TW';
  const sign = comparisonSign(verdict.comparison);
  const bound =
    verdict.threshold === null
      ? ''
      : chinese
        ? `（要求 ${sign} ${formatNumber(verdict.threshold)}）`
        : ` (needs ${sign} ${formatNumber(verdict.threshold)})`;
  const weight = verdict.enforced ? '' : chinese ? '［僅供參考］' : ' [reported only]';
  const reason = plainProse(verdict.reason).replace(/\s+/gu, ' ');
  const named = verdictWords(verdict, words);
  const number = verdict.number === null && chinese ? '未量測' : formatNumber(verdict.number);
  return `${named.verdict.toUpperCase()} ${named.gate} ${number}${bound}${weight}${chinese ? '：' : ': '}${reason}`;
}

/** Every line of somebody else's text starts with `| `, so that it cannot pass for one of ours. */
export function quoteLines(text: string): string {
  return plainProse(text)
    .split('\n')
    .map((line) => `| ${line}`)
    .join('\n');
}

const factLines = (facts: readonly Fact[], width: number) =>
  facts.map(({ label, value }) => `${`${label}:`.padEnd(width)} ${plainProse(value)}`).join('\n');

/** The message for a terminal, a log file and the text part of a mail. */
export function renderText(message: Message): string {
  const parts = [`[${message.severity}] ${message.headline}\n${message.needed}`];
  if (message.facts.length > 0) parts.push(factLines(message.facts, 22));
  if (message.verdicts.length > 0) {
    parts.push(
      `${frameWords(message)('Verdicts')}:\n${sortVerdicts(message.verdicts)
        .map((verdict) => verdictLine(verdict, message.words))
        .join('\n')}`,
    );
  }
  for (const quote of message.quotes) parts.push(`${quote.label}:\n${quoteLines(quote.text)}`);
  for (const action of message.actions) parts.push(`${action.label}:\n  ${action.command}`);
  for (const { label, url } of pagesOf(message)) parts.push(`${label}: ${url}`);
  parts.push(`--\n${factLines(message.identity, 13)}`);
  return `${parts.join('\n\n')}\n`;
}
