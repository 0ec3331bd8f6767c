import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sessionClockActivities } from '../../../activities/session-clock.ts';
import type { RetrainInput, RetrainResult } from '../../../contracts/retrain.ts';
import { calendarInForce } from '../../../market/calendar-changes.ts';
import { agreeable, INPUT, timeSkippingEnvironment, withWorkers } from './retrain-world.ts';

const HEADER = 'date,kind,closes,reason\n';
const SATURDAY = '2024-03-09,session,,make-up Saturday\n';
const TYPHOON = '2024-03-07,closed,,typhoon\n';

let environment: TestWorkflowEnvironment;
beforeEach(async () => {
  environment = await timeSkippingEnvironment();
}, 120_000);
afterEach(async () => {
  await environment.teardown();
});

interface ScoredSession {
  readonly session: string;
  readonly decisionInstant: string;
  readonly calendarSha256: string;
}

/** A shadow of seven sessions on the live clock; the calendar may change each time a session is named. */
async function shadow(calendarAfter: (named: readonly string[]) => string): Promise<ScoredSession[]> {
  const scored: ScoredSession[] = [];
  const named: string[] = [];
  const calls: string[] = [];
  const source = {
    calendar: () =>
      Promise.resolve(calendarInForce('XTAI', HEADER + calendarAfter(named), 'XTAI.csv').calendar),
    pin: (calendar: { has(date: string): boolean }) =>
      Promise.resolve((calendar.has('2024-03-07') ? 'a' : 'b').repeat(64)),
  };
  const clock = sessionClockActivities(source, () => new Date());
  const world = agreeable(calls, () => 0);
  const activities = {
    ...world,
    nextSession: async (request: Parameters<typeof clock.nextSession>[0]) => {
      const tick = await clock.nextSession(request);
      named.push(tick.session);
      return tick;
    },
    scoreShadowSession: (input: Parameters<typeof world.scoreShadowSession>[0]) => {
      const { session, decisionInstant, calendarSha256 } = input;
      scored.push({ session, decisionInstant, calendarSha256 });
      return world.scoreShadowSession(input);
    },
    concludeShadow: () =>
      Promise.resolve({
        verdict: 'inconclusive' as const,
        reason: 'the test ends here',
        shadowEvidenceHash: 'b'.repeat(64),
      }),
  };
  const input: RetrainInput = { ...INPUT, clock: { mode: 'live' }, asOf: '2024-03-01T19:00:00.000Z' };
  await withWorkers(environment, activities, async () => {
    const result = await environment.client.workflow.execute<(input: RetrainInput) => Promise<RetrainResult>>(
      'retrainModel',
      { workflowId: `retrain:tw-alpha:${input.asOf}`, taskQueue: 'control', args: [input] },
    );
    expect(result.outcome).toBe('refused');
  });
  return scored;
}

const dates = (scored: readonly ScoredSession[]): string[] => scored.map(({ session }) => session);

describe('the sessions of a shadow', () => {
  // All of them lie in the past of the wall clock: as after a machine that was off, each is overdue when it is asked for.
  it('scores each overdue session once and in order, a make-up Saturday among them', async () => {
    const scored = await shadow(() => SATURDAY);
    expect(dates(scored)).toEqual([
      '2024-03-04',
      '2024-03-05',
      '2024-03-06',
      '2024-03-07',
      '2024-03-08',
      '2024-03-09',
      '2024-03-11',
    ]);
    for (const { session, decisionInstant } of scored) expect(decisionInstant.slice(0, 10)).toBe(session);
  });

  it('a typhoon that closes its fourth session while it sleeps is waited past: seven sessions all the same, the calendar pinned with each', async () => {
    const scored = await shadow((named) => (named.includes('2024-03-07') ? SATURDAY + TYPHOON : SATURDAY));
    expect(dates(scored)).toEqual([
      '2024-03-04',
      '2024-03-05',
      '2024-03-06',
      '2024-03-08',
      '2024-03-09',
      '2024-03-11',
      '2024-03-12',
    ]);
    expect(scored.map(({ calendarSha256 }) => calendarSha256[0]).join('')).toBe('aaabbbb');
  });
});
