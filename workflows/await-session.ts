import { patched, sleep } from '@temporalio/workflow';
import type { NextSessionInput, SessionTick } from '../activities/session-clock.ts';
import { control } from './activity-proxies.ts';
import { nowInstant, untilInstant } from './until-instant.ts';

/**
 * Sleeps to the next session and gives it. The market may have closed meanwhile (a typhoon, a day of mourning): live, the
 * session clock is asked again on waking, and what is no session any more is waited past. `announce` hears each session
 * that is slept to.
 */
export async function awaitSession(
  request: Omit<NextSessionInput, 'now'>,
  announce: (tick: SessionTick) => void,
  clock: Pick<typeof control, 'nextSession'> = control,
): Promise<SessionTick> {
  let tick = await clock.nextSession({ ...request, now: nowInstant() });
  for (;;) {
    announce(tick);
    await sleep(untilInstant(tick.wakeAt), { summary: `session ${tick.session}` });
    // Histories from before this was asked go on without it.
    if (request.clock.mode === 'replay' || !patched('session-asked-again-on-waking')) return tick;
    const now = await clock.nextSession({ ...request, now: nowInstant() });
    if (now.session === tick.session) return now;
    tick = now;
  }
}
