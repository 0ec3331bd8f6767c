import { afterAll, describe, expect, it } from 'vitest';
import { ComputeTaskStopped, RefusedOnThread } from '../../../compute/errors.ts';
import { openComputePool } from '../../../compute/pool.ts';
import { sharedBytes, sharedFloats } from '../../../compute/shared-memory.ts';
import { LabelSpec, PortfolioSpec } from '../../../contracts/spec.ts';
import { FULLY_TRADABLE, panelAxes } from '../../../evaluation/panel.ts';
import { trialPerformance, type TrialPlay } from '../../../evaluation/trial-performance.ts';
import { judge } from '../../../gates/judge.ts';
import { ConstantSeries, ParameterOutOfRange } from '../../../stats/errors.ts';
import { spa } from '../../../stats/spa.ts';
import { passingInput } from '../gates/judge-fixture.ts';
import { simulatedPanel } from '../stats/simulated.ts';

const differences = simulatedPanel({ rows: 250, columns: 7, seed: 31, skilled: 2, mean: 0.0012 });
const test = { differences, block: 8, seed: 5, replicates: 3000 } as const;

/** Forty sessions of ten names with seeded returns and predictions. */
function trialPlay(): TrialPlay {
  const axes = panelAxes(
    Array.from({ length: 40 }, (_, day) => new Date(day * 86_400_000).toISOString().slice(0, 10)),
    Array.from('ABCDEFGHIJ'),
  );
  const [ret, labels, predictions] = simulatedPanel({ rows: 400, columns: 3, seed: 77 });
  if (ret === undefined || labels === undefined || predictions === undefined) throw new RangeError('panel');
  return {
    axes,
    returns: { axes, ret, tradable: new Uint8Array(400).fill(FULLY_TRADABLE) },
    labels,
    predictions,
    portfolio: PortfolioSpec.parse({}),
    label: LabelSpec.parse({}),
    costs: { buyBps: 10, sellBps: 40 },
    annualSessions: 246,
  };
}

// Eleven threads start here; on a loaded machine each takes seconds.
describe('a pool of computing threads', { timeout: 180_000 }, () => {
  const one = openComputePool({ threads: 1 });
  const two = openComputePool({ threads: 2 });
  const eight = openComputePool({ threads: 8 });
  afterAll(async () => {
    await Promise.all([one, two, eight].map((pool) => pool.close()));
  });

  it('gives the same bits on no thread, one, two and eight', async () => {
    const here = spa(test);
    for (const pool of [one, two, eight]) expect(await pool.spa(test)).toEqual(here);
  });

  it('lets replicates grow to the same number as on one thread', async () => {
    // The level lies on the p-value itself, so that the interval leaves it late or never.
    const threshold = spa(test).p.consistent;
    const growing = { ...test, replicates: 500, maxReplicates: 8000, threshold, promoted: 2 };
    const here = spa(growing);
    expect(here.replicates).toBeGreaterThan(500);
    expect(await two.spa(growing)).toEqual(here);
  });

  it('judges on another thread as on this one', async () => {
    const input = passingInput();
    expect(await two.run('judge', input)).toEqual(judge(input));
  });

  it('scores a trial on another thread as on this one, on panels that the threads share', async () => {
    const play = trialPlay();
    const here = trialPerformance(play);
    expect(here.netReturns.some((value) => value !== 0)).toBe(true);
    const shared = {
      ...play,
      predictions: sharedFloats(play.predictions),
      returns: { ...play.returns, tradable: sharedBytes(play.returns.tradable) },
    };
    expect(await two.run('scoreTrial', shared)).toEqual(here);
    expect(shared.predictions.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it('keeps the thread of the caller free while it computes', async () => {
    let turns = 0;
    const ticking = setInterval(() => (turns += 1), 1);
    await one.spa({ ...test, replicates: 60_000 });
    clearInterval(ticking);
    expect(turns).toBeGreaterThan(3);
  });

  it('hands a refusal back with its code, whether it was found here or there', async () => {
    const flat = [...differences, new Float64Array(250)];
    await expect(two.spa({ ...test, differences: flat })).rejects.toBeInstanceOf(ConstantSeries);
    const refusal = await two.run('judge', { ...passingInput(), seed: -1 }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(RefusedOnThread);
    expect(refusal).toMatchObject({ code: 'STATS_PARAMETER_OUT_OF_RANGE', kind: 'usage' });
    expect((refusal as Error).message).toMatch(/seed is -1/u);
  });

  it('computes on after a refusal', async () => {
    await expect(one.run('judge', { ...passingInput(), seed: -1 })).rejects.toThrow(/seed/u);
    expect((await one.spa(test)).replicates).toBe(3000);
  });

  it('stops a computation in the middle when its signal is aborted, and goes on with the next', async () => {
    const pool = openComputePool({ threads: 1 });
    await pool.warm();
    const limit = new AbortController();
    const endless = pool.spa({ ...test, replicates: 10_000_000 }, { signal: limit.signal });
    const waiting = pool.spa(test);
    limit.abort();
    await expect(endless).rejects.toBeInstanceOf(ComputeTaskStopped);
    expect((await waiting).replicates).toBe(3000);
    await expect(pool.spa(test, { signal: limit.signal })).rejects.toBeInstanceOf(ComputeTaskStopped);
    await pool.close();
  });

  it('refuses what runs or waits when it is closed, and everything after', async () => {
    const pool = openComputePool({ threads: 1 });
    const running = pool.spa({ ...test, replicates: 10_000_000 });
    const waiting = pool.run('judge', passingInput());
    const outcomes = Promise.allSettled([running, waiting]);
    await pool.close();
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'COMPUTE_TASK_STOPPED' } });
    }
    await expect(pool.run('judge', passingInput())).rejects.toBeInstanceOf(ComputeTaskStopped);
  });

  it('says which input cannot be sent to a thread', async () => {
    const unsendable = { ...passingInput(), seed: (() => 1) as unknown as number };
    await expect(two.run('judge', unsendable)).rejects.toThrow(/could not be cloned/u);
    expect((await two.spa(test)).replicates).toBe(3000);
  });

  it('refuses a number of threads outside its range', () => {
    expect(() => openComputePool({ threads: 0 })).toThrow(ParameterOutOfRange);
    expect(() => openComputePool({ threads: 65 })).toThrow(/threads is 65/u);
  });
});
