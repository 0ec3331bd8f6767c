import { z } from 'zod';
import { LabelName, NotificationSeverity, OnCallPerson } from '../alert.ts';
import { Instant, ModelName } from '../primitives.ts';
import { pageOf, Reason } from './text.ts';

/** One alert from its start to its end, and what people did about it. */
export const AlertEpisode = z
  .strictObject({
    id: z.int().min(1),
    rule: z.string(),
    severity: NotificationSeverity,
    model: z.string().nullable(),
    labels: z.record(z.string(), z.string()),
    summary: z.string(),
    retrain: z.string().nullable().describe('workflow id of the retrain it is about; null: none'),
    startedAt: Instant,
    endedAt: Instant.nullable().describe('null: it fires'),
    endedBy: z.enum(['resolved', 'silent']).nullable(),
    reports: z.int().min(0),
    lastReportedAt: Instant,
    notifiedAt: Instant.nullable(),
    acknowledgedBy: z.string().nullable(),
    acknowledgedAt: Instant.nullable(),
    judgement: z.enum(['true', 'false']).nullable().describe('whether there was something to act on'),
    suppressedBy: z.array(z.string()),
  })
  .meta({ id: 'AlertEpisode' });
export const AlertPage = pageOf(AlertEpisode, 'AlertPage');

export const RunbookQuery = z.strictObject({
  language: z.enum(['en', 'zh-TW']).default('en').describe('in which it is read'),
});
export const Runbook = z
  .strictObject({
    rule: z.string(),
    text: z.string().nullable().describe('Markdown; null: nobody has written one for this rule'),
    language: z
      .enum(['en', 'zh-TW'])
      .describe('of the text: English where there is none in the one asked for'),
  })
  .meta({ id: 'Runbook' });

export const AcknowledgeAlert = z.strictObject({ reason: Reason }).meta({ id: 'AcknowledgeAlert' });
export const JudgeAlert = z
  .strictObject({ judgement: z.enum(['true', 'false']), reason: Reason })
  .meta({ id: 'JudgeAlert' });

export const SilenceMatcher = z
  .strictObject({
    name: LabelName,
    operator: z.enum(['=', '!=', '=~', '!~']),
    value: z.string().max(400),
  })
  .meta({ id: 'SilenceMatcher' });

export const Silence = z
  .strictObject({
    id: z.int().min(1),
    matchers: z.array(z.strictObject({ name: z.string(), operator: z.string(), value: z.string() })),
    startsAt: Instant,
    endsAt: Instant,
    subject: z.string(),
    reason: z.string(),
    expiredAt: Instant.nullable(),
    expiredBy: z.string().nullable(),
    active: z.boolean(),
  })
  .meta({ id: 'Silence' });
export const SilenceList = z.strictObject({ items: z.array(Silence) }).meta({ id: 'SilenceList' });

const LONGEST_SILENCE_MS = 90 * 24 * 3_600_000;
export const CreateSilence = z
  .strictObject({
    matchers: z.array(SilenceMatcher).min(1).max(20).describe('all of them have to match'),
    startsAt: Instant,
    endsAt: Instant,
    reason: Reason,
  })
  .refine(({ startsAt, endsAt }) => startsAt < endsAt, { message: 'is not after startsAt', path: ['endsAt'] })
  .refine(({ startsAt, endsAt }) => Date.parse(endsAt) - Date.parse(startsAt) <= LONGEST_SILENCE_MS, {
    message: 'is more than 90 days after startsAt',
    path: ['endsAt'],
  })
  .meta({ id: 'CreateSilence' });

export const OnCall = z
  .strictObject({
    now: z.array(z.string()).describe('who is on call, the first to be asked first'),
    shifts: z.array(
      z.strictObject({
        id: z.int().min(1),
        subject: z.string(),
        startsAt: Instant,
        endsAt: Instant,
        addedBy: z.string(),
      }),
    ),
  })
  .meta({ id: 'OnCall' });

export const AddShift = OnCallPerson.extend({ startsAt: Instant, endsAt: Instant })
  .refine(({ startsAt, endsAt }) => startsAt < endsAt, { message: 'is not after startsAt', path: ['endsAt'] })
  .refine(({ email, phone }) => email !== null || phone !== null, {
    message: 'a mail address or a telephone number is needed: nobody can be reached',
    path: ['email'],
  })
  .meta({ id: 'AddShift' });
export const OnCallShift = OnCallPerson.extend({
  id: z.int().min(1),
  startsAt: Instant,
  endsAt: Instant,
  addedBy: z.string(),
}).meta({ id: 'OnCallShift' });
export const RemovedShift = z
  .strictObject({ id: z.int().min(1), removed: z.literal(true) })
  .meta({ id: 'RemovedShift' });

export const RaiseTestAlert = z
  .strictObject({
    severity: NotificationSeverity.default('WARNING'),
    model: ModelName.nullable().default(null).describe('null: about no model'),
  })
  .meta({ id: 'RaiseTestAlert' });
export const RaisedTestAlert = z
  .strictObject({ labels: z.record(z.string(), z.string()).describe('by which it is routed') })
  .meta({ id: 'RaisedTestAlert' });

/** One message about an alert and its group, with what became of it in one channel. */
export const AlertDelivery = z
  .strictObject({
    notificationId: z.int().min(1),
    receiver: z.string(),
    step: z.int().min(0).describe('of the escalation; 0: the message itself'),
    severity: NotificationSeverity,
    model: z.string().nullable(),
    firing: z.int().min(0),
    resolved: z.int().min(0),
    suppressed: z.int().min(0).describe('held back by a silence, an inhibition or a mute time'),
    decidedAt: Instant,
    channel: z.string(),
    state: z.enum(['pending', 'sent', 'dead']),
    attempts: z.int().min(0),
    unknownOutcomes: z.int().min(0).describe('attempts of which nobody knows whether they arrived'),
    sentAt: Instant.nullable(),
    lastError: z.string().nullable(),
  })
  .meta({ id: 'AlertDelivery' });
export const AlertDeliveryList = z
  .strictObject({ items: z.array(AlertDelivery) })
  .meta({ id: 'AlertDeliveryList' });

/** How good the alerts of one rule were. */
export const RuleQuality = z
  .strictObject({
    rule: z.string(),
    alerts: z.int().min(0),
    notified: z.int().min(0).describe('of which somebody was told'),
    judgedTrue: z.int().min(0),
    judgedFalse: z.int().min(0),
    ignored: z
      .int()
      .min(0)
      .describe('told, over or older than a week, and nobody acknowledged or judged them'),
    precision: z.number().min(0).max(1).nullable().describe('share of the judged that was true'),
    medianSecondsToAcknowledge: z.number().nullable(),
  })
  .meta({ id: 'RuleQuality' });
export const AlertQuality = z
  .strictObject({ since: Instant, items: z.array(RuleQuality) })
  .meta({ id: 'AlertQuality' });
