import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import { atEdge } from '../../../activities/edge.ts';
import { ContenderError } from '../../../contracts/error.ts';
import { MAX_RESULT_BYTES } from '../../../contracts/payload-limits.ts';

class FoldsTooFew extends ContenderError {
  readonly code = 'FOLDS_TOO_FEW';
  readonly kind = 'refused';
}

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** What Temporal gets to see of an activity that does this. */
async function outcome(activity: () => Promise<unknown>): Promise<unknown> {
  const { measured } = atEdge({ measured: activity }, silent, () => undefined);
  return new MockActivityEnvironment().run(measured).catch((error: unknown) => error);
}

describe('the edge of an activity', () => {
  it('tells what is wrong and what to do about it as sentences of their own', async () => {
    const failing = (message: string) =>
      outcome(() => Promise.reject(new FoldsTooFew(message, { remedy: 'Use more sessions.' })));
    const cases = [
      ['2 folds are needed', '2 folds are needed. Use more sessions.'],
      ['2 folds are needed.', '2 folds are needed. Use more sessions.'],
    ] as const;
    for (const [message, told] of cases) {
      expect(await failing(message)).toMatchObject({
        message: told,
        type: 'FOLDS_TOO_FEW',
        nonRetryable: true,
      });
    }
  });

  it('refuses a result that is too large to be handed on, by its name, for good', async () => {
    const text = 'é'.repeat(MAX_RESULT_BYTES / 2);
    expect(await outcome(() => Promise.resolve(text.slice(1)))).toBe(text.slice(1));
    const refused = await outcome(() => Promise.resolve(text));
    expect(refused).toBeInstanceOf(ApplicationFailure);
    expect(refused).toMatchObject({ type: 'RESULT_TOO_LARGE', nonRetryable: true });
    expect(String(refused)).toContain('the result of measured has 1048578 bytes');
  });

  it('keeps a failure small, whatever comes with it', async () => {
    const details = { rows: Array.from({ length: 100_000 }, (_, row) => row) };
    const failure = await outcome(() =>
      Promise.reject(new FoldsTooFew('x'.repeat(100_000), { remedy: 'Look.', details })),
    );
    expect(failure).toMatchObject({ type: 'FOLDS_TOO_FEW', details: [{ kind: 'refused' }] });
    expect(String(failure).length).toBeLessThan(9000);
    const defect = await outcome(() => Promise.reject(new Error('y'.repeat(100_000))));
    expect(String(defect).length).toBeLessThan(9000);
  });
});
