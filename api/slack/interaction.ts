import { z } from 'zod';
import { Reason, RetrainId } from '../../contracts/api/text.ts';
import { MAX_ALERT_ITEMS } from '../../contracts/notification.ts';
import { Sha256 } from '../../contracts/primitives.ts';
import { GateName } from '../../contracts/verdict.ts';
import { RequestInvalid } from '../errors.ts';
import { MessageBlocks } from './message.ts';

// Buttons of earlier releases say none.
const Language = z.enum(['en', 'zh-TW']).default('en');

/** What a button holds: the evidence that its message was about, and the message's language. */
const ButtonValue = z.strictObject({ retrain: RetrainId, evidenceHash: Sha256, language: Language });

/** What the button of a message about alerts holds: which of them the message was about. */
const AlertsValue = z.strictObject({
  alerts: z
    .array(z.int().min(1).max(Number.MAX_SAFE_INTEGER))
    .min(1)
    .max(MAX_ALERT_ITEMS)
    .refine((alerts) => new Set(alerts).size === alerts.length),
  language: Language,
});

const ACKNOWLEDGE = 'acknowledge';
const Action = z.union([
  z.enum(['approve', 'reject', 'object', 'refuse']).transform((kind) => ({ kind })),
  z
    .string()
    .regex(/^waive:/u)
    .transform((text) => text.slice('waive:'.length))
    .pipe(GateName)
    .transform((gate) => ({ kind: 'waive' as const, gate })),
]);

/** Of Slack's `block_actions`, what is used here. */
const Payload = z.looseObject({
  type: z.literal('block_actions'),
  user: z.looseObject({ id: z.string().max(40) }),
  response_url: z.url({ protocol: /^https$/u }).max(1000),
  actions: z
    .array(z.looseObject({ action_id: Action.or(z.literal(ACKNOWLEDGE)), value: z.string().max(2000) }))
    .length(1),
  message: z.looseObject({ blocks: MessageBlocks }).optional(),
  state: z
    .looseObject({
      values: z.record(z.string(), z.record(z.string(), z.looseObject({ value: z.string().nullish() }))),
    })
    .optional(),
});

interface Pressed {
  readonly slackId: string;
  readonly responseUrl: string;
  /** Of the message: who pressed is answered in it. */
  readonly language: 'en' | 'zh-TW';
  /** Of the message that the button stands under; empty: Slack sent none along. */
  readonly blocks: MessageBlocks;
  /** As it was typed; whether it will do is said by `reasonOf`. */
  readonly reason: string;
}

/** An answer to a message that asks for a decision, or for waivers. */
export interface SlackDecision extends Pressed {
  readonly about: 'retrain';
  readonly retrain: string;
  readonly evidenceHash: string;
  /** `object`: speaks against the promotion, which holds the swap. `refuse`: to waive what failed, which ends the retrain. */
  readonly act: z.infer<typeof Action>;
}

/** Somebody looks after the alerts of a message. */
export interface SlackAcknowledgement extends Pressed {
  readonly about: 'alerts';
  /** By their numbers: an alert that came later is not among them. */
  readonly alerts: readonly number[];
}

export type SlackPress = SlackDecision | SlackAcknowledgement;

/**
 * What somebody pressed. The body is the form that Slack sends: one field `payload` with JSON in it.
 *
 * @throws RequestInvalid
 */
export function slackPress(body: string): SlackPress {
  const text = new URLSearchParams(body).get('payload') ?? '';
  const payload = Payload.safeParse(parsed(text));
  const [action] = payload.data?.actions ?? [];
  if (payload.data === undefined || action === undefined) throw noButton();
  const { user, response_url: responseUrl, state, message } = payload.data;
  const typed = Object.values(state?.values ?? {}).flatMap((block) => block['reason']?.value ?? []);
  const pressed = {
    ...{ slackId: user.id, responseUrl },
    blocks: message?.blocks ?? [],
    reason: (typed[0] ?? '').trim(),
  };
  const held = parsed(action.value);
  if (action.action_id === ACKNOWLEDGE) {
    const { data } = AlertsValue.safeParse(held);
    if (data === undefined) throw noButton();
    return { ...pressed, about: 'alerts', ...data };
  }
  const { data } = ButtonValue.safeParse(held);
  if (data === undefined) throw noButton();
  return { ...pressed, about: 'retrain', ...data, act: action.action_id };
}

const noButton = (): RequestInvalid =>
  new RequestInvalid('this is no button of a message of ours', {
    remedy: 'Point the interactivity of the Slack app here, and nothing else.',
  });

/** Why a reason will not do; empty when it will. */
export function faultOfReason(reason: string): string {
  const checked = Reason.safeParse(reason);
  return checked.success ? '' : (checked.error.issues[0]?.message ?? 'it is no reason');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
