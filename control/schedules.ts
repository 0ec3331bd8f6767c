import { ScheduleNotFoundError, type Client } from '@temporalio/client';
import { ContenderError } from '../contracts/error.ts';
import { drillScheduleId, scheduleId, scoreScheduleId } from '../contracts/ids.ts';
import type { Market } from '../contracts/primitives.ts';
import { ScheduledOutcome, ScheduleKind } from '../contracts/schedule.ts';
import { marketRules } from '../market/rules.ts';
import type { Registry } from '../registry/registry.ts';
import { anotherIsOpen } from '../registry/retrains.ts';
import type { ScheduledRecord } from '../registry/schedules.ts';
import { cronText } from './cron-text.ts';

/** Where the schedule of a kind is kept, and the field of the spec that sets its times. */
const KINDS: Readonly<
  Record<ScheduleKind, { readonly idOf: (model: string) => string; readonly field: string }>
> = {
  retrain: { idOf: scheduleId, field: 'retrain.cron' },
  drill: { idOf: drillScheduleId, field: 'drill.cron' },
  scoring: { idOf: scoreScheduleId, field: 'scoring.delayMinutes' },
};
/** Temporal and the registry may be on machines whose clocks differ by so much. */
const CLOCKS_DIFFER_MS = 5000;

export interface ScheduleFacts {
  readonly model: string;
  readonly kind: ScheduleKind;
  /** Of the spec, which sets its times. */
  readonly field: string;
  readonly cron: string;
  /** The market's zone, in which the cron line is read. */
  readonly zone: string;
  readonly paused: boolean;
  readonly note: string;
  /** ISO instants. */
  readonly next: string[];
  readonly recent: { readonly scheduledAt: string; readonly startedAt: string }[];
  readonly missedCatchup: number;
  /** The newest run; null: it never ran. */
  readonly last: {
    readonly at: string;
    readonly outcome: ScheduledOutcome;
    readonly reason: string;
    readonly reference: string;
  } | null;
}

export interface ScheduleMeans {
  readonly client: Client;
  readonly registry: Pick<Registry, 'lastScheduled'>;
}

interface OfMarket {
  readonly model: string;
  readonly market: Market;
}

/** There is no schedule of that kind: the spec of the model was applied without one. */
export class ScheduleUnknown extends ContenderError {
  readonly code = 'SCHEDULE_UNKNOWN';
  readonly kind = 'refused';
}

/** What happens by itself to models, by name and kind. `kind`: null: all. */
export async function listSchedules(
  { client, registry }: ScheduleMeans,
  models: readonly OfMarket[],
  kind: ScheduleKind | null,
): Promise<ScheduleFacts[]> {
  const kinds = kind === null ? ScheduleKind.options : [kind];
  const records = await registry.lastScheduled({ models: models.map(({ model }) => model) });
  const asked = models.flatMap((model) => kinds.map((one) => ({ ...model, kind: one })));
  const views = await Promise.all(asked.map((one) => describeSchedule(client, one, records)));
  return views.filter((view) => view !== null);
}

/**
 * Pauses, resumes or triggers a schedule of a model. `record` writes down who does it; it is called once there is a schedule to
 * do it to, since the audit would else tell of what never was. Throws ScheduleUnknown, RetrainOpen: what it would start would
 * be refused after everybody has been told that it was started.
 */
export async function commandSchedule(
  { client, registry }: ScheduleMeans & { readonly registry: Pick<Registry, 'openRetrains'> },
  command: OfMarket & {
    readonly kind: ScheduleKind;
    readonly action: 'pause' | 'resume' | 'trigger';
    readonly reason: string;
    readonly subject: string;
  },
  record: () => Promise<void>,
): Promise<ScheduleFacts> {
  const { kind, action, reason, subject } = command;
  const found = async (): Promise<ScheduleFacts> => {
    const [facts] = await listSchedules({ client, registry }, [command], kind);
    if (facts === undefined) throw noSchedule(command);
    return facts;
  };
  await found();
  if (kind === 'retrain' && action === 'trigger') await refuseBesideAnother(registry, command.model);
  await record();
  const handle = client.schedule.getHandle(KINDS[kind].idOf(command.model));
  const note = `${subject}: ${reason}`.slice(0, 500);
  try {
    if (action === 'pause') await handle.pause(note);
    else if (action === 'resume') await handle.unpause(note);
    else await handle.trigger();
  } catch (error) {
    // A spec that wants none came into force meanwhile.
    if (error instanceof ScheduleNotFoundError) throw noSchedule(command);
    throw error;
  }
  return found();
}

async function refuseBesideAnother(registry: Pick<Registry, 'openRetrains'>, model: string): Promise<void> {
  const open = (await registry.openRetrains()).find((one) => one.model === model);
  if (open !== undefined) throw anotherIsOpen(open);
}

const noSchedule = ({ model, kind }: { readonly model: string; readonly kind: ScheduleKind }) =>
  new ScheduleUnknown(`${model} has no schedule of that kind (${kind})`, {
    remedy: 'Put one in force: npm run contender -- apply -f FILE',
    details: { model, kind },
  });

/** Null when the model has no schedule of that kind. */
async function describeSchedule(
  client: Client,
  { model, market, kind }: OfMarket & { readonly kind: ScheduleKind },
  records: readonly ScheduledRecord[],
): Promise<ScheduleFacts | null> {
  const { idOf, field } = KINDS[kind];
  try {
    const { spec, state, info } = await client.schedule.getHandle(idOf(model)).describe();
    const recent = info.recentActions.map(({ scheduledAt, takenAt }) => ({
      scheduledAt: scheduledAt.toISOString(),
      startedAt: takenAt.toISOString(),
    }));
    const record = records.find((one) => one.model === model && one.kind === kind) ?? null;
    return {
      ...{ model, kind, field, recent },
      cron: (spec.calendars ?? []).map(cronText).join('; '),
      zone: marketRules(market).zone,
      paused: state.paused,
      note: state.note ?? '',
      next: info.nextActionTimes.map((time) => time.toISOString()),
      missedCatchup: info.numActionsMissedCatchupWindow,
      last: lastRun(recent.at(-1)?.startedAt ?? null, record),
    };
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

/**
 * The newest run: as the registry has it, or one that left no record there (there was nothing to do). Temporal forgets old
 * runs, the registry does not. `begun`: when Temporal last started one; null: it remembers none.
 */
export function lastRun(begun: string | null, record: ScheduledRecord | null): ScheduleFacts['last'] {
  const unrecorded =
    begun !== null &&
    (record === null || Date.parse(record.startedAt) < Date.parse(begun) - CLOCKS_DIFFER_MS);
  if (unrecorded) return { at: begun, outcome: 'nothing', reason: '', reference: '' };
  if (record === null) return null;
  const { startedAt: at, outcome, reason, reference } = record;
  return { at, outcome: ScheduledOutcome.parse(outcome), reason, reference };
}
