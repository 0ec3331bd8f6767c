import { createHmac, timingSafeEqual } from 'node:crypto';
import { SlackSignatureInvalid } from '../errors.ts';

export interface SignedBody {
  /** The bytes as they came: the signature is over these, not over what they parse to. */
  readonly body: string;
  /** `X-Slack-Request-Timestamp`, seconds. */
  readonly timestamp: string;
  /** `X-Slack-Signature`: `v0=` and 64 hexadecimal digits. */
  readonly signature: string;
}

/** A body that was recorded and is sent again later is refused; Slack's own bound. */
const WINDOW_SECONDS = 300;

/**
 * Refuses what Slack did not sign with the secret of this app, or signed more than five minutes away from now.
 * HMAC-SHA256 over `v0:timestamp:body` (Slack documentation, verifying requests).
 *
 * @throws SlackSignatureInvalid
 */
export function requireSlackSignature(
  { body, timestamp, signature }: SignedBody,
  { secret, nowMs }: { readonly secret: string; readonly nowMs: number },
): void {
  const away = Math.abs(nowMs / 1000 - Number(timestamp));
  if (!/^\d{1,12}$/u.test(timestamp) || away > WINDOW_SECONDS) {
    throw invalid('its time is missing or more than five minutes away');
  }
  const wanted = Buffer.from(slackSignature(secret, timestamp, body));
  const given = Buffer.from(signature);
  if (wanted.length !== given.length || !timingSafeEqual(wanted, given)) throw invalid('it does not fit');
}

export function slackSignature(secret: string, timestamp: string, body: string): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
}

const invalid = (why: string): SlackSignatureInvalid =>
  new SlackSignatureInvalid(`the signature of this request is none of Slack's: ${why}`, {
    remedy:
      'Set slackSigningSecret to the signing secret of the Slack app, and look at the clock of this machine.',
  });
