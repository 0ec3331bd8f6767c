import { clip, plainProse } from './format.ts';
import { pagesOf, sortVerdicts } from './message.ts';
import type { Message } from './message.ts';
import { verdictLine } from './text.ts';

/** Limits of Block Kit: blocks of a message, characters of a header, of a section and of a field, fields of a section. */
const MAX_BLOCKS = 50;
const MAX_HEADER = 150;
const MAX_SECTION = 3000;
const MAX_FIELD = 2000;
const MAX_FIELDS = 10;

interface PlainText {
  readonly type: 'plain_text';
  readonly text: string;
  readonly emoji: false;
}

interface Markdown {
  readonly type: 'mrkdwn';
  readonly text: string;
  readonly verbatim: true;
}

export type SlackBlock =
  | { readonly type: 'header'; readonly text: PlainText }
  | { readonly type: 'section'; readonly text: PlainText | Markdown }
  | { readonly type: 'section'; readonly fields: PlainText[] }
  | { readonly type: 'context'; readonly elements: (PlainText | Markdown)[] }
  | { readonly type: 'divider' };

export interface SlackMessage {
  /** Shown in push notifications and by clients without blocks: what happened and what is needed. */
  readonly text: string;
  readonly blocks: SlackBlock[];
}

/** The three control characters of Slack text. Without them nobody is mentioned and nothing becomes a link. */
export function escapeSlack(text: string): string {
  return text.replace(/&/gu, '&amp;').replace(/</gu, '&lt;').replace(/>/gu, '&gt;');
}

/** Escapes and keeps the result within `maxLength`, cutting before the escape so that no entity is halved. */
function escapeWithin(text: string, maxLength: number): string {
  let room = maxLength;
  let escaped = escapeSlack(clip(text, room));
  while (escaped.length > maxLength) {
    room -= Math.max(Math.ceil((escaped.length - maxLength) / 5), 1);
    escaped = escapeSlack(clip(text, room));
  }
  return escaped;
}

/** Plain text objects know no formatting at all, so whatever is not a command or a link of ours goes into one. */
const plain = (text: string, maxLength: number): PlainText => ({
  type: 'plain_text',
  text: escapeWithin(plainProse(text), maxLength),
  emoji: false,
});

const markdown = (text: string): Markdown => ({ type: 'mrkdwn', text, verbatim: true });

/** Packs lines into as few texts as fit, each within `maxLength`. */
function packLines(lines: readonly string[], maxLength: number): string[] {
  const packed: string[] = [];
  for (const line of lines) {
    const short = clip(line, maxLength);
    const last = packed.at(-1);
    if (last !== undefined && escapeSlack(`${last}\n${short}`).length <= maxLength) {
      packed[packed.length - 1] = `${last}\n${short}`;
    } else {
      packed.push(short);
    }
  }
  return packed;
}

function factBlocks(message: Message): SlackBlock[] {
  const blocks: SlackBlock[] = [];
  for (let start = 0; start < message.facts.length; start += MAX_FIELDS) {
    const fields = message.facts
      .slice(start, start + MAX_FIELDS)
      .map(({ label, value }) => plain(`${label}\n${value}`, MAX_FIELD));
    blocks.push({ type: 'section', fields });
  }
  return blocks;
}

function contextBlocks(message: Message): SlackBlock[] {
  const small = message.identity.map(({ label, value }) => `${label} ${value}`).join(' · ');
  const elements: (PlainText | Markdown)[] = [plain(small, MAX_FIELD)];
  // A bar would end the address and start the label.
  const pages = pagesOf(message).map(({ label, url }) =>
    markdown(`<${escapeSlack(url).replace(/\|/gu, '%7C')}|${escapeSlack(label)}>`),
  );
  elements.unshift(...pages);
  return [{ type: 'divider' }, { type: 'context', elements }];
}

/** Block Kit for an incoming webhook, at most 50 blocks, with a plain fallback. */
export function renderSlack(message: Message): SlackMessage {
  const title = `[${message.severity}] ${message.headline}`;
  const blocks: SlackBlock[] = [
    { type: 'header', text: plain(title, MAX_HEADER) },
    { type: 'section', text: plain(message.needed, MAX_SECTION) },
    ...factBlocks(message),
    ...packLines(
      sortVerdicts(message.verdicts).map((verdict) => verdictLine(verdict, message.words)),
      MAX_SECTION,
    ).map((text) => ({ type: 'section', text: plain(text, MAX_SECTION) }) satisfies SlackBlock),
    ...message.quotes.map(
      ({ label, text }) =>
        ({ type: 'section', text: plain(`${label}: ${text}`, MAX_SECTION) }) satisfies SlackBlock,
    ),
    ...message.actions.map(
      ({ label, command }) =>
        ({
          type: 'section',
          text: markdown(`${escapeSlack(label)}:\n\`\`\`${escapeSlack(command)}\`\`\``),
        }) satisfies SlackBlock,
    ),
  ];
  const end = contextBlocks(message);
  return {
    text: escapeWithin(`${title}. ${message.needed}`, MAX_SECTION),
    blocks: [...blocks.slice(0, MAX_BLOCKS - end.length), ...end],
  };
}
