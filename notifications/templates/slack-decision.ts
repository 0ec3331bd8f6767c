import type { NotificationEvent } from '../../contracts/notification.ts';
import type { SlackMessage } from './slack.ts';
import type { Wording } from './wording.ts';

const plain = (text: string) => ({ type: 'plain_text', text, emoji: false }) as const;

const WORDS = {
  en: {
    reason: 'Reason (becomes part of the record)',
    approve: 'Approve',
    reject: 'Reject',
    sure: 'Sign this decision?',
    signs: (hash: string) => `Your signature is under the evidence ${hash}. Read the approval page first.`,
    back: 'Back',
  },
  'zh-TW': {
    reason: '理由（將列入紀錄）',
    approve: '核准',
    reject: '駁回',
    sure: '確定簽核？',
    signs: (hash: string) => `您簽核的證據為 ${hash}。請先閱讀核准頁面。`,
    back: '返回',
  },
} as const;

const LONGEST_REASON = 2000;
const MAX_BLOCKS = 50;

interface Button {
  readonly type: 'button';
  readonly action_id: 'approve' | 'reject';
  readonly style: 'primary' | 'danger';
  readonly text: ReturnType<typeof plain>;
  readonly value: string;
  readonly confirm: {
    readonly title: ReturnType<typeof plain>;
    readonly text: ReturnType<typeof plain>;
    readonly confirm: ReturnType<typeof plain>;
    readonly deny: ReturnType<typeof plain>;
  };
}

export type SlackDecisionBlock =
  | {
      readonly type: 'input';
      readonly block_id: 'reason';
      readonly optional: false;
      readonly label: ReturnType<typeof plain>;
      readonly element: {
        readonly type: 'plain_text_input';
        readonly action_id: 'reason';
        readonly multiline: true;
        readonly min_length: number;
        readonly max_length: number;
      };
    }
  | { readonly type: 'actions'; readonly block_id: 'decision'; readonly elements: readonly Button[] };

/**
 * The buttons of an approval message, above its small print: each holds the hash of the evidence that the message is about,
 * so that one of an old message signs nothing new. Messages of other kinds stay as they are.
 */
export function withDecision(
  message: SlackMessage,
  event: NotificationEvent,
  { language }: Wording,
): {
  readonly text: string;
  readonly blocks: readonly (SlackMessage['blocks'][number] | SlackDecisionBlock)[];
} {
  if ((event.kind !== 'approval-asked' && event.kind !== 'approval-expiring') || event.retrain === null) {
    return message;
  }
  const { evidenceHash, retrain } = event;
  const words = WORDS[language];
  const button = (action: 'approve' | 'reject'): Button => ({
    type: 'button',
    action_id: action,
    style: action === 'approve' ? 'primary' : 'danger',
    text: plain(words[action]),
    value: JSON.stringify({ retrain, evidenceHash }),
    confirm: {
      title: plain(words.sure),
      text: plain(words.signs(evidenceHash.slice(0, 12))),
      confirm: plain(words[action]),
      deny: plain(words.back),
    },
  });
  const decision: readonly SlackDecisionBlock[] = [
    {
      type: 'input',
      block_id: 'reason',
      optional: false,
      label: plain(words.reason),
      element: {
        ...{ type: 'plain_text_input', action_id: 'reason', multiline: true },
        ...{ min_length: 3, max_length: LONGEST_REASON },
      },
    },
    { type: 'actions', block_id: 'decision', elements: [button('approve'), button('reject')] },
  ];
  const small = message.blocks.slice(-2);
  const above = message.blocks.slice(0, -2).slice(0, MAX_BLOCKS - decision.length - small.length);
  return { text: message.text, blocks: [...above, ...decision, ...small] };
}
