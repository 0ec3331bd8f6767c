import type { NotificationSeverity } from '../../contracts/notification.ts';
import type { GateVerdict } from '../../contracts/verdict.ts';
import { clip, comparisonSign, formatNumber, plainProse } from './format.ts';
import { frameWords, pagesOf, sortVerdicts, verdictWords } from './message.ts';
import type { Fact, Message } from './message.ts';
import { plotPng } from './plot.ts';
import { renderText } from './text.ts';

/** Longer subjects are cut by mail clients anyway, and a folded header is a header that goes wrong. */
const MAX_SUBJECT = 140;

export interface EmailMessage {
  readonly subject: string;
  readonly text: string;
  /** Names its plots as `cid:NAME`. */
  readonly html: string;
  readonly plots: readonly { readonly name: string; readonly png: Buffer }[];
}

/** For text between tags and inside double-quoted attributes. */
export function escapeHtml(text: string): string {
  return text
    .replace(/&/gu, '&amp;')
    .replace(/</gu, '&lt;')
    .replace(/>/gu, '&gt;')
    .replace(/"/gu, '&quot;')
    .replace(/'/gu, '&#39;');
}

const safe = (text: string) => escapeHtml(plainProse(text));
const safeLines = (text: string) => safe(text).replace(/\n/gu, '<br>');

/** Dark enough on white for small text (contrast above 4.5 to 1). */
const SEVERITY_COLOUR: Readonly<Record<NotificationSeverity, string>> = {
  INFO: '#1f5f99',
  WARNING: '#8a5a00',
  ERROR: '#b3261e',
  CRITICAL: '#8c0f3f',
  EMERGENCY: '#5b0a5b',
};

const VERDICT_COLOUR: Readonly<Record<GateVerdict['verdict'], string>> = {
  pass: '#1b6b3a',
  fail: '#b3261e',
  inconclusive: '#8a5a00',
  error: '#8c0f3f',
};

const CELL = 'padding:6px 10px;border-bottom:1px solid #e3e6ea;vertical-align:top;text-align:left';
const NUMBER_CELL = `${CELL};text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums`;
const MONO = 'font-family:ui-monospace,Menlo,Consolas,monospace;font-size:13px';

function factTable(facts: readonly Fact[]): string {
  const rows = facts.map(
    ({ label, value }) =>
      `<tr><th scope="row" style="${CELL};font-weight:normal;color:#57606a;white-space:nowrap">${safe(label)}</th>` +
      `<td style="${CELL};word-break:break-word">${safe(value)}</td></tr>`,
  );
  return `<table role="presentation" style="border-collapse:collapse;width:100%;margin:16px 0">${rows.join('')}</table>`;
}

function verdictRow(verdict: GateVerdict, { words }: Pick<Message, 'words'>): string {
  const bound =
    verdict.threshold === null
      ? '–'
      : `${comparisonSign(verdict.comparison)} ${formatNumber(verdict.threshold)}`;
  const weight = verdict.enforced
    ? ''
    : ` <span style="color:#57606a">${words.language === 'en' ? '(reported only)' : '（僅供參考）'}</span>`;
  const named = verdictWords(verdict, words);
  return (
    `<tr><td style="${CELL};color:${VERDICT_COLOUR[verdict.verdict]};font-weight:bold;white-space:nowrap">${named.verdict}</td>` +
    `<td style="${CELL};white-space:nowrap">${safe(named.gate)}${weight}</td>` +
    `<td style="${NUMBER_CELL}">${safe(verdict.number === null && words.language === 'zh-TW' ? '未量測' : formatNumber(verdict.number))}</td>` +
    `<td style="${NUMBER_CELL}">${safe(bound)}</td>` +
    `<td style="${CELL}">${safe(verdict.reason)}</td></tr>`
  );
}

function verdictTable(message: Message): string {
  const { verdicts } = message;
  const say = frameWords(message);
  if (verdicts.length === 0) return '';
  const head = ['Verdict', 'Gate', 'Number', 'Needs', 'Reason']
    .map((label) => `<th scope="col" style="${CELL};color:#57606a;font-weight:normal">${say(label)}</th>`)
    .join('');
  const rows = sortVerdicts(verdicts)
    .map((verdict) => verdictRow(verdict, message))
    .join('');
  return `<table style="border-collapse:collapse;width:100%;margin:16px 0;font-size:14px"><tr>${head}</tr>${rows}</table>`;
}

function quoteBlock({ label, text }: Message['quotes'][number]): string {
  return (
    `<p style="margin:16px 0 4px;color:#57606a">${safe(label)}</p>` +
    `<blockquote style="margin:0;padding:8px 12px;border-left:3px solid #c5ccd3;background:#f6f8fa;word-break:break-word">${safeLines(text)}</blockquote>`
  );
}

function actionBlock({ label, command }: Message['actions'][number]): string {
  return (
    `<p style="margin:16px 0 4px;color:#57606a">${safe(label)}</p>` +
    `<pre style="margin:0;padding:10px 12px;background:#f0f2f5;white-space:pre-wrap;word-break:break-all;${MONO}">${safe(command)}</pre>`
  );
}

/** One column, no remote content, pictures that come along, inline styles: what every mail client shows, also on a telephone. */
function renderHtml(message: Message): string {
  const colour = SEVERITY_COLOUR[message.severity];
  const link = pagesOf(message)
    .map(
      ({ label, url }) =>
        `<p style="margin:20px 0"><a href="${escapeHtml(url)}" style="color:#1f5f99">${safe(label)}</a></p>`,
    )
    .join('');
  const plots = message.series
    .map(
      ({ title, unit, points, bound }, index) =>
        `<p style="margin:16px 0 4px;color:#57606a">${safe(title)} (${safe(unit)}): ${safe(formatNumber(points.at(-1) ?? null))}` +
        `${bound === null ? '' : `, – – ${safe(formatNumber(bound))}`}</p>` +
        `<img src="cid:${plotName(index)}" width="640" height="200" style="max-width:100%" alt="${escapeHtml(plainProse(title))}">`,
    )
    .join('');
  const identity = message.identity.map(({ label, value }) => `${safe(label)} ${safe(value)}`).join(' · ');
  return (
    `<!doctype html><html lang="${message.words.language === 'zh-TW' ? 'zh-Hant-TW' : 'en'}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
    `<title>${safe(message.headline)}</title></head>` +
    `<body style="margin:0;padding:16px;background:#ffffff;color:#1c2128;font:15px/1.45 system-ui,-apple-system,'Segoe UI',sans-serif">` +
    `<div style="max-width:680px;margin:0 auto;border-top:4px solid ${colour};padding-top:14px">` +
    `<p style="margin:0;color:${colour};font-weight:bold;font-size:13px">${message.severity}</p>` +
    `<h1 style="margin:4px 0 8px;font-size:20px;line-height:1.3">${safe(message.headline)}</h1>` +
    `<p style="margin:0">${safe(message.needed)}</p>` +
    (message.facts.length === 0 ? '' : factTable(message.facts)) +
    plots +
    verdictTable(message) +
    message.quotes.map(quoteBlock).join('') +
    message.actions.map(actionBlock).join('') +
    link +
    `<p style="margin:24px 0 0;padding-top:10px;border-top:1px solid #e3e6ea;color:#57606a;font-size:12px;word-break:break-word">${identity}</p>` +
    `</div></body></html>\n`
  );
}

/** The same name in the HTML and in the attachment. */
const plotName = (index: number): string => `plot-${String(index + 1)}@contender`;

/** HTML, the same as text, and a bounded subject without anything a person typed. */
export function renderEmail(message: Message): EmailMessage {
  const subject = plainProse(`[${message.severity}] ${message.headline}`).replace(/\s+/gu, ' ');
  return {
    subject: clip(subject, MAX_SUBJECT),
    text: renderText(message),
    html: renderHtml(message),
    plots: message.series.map((series, index) => ({ name: plotName(index), png: plotPng(series) })),
  };
}
