import { z } from 'zod';
import { Instant, ModelName, SessionDate } from './primitives.ts';
import { FreeText, line, ShellCommand } from './text.ts';

/**
 * An alert in the vocabulary of Alertmanager: a set of labels is its identity, it fires from `startsAt` until `endsAt`, and
 * whatever else it says may change while it fires.
 */

/**
 * How loud. INFO: read it tomorrow. WARNING: look today. ERROR: look now. CRITICAL: wake somebody. EMERGENCY: money is being
 * lost while nobody acts; wake everybody.
 */
export const NotificationSeverity = z.enum(['INFO', 'WARNING', 'ERROR', 'CRITICAL', 'EMERGENCY']);
export type NotificationSeverity = z.infer<typeof NotificationSeverity>;

/** Labels that every alert is given from its own fields; nobody sets them by hand. */
const RESERVED_LABELS = ['alertname', 'severity', 'model'];
const MAX_LABELS = 16;

export const LabelName = z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]{0,63}$/u, 'a label name, as in Prometheus');

/** Extra labels: what makes two alerts of one rule different. Never a session or a number, which change daily. */
export const AlertLabels = z
  .record(LabelName, line(200))
  .refine((labels) => Object.keys(labels).length <= MAX_LABELS, `at most ${String(MAX_LABELS)} labels`)
  .refine(
    (labels) => RESERVED_LABELS.every((name) => !(name in labels)),
    `${RESERVED_LABELS.join(', ')} are set from the fields of those names`,
  );

/** Name of a rule: `decay-alarm`. It is the label `alertname` and the name of the runbook. */
export const AlertRule = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,63}$/u, '2 to 64 characters: lower-case letters, digits, hyphens');

export const AlertFact = z.strictObject({ label: line(60), value: line(400) });
export const AlertAction = z.strictObject({ label: line(120), command: ShellCommand });

/** Numbers over time, drawn in mails: oldest first, evenly spaced. */
export const AlertSeries = z.strictObject({
  title: line(120),
  unit: line(40),
  points: z.array(z.number()).min(2).max(2000),
  bound: z.number().nullable().describe('drawn as a line; null: there is none'),
});
export type AlertSeries = z.infer<typeof AlertSeries>;

/** What an alert says besides its labels. */
const content = {
  nature: z
    .enum(['condition', 'occurrence'])
    .default('condition')
    .describe(
      'condition: it holds until reported to be over. occurrence: it happened; it is over when acknowledged or forgotten',
    ),
  summary: line(300).describe('what happened, on one line'),
  description: FreeText.describe('what it means and what is wanted from whom'),
  session: SessionDate.nullable().describe('business day it was raised for; null outside the session clock'),
  facts: z.array(AlertFact).max(20),
  actions: z.array(AlertAction).max(20),
  series: z.array(AlertSeries).max(4),
  link: z
    .url({ protocol: /^https?$/u })
    .max(1000)
    .nullable()
    .default(null)
    .describe('a page about it'),
  retrain: line(200).nullable().default(null).describe('workflow id of the retrain it is about; null: none'),
};

/** What a monitor hands in. The same labels raised again while the alert fires are the same alert. */
export const AlertInput = z
  .strictObject({
    rule: AlertRule,
    severity: NotificationSeverity,
    model: ModelName.nullable().describe('null: about the system, not about one model'),
    labels: AlertLabels,
    ...content,
    startsAt: Instant,
    endsAt: Instant.nullable().describe('null: it fires; set: it ended then'),
    correlationId: line(200),
    dedupeKey: line(300).describe('the same key is the same report, and is recorded once'),
  })
  .refine(({ startsAt, endsAt }) => endsAt === null || endsAt >= startsAt, {
    path: ['endsAt'],
    message: 'an alert ends after it starts',
  });
export type AlertInput = z.infer<typeof AlertInput>;

export type AlertReport = z.input<typeof AlertInput>;

/** What an alert says besides its labels and times. */
export type AlertContent = Pick<
  AlertInput,
  'nature' | 'summary' | 'description' | 'session' | 'facts' | 'actions' | 'series' | 'link' | 'retrain'
>;

/** The labels of an alert, its identity: rule, severity and model among them. */
export function labelsOf(
  alert: Pick<AlertInput, 'rule' | 'severity' | 'model' | 'labels'>,
): Readonly<Record<string, string>> {
  return {
    ...alert.labels,
    alertname: alert.rule,
    severity: alert.severity,
    ...(alert.model === null ? {} : { model: alert.model }),
  };
}

/** One alert inside a notification. */
export const AlertItem = z.strictObject({
  ...content,
  id: z.int().min(1).describe('by which people name it: contender alerts ack 17'),
  status: z.enum(['firing', 'resolved']),
  severity: NotificationSeverity,
  rule: AlertRule,
  model: ModelName.nullable(),
  labels: z.record(LabelName, z.string()),
  startsAt: Instant,
  endsAt: Instant.nullable(),
});
export type AlertItem = z.infer<typeof AlertItem>;

/** Somebody on call, as an escalation reaches them. */
export const OnCallPerson = z.strictObject({
  subject: line(120),
  email: z.email().max(320).nullable(),
  phone: z
    .string()
    .regex(/^\+[1-9]\d{6,14}$/u, 'a telephone number as +886912345678')
    .nullable(),
});
export type OnCallPerson = z.infer<typeof OnCallPerson>;
