import type { AlertItem } from '../../contracts/alert.ts';
import type { NotificationEvent } from '../../contracts/notification.ts';
import { told } from '../../contracts/wording/told.ts';
import { composeAlertGroup } from './compose-alert.ts';
import { composeAlarm, composeFailed, composeMonthEnded, composeScheduleMissed } from './compose-incident.ts';
import { composeRolledBack, composeSwapPartial, composeSwapped } from './compose-reign.ts';
import { composeApprovalAsked, composeApprovalExpiring, composeRefused } from './compose-retrain.ts';
import { composeGatesHeld } from './compose-gates.ts';
import { composeObjection } from './compose-objection.ts';
import { composeSpecProposed } from './compose-spec.ts';
import { CHINESE_LABELS, inChinese } from './chinese.ts';
import { identityFacts } from './message.ts';
import type { Body, Fact, Message } from './message.ts';
import { ENGLISH } from './wording.ts';
import type { Wording } from './wording.ts';

function composeBody(event: NotificationEvent): Body {
  switch (event.kind) {
    case 'retrain-refused':
      return composeRefused(event);
    case 'approval-asked':
      return composeApprovalAsked(event);
    case 'approval-expiring':
      return composeApprovalExpiring(event);
    case 'swapped':
      return composeSwapped(event);
    case 'swap-partial':
      return composeSwapPartial(event);
    case 'rolled-back':
      return composeRolledBack(event);
    case 'gates-held':
      return composeGatesHeld(event);
    case 'objection':
      return composeObjection(event);
    case 'spec-proposed':
      return composeSpecProposed(event);
    case 'failed':
      return composeFailed(event);
    case 'schedule-missed':
      return composeScheduleMissed(event);
    case 'month-ended':
      return composeMonthEnded(event);
    case 'alarm':
      return composeAlarm(event);
    case 'alert':
      return composeAlertGroup(event);
  }
}

/** Plots of one mail. */
const MAX_PLOTS = 4;

/** The page on which whatever the event asks for is looked at and signed. */
function linksOf(event: NotificationEvent, { dashboardUrl }: Wording): Message['links'] {
  if (dashboardUrl === null) return [];
  return [
    ...(event.kind === 'alert' ? alertLinks(event.items, dashboardUrl) : []),
    ...(event.kind === 'spec-proposed'
      ? [
          {
            label: 'Open the proposal',
            url: `${withoutSlash(dashboardUrl)}/proposals/${String(event.proposal)}`,
          },
        ]
      : []),
    ...retrainLinks(event, dashboardUrl),
  ];
}

/** The page of an alert, with its runbook, and the one on which it is answered where that is another; of several the list. */
function alertLinks(items: readonly AlertItem[], dashboardUrl: string): Message['links'] {
  const [first] = items;
  if (items.length !== 1 || first === undefined) {
    return [{ label: 'Open the alerts', url: `${withoutSlash(dashboardUrl)}/alerts` }];
  }
  const { id, rule, labels, retrain } = first;
  const waivable = rule === 'gates-held' && labels['cause'] === 'waivable-fail' && retrain !== null;
  return [
    ...(waivable ? [waiversLink(dashboardUrl, retrain)] : []),
    { label: 'Open the alert', url: alertAddress(dashboardUrl, id) },
  ];
}

const retrainAddress = (dashboardUrl: string, retrain: string): string =>
  `${withoutSlash(dashboardUrl)}/retrains/${encodeURIComponent(retrain)}`;

const waiversLink = (dashboardUrl: string, retrain: string): Message['links'][number] => ({
  label: 'Open the page of waivers',
  url: `${retrainAddress(dashboardUrl, retrain)}/waivers`,
});

const withoutSlash = (url: string): string => url.replace(/\/+$/u, '');

/** Where the dashboard shows one alert. */
export const alertAddress = (dashboardUrl: string, id: number): string =>
  `${withoutSlash(dashboardUrl)}/alerts/${String(id)}`;

function retrainLinks(event: NotificationEvent, dashboardUrl: string): Message['links'] {
  if (event.retrain === null) return [];
  const asks =
    event.kind === 'approval-asked' || event.kind === 'approval-expiring' || event.kind === 'objection';
  const url = retrainAddress(dashboardUrl, event.retrain);
  if (event.kind === 'gates-held' && event.cause === 'waivable-fail') {
    return [waiversLink(dashboardUrl, event.retrain)];
  }
  return [
    asks
      ? { label: 'Open the approval page', url: `${url}/approval` }
      : { label: 'Open the page of the retrain', url },
  ];
}

/** Says what an event means, in the same words for every channel. The same event gives the same message. */
export function composeMessage(event: NotificationEvent, words: Wording = ENGLISH): Message {
  const body = composeBody(event);
  const chinese = words.language === 'zh-TW';
  const named = ({ label, ...rest }: Fact): Fact => ({
    ...rest,
    label: chinese ? (CHINESE_LABELS[label] ?? label) : label,
  });
  return {
    ...(chinese ? inChinese(body, event) : body),
    severity: event.severity,
    series: (event.kind === 'alert'
      ? event.items.flatMap(({ series }) => series).slice(0, MAX_PLOTS)
      : []
    ).map((series) => ({ ...series, title: told(series.title, words.language).text })),
    links: linksOf(event, words),
    words,
    temporalUrl: event.temporalUrl,
    identity: identityFacts(event).map(named),
  };
}
