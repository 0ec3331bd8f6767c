import { describe, expect, it } from 'vitest';
import { sessionClockActivities } from '../../../activities/session-clock.ts';
import { ModelSpec } from '../../../contracts/spec.ts';
import { shippedCalendar } from '../../../market/shipped-calendar.ts';

/** A worker whose clock is a day ahead of Temporal's, by which workflows sleep. */
const CALENDAR = shippedCalendar('XTAI');
const OPEN_SESSION = '2024-03-06T02:00:00.000Z';
const DAY_MS = 86_400_000;
const SPEC = ModelSpec.parse({
  ...{ model: 'tw-alpha', market: 'XTAI', data: './data/tw' },
  serving: { swapWindow: 'outside-session' },
});
const clock = sessionClockActivities(
  { calendar: () => Promise.resolve(CALENDAR), pin: () => Promise.resolve('a'.repeat(64)) },
  () => new Date(Date.parse(OPEN_SESSION) + DAY_MS),
);

describe('the session clock on a worker whose own clock is off', () => {
  it('paces a replay by the clock of the workflow', async () => {
    const { wakeAt } = await clock.nextSession({
      spec: SPEC,
      clock: { mode: 'replay', secondsPerSession: 2, approvalSecondsPerSession: 600 },
      ...{ after: '2024-03-05', asOf: '2024-03-04T05:30:00.000Z', now: OPEN_SESSION },
    });
    expect(wakeAt).toBe('2024-03-06T02:00:02.000Z');
  });

  it('keeps a swap out of the session that runs by the clock of the workflow', async () => {
    const window = await clock.swapWindow({ spec: SPEC, clock: { mode: 'live' }, now: OPEN_SESSION });
    expect(Date.parse(window.opensAt)).toBeGreaterThan(Date.parse(OPEN_SESSION));
    expect(window.opensAt.slice(0, 10)).toBe('2024-03-06');
  });
});
