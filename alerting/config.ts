import { z } from 'zod';
import { LabelName, NotificationSeverity } from '../contracts/alert.ts';
import { Market, ModelName } from '../contracts/primitives.ts';
import { parseDuration } from './duration.ts';
import { parseMatcher } from './matcher.ts';

/**
 * The alerting file. `route`, `inhibit_rules` and `time_intervals` are written as in the configuration of Alertmanager, so
 * that they can be carried over in either direction; `channels`, `escalations` and `dead_man_switches` are ours.
 */

function readable<T>(parse: (text: string) => T) {
  return (text: string, context: z.RefinementCtx): T => {
    try {
      return parse(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
      return z.NEVER;
    }
  };
}

const Name = z.string().regex(/^[a-zA-Z][a-zA-Z0-9_-]{0,59}$/u, 'a name: letters, digits, hyphens');
const Duration = z.string().transform(readable(parseDuration)).describe('30s, 5m, 1h30m');
const Matchers = z.array(z.string().transform(readable(parseMatcher))).max(16);
const HttpUrl = z.url({ protocol: /^https?$/u }).max(1000);

/** A secret in the file itself, or the path of a file that holds nothing else. */
const Secret = z.union([z.string().min(1).max(1000), z.strictObject({ file: z.string().min(1) })]);
export type Secret = z.infer<typeof Secret>;

const Language = z.enum(['en', 'zh-TW']);
export type Language = z.infer<typeof Language>;

const anyChannel = {
  language: Language.default('en').describe('of the words around the facts'),
};

const SlackSettings = z.strictObject({ ...anyChannel, kind: z.literal('slack'), webhook_url: Secret });

const EmailSettings = z.strictObject({
  ...anyChannel,
  kind: z.literal('email'),
  to: z.array(z.string().min(3).max(320)).min(1).max(50),
});

const WebhookSettings = z.strictObject({
  ...anyChannel,
  kind: z.literal('webhook'),
  url: HttpUrl,
  secret: Secret.describe('whsec_ and base64 of 24 to 64 bytes (Standard Webhooks)'),
  previous_secret: Secret.nullable().default(null).describe('signs as well while the receiver changes over'),
  allow_private: z
    .boolean()
    .default(false)
    .describe('whether the address may be on this machine or network, and plain http'),
});

/**
 * An SMS provider is a form or a JSON document over HTTP. `{to}`, `{text}` and `{key}` are filled in; the key is the same for
 * a repeat, for providers that drop doubles.
 */
const SmsSettings = z.strictObject({
  ...anyChannel,
  kind: z.literal('sms'),
  url: HttpUrl,
  encoding: z.enum(['form', 'json']).default('form'),
  headers: z.record(z.string().regex(/^[A-Za-z0-9-]{1,60}$/u), Secret).default({}),
  basic_auth: z
    .strictObject({ username: z.string().min(1), password: Secret })
    .nullable()
    .default(null),
  fields: z.record(z.string().min(1).max(60), Secret),
  to: z
    .string()
    .regex(/^\+[1-9]\d{6,14}$/u, 'a telephone number as +886912345678')
    .nullable()
    .default(null)
    .describe('one number, so that one SMS is one delivery; null: only for who is on call'),
  phone_format: z
    .enum(['e164', 'national'])
    .default('e164')
    .describe('national: +886912345678 becomes 0912345678, as providers of Taiwan want it'),
  accepted: z
    .string()
    .min(1)
    .max(200)
    .nullable()
    .default(null)
    .describe('expression that the answer must contain to count as taken; null: any 2xx does'),
  max_characters: z
    .int()
    .min(40)
    .max(1000)
    .default(140)
    .describe('two segments of 70 with Chinese characters'),
  allow_private: z.boolean().default(false),
});

const AlertmanagerSettings = z.strictObject({
  ...anyChannel,
  kind: z.literal('alertmanager'),
  url: HttpUrl.describe('its base address; /api/v2/alerts is added'),
  allow_private: z.boolean().default(true).describe('an Alertmanager usually is on the own network'),
});

export const ChannelSettings = z.discriminatedUnion('kind', [
  SlackSettings,
  EmailSettings,
  WebhookSettings,
  SmsSettings,
  AlertmanagerSettings,
]);
export type ChannelSettings = z.infer<typeof ChannelSettings>;

const Receiver = z.strictObject({
  name: Name,
  channels: z.array(Name).min(1).max(20),
  send_resolved: z.boolean().default(true),
});

const routeFields = {
  receiver: Name.nullable().default(null).describe('null: as the parent'),
  group_by: z
    .array(z.union([LabelName, z.literal('...')]))
    .max(16)
    .nullable()
    .default(null),
  group_wait: Duration.nullable().default(null),
  group_interval: Duration.nullable().default(null),
  repeat_interval: Duration.nullable().default(null),
  matchers: Matchers.default([]),
  continue: z.boolean().default(false),
  mute_time_intervals: z.array(Name).max(8).default([]),
  active_time_intervals: z.array(Name).max(8).default([]),
  escalation: Name.nullable().default(null).describe('ours; null: as the parent'),
};

export interface RouteSettings extends z.infer<z.ZodObject<typeof routeFields>> {
  readonly routes: readonly RouteSettings[];
}

const Route: z.ZodType<RouteSettings> = z.strictObject({
  ...routeFields,
  get routes() {
    return z.array(Route).max(100).default([]);
  },
});

const InhibitRule = z.strictObject({
  source_matchers: Matchers.min(1),
  target_matchers: Matchers.min(1),
  equal: z.array(LabelName).max(16).default([]),
});
export type InhibitRule = z.infer<typeof InhibitRule>;

const Clock = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/u, 'HH:MM');
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;
const MONTHS = [
  ...['january', 'february', 'march', 'april', 'may', 'june'],
  ...['july', 'august', 'september', 'october', 'november', 'december'],
] as const;

/** `monday:friday`, `3`, `1:15`, `-1`: an inclusive range; the words are numbered from `first`. */
function ranges(words: readonly string[], first: number, low: number, high: number) {
  const number = (text: string): number => {
    const named = words.indexOf(text.toLowerCase());
    const value = named === -1 ? Number(text) : named + first;
    if (!/^-?\d+$/u.test(text) && named === -1) throw new RangeError(`"${text}" is not known`);
    if (value < low || value > high || (value === 0 && low < 0))
      throw new RangeError(`${text} is out of range`);
    return value;
  };
  return z.array(
    z.string().transform(
      readable((text): readonly [number, number] => {
        const [from = '', to = from, ...rest] = text.split(':');
        const range = [number(from), number(to)] as const;
        if (rest.length > 0) throw new RangeError(`"${text}" is not a range`);
        if (Math.sign(range[0]) === Math.sign(range[1]) && range[0] > range[1])
          throw new RangeError(`"${text}" ends before it begins`);
        return range;
      }),
    ),
  );
}

const TimeIntervalPart = z.strictObject({
  times: z.array(z.strictObject({ start_time: Clock, end_time: Clock })).default([]),
  weekdays: ranges(WEEKDAYS, 0, 0, 6).default([]),
  days_of_month: ranges([], 0, -31, 31).default([]),
  months: ranges(MONTHS, 1, 1, 12).default([]),
  years: ranges([], 0, 1970, 2200).default([]),
  location: z
    .string()
    .default('UTC')
    .refine((zone) => {
      try {
        return new Intl.DateTimeFormat('en', { timeZone: zone }).format(0) !== '';
      } catch {
        return false;
      }
    }, 'a time zone as Asia/Taipei'),
  market: Market.nullable().default(null).describe('ours: the calendar that `session` means; null: none'),
  session: z
    .enum(['open', 'closed', 'no-session-today'])
    .nullable()
    .default(null)
    .describe('ours: while the market is open, while it is not, on days without a session'),
});
export type TimeIntervalPart = z.infer<typeof TimeIntervalPart>;

const TimeInterval = z.strictObject({ name: Name, time_intervals: z.array(TimeIntervalPart).min(1).max(50) });

const EscalationStep = z.strictObject({
  after: Duration,
  channels: z.array(Name).min(1).max(10),
  oncall: z
    .boolean()
    .default(false)
    .describe('to who is on call then, instead of the receivers of the channel'),
});

const Escalation = z.strictObject({ name: Name, steps: z.array(EscalationStep).min(1).max(10) });
export type Escalation = z.infer<typeof Escalation>;

const DeadManSwitch = z.strictObject({
  name: Name,
  market: Market,
  by: Clock.describe("in the market's zone, on each of its sessions"),
  models: z
    .array(ModelName)
    .max(200)
    .nullable()
    .default(null)
    .describe('null: every model of the market with a champion'),
  expects: z.enum(['live-results', 'predictions']).default('live-results'),
  severity: NotificationSeverity.default('CRITICAL'),
});
export type DeadManSwitch = z.infer<typeof DeadManSwitch>;

export const AlertingFile = z.strictObject({
  global: z
    .strictObject({
      resolve_timeout: Duration.prefault('96h').describe(
        'an alert that nobody reports again is over: rules look once a session, and a long weekend lies between two',
      ),
    })
    .prefault({}),
  channels: z.record(Name, ChannelSettings).default({}),
  receivers: z.array(Receiver).max(100).default([]),
  route: Route,
  inhibit_rules: z.array(InhibitRule).max(100).default([]),
  time_intervals: z.array(TimeInterval).max(100).default([]),
  escalations: z.array(Escalation).max(50).default([]),
  dead_man_switches: z.array(DeadManSwitch).max(50).default([]),
});
export type AlertingFile = z.infer<typeof AlertingFile>;
