import type { AlertItem } from '../../contracts/alert.ts';
import type { NotificationEvent } from '../../contracts/notification.ts';
import type { GateName } from '../../contracts/verdict.ts';
import { GATE_NAMES_ZH } from '../../contracts/wording/gate-names.ts';
import { waiversAskedBy } from '../waivers-asked.ts';
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
    waive: (gate: GateName) => `Waive ${gate}`,
    waives: (hash: string) =>
      `Your name and reason go under the gate evidence ${hash}; the gate stays failed. Read the page first.`,
    surelyWaive: 'Waive this gate?',
    refuse: 'Refuse',
    refuses: (hash: string) =>
      `The retrain ends at once as refused, whoever has waived what. It is about the gate evidence ${hash}.`,
    surelyRefuse: 'Refuse to waive?',
    acknowledge: (count: number) => (count === 1 ? 'Acknowledge' : `Acknowledge all ${String(count)}`),
    acknowledges:
      'You look after the alerts that this message shows as firing: their escalation ends, and none of them is repeated.',
    surelyAcknowledge: 'Look after it?',
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
    waive: (gate: GateName) => `豁免${GATE_NAMES_ZH[gate]}`,
    waives: (hash: string) => `您的姓名與理由將記於關卡證據 ${hash} 之下；關卡仍為不通過。請先閱讀豁免頁面。`,
    surelyWaive: '確定豁免此關卡？',
    refuse: '拒絕豁免',
    refuses: (hash: string) => `不論已有誰豁免，重新訓練立即以未通過結束。所依關卡證據為 ${hash}。`,
    surelyRefuse: '確定拒絕豁免？',
    acknowledge: (count: number) => (count === 1 ? '確認' : `全部確認（${String(count)} 則）`),
    acknowledges: '此訊息中仍在觸發的警示由您處理：停止升級通知，也不再重複。',
    surelyAcknowledge: '確定由您處理？',
    back: '返回',
  },
} as const;

const LONGEST_REASON = 2000;
const MAX_BLOCKS = 50;
/** Slack takes no more in one row; the last one is the refusal. */
const MAX_BUTTONS = 25;

interface Button {
  readonly type: 'button';
  readonly action_id: 'approve' | 'reject' | 'object' | 'refuse' | 'acknowledge' | `waive:${GateName}`;
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

type Words = (typeof WORDS)['en' | 'zh-TW'];

interface Says {
  readonly action: Button['action_id'];
  readonly style: 'primary' | 'danger' | null;
  readonly text: string;
  readonly title: string;
  readonly effect: string;
}

function saysOf(
  event: NotificationEvent,
  words: Words,
): { readonly about: About; readonly buttons: readonly Says[] } | null {
  const waivers = waiversAskedBy(event);
  if (waivers !== null) {
    const { retrain, evidenceHash } = waivers;
    return { about: { retrain, evidenceHash }, buttons: waiving(waivers.gates, evidenceHash, words) };
  }
  if (event.kind === 'alert') return acknowledging(event.items, words);
  if ((event.kind !== 'approval-asked' && event.kind !== 'approval-expiring') || event.retrain === null)
    return null;
  const { evidenceHash, retrain } = event;
  const hash = evidenceHash.slice(0, 12);
  const sign = { title: words.sure, effect: words.signs(hash) };
  return {
    about: { retrain, evidenceHash },
    buttons: [
      { action: 'approve', style: 'primary', text: words.approve, ...sign },
      { action: 'reject', style: 'danger', text: words.reject, ...sign },
      {
        action: 'object',
        style: null,
        text: words.object,
        title: words.against,
        effect: words.objects(hash),
      },
    ],
  };
}

/** What a button stands for: of an old message, it does nothing to what came later. */
type About =
  { readonly retrain: string; readonly evidenceHash: string } | { readonly alerts: readonly number[] };

/** One button for all that fire, be it one: over is over. */
function acknowledging(items: readonly AlertItem[], words: Words): ReturnType<typeof saysOf> {
  const alerts = items.filter(({ status }) => status === 'firing').map(({ id }) => id);
  if (alerts.length === 0) return null;
  return {
    about: { alerts },
    buttons: [
      {
        ...{ action: 'acknowledge', style: 'primary', text: words.acknowledge(alerts.length) },
        ...{ title: words.surelyAcknowledge, effect: words.acknowledges },
      },
    ],
  };
}

function waiving(gates: readonly GateName[], evidenceHash: string, words: Words): readonly Says[] {
  const hash = evidenceHash.slice(0, 12);
  return [
    ...gates.slice(0, MAX_BUTTONS - 1).map((gate): Says => ({
      ...{ action: `waive:${gate}`, style: null, text: words.waive(gate) },
      ...{ title: words.surelyWaive, effect: words.waives(hash) },
    })),
    {
      ...{ action: 'refuse', style: 'danger', text: words.refuse },
      ...{ title: words.surelyRefuse, effect: words.refuses(hash) },
    },
  ];
}

/**
 * The buttons of a message that asks for a decision or for waivers, or tells of alerts, above its small print: each holds the hash
 * of the evidence, or the numbers of the alerts, that the message is about, so that one of an old message does nothing new. Messages of other kinds stay as they are.
 */
export function withDecision(
  message: SlackMessage,
  event: NotificationEvent,
  { language }: Wording,
): {
  readonly text: string;
  readonly blocks: readonly (SlackMessage['blocks'][number] | SlackDecisionBlock)[];
} {
  const words = WORDS[language];
  const says = saysOf(event, words);
  if (says === null) return message;
  const value = JSON.stringify({ ...says.about, language });
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
      elements: says.buttons.map((each) => button(each, value, words)),
    },
  ];
  const small = message.blocks.slice(-2);
  const above = message.blocks.slice(0, -2).slice(0, MAX_BLOCKS - decision.length - small.length);
  return { text: message.text, blocks: [...above, ...decision, ...small] };
}

const button = ({ action, style, text, title, effect }: Says, value: string, { back }: Words): Button => ({
  type: 'button',
  action_id: action,
  ...(style === null ? {} : { style }),
  text: plain(text),
  value,
  confirm: { title: plain(title), text: plain(effect), confirm: plain(text), deny: plain(back) },
});
