import { IncomingWebhook, IncomingWebhookHTTPError, IncomingWebhookRequestError } from '@slack/webhook';
import { ChannelMisconfigured } from '../errors.ts';
import type { SendOutcome } from '../outcome.ts';
import { clip, plainProse } from '../templates/format.ts';
import { renderEvent } from '../templates/render.ts';
import { renderSlack } from '../templates/slack.ts';
import { withDecision } from '../templates/slack-decision.ts';
import type { Wording } from '../templates/wording.ts';
import type { Channel, Delivery } from './channel.ts';
import { NOT_NOW, parseRetryAfter } from './http-outcome.ts';

export interface SlackChannelOptions {
  readonly name: string;
  /** The incoming webhook. It is a secret: whoever has it can post, so it is kept out of every log and reason. */
  readonly webhookUrl: string;
  readonly words: Wording;
  /** Buttons under approval messages: the control API verifies what is pressed. */
  readonly buttons: boolean;
  /** Bound of one attempt, milliseconds. */
  readonly timeoutMs: number;
  /** Wall time in milliseconds, for a Retry-After in seconds. */
  readonly now: () => number;
}

/** Slack allows about one message per second and channel (Slack documentation, rate limits of incoming webhooks). */
const MIN_INTERVAL_MS = 1000;

/** Failures of reaching the receiver at all. Everything else may have happened after the body had left. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** The first error code in a chain of causes: fetch wraps the socket's error. */
function errorCode(error: unknown): string | null {
  let current: unknown = error;
  for (let depth = 0; depth < 5 && current instanceof Error; depth += 1) {
    if ('code' in current && typeof current.code === 'string' && !current.code.startsWith('slack_')) {
      return current.code;
    }
    current = current.cause;
  }
  return null;
}

function checkedUrl(webhookUrl: string): string {
  const url = URL.parse(webhookUrl);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new ChannelMisconfigured('the Slack webhook is not an http(s) address', {
      remedy: 'Copy the whole webhook address from the Slack app into the configuration.',
    });
  }
  return webhookUrl;
}

/** Posts to one Slack channel through an incoming webhook. */
export function slackChannel(options: SlackChannelOptions): Channel {
  const url = checkedUrl(options.webhookUrl);

  async function send(delivery: Delivery): Promise<SendOutcome> {
    const plain = renderEvent(delivery.event, options.words, renderSlack);
    const { text, blocks } = options.buttons ? withDecision(plain, delivery.event, options.words) : plain;
    const seen: { accepted: boolean; retryAfter: string | null } = { accepted: false, retryAfter: null };
    const webhook = new IncomingWebhook(url, {
      timeout: options.timeoutMs,
      // The client drops the headers of a refusal, and one of them says when to come back.
      fetch: async (address, init) => {
        const response = await fetch(address, init);
        seen.accepted = response.ok;
        seen.retryAfter = response.headers.get('retry-after');
        return response;
      },
    });
    try {
      const result = await webhook.send({
        text,
        blocks: [...blocks],
        unfurl_links: false,
        unfurl_media: false,
      });
      return { kind: 'sent', receipt: clip(plainProse(result.text), 200) };
    } catch (error) {
      if (seen.accepted) return { kind: 'sent', receipt: 'accepted, the answer was cut off' };
      return outcomeOfFailure(error, seen.retryAfter, options.now());
    }
  }

  return {
    name: options.name,
    timeoutMs: options.timeoutMs,
    minIntervalMs: MIN_INTERVAL_MS,
    concurrency: 1,
    send,
  };
}

/** @throws whatever is not an error of the client: a defect of ours */
function outcomeOfFailure(error: unknown, retryAfter: string | null, nowMs: number): SendOutcome {
  if (error instanceof IncomingWebhookHTTPError) {
    const reason =
      `Slack answered ${String(error.statusCode)} ${clip(plainProse(error.body), 200)}`.trimEnd();
    if (NOT_NOW.has(error.statusCode)) {
      return { kind: 'retry-later', reason, at: parseRetryAfter(retryAfter, nowMs) };
    }
    // A server that breaks while it answers may have posted the message first.
    return error.statusCode >= 500 ? { kind: 'unknown', reason } : { kind: 'refused', reason };
  }
  if (error instanceof IncomingWebhookRequestError) {
    const code = errorCode(error) ?? error.original.name;
    return NOT_SENT.has(code)
      ? { kind: 'retry-later', reason: `Slack cannot be reached: ${code}`, at: null }
      : { kind: 'unknown', reason: `no answer from Slack: ${code}` };
  }
  throw error;
}
