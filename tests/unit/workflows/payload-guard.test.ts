import { describe, expect, it, vi } from 'vitest';
import { MAX_INPUT_BYTES } from '../../../contracts/payload-limits.ts';
import { interceptors } from '../../../workflows/payload-guard.ts';

const [guard = {}] = interceptors().outbound ?? [];
/** As JSON it takes two more bytes, its quotes. */
const textOf = (bytes: number): string => 'a'.repeat(bytes - 2);

describe('what a workflow sends', () => {
  it.each([
    ['an activity', 'selectTrial', { activityType: 'selectTrial' }, guard.scheduleActivity],
    ['a child', 'guardChampion', { workflowType: 'guardChampion' }, guard.startChildWorkflowExecution],
    ['its next run', 'scoreModel', {}, guard.continueAsNew],
  ])('is refused by name when it is too large for %s', (_, name, given, send) => {
    const next = vi.fn();
    const ask = (args: readonly unknown[]): unknown => {
      const input = { ...given, args, options: { args, workflowType: name } };
      return (send as (input: unknown, next: unknown) => unknown)(input, next);
    };
    ask([textOf(MAX_INPUT_BYTES)]);
    ask([textOf(MAX_INPUT_BYTES - 10), undefined]);
    expect(next).toHaveBeenCalledTimes(2);
    expect(() => ask([textOf(MAX_INPUT_BYTES - 10), 'and another'])).toThrow(
      expect.objectContaining({ type: 'INPUT_TOO_LARGE', nonRetryable: true }) as Error,
    );
    expect(() => ask([textOf(MAX_INPUT_BYTES + 1)])).toThrow(name);
    expect(next).toHaveBeenCalledTimes(2);
  });
});
