import { describe, expect, it } from 'vitest';
import { GuardSpec } from '../../../contracts/shadow-spec.ts';
import {
  answerFlap,
  limitGuard,
  remind,
  type FlapFacts,
  type LastPage,
} from '../../../monitoring/guard-limits.ts';

const FRESH = { failedInRow: 0, inconclusiveInRow: 0 };
const QUIET = { action: 'none', verdict: 'pass', cause: 'none', reason: 'quiet' } as const;
const BROKEN = { action: 'rollback', verdict: 'fail', cause: 'predictions', reason: 'constant' } as const;
const LOSING = { action: 'rollback', verdict: 'fail', cause: 'drawdown', reason: 'loss' } as const;
const UNCLEAR = { action: 'hold', verdict: 'inconclusive', cause: 'predictions', reason: 'no rows' } as const;
const limits = (changes: object = {}) => GuardSpec.parse(changes);

describe('failed, inconclusive and quiet measurements', () => {
  it('broken predictions roll back when the limit of sessions in a row is reached, and page before', () => {
    const spec = limits({ failedLimit: 2 });
    const first = limitGuard(BROKEN, FRESH, spec);
    expect(first).toMatchObject({ action: 'hold', severity: 'WARNING', failedInRow: 1 });
    expect(limitGuard(BROKEN, first, spec)).toMatchObject({ action: 'rollback', failedInRow: 2 });
  });

  it('a quiet or an inconclusive session between two fails begins the count anew', () => {
    const spec = limits({ failedLimit: 2 });
    for (const between of [QUIET, UNCLEAR]) {
      const run = limitGuard(between, limitGuard(BROKEN, FRESH, spec), spec);
      expect(limitGuard(BROKEN, run, spec).action).toBe('hold');
    }
  });

  it('drawdown and evidence carry their own error rate and act on the first crossing', () => {
    expect(limitGuard(LOSING, FRESH, limits({ failedLimit: 5 })).action).toBe('rollback');
  });

  it('inconclusive sessions hold, page at their own limit, and never roll back nor pass', () => {
    const spec = limits({ inconclusiveLimit: 3 });
    let run: { failedInRow: number; inconclusiveInRow: number } = FRESH;
    const severities = [1, 2, 3, 4, 5, 6].map(() => {
      const decided = limitGuard(UNCLEAR, run, spec);
      run = decided;
      expect(decided.action).toBe('hold');
      return decided.severity;
    });
    expect(severities).toEqual([null, null, 'WARNING', null, null, 'WARNING']);
  });

  it('a fail with nothing to go back to holds and pages', () => {
    expect(limitGuard({ ...BROKEN, action: 'hold' }, FRESH, limits())).toMatchObject({
      action: 'hold',
      severity: 'CRITICAL',
    });
  });
});

describe('a guard that flaps', () => {
  const facts: FlapFacts = {
    frozen: false,
    freezeReason: '',
    rollbacksInADay: 0,
    sessionsSinceRollback: null,
  };
  const answer = (changes: Partial<FlapFacts>) => answerFlap({ ...facts, ...changes }, limits());

  it('rolls back when there was no rollback lately', () => {
    expect(answer({})).toEqual({ allowed: true });
    expect(answer({ sessionsSinceRollback: 2 })).toEqual({ allowed: true });
  });

  it('waits out the cooldown', () => {
    expect(answer({ sessionsSinceRollback: 1, rollbacksInADay: 1 })).toMatchObject({
      allowed: false,
      freeze: false,
      reason: expect.stringContaining('1 of 2 sessions') as string,
    });
  });

  it('freezes at the limit of a day, whatever the cooldown says', () => {
    expect(answer({ rollbacksInADay: 2, sessionsSinceRollback: 1 })).toMatchObject({ freeze: true });
  });

  it('leaves a frozen model alone and names the reason of the freeze', () => {
    expect(answer({ frozen: true, freezeReason: 'incident 42', rollbacksInADay: 9 })).toMatchObject({
      freeze: false,
      reason: 'the model is frozen: incident 42',
    });
  });
});

describe('a cause that lasts', () => {
  const crossed = { severity: 'CRITICAL', cause: 'evidence', passed: false } as const;
  const days = (events: readonly Parameters<typeof remind>[0][]): (string | null)[] => {
    let last: LastPage | null = null;
    return events.map((event) => {
      const told = remind(event, last, 5);
      last = told.lastPage;
      return told.severity;
    });
  };

  it('pages when it begins and then every so many sessions, not each morning', () => {
    const told = days(Array.from({ length: 11 }, () => crossed));
    expect(told.flatMap((severity, day) => (severity === null ? [] : [day]))).toEqual([0, 5, 10]);
  });

  it('pages at once when it becomes louder or another one', () => {
    const warning = { ...crossed, severity: 'WARNING' } as const;
    expect(days([warning, warning, crossed, crossed])).toEqual(['WARNING', null, 'CRITICAL', null]);
    expect(days([crossed, { ...crossed, cause: 'drawdown' }])).toEqual(['CRITICAL', 'CRITICAL']);
  });

  it('is new after a session that passed, and the same over one that said nothing', () => {
    const passed = { severity: null, cause: 'none', passed: true } as const;
    const silent = { severity: null, cause: 'agreement', passed: false } as const;
    expect(days([crossed, passed, crossed])).toEqual(['CRITICAL', null, 'CRITICAL']);
    expect(days([crossed, silent, crossed])).toEqual(['CRITICAL', null, null]);
  });
});
