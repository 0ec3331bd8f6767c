import { join } from 'node:path';
import type { NotificationEvent } from '../contracts/notification.ts';
import type { Channel } from './channels/channel.ts';
import { emailChannel } from './channels/email-channel.ts';
import { logChannel } from './channels/log-channel.ts';
import { slackChannel } from './channels/slack-channel.ts';
import { unconfiguredChannel } from './channels/unconfigured-channel.ts';
import { NotificationDispatcher } from './dispatcher.ts';
import type { DispatcherOptions } from './dispatcher.ts';
import type { ChannelName } from './outbox-port.ts';
import { systemTimer } from './timer.ts';

export interface NotificationSettings {
  /** null: no Slack. */
  readonly slack: { readonly webhookUrl: string } | null;
  /** null: no mail. */
  readonly email: { readonly smtpUrl: string; readonly from: string; readonly to: readonly string[] } | null;
  /** The data folder of the installation; messages are kept in its `notifications` folder. */
  readonly dataFolder: string;
  /** Bound of one attempt, milliseconds. */
  readonly timeoutMs: number;
}

export interface NotificationParts extends Omit<DispatcherOptions, 'channels' | 'lastResort' | 'route'> {
  readonly settings: NotificationSettings;
  /** Told about each message that is kept as a file. */
  readonly announce: (headline: string, file: string) => void;
}

/** Messages kept as files; a year of a busy installation. */
const KEPT_MESSAGES = 1000;

function configuredChannels(settings: NotificationSettings, now: () => number): readonly Channel[] {
  const { slack, email, timeoutMs } = settings;
  return [
    ...(slack === null ? [] : [slackChannel({ webhookUrl: slack.webhookUrl, timeoutMs, now })]),
    ...(email === null ? [] : [emailChannel({ ...email, timeoutMs })]),
  ];
}

/** Channels that people can configure and take away again. */
const CONFIGURABLE: readonly ChannelName[] = ['slack', 'email'];

/**
 * Wires the dispatcher from the settings: every event goes to every configured channel, and to the notifications
 * folder when there is none.
 *
 * @throws ChannelMisconfigured before anything is sent
 */
export function createDispatcher(parts: NotificationParts): NotificationDispatcher {
  const { settings, announce, ...rest } = parts;
  const timer = rest.timer ?? systemTimer;
  const configured = configuredChannels(settings, () => timer.now());
  const lastResort = logChannel({
    folder: join(settings.dataFolder, 'notifications'),
    keep: KEPT_MESSAGES,
    announce,
  });
  const names = (configured.length === 0 ? [lastResort] : configured).map(({ name }) => name);
  const left = CONFIGURABLE.filter((name) => !configured.some((channel) => channel.name === name));
  const channels = [...configured, ...left.map(unconfiguredChannel)];
  const route = (_event: NotificationEvent): readonly ChannelName[] => names;
  return new NotificationDispatcher({ ...rest, channels, lastResort, route });
}
