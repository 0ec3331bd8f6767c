import { z } from 'zod';
import { AlertItem, AlertSeries, LabelName, NotificationSeverity, OnCallPerson } from './alert.ts';
import { HoldObjection } from './gate-hold.ts';
import { Instant, ModelName, SessionDate, Sha256 } from './primitives.ts';
import { RetrainStep } from './retrain.ts';
import { FreeText, line, ShellCommand } from './text.ts';
import { GateVerdict, Waiver } from './verdict.ts';

/**
 * What people are told. One event says one thing that happened; channels decide how it looks, never what it says.
 * Every event travels through the outbox under its `dedupeKey`: the same fact reported twice is one message.
 */

export { NotificationSeverity };

/** The stable code of an error or refusal, or a failure type of the training queue. Safe in a mail header. */
const StableCode = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,79}$/u, 'a stable error code');

const VersionRef = z.strictObject({
  number: z.int().min(1).describe('1, 2, 3 within the model'),
  id: Sha256,
});

const ServerAck = z.strictObject({
  server: line(120),
  epoch: z.int().min(0).describe('the epoch the server answers with'),
});

const envelope = {
  schema: z.literal(1),
  severity: NotificationSeverity,
  model: ModelName,
  retrain: line(200).nullable().describe('workflow id of the retrain; null when none is involved'),
  run: line(200)
    .nullable()
    .describe(
      'run id of the workflow: a retrain that failed may be run again under the same id; null outside one',
    ),
  asOf: Instant.nullable().describe('business time of that retrain'),
  session: SessionDate.nullable().describe(
    'business day the event belongs to; null outside the session clock',
  ),
  occurredAt: Instant.describe('wall time'),
  correlationId: line(200),
  temporalUrl: z
    .url({ protocol: /^https?$/u })
    .max(1000)
    .nullable()
    .describe('page of the workflow in the Temporal UI'),
  dedupeKey: line(300).describe('the same key is the same fact: `notificationEvent` makes it'),
};

const verdicts = z.array(GateVerdict).max(40);

/** A retrain ended without promotion: a rule, a lead, the clock or its own spec said so. A normal result. */
export const RetrainRefusedEvent = z.strictObject({
  ...envelope,
  kind: z.literal('retrain-refused'),
  outcome: z.enum(['refused', 'rejected', 'expired', 'superseded', 'cancelled', 'judged']),
  step: RetrainStep,
  code: StableCode,
  reason: FreeText,
  verdicts,
});

/** Of a model whose market is one of the past: people must not take its dates for today's. */
const marketAt = Instant.nullable()
  .default(null)
  .describe('the as-of of the retrain on a replay, where history is played again; null: the live market');

/** A quant lead is asked to sign the decision evidence. */
export const ApprovalAskedEvent = z.strictObject({
  ...envelope,
  kind: z.literal('approval-asked'),
  marketAt,
  admission: z
    .enum(['promotion', 'probation'])
    .describe('probation: a first champion that failed a waivable gate; two quant leads must sign'),
  requestedBy: line(120),
  candidate: VersionRef,
  champion: VersionRef.nullable().describe('null: this would be the first champion'),
  evidenceHash: Sha256.describe('what the approval signs'),
  approvers: z.int().min(1).max(5),
  fourEyes: z.boolean(),
  expiresAt: Instant,
  expiresAfterSession: SessionDate.nullable().describe('null: the session clock does not say'),
  verdicts,
  waivers: z.array(Waiver).max(80).default([]).describe('fails that two quant leads accepted'),
  shadow: z
    .array(line(1000))
    .max(5)
    .default([])
    .describe('what the shadow could show and what the swap changes in the book; empty without a shadow'),
  closestCall: line(1000)
    .or(z.literal(''))
    .default('')
    .describe('the check that passed by the fewest standard errors; empty: none has an error of its own'),
  cautions: z
    .array(line(500))
    .max(20)
    .default([])
    .describe('what stands out at a second look, deciding nothing'),
  outlook: z
    .string()
    .max(1000)
    .default('')
    .describe('how fast its decay would be seen, at the false alarms the spec allows; empty: unknown'),
  loosened: z
    .array(line(120))
    .max(200)
    .nullable()
    .default(null)
    .describe(
      'fields of the spec that ask for less than under which the champion was made; null: not compared',
    ),
  deputy: z
    .strictObject({ subject: line(120), from: Instant })
    .nullable()
    .default(null)
    .describe('who may decide in the place of a lead, and from when; null: nobody is named'),
  approveCommand: ShellCommand,
  rejectCommand: ShellCommand,
});

/** The same request, when little time is left. */
export const ApprovalExpiringEvent = z.strictObject({
  ...envelope,
  kind: z.literal('approval-expiring'),
  marketAt,
  requestedBy: line(120),
  candidate: VersionRef,
  evidenceHash: Sha256,
  approvals: z.int().min(0).describe('given so far'),
  approvers: z.int().min(1).max(5),
  expiresAt: Instant,
  expiresAfterSession: SessionDate.nullable().describe('null: the session clock does not say'),
  remainingSessions: z.int().min(0).nullable().describe('null: the session clock does not say'),
  deputy: line(120)
    .nullable()
    .default(null)
    .describe('who is asked from now on, and may sign as a lead; null: the leads are reminded'),
  approveCommand: ShellCommand,
  rejectCommand: ShellCommand,
});

/** A new champion answers on every server with a valid lease. */
export const SwappedEvent = z.strictObject({
  ...envelope,
  kind: z.literal('swapped'),
  from: VersionRef.nullable().describe('null: there was no champion'),
  to: VersionRef,
  epoch: z.int().min(1),
  acknowledged: z.array(ServerAck).max(200),
  tookMs: z.number().min(0).describe('from the commit to the last acknowledgement'),
  rollbackCommand: ShellCommand,
});

/** The registry has a new champion, but some servers have not acknowledged it. */
export const SwapPartialEvent = z.strictObject({
  ...envelope,
  kind: z.literal('swap-partial'),
  from: VersionRef.nullable(),
  to: VersionRef,
  epoch: z.int().min(1),
  acknowledged: z.array(ServerAck).max(200),
  missing: z.array(ServerAck).min(1).max(200),
  onStale: z.enum(['serve', 'refuse']).describe('what a server without the new epoch does meanwhile'),
  waitedMs: z.number().min(0),
});

/** An earlier champion answers again. */
export const RolledBackEvent = z.strictObject({
  ...envelope,
  kind: z.literal('rolled-back'),
  from: VersionRef,
  to: VersionRef,
  epoch: z.int().min(1),
  cause: z.enum(['guard', 'manual', 'break-glass']),
  requestedBy: line(120),
  reason: FreeText,
  tookMs: z.number().min(0).describe('from the request to the last acknowledgement'),
  acknowledged: z.array(ServerAck).max(200),
});

/** A retrain waits at its gates: for an operator because one could not be judged, or for leads who may waive a fail. */
export const GatesHeldEvent = z.strictObject({
  ...envelope,
  kind: z.literal('gates-held'),
  cause: z.enum(['error', 'waivable-fail']),
  round: z.int().min(1).describe('how often the gates were run'),
  objections: z.array(HoldObjection).min(1).max(40),
  expiresAt: Instant,
  deputy: line(120)
    .nullable()
    .default(null)
    .describe('who is asked from now on, and may waive as a lead; null: it begins to wait'),
  evidenceHash: Sha256.nullable()
    .default(null)
    .describe(
      'the gate evidence that a waiver names; null: nothing may be waived, or an earlier release asked',
    ),
  commands: z
    .array(z.strictObject({ label: line(120), command: ShellCommand }))
    .min(1)
    .max(20),
});

/** A quant lead speaks against a promotion, before the swap or after it; or such an objection is resolved. */
export const ObjectionEvent = z.strictObject({
  ...envelope,
  kind: z.literal('objection'),
  state: z.enum(['raised', 'withdrawn', 'overruled']),
  objection: z.int().min(1).describe('its number'),
  by: line(120).describe('who raised, withdrew, or overruled it last'),
  objector: line(120),
  reason: FreeText,
  version: z.int().min(1).describe('number of the version it speaks against'),
  evidenceHash: Sha256,
  epoch: z.int().min(1).nullable().describe('the reign it speaks against; null: the swap is held'),
  withdrawCommand: ShellCommand,
  overruleCommand: ShellCommand,
  rollbackCommand: ShellCommand,
});

/** A spec that loosens something waits for a second person. */
export const SpecProposedEvent = z.strictObject({
  ...envelope,
  kind: z.literal('spec-proposed'),
  proposal: z.int().min(1).describe('its number'),
  author: line(120),
  loosened: z.array(line(120)).min(1).max(200).describe('fields that would be looser'),
  reason: FreeText,
  expiresAt: Instant,
  deputy: line(120)
    .nullable()
    .describe('who may decide from now on in the place of a second lead; null: the leads are asked'),
  agreeCommand: ShellCommand,
  rejectCommand: ShellCommand,
});

/** A step broke; nothing was decided about the model. */
export const FailedEvent = z.strictObject({
  ...envelope,
  kind: z.literal('failed'),
  step: RetrainStep,
  code: StableCode,
  reason: FreeText,
  remedy: FreeText.nullable().describe('null: the error names none'),
  retrainCommand: ShellCommand,
});

/** A scheduled retrain did not start in its catch-up window, or did not begin because another one was open. */
export const ScheduleMissedEvent = z.strictObject({
  ...envelope,
  kind: z.literal('schedule-missed'),
  nominalAt: Instant.describe('when it should have started'),
  catchupHours: z.int().min(1),
  standing: line(200).nullable().default(null).describe('the open retrain in its way; null: none was'),
  reason: FreeText,
  nextAt: Instant.nullable().describe(
    'next nominal time; null when the schedule is paused or gone, and beside an open retrain, which was not asked for it',
  ),
  retrainCommand: ShellCommand,
});

/** A calendar month of a model is over; its report goes with mails. */
export const MonthEndedEvent = z.strictObject({
  ...envelope,
  kind: z.literal('month-ended'),
  month: z.string().regex(/^\d{4}-(?:0[1-9]|1[0-2])$/u, 'YYYY-MM, in the time of the market'),
  sessions: z.int().min(0).describe('of the month on which a champion was measured'),
  reigns: z.int().min(0).describe('that began in it'),
  reportCommand: ShellCommand,
});

/** A monitor crossed its bound. */
/** What is watched, each with a rule and a runbook of its own: `ALARM_RULES`. */
export const Monitor = z.enum(['guard', 'decay', 'data', 'software', 'drift', 'results']);
export type Monitor = z.infer<typeof Monitor>;

/** The rule of the alert that a monitor raises. */
export const ALARM_RULES = {
  guard: 'guard-alarm',
  decay: 'decay-alarm',
  data: 'data-fault',
  software: 'software-fault',
  drift: 'feature-drift',
  results: 'results-missing',
} as const satisfies Record<Monitor, string>;

export const AlarmEvent = z.strictObject({
  ...envelope,
  kind: z.literal('alarm'),
  monitor: Monitor,
  champion: VersionRef,
  statistic: line(120).describe('what was measured, with its unit'),
  number: z.number().nullable().describe('null: it could not be measured'),
  threshold: z.number().nullable().describe('null: the monitor has no single bound'),
  comparison: z.enum(['>=', '<=', '>', '<']).describe('healthy when `number comparison threshold`'),
  reason: FreeText,
  action: line(300).describe('what the system has already started'),
  emergencyRetrain: line(200).nullable().describe('workflow id, when one was started'),
  over: z.boolean().default(false).describe('what was reported before holds no longer'),
  series: z.array(AlertSeries).max(2).default([]).describe('what was measured over time, drawn in mails'),
});

/** Alerts shown in one message; a storm is told by its numbers. */
export const MAX_ALERT_ITEMS = 20;

/** A group of alerts: something fires, fires anew, goes on firing or has ended. */
export const AlertGroupEvent = z.strictObject({
  ...envelope,
  model: ModelName.nullable().describe('null: the group is not about one model'),
  kind: z.literal('alert'),
  status: z.enum(['firing', 'resolved']).describe('resolved: nothing of the group fires any more'),
  receiver: line(120).describe('the receiver of the routing tree'),
  groupLabels: z.record(LabelName, z.string()),
  sequence: z.int().min(1).describe('number of this notification'),
  step: z.int().min(0).describe('0: the notification itself; 1, 2, 3: steps of its escalation'),
  firing: z.int().min(0).describe('alerts of the group that fire, whether shown or not'),
  resolved: z.int().min(0).describe('alerts that ended since the last notification'),
  items: z.array(AlertItem).min(1).max(MAX_ALERT_ITEMS).describe('the worst first'),
  recipients: z.array(OnCallPerson).max(20).describe('who is on call; empty: the receivers of the channel'),
});
export type AlertGroupEvent = z.infer<typeof AlertGroupEvent>;

export const NotificationEvent = z.discriminatedUnion('kind', [
  RetrainRefusedEvent,
  ApprovalAskedEvent,
  ApprovalExpiringEvent,
  SwappedEvent,
  SwapPartialEvent,
  RolledBackEvent,
  GatesHeldEvent,
  ObjectionEvent,
  SpecProposedEvent,
  FailedEvent,
  ScheduleMissedEvent,
  MonthEndedEvent,
  AlarmEvent,
  AlertGroupEvent,
]);
export type NotificationEvent = z.infer<typeof NotificationEvent>;
export type NotificationKind = NotificationEvent['kind'];

/** An event before it has its schema number and key. */
export type NotificationDraft = NotificationEvent extends infer E
  ? E extends NotificationEvent
    ? Omit<E, 'schema' | 'dedupeKey'>
    : never
  : never;

/**
 * The identity of the fact, by kind. It holds everything that makes two facts different and nothing that differs
 * between two reports of one fact (no wall time, no attempt number): a step repeated after a crash gives the same key.
 */
function dedupeParts(event: NotificationDraft): readonly string[] {
  const run = event.run ?? event.correlationId;
  switch (event.kind) {
    case 'retrain-refused':
      return [run, event.step];
    case 'approval-asked':
      return [run, event.evidenceHash.slice(0, 16)];
    case 'approval-expiring':
      return [
        run,
        event.evidenceHash.slice(0, 16),
        String(event.remainingSessions ?? '-'),
        ...(event.deputy === null ? [] : ['deputy']),
      ];
    case 'swapped':
    case 'swap-partial':
    case 'rolled-back':
      return [String(event.epoch)];
    case 'gates-held':
      return [run, event.cause, String(event.round), ...(event.deputy === null ? [] : ['deputy'])];
    case 'spec-proposed':
      return [String(event.proposal), ...(event.deputy === null ? [] : ['deputy'])];
    case 'objection':
      return [run, String(event.objection), event.state];
    case 'failed':
      return [run, event.step, event.code];
    case 'schedule-missed':
      return [event.nominalAt];
    case 'month-ended':
      return [event.month];
    case 'alarm':
      return [
        event.monitor,
        event.champion.id.slice(0, 16),
        event.session ?? event.correlationId,
        // On one session an action may fail and the alarm go on, or one severity end and another begin.
        event.severity,
        event.statistic.replaceAll(/\W+/gu, '-').slice(0, 40),
        ...(event.over ? ['over'] : []),
      ];
    case 'alert':
      return [
        String(event.sequence),
        String(event.step),
        // One message for each person of a step.
        ...event.recipients.map(({ subject }) => subject),
      ];
  }
}

/** Completes a draft: sets the schema number and the key, and refuses (ZodError) what does not fit the contract. */
export function notificationEvent(draft: NotificationDraft): NotificationEvent {
  const dedupeKey = [draft.kind, draft.model ?? '-', ...dedupeParts(draft)].join(':');
  return NotificationEvent.parse({ ...draft, schema: 1, dedupeKey });
}
