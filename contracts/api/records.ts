import { z } from 'zod';
import { Instant, ModelName, Sha256 } from '../primitives.ts';
import { ScheduledOutcome, ScheduleKind } from '../schedule.ts';
import { Reason, pageOf } from './text.ts';

const Facts = z.record(z.string(), z.json());

export const AuditRow = z
  .strictObject({
    model: ModelName,
    seq: z.int().min(1),
    hash: Sha256,
    prevHash: Sha256,
    actor: z.string(),
    command: z.string(),
    businessAt: Instant.nullable(),
    recordedAt: Instant,
    facts: Facts,
  })
  .meta({ id: 'AuditRow' });
export const AuditPage = pageOf(AuditRow, 'AuditPage');

const AuditHead = z.strictObject({ model: ModelName, seq: z.int().min(1), hash: Sha256 });

export const AuditVerification = z
  .strictObject({
    rows: z.int().min(0),
    ledgerRows: z.int().min(0),
    models: z.int().min(0),
    ok: z.boolean(),
    firstBad: z.strictObject({ model: z.string(), seq: z.int(), reason: z.string() }).nullable(),
    anchor: z.strictObject({ schema: z.literal(1), heads: z.array(AuditHead), digest: Sha256 }),
  })
  .meta({ id: 'AuditVerification' });

export const RefusedAttempt = z
  .strictObject({
    minute: Instant,
    actor: z.string(),
    command: z.string(),
    code: z.string(),
    model: z.string(),
    reason: z.string(),
    attempts: z.int().min(1),
  })
  .meta({ id: 'RefusedAttempt' });
export const RefusedAttemptList = z
  .strictObject({ items: z.array(RefusedAttempt) })
  .meta({ id: 'RefusedAttemptList' });

export const LiveResultRow = z
  .looseObject({
    model: ModelName,
    versionId: Sha256,
    session: z.string(),
    epoch: z.int().min(0),
    rankIc: z.number().nullable(),
    netReturn: z.number().nullable(),
    turnover: z.number().nullable(),
    numbers: Facts,
  })
  .meta({ id: 'LiveResultRow' });
export const LiveResultList = z
  .strictObject({ items: z.array(LiveResultRow) })
  .meta({ id: 'LiveResultList' });

const Fraction = z.number().nullable();

export const ChampionTrack = z
  .strictObject({
    windowSessions: z.int().min(10).describe('of the running mean of the rank IC'),
    sessions: z.array(
      z.strictObject({
        session: z.string(),
        epoch: z.int().min(0),
        rankIc: Fraction,
        netReturn: Fraction,
        meanIc: Fraction.describe('mean rank IC over the window; null while no session of it has one'),
        meanIcLower: Fraction.describe(
          'central 95 % of that mean by Newey and West; null with fewer than ten',
        ),
        meanIcUpper: Fraction,
        equity: z.number().describe('growth of one unit since the first session here'),
        drawdown: z.number().max(0).describe('below its highest, a fraction'),
      }),
    ),
  })
  .meta({ id: 'ChampionTrack', description: 'of whoever was champion, one row a session, oldest first' });

export const TrialRow = z
  .looseObject({ trialId: z.string(), recipeHash: Sha256, asOf: Instant, state: z.string() })
  .meta({ id: 'TrialRow' });
export const TrialList = z
  .strictObject({
    trials: z.int().min(0),
    recipes: z.int().min(0),
    counted: z.int().min(0).describe('N of the deflated Sharpe ratio'),
    newest: z.array(TrialRow),
  })
  .meta({ id: 'TrialList' });

export const PinRow = z
  .strictObject({
    model: ModelName,
    consumer: z.string(),
    version: z.int().min(1),
    versionId: Sha256,
    purpose: z.enum(['pin', 'fallback']),
    pinnedBy: z.string(),
    reason: z.string(),
    pinnedAt: Instant,
  })
  .meta({ id: 'PinRow' });
export const PinPage = pageOf(PinRow, 'PinPage');
export const Consumer = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,47}$/u, 'lower-case letters, digits, hyphens')
  .meta({ id: 'Consumer' });
export const SetPin = z
  .strictObject({
    version: z.int().min(1).nullable().describe('null gives the pin up'),
    purpose: z
      .enum(['pin', 'fallback'])
      .default('pin')
      .describe(
        'pin: the servers answer the consumer with this version; fallback: only when the champion cannot answer',
      ),
    reason: Reason,
  })
  .meta({ id: 'SetPin' });
export const PinOutcome = z
  .strictObject({ model: ModelName, consumer: z.string(), version: z.int().min(1).nullable() })
  .meta({ id: 'PinOutcome' });

export const ScheduleView = z
  .strictObject({
    model: ModelName,
    kind: ScheduleKind,
    field: z.string().describe('of the spec, which sets its times'),
    cron: z.string(),
    zone: z.string(),
    paused: z.boolean(),
    note: z.string().describe('who paused or resumed it, and why'),
    next: z.array(Instant),
    recent: z.array(z.strictObject({ scheduledAt: Instant, startedAt: Instant })),
    missedCatchup: z.int().min(0).describe('runs that did not start within the catch-up window'),
    last: z
      .strictObject({
        at: Instant.describe('when it began'),
        outcome: ScheduledOutcome.describe(
          'open: it has not ended; nothing: it left no record, since there was nothing to do or nobody took it yet',
        ),
        reason: z.string(),
        reference: z
          .string()
          .describe('id of the retrain, number of the drill, session of the scores; empty without a record'),
      })
      .nullable()
      .describe('the newest run; null: it never ran'),
  })
  .meta({ id: 'ScheduleView' });
export const SchedulePage = pageOf(ScheduleView, 'SchedulePage');
export const ScheduleCommand = z
  .strictObject({
    action: z.enum(['pause', 'resume', 'trigger']),
    kind: ScheduleKind.default('retrain'),
    reason: Reason,
  })
  .meta({ id: 'ScheduleCommand' });

export const SystemHealth = z
  .strictObject({
    status: z.enum(['ok', 'degraded']),
    registry: z.boolean(),
    liveClients: z.int().min(0),
    version: z.string(),
    signIn: z.enum(['token', 'oidc']).describe('how people sign in: by a token, or at an identity provider'),
  })
  .meta({ id: 'SystemHealth' });
