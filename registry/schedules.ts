import { sql } from 'kysely';
import type { ScheduleKind } from '../contracts/schedule.ts';
import { operations } from './database.ts';

/** What the newest run that a schedule started has left in the record. */
export interface ScheduledRecord {
  readonly model: string;
  readonly kind: ScheduleKind;
  readonly startedAt: string;
  /** A final state of a retrain or a drill, `complete` for scores; `open`: it has not ended. */
  readonly outcome: string;
  readonly reason: string;
  /** Id of the retrain, number of the drill, session of the scores. */
  readonly reference: string;
}

export const scheduleOperations = operations((database) => ({
  /** The newest scheduled retrain, drill and scores of each model, where there are any. */
  async lastScheduled({
    models,
  }: {
    readonly models: readonly string[];
  }): Promise<readonly ScheduledRecord[]> {
    const { rows } = await database.run((connection) =>
      sql<ScheduledRecord>`
        select m.model, l.kind, contender_instant(l.started_at) as started_at, l.outcome, l.reason, l.reference
        from unnest(${[...models]}::text[]) m (model) cross join lateral (
          (select 'retrain' as kind, started_at, status as outcome, reason, id as reference from retrains
            where model = m.model and trigger = 'schedule' order by run desc limit 1)
          union all
          (select 'drill', opened_at, coalesce(result, 'open'), ended_reason, id::text from rollback_drills
            where model = m.model and trigger = 'schedule' order by id desc limit 1)
          union all
          (select 'scoring', started_at, case when completed_at is null then 'open' else 'complete' end, '', session::text
            from score_runs where model = m.model and trigger = 'schedule' order by id desc limit 1)
        ) l`.execute(connection),
    );
    return rows;
  },
}));
