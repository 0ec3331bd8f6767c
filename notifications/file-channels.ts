import { readFileSync } from 'node:fs';
import type { AlertingFile, ChannelSettings, Secret } from '../alerting/config.ts';
import { alertmanagerChannel } from './channels/alertmanager-channel.ts';
import type { Channel } from './channels/channel.ts';
import { emailChannel } from './channels/email-channel.ts';
import { NO_PAPERS, type Papers } from './channels/papers.ts';
import { slackChannel } from './channels/slack-channel.ts';
import { smsChannel } from './channels/sms-channel.ts';
import { webhookChannel } from './channels/webhook-channel.ts';
import { ChannelMisconfigured } from './errors.ts';

/** What channels of an alerting file need of the installation. */
export interface ChannelGround {
  /** Documents that go with mails. */
  readonly papers: Papers;
  /** Buttons under approval messages in Slack. */
  readonly slackButtons: boolean;
  /** The mail server; null: none is configured. */
  readonly smtp: { readonly smtpUrl: string; readonly from: string } | null;
  readonly dashboardUrl: string | null;
  readonly timeoutMs: number;
  readonly now: () => number;
}

function secretOf(name: string, secret: Secret): string {
  if (typeof secret === 'string') return secret;
  try {
    return readFileSync(secret.file, 'utf8').trim();
  } catch (cause) {
    throw new ChannelMisconfigured(`the channel ${name}: its secret cannot be read from ${secret.file}`, {
      cause,
      remedy: 'Let the user of the control worker read the file.',
    });
  }
}

const secrets = (name: string, fields: Readonly<Record<string, Secret>>): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).map(([field, secret]) => [field, secretOf(name, secret)]));

function channelOf(name: string, settings: ChannelSettings, ground: ChannelGround, holdMs: number): Channel {
  const { smtp, slackButtons, papers, dashboardUrl, timeoutMs, now } = ground;
  const shared = { name, timeoutMs, now, words: { language: settings.language, dashboardUrl } };
  switch (settings.kind) {
    case 'slack':
      return slackChannel({
        ...shared,
        buttons: slackButtons,
        webhookUrl: secretOf(name, settings.webhook_url),
      });
    case 'email':
      if (smtp === null) {
        throw new ChannelMisconfigured(`the channel ${name} sends mail, and no mail server is configured`, {
          remedy: 'Set smtpUrl (CONTENDER_SMTP_URL).',
        });
      }
      return emailChannel({ ...shared, ...smtp, papers, to: settings.to });
    case 'webhook': {
      const { url, secret, previous_secret: previous, allow_private: allowPrivate } = settings;
      const signing = previous === null ? [secret] : [secret, previous];
      return webhookChannel({
        ...{ ...shared, url, allowPrivate },
        secrets: signing.map((one) => secretOf(name, one)),
      });
    }
    case 'sms':
      return smsChannel({
        ...shared,
        url: settings.url,
        encoding: settings.encoding,
        headers: secrets(name, settings.headers),
        basicAuth:
          settings.basic_auth === null
            ? null
            : {
                username: settings.basic_auth.username,
                password: secretOf(name, settings.basic_auth.password),
              },
        fields: secrets(name, settings.fields),
        to: settings.to,
        phoneFormat: settings.phone_format,
        accepted: settings.accepted,
        maxCharacters: settings.max_characters,
        allowPrivate: settings.allow_private,
      });
    case 'alertmanager':
      return alertmanagerChannel({
        ...shared,
        url: settings.url,
        holdMs,
        dashboardUrl: ground.dashboardUrl,
        allowPrivate: settings.allow_private,
      });
  }
}

/**
 * The channels of an alerting file.
 *
 * @throws ChannelMisconfigured before anything is sent
 */
export const fileChannels = (file: AlertingFile, ground: ChannelGround): readonly Channel[] =>
  Object.entries(file.channels).map(([name, settings]) =>
    channelOf(name, settings, ground, file.global.resolve_timeout),
  );

/** What is wrong with the channels of a file, one sentence each: addresses, secrets, fields. Nothing is sent or looked up. */
export function channelFaults(file: AlertingFile, smtp: ChannelGround['smtp']): readonly string[] {
  const ground: ChannelGround = {
    ...{ papers: NO_PAPERS, slackButtons: false, smtp, dashboardUrl: null, timeoutMs: 1000, now: () => 0 },
  };
  return Object.entries(file.channels).flatMap(([name, settings]) => {
    try {
      channelOf(name, settings, ground, file.global.resolve_timeout);
      return [];
    } catch (error) {
      if (!(error instanceof ChannelMisconfigured)) throw error;
      return [`${error.message} (${error.remedy})`];
    }
  });
}
