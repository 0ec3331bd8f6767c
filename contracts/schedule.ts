import { z } from 'zod';

/** What a model has happen by itself. */
export const ScheduleKind = z.enum(['retrain', 'drill', 'scoring']).meta({ id: 'ScheduleKind' });
export type ScheduleKind = z.infer<typeof ScheduleKind>;

/** How the last run of a schedule ended: a final state of a retrain, a drill or scores, or none. */
export const ScheduledOutcome = z
  .enum([
    ...(['open', 'promoted', 'refused', 'rejected', 'expired', 'failed', 'cancelled', 'superseded'] as const),
    ...(['judged', 'passed', 'yielded', 'skipped', 'abandoned', 'complete', 'nothing'] as const),
  ])
  .meta({ id: 'ScheduledOutcome' });
export type ScheduledOutcome = z.infer<typeof ScheduledOutcome>;
