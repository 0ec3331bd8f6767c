import { expect, it } from 'vitest';
import { guard, QUIET, reign } from '../../integration/workflows/guard-world.ts';
import { timeSkippingEnvironment } from '../../integration/workflows/retrain-world.ts';

it('a guard keeps its history bounded over a reign of two years and loses no session by continuing as new', async () => {
  const environment = await timeSkippingEnvironment();
  try {
    const sessions = 2 * 245;
    const { measured } = await guard(environment, sessions, () => QUIET);
    expect(measured).toEqual(Array.from({ length: sessions }, (_, at) => at));
    const handle = environment.client.workflow.getHandle(`guard:tw-alpha:${String(reign.epoch)}`);
    // A session takes more than ten events: one run of them all would have passed this by.
    expect((await handle.describe()).historyLength).toBeLessThan(10 * sessions);
  } finally {
    await environment.teardown();
  }
});
