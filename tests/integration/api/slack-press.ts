import { slackSignature } from '../../../api/slack/signature.ts';

export const SIGNING_SECRET = '8f742231b10e8888abcd99yyyzzz85a5';

export interface Press {
  readonly user: string;
  readonly retrain: string;
  readonly evidenceHash: string;
  readonly action?: string;
  readonly reason?: string;
  /** Of the message; absent: sent by a release before messages said theirs. */
  readonly language?: string;
  /** Of the message under which the button stands; absent: Slack sent none along. */
  readonly blocks?: readonly unknown[];
}

/** The form that Slack posts when a button of an approval message is pressed. */
export function pressBody({
  user,
  retrain,
  evidenceHash,
  action = 'approve',
  reason = 'read it',
  blocks,
  language,
}: Press): string {
  return formOf({ user, action, reason, blocks, held: { retrain, evidenceHash, language } });
}

/** The form that Slack posts when the button of a message about alerts is pressed. `alerts`: whatever somebody puts there. */
export function acknowledgeBody({
  user,
  alerts,
  action = 'acknowledge',
  reason = 'the vendor was called',
  blocks,
  language,
}: Pick<Press, 'user' | 'action' | 'reason' | 'blocks' | 'language'> & { readonly alerts: unknown }): string {
  return formOf({ user, action, reason, blocks, held: { alerts, language } });
}

function formOf({
  user,
  action,
  reason,
  blocks,
  held,
}: {
  readonly user: string;
  readonly action: string;
  readonly reason: string;
  readonly blocks: readonly unknown[] | undefined;
  readonly held: object;
}): string {
  const payload = {
    type: 'block_actions',
    user: { id: user, username: 'whoever' },
    response_url: 'https://hooks.slack.com/actions/T0/1/x',
    actions: [{ action_id: action, block_id: 'decision', value: JSON.stringify(held) }],
    ...(blocks === undefined ? {} : { message: { text: 'approval needed', blocks } }),
    state: { values: { reason: { reason: { type: 'plain_text_input', value: reason } } } },
  };
  return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
}

export function signedHeaders(
  body: string,
  { atMs = Date.now(), secret = SIGNING_SECRET }: { readonly atMs?: number; readonly secret?: string } = {},
): Record<string, string> {
  const timestamp = String(Math.floor(atMs / 1000));
  return {
    'content-type': 'application/x-www-form-urlencoded',
    'x-slack-request-timestamp': timestamp,
    'x-slack-signature': slackSignature(secret, timestamp, body),
  };
}
