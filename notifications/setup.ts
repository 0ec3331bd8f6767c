import { join } from 'node:path';
import type { AlertingFile } from '../alerting/config.ts';
import { matchingRoutes, routeTree } from '../alerting/route-tree.ts';
import type { NotificationEvent } from '../contracts/notification.ts';
import type { Channel } from './channels/channel.ts';
import type { Papers } from './channels/papers.ts';
import { emailChannel } from './channels/email-channel.ts';
import { logChannel } from './channels/log-channel.ts';
import { slackChannel } from './channels/slack-channel.ts';
import { unconfiguredChannel } from './channels/unconfigured-channel.ts';
import { alertOfEvent } from './alert-of-event.ts';
import { NotificationDispatcher } from './dispatcher.ts';
import type { DispatcherOptions } from './dispatcher.ts';
import { ROUTE_CHANNEL } from './outbox-port.ts';
import type { ChannelName } from './outbox-port.ts';
import { fileChannels } from './file-channels.ts';
import type { ChannelGround } from './file-channels.ts';
import { NO_ALERTS } from './route-lane.ts';
import type { Wording } from './templates/wording.ts';
import { systemTimer } from './timer.ts';

export interface NotificationSettings {
  /** null: no Slack. */
  readonly slack: { readonly webhookUrl: string } | null;
  /** Whether approval messages in Slack have buttons: the control API knows the signing secret. */
  readonly slackButtons: boolean;
  /** null: no mail. */
  readonly email: { readonly smtpUrl: string; readonly from: string; readonly to: readonly string[] } | null;
  /** The data folder of the installation; messages are kept in its `notifications` folder. */
  readonly dataFolder: string;
  /** Bound of one attempt, milliseconds. */
  readonly timeoutMs: number;
  readonly words: Wording;
  /** Documents that go with mails. */
  readonly papers: Papers;
}

export interface NotificationParts extends Omit<
  DispatcherOptions,
  'channels' | 'lastResort' | 'route' | 'alerts'
> {
  readonly settings: NotificationSettings;
  /** Who hears of what; null: no alert router runs, and every channel hears of everything. */
  readonly alerting: AlertingFile | null;
  /** Channels with messages that wait, configured or not. */
  readonly waiting: readonly ChannelName[];
  /** Told when an event became a report to the alert router. */
  readonly onAlerts: () => void;
  /** Told about each message that is kept as a file. */
  readonly announce: (headline: string, file: string) => void;
}

/** Messages kept as files; a year of a busy installation. */
const KEPT_MESSAGES = 1000;

function configuredChannels(settings: NotificationSettings, now: () => number): readonly Channel[] {
  const { slack, slackButtons: buttons, email, timeoutMs, words, papers } = settings;
  return [
    ...(slack === null
      ? []
      : [slackChannel({ name: 'slack', webhookUrl: slack.webhookUrl, timeoutMs, now, words, buttons })]),
    ...(email === null ? [] : [emailChannel({ name: 'email', ...email, timeoutMs, words, papers })]),
  ];
}

/** Channels of the settings, which people can configure and take away again. */
const CONFIGURABLE: readonly ChannelName[] = ['slack', 'email'];
/** The channel that keeps messages as files. */
const LAST_RESORT = 'log';

/** Channels that the settings alone give: those configured, or the notifications folder when there is none. */
export function builtInChannels(
  settings: Pick<NotificationSettings, 'slack' | 'email'>,
): readonly ChannelName[] {
  const names = [
    ...(settings.slack === null ? [] : ['slack']),
    ...(settings.email === null ? [] : ['email']),
  ];
  return names.length === 0 ? [LAST_RESORT] : names;
}

/** Who hears of an event that is no alert: the receivers of the routing tree, by kind, severity and model. */
function storyRoute(file: AlertingFile): (event: NotificationEvent) => readonly ChannelName[] {
  const tree = routeTree(file.route);
  return ({ kind, severity, model }) => {
    const labels = { alertname: kind, severity, ...(model === null ? {} : { model }) };
    const receivers = new Set(matchingRoutes(tree, labels).map(({ receiver }) => receiver));
    return file.receivers.filter(({ name }) => receivers.has(name)).flatMap(({ channels }) => channels);
  };
}

/**
 * Wires the dispatcher from the settings and the alerting file.
 *
 * @throws ChannelMisconfigured before anything is sent
 */
export function createDispatcher(parts: NotificationParts): NotificationDispatcher {
  const { settings, announce, alerting, waiting, onAlerts, ...rest } = parts;
  const timer = rest.timer ?? systemTimer;
  const now = (): number => timer.now();
  const ground: ChannelGround = {
    slackButtons: settings.slackButtons,
    papers: settings.papers,
    smtp: settings.email === null ? null : { smtpUrl: settings.email.smtpUrl, from: settings.email.from },
    dashboardUrl: settings.words.dashboardUrl,
    timeoutMs: settings.timeoutMs,
    now,
  };
  const configured = [
    ...configuredChannels(settings, now),
    ...(alerting === null ? [] : fileChannels(alerting, ground)),
  ];
  const lastResort = logChannel({
    folder: join(settings.dataFolder, 'notifications'),
    keep: KEPT_MESSAGES,
    announce,
    words: settings.words,
  });
  const known = new Set([ROUTE_CHANNEL, LAST_RESORT, ...configured.map(({ name }) => name)]);
  const left = [...new Set([...CONFIGURABLE, ...waiting])].filter((name) => !known.has(name));
  const channels = [...configured, ...left.map(unconfiguredChannel)];
  const everything = builtInChannels(settings);
  const route = alerting === null ? () => everything : storyRoute(alerting);
  const alerts = alerting === null ? NO_ALERTS : { of: alertOfEvent, reported: onAlerts };
  return new NotificationDispatcher({ ...rest, channels, lastResort, route, alerts });
}
