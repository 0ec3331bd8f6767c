import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ALARM, BROKEN, FIRST_DECISION, guard, HELD, QUIET, reign, watching } from './guard-world.ts';
import { agreeable, CALM, SPEC, timeSkippingEnvironment, type AllActivities } from './retrain-world.ts';

let environment: TestWorkflowEnvironment;

beforeEach(async () => {
  environment = await timeSkippingEnvironment();
}, 120_000);
afterEach(async () => {
  await environment.teardown();
});

describe('guardChampion', () => {
  it('ends quietly when another epoch has begun', async () => {
    const { pages, rollbacks } = await guard(environment, 3, () => QUIET);
    expect([pages, rollbacks]).toEqual([[], []]);
  });

  it('rolls back by itself, once, when a bound is crossed in the guarded sessions', async () => {
    const { rollbacks } = await guard(environment, 20, (count) =>
      count < 4
        ? QUIET
        : { ...QUIET, action: 'rollback', reason: 'drawdown 5 % beyond the previous champion' },
    );
    expect(rollbacks).toEqual(['guard: drawdown 5 % beyond the previous champion']);
  });

  it('waits past a session that the market cancelled while it slept, and measures the next one', async () => {
    const measured: string[] = [];
    let asked = 0;
    const tick = (session: string) => ({
      session,
      decisionInstant: `${session}T06:30:00.000Z`,
      wakeAt: new Date(0).toISOString(),
      calendarSha256: '4'.repeat(64),
    });
    await guard(environment, 2, () => QUIET, {
      // The typhoon of 2019-08-09 was announced on its eve: asked for the session after the 8th, twice with two answers.
      nextSession: ({ after }) => {
        if (after === '2019-08-12') return Promise.resolve(tick('2019-08-13'));
        asked += 1;
        return Promise.resolve(tick(asked === 1 ? '2019-08-09' : '2019-08-12'));
      },
      measureReign: ({ session }) => {
        measured.push(session);
        return Promise.resolve(QUIET);
      },
    });
    expect(measured).toEqual(['2019-08-12', '2019-08-13']);
  });

  it('pages with the number of the cause instead of rolling back when the measurement holds', async () => {
    const numbers: (number | null)[] = [];
    const { rollbacks } = await guard(environment, 2, () => HELD, {
      pageGuard: ({ subject, number }) => {
        numbers.push(subject === 'drawdown beyond the previous champion' ? number : null);
        return Promise.resolve();
      },
    });
    expect(rollbacks).toEqual([]);
    expect(numbers).toEqual([0.05, 0.05]);
  });

  it('goes on watching, and says so, when its rollback is refused', async () => {
    const { pages } = await guard(environment, 3, (count) => (count === 1 ? BROKEN : QUIET), {
      rollbackChampion: () =>
        Promise.reject(ApplicationFailure.nonRetryable('tw-alpha is frozen', 'MODEL_FROZEN')),
    });
    expect(pages).toEqual(['CRITICAL: guard an automatic rollback that failed']);
  });

  it('hands over to a guard of the reign that a rollback began, from the same session on', async () => {
    let begun = 0;
    const guarded: number[] = [];
    await guard(environment, 1, () => QUIET, {
      beginGuard: ({ epoch: at }) => {
        begun += 1;
        guarded.push(at);
        const successor = begun === 2 ? at + 1 : null;
        return Promise.resolve({
          spec: SPEC,
          current: begun === 1,
          versionNumber: 2,
          previousNumber: 1,
          successor,
        });
      },
    });
    const handle = environment.client.workflow.getHandle(`guard:tw-alpha:${String(reign.epoch + 1)}`);
    expect((await handle.describe()).workflowId).toBe(`guard:tw-alpha:${String(reign.epoch + 1)}`);
    expect(guarded.slice(0, 2)).toEqual([reign.epoch, reign.epoch]);
  });

  it('ends quietly with the calendar of a replay', async () => {
    const over = {
      nextSession: () => Promise.reject(ApplicationFailure.nonRetryable('over', 'CALENDAR_EXHAUSTED')),
    };
    const replay = { mode: 'replay', secondsPerSession: 1, approvalSecondsPerSession: 1 } as const;
    await expect(guard(environment, 5, () => QUIET, over, replay)).resolves.toMatchObject({
      pages: [],
      rollbacks: [],
    });
  });

  it.each(['STORED_SPEC_INVALID', 'CALENDAR_EXHAUSTED'])(
    'pages once and waits when only people can mend what keeps it from its work (%s), and goes on then',
    async (code) => {
      let asked = 0;
      const broken = <T>(answer: () => Promise<T>): Promise<T> => {
        asked += 1;
        const failure = ApplicationFailure.nonRetryable('model: is missing', code);
        return asked <= 3 ? Promise.reject(failure) : answer();
      };
      const usual = agreeable([], () => 0);
      let begun = 0;
      const plan = { spec: SPEC, versionNumber: 2, previousNumber: 1, successor: null };
      const begin: AllActivities['beginGuard'] = () => {
        begun += 1;
        return Promise.resolve({ ...plan, current: begun <= 2 });
      };
      const { pages, measured } = await guard(environment, 2, () => QUIET, {
        beginGuard: (input) => (code === 'STORED_SPEC_INVALID' ? broken(() => begin(input)) : begin(input)),
        ...(code === 'CALENDAR_EXHAUSTED'
          ? { nextSession: (input) => broken(() => usual.nextSession(input)) }
          : {}),
      });
      expect(pages).toEqual(['CRITICAL: guard what keeps the guard from its work']);
      expect(measured).toHaveLength(2);
    },
  );

  it('a source that is away for a day is held: no rollback, no pass, and the comparison goes on after it', async () => {
    const { rollbacks, pages, measured } = await guard(environment, 6, (count) =>
      count === 3 ? 'away' : QUIET,
    );
    expect([rollbacks, pages]).toEqual([[], []]);
    expect(measured).toEqual([0, 1, 2, 2, 3, 4]);
  });

  /** Sessions a day apart by the clock of the server, each named again while it is waited for. */
  const daily = async (): Promise<Partial<AllActivities>> => {
    const startMs = await environment.currentTimeMs();
    const dayOf = (session: string): number => (Date.parse(session) - Date.parse('2019-07-01')) / 86_400_000;
    return {
      nextSession: ({ after }) => {
        const day = dayOf(after ?? '2019-07-01') + 1;
        const session = new Date(Date.parse('2019-07-01') + day * 86_400_000).toISOString().slice(0, 10);
        return Promise.resolve({
          ...{ session, decisionInstant: `${session}T06:30:00.000Z`, calendarSha256: '4'.repeat(64) },
          wakeAt: new Date(startMs + day * 86_400_000).toISOString(),
        });
      },
    };
  };

  it('a source that is down for a day is tried again all day and paged on that day: no rollback, no pass', async () => {
    const asked: string[] = [];
    const { rollbacks, pages, measured } = await guard(environment, 3, () => QUIET, {
      ...(await daily()),
      measureReign: ({ session, measuredSessions }) => {
        asked.push(`${session} ${String(measuredSessions)}`);
        return session === '2019-07-02'
          ? Promise.reject(ApplicationFailure.nonRetryable('the folder is away', 'FOLDER_AWAY'))
          : Promise.resolve(QUIET);
      },
    });
    expect(rollbacks).toEqual([]);
    expect(pages).toEqual(['CRITICAL: guard minutes without a measurement']);
    expect(measured).toEqual([]);
    // The day that was lost is not counted as measured; what is before and after it is, once.
    expect([...new Set(asked)]).toEqual(['2019-07-02 0', '2019-07-03 0', '2019-07-04 1']);
    expect(asked.filter((each) => each.startsWith('2019-07-02')).length).toBeGreaterThan(10);
  });

  it('a source that comes back within the bound is measured on its own session, and nobody is paged', async () => {
    const { rollbacks, pages, measured } = await guard(
      environment,
      2,
      (count) => (count <= 2 ? 'away' : QUIET),
      await daily(),
    );
    expect([rollbacks, pages]).toEqual([[], []]);
    expect(measured).toEqual([0, 0, 0, 1]);
  });

  it('holds and pages, and never rolls back, when nothing can be measured', async () => {
    const { rollbacks, pages } = await guard(environment, 4, () => 'away');
    expect(rollbacks).toEqual([]);
    expect(pages).toEqual(['CRITICAL: guard sessions without a measurement']);
  });

  it('starts one emergency retrain when the decay rule fires, after the action of the spec', async () => {
    const order: string[] = [];
    const { pages } = await guard(environment, 3, () => QUIET, {
      ...watching((count) => (count === 1 ? { ...ALARM, action: 'reduce-only' } : CALM)),
      beginRetrain: ({ input }) => {
        order.push(`${input.trigger} ${String(input.emergency)}`);
        return Promise.reject(ApplicationFailure.nonRetryable('asked, which is enough here', 'RETRAIN_OPEN'));
      },
    });
    expect(pages).toEqual(['CRITICAL: decay evidence for decay (logarithm)']);
    expect(order.slice(0, 1)).toEqual(['decay true']);
  });

  it('rolls back to the safe version before the emergency retrain begins, and names both in the page', async () => {
    const order: string[] = [];
    await guard(environment, 2, () => QUIET, {
      ...watching((count) => (count === 1 ? { ...ALARM, action: 'safe-version', safeVersion: 1 } : CALM)),
      rollbackChampion: ({ toVersion, reason }) => {
        order.push(`rollback to ${String(toVersion)}: ${reason}`);
        return Promise.resolve({
          ...{ model: 'tw-alpha', epoch: reign.epoch + 1, fromVersion: 2, toVersion: 1 },
          ...{ versionId: 'c'.repeat(64), committedAt: new Date(0).toISOString() },
        });
      },
      pageGuard: ({ text }) => {
        order.push(`page: ${text}`);
        return Promise.resolve();
      },
      beginRetrain: () => {
        order.push('retrain');
        return Promise.reject(ApplicationFailure.nonRetryable('asked, which is enough here', 'RETRAIN_OPEN'));
      },
    });
    expect(order).toEqual([
      'rollback to 1: decay: true-decay: worth it',
      'page: true-decay: worth it; rolled back to version 1',
      'retrain',
    ]);
  });

  it('starts the emergency although the action of the spec is refused, and says that it was', async () => {
    const pages: string[] = [];
    await guard(environment, 2, () => QUIET, {
      ...watching((count) => (count === 1 ? { ...ALARM, action: 'roll-back' } : CALM)),
      rollbackChampion: () =>
        Promise.reject(ApplicationFailure.nonRetryable('tw-alpha is frozen', 'MODEL_FROZEN')),
      pageGuard: ({ text, emergencyRetrain }) => {
        pages.push(`${text} / ${emergencyRetrain ?? 'no retrain'}`);
        return Promise.resolve();
      },
      beginRetrain: () => Promise.reject(ApplicationFailure.nonRetryable('enough', 'RETRAIN_OPEN')),
    });
    expect(pages[0]).toContain('tw-alpha is frozen');
    expect(pages[1]).toBe(`true-decay: worth it; roll-back failed / retrain:tw-alpha:${FIRST_DECISION}`);
  });

  it('reports a fault of the data by that name while it holds, then its end, and starts no retrain', async () => {
    const told: string[] = [];
    const { calls } = await guard(environment, 4, () => QUIET, {
      ...watching((count) =>
        count <= 2
          ? {
              ...CALM,
              ...{ decision: 'repair-data', reason: 'rows are missing', told: count === 1, monitor: 'data' },
            }
          : { ...CALM, told: count === 3, ended: count === 3 ? ['data'] : [] },
      ),
      pageGuard: ({ monitor, severity, over }) => {
        told.push(`${severity} ${monitor}${over === true ? ' over' : ''}`);
        return Promise.resolve();
      },
    });
    expect(told).toEqual(['CRITICAL data', 'CRITICAL data', 'CRITICAL data over']);
    expect(calls).not.toContain('beginRetrain');
  });

  it('ends a decay alarm in whichever severity it stood', async () => {
    const told: string[] = [];
    await guard(environment, 2, () => QUIET, {
      ...watching((count) =>
        count === 1
          ? { ...CALM, decision: 'not-worth', told: true, monitor: 'decay' }
          : { ...CALM, decision: 'released', told: true, ended: ['decay'] },
      ),
      pageGuard: ({ monitor, severity, over }) => {
        told.push(`${severity} ${monitor}${over === true ? ' over' : ''}`);
        return Promise.resolve();
      },
    });
    expect(told).toEqual(['WARNING decay', 'CRITICAL decay over', 'WARNING decay over']);
  });

  it('goes on guarding, and says so, when the results of a session cannot be made', async () => {
    const { pages, measured } = await guard(environment, 2, () => QUIET, {
      watchSession: () =>
        Promise.reject(ApplicationFailure.nonRetryable('the folder is away', 'FOLDER_AWAY')),
    });
    expect(pages).toEqual([
      'WARNING: results a session without results',
      'WARNING: results a session without results',
    ]);
    expect(measured).toEqual([0, 1]);
  });

  it('rolls back on a late session as on an early one: it lives as long as the reign', async () => {
    const { rollbacks } = await guard(environment, SPEC.guard.sessions + 5, (count) =>
      count <= SPEC.guard.sessions + 2 ? QUIET : BROKEN,
    );
    expect(rollbacks).toEqual(['guard: all rows have the same score']);
  });
});
