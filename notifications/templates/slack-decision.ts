import type { NotificationEvent } from '../../contracts/notification.ts';
import type { SlackMessage } from './slack.ts';
import type { Wording } from './wording.ts';

const plain = (text: string) => ({ type: 'plain_text', text, emoji: false }) as const;

const WORDS = {
  en: {
    reason: 'Reason (becomes part of the record)',
    approve: 'Approve',
    reject: 'Reject',
    object: 'Object',
    objects: (hash: string) =>
      `The swap is held until you withdraw it or two other leads overrule it. It speaks against the evidence ${hash}.`,
    against: 'Speak against this promotion?',
    sure: 'Sign this decision?',
    signs: (hash: string) => `Your signature is under the evidence ${hash}. Read the approval page first.`,
    back: 'Back',
  },
  'zh-TW': {
    reason: '理由（將列入紀錄）',
    approve: '核准',
    reject: '駁回',
    object: '提出異議',
    objects: (hash: string) => `在您撤回或另兩位主管駁回異議之前不會換版。異議針對的證據為 ${hash}。`,
    against: '確定對本次升版提出異議？',
    sure: '確定簽核？',
    signs: (hash: string) => `您簽核的證據為 ${hash}。請先閱讀核准頁面。`,
    back: '返回',
  },
} as const;

const LONGEST_REASON = 2000;
const MAX_BLOCKS = 50;

interface Button {
  readonly type: 'button';
  readonly action_id: 'approve' | 'reject' | 'object';
  readonly style?: 'primary' | 'danger';
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
  const button = (action: Button['action_id']): Button => ({
    type: 'button',
    action_id: action,
    ...(action === 'object' ? {} : { style: action === 'approve' ? 'primary' : 'danger' }),
    text: plain(words[action]),
    value: JSON.stringify({ retrain, evidenceHash, language }),
    confirm: {
      title: plain(action === 'object' ? words.against : words.sure),
      text: plain((action === 'object' ? words.objects : words.signs)(evidenceHash.slice(0, 12))),
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
    {
      type: 'actions',
      block_id: 'decision',
      elements: (['approve', 'reject', 'object'] as const).map(button),
    },
  ];
  const small = message.blocks.slice(-2);
  const above = message.blocks.slice(0, -2).slice(0, MAX_BLOCKS - decision.length - small.length);
  return { text: message.text, blocks: [...above, ...decision, ...small] };
}
