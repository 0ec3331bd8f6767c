import { patched, sleep } from '@temporalio/workflow';
import type { ReignPlan } from '../activities/reign.ts';
import type { ReignMeasurement } from '../activities/reign-measure.ts';
import type { SessionTick } from '../activities/session-clock.ts';
import type { GuardInput } from '../contracts/retrain.ts';
import { evaluation, guarding } from './activity-proxies.ts';
import { stepFailure } from './failure.ts';
import { nowInstant, nowMs } from './until-instant.ts';

/** Between two attempts at a session; the pause doubles, so that a week's holiday costs a few hundred events. */
const FIRST_PAUSE_MS = 10 * 60_000;
const LONGEST_PAUSE_MS = 60 * 60_000;

interface Asked {
  readonly measuredSessions: number;
  /** Results and decay are watched apart. */
  readonly watched: boolean;
}

/**
 * The measurement of one session; null when its source stayed away until the next session is due. A source that is away says
 * nothing about the champion: the guard holds, tries again, and pages once on the same day, after the spec's bound. On a replay
 * the next session comes by its own pace, so nothing is waited for.
 */
export async function measureSession(
  input: GuardInput,
  plan: ReignPlan,
  tick: SessionTick,
  asked: Asked,
  pageAway: (minutes: number) => Promise<void>,
): Promise<ReignMeasurement | null> {
  const since = nowMs();
  const boundMs = plan.spec.guard.maxAwayMinutes * 60_000;
  let pauseMs = FIRST_PAUSE_MS;
  let told = false;
  for (;;) {
    const measurement = await measureOnce(input, tick, asked);
    // Histories from before this was waited out go on without it.
    if (measurement !== null || !patched('a-source-that-is-away-is-waited-for')) return measurement;
    const awayMs = nowMs() - since;
    if (!told && (awayMs >= boundMs || input.clock.mode === 'replay')) {
      await pageAway(awayMs / 60_000);
      told = true;
    }
    const dueMs = await nextDueMs(input, plan, tick);
    if (input.clock.mode === 'replay' || dueMs <= nowMs()) return null;
    const boundAtMs = told ? Number.POSITIVE_INFINITY : since + boundMs;
    await sleep(Math.max(1, Math.min(nowMs() + pauseMs, dueMs, boundAtMs) - nowMs()), {
      summary: `session ${tick.session} once more`,
    });
    pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * pauseMs);
  }
}

/** When the next session is to be measured; never, when the calendar ends with this one. */
async function nextDueMs(
  { clock }: GuardInput,
  { spec }: ReignPlan,
  { session }: SessionTick,
): Promise<number> {
  try {
    const next = await guarding.nextSession({
      ...{ spec, clock, after: session, asOf: `${session}T00:00:00.000Z` },
      now: nowInstant(),
    });
    return Date.parse(next.wakeAt);
  } catch (error) {
    if (stepFailure(error).code === 'CALENDAR_EXHAUSTED') return 0;
    throw error;
  }
}

/** Null when the measurement itself failed. */
async function measureOnce(
  input: GuardInput,
  tick: SessionTick,
  { measuredSessions, watched }: Asked,
): Promise<ReignMeasurement | null> {
  try {
    return await evaluation.measureReign.executeWithOptions({ summary: `session ${tick.session}` }, [
      {
        model: input.model,
        epoch: input.epoch,
        session: tick.session,
        decisionInstant: tick.decisionInstant,
        measuredSessions,
        watched,
        correlationId: input.correlationId,
      },
    ]);
  } catch (error) {
    if (stepFailure(error).kind === 'cancelled') throw error;
    return null;
  }
}
