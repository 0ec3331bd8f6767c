import type { Client } from '@temporalio/client';
import type { ModelSpec } from '../contracts/spec.ts';
import { storedSpec } from '../contracts/stored-spec.ts';
import { putDrillSchedule } from './drill-schedule.ts';
import { putSchedule } from './schedule.ts';
import { putScoreSchedule } from './score-schedule.ts';

/**
 * Everything that a spec has happen by itself: retrains, scores, rehearsals of the way back. A proposal of an earlier release says
 * nothing about what came since: it meant the defaults.
 */
export async function putSchedules(client: Client, given: ModelSpec): Promise<void> {
  const spec = storedSpec(given);
  await putSchedule(client, spec);
  await putScoreSchedule(client, spec);
  await putDrillSchedule(client, spec);
}
