import { z } from 'zod';
import { Reason, RetrainId } from '../../contracts/api/text.ts';
import { Sha256 } from '../../contracts/primitives.ts';
import { GateName } from '../../contracts/verdict.ts';
import { RequestInvalid } from '../errors.ts';
import { MessageBlocks } from './message.ts';

/** What a button holds: the evidence that its message was about, and the message's language. */
const ButtonValue = z.strictObject({
  retrain: RetrainId,
  evidenceHash: Sha256,
  // Buttons of earlier releases say none.
  language: z.enum(['en', 'zh-TW']).default('en'),
});

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
  actions: z.array(z.looseObject({ action_id: Action, value: z.string().max(2000) })).length(1),
  message: z.looseObject({ blocks: MessageBlocks }).optional(),
  state: z
    .looseObject({
      values: z.record(z.string(), z.record(z.string(), z.looseObject({ value: z.string().nullish() }))),
    })
    .optional(),
});

export interface SlackDecision {
  readonly slackId: string;
  readonly responseUrl: string;
  readonly retrain: string;
  readonly evidenceHash: string;
  /** Of the message: who pressed is answered in it. */
  readonly language: 'en' | 'zh-TW';
  /** `object`: speaks against the promotion, which holds the swap. `refuse`: to waive what failed, which ends the retrain. */
  readonly act: z.infer<typeof Action>;
  /** Of the message that the button stands under; empty: Slack sent none along. */
  readonly blocks: MessageBlocks;
  /** As it was typed; whether it will do is said by `reasonOf`. */
  readonly reason: string;
}

/**
 * What somebody pressed. The body is the form that Slack sends: one field `payload` with JSON in it.
 *
 * @throws RequestInvalid
 */
export function slackDecision(body: string): SlackDecision {
  const text = new URLSearchParams(body).get('payload') ?? '';
  const payload = Payload.safeParse(parsed(text));
  const [action] = payload.data?.actions ?? [];
  const value = ButtonValue.safeParse(parsed(action?.value ?? ''));
  if (payload.data === undefined || action === undefined || value.data === undefined) {
    throw new RequestInvalid('this is no button of a message of ours', {
      remedy: 'Point the interactivity of the Slack app here, and nothing else.',
    });
  }
  const { user, response_url: responseUrl, state, message } = payload.data;
  const typed = Object.values(state?.values ?? {}).flatMap((block) => block['reason']?.value ?? []);
  return {
    slackId: user.id,
    responseUrl,
    ...value.data,
    act: action.action_id,
    blocks: message?.blocks ?? [],
    reason: (typed[0] ?? '').trim(),
  };
}

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
