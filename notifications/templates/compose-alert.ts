import type { AlertItem } from '../../contracts/alert.ts';
import type { AlertGroupEvent } from '../../contracts/notification.ts';
import { CONTENDER, clip, formatInstant } from './format.ts';
import type { Body, Fact, NextAction, Quote } from './message.ts';

const RUNBOOKS = 'docs/runbooks/';

/** Where the steps of a rule are written down. */
export const runbookOf = (rule: string): string => `${RUNBOOKS}${rule}.md`;

/** The same places for readers of Chinese. */
export const runbooksInChinese = (places: string): string => places.replaceAll(RUNBOOKS, `${RUNBOOKS}zh-TW/`);

const count = (number: number, one: string): string => `${String(number)} ${number === 1 ? one : `${one}s`}`;

function headlineOf({ status, firing, resolved, items, model }: AlertGroupEvent): string {
  const [first] = items;
  const summary = clip(first?.summary ?? '', 160);
  const about = model === null || summary.includes(model) ? '' : `${model}: `;
  if (status === 'resolved') {
    return resolved === 1
      ? `${about}over: ${summary}`
      : `${about}${count(resolved, 'alert')} over: ${summary}`;
  }
  return firing === 1 ? `${about}${summary}` : `${about}${count(firing, 'alert')}, first: ${summary}`;
}

function neededOf({ status, firing, resolved, items, step }: AlertGroupEvent): string {
  if (status === 'resolved') return 'Nothing is needed: no alert of this group fires any more.';
  const [first] = items;
  const also = resolved === 0 ? '' : ` ${count(resolved, 'other alert')} ended meanwhile.`;
  const again = step === 0 ? '' : 'Nobody has acknowledged this yet. ';
  if (firing === 1) return `${again}${first?.description ?? ''}${also}`;
  const shown = items.filter((item) => item.status === 'firing').length;
  const rest = firing > shown ? ` The ${String(shown)} worst are shown, the command lists all.` : '';
  return `${again}${count(firing, 'alert')} fire in this group.${also}${rest}`;
}

const started = (item: AlertItem): Fact => ({ label: 'Since', value: formatInstant(item.startsAt) });

function factsOf({ firing, items, groupLabels }: AlertGroupEvent): readonly Fact[] {
  const [first] = items;
  if (first === undefined) return [];
  if (firing <= 1 && items.length === 1) {
    const own = Object.entries(first.labels)
      .filter(([name]) => !['alertname', 'severity', 'model'].includes(name))
      .map(([label, value]) => ({ label, value }));
    return [
      started(first),
      ...(first.endsAt === null ? [] : [{ label: 'Ended', value: formatInstant(first.endsAt) }]),
      ...own,
      ...first.facts,
      { label: 'Runbook', value: runbookOf(first.rule) },
    ];
  }
  const shared = Object.entries(groupLabels).map(([name, value]) => `${name}=${value}`);
  const rules = [...new Set(items.map(({ rule }) => runbookOf(rule)))];
  return [
    ...(shared.length === 0 ? [] : [{ label: 'Grouped by', value: shared.join(', ') }]),
    ...items.map((item) => ({
      label: `#${String(item.id)} ${item.status === 'firing' ? item.severity : 'over'}`,
      value: clip(item.summary, 300),
    })),
    { label: rules.length === 1 ? 'Runbook' : 'Runbooks', value: clip(rules.join(', '), 400) },
  ];
}

/** What each alert says at length, when several share a message. */
function quotesOf({ firing, items }: AlertGroupEvent): readonly Quote[] {
  if (firing <= 1 && items.length === 1) return [];
  return items
    .filter(({ status }) => status === 'firing')
    .slice(0, 3)
    .map(({ id, description }) => ({ label: `#${String(id)}`, text: description }));
}

function actionsOf({ status, firing, items, groupLabels, model }: AlertGroupEvent): readonly NextAction[] {
  const list = `${CONTENDER} alerts list${model === null ? '' : ` --model ${model}`}`;
  if (status === 'resolved') return [{ label: 'See what happened', command: `${CONTENDER} alerts history` }];
  const open = items.filter((item) => item.status === 'firing');
  const ids = open.map(({ id }) => String(id)).join(' ');
  const labels = groupLabels['alertname'] === undefined ? (open[0]?.labels ?? {}) : groupLabels;
  const matchers = Object.entries(labels)
    .filter(([name, value]) => /^[a-z_]+$/u.test(name) && /^[\w.-]+$/u.test(value))
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
  return [
    ...(open.length === 1 ? (open[0]?.actions ?? []) : []),
    { label: 'Acknowledge', command: `${CONTENDER} alerts ack ${ids} --reason "..."` },
    ...(matchers === ''
      ? []
      : [{ label: 'Silence', command: `${CONTENDER} alerts silence ${matchers} --for 2h --reason "..."` }]),
    ...(firing > open.length || open.length > 1 ? [{ label: 'See all of them', command: list }] : []),
  ];
}

/** A group of alerts. */
export function composeAlertGroup(event: AlertGroupEvent): Body {
  return {
    headline: headlineOf(event),
    needed: neededOf(event),
    facts: factsOf(event),
    verdicts: [],
    quotes: quotesOf(event),
    actions: actionsOf(event),
  };
}
