import { readdirSync, readFileSync } from 'node:fs';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ScorerLost } from '../../../serving/errors.ts';
import { createScorerPool } from '../../../serving/scorer-pool.ts';
import type { Scorer } from '../../../serving/scorer.ts';
import { FEATURES, modelBytes, sampleRows } from './fixtures.ts';
import { eventually } from './memory-registry.ts';

/**
 * A request that cannot be read throws where nothing catches it. (Terminating a thread from outside while it is inside the
 * runtime would abort this process, which is why the pool never does it.)
 */
const kill = (thread: Worker | undefined): void => {
  thread?.postMessage(null);
};

describe('a scoring thread that dies', () => {
  const started: Worker[] = [];
  const lost: ScorerLost[] = [];
  const down: ScorerLost[] = [];
  const remember = (worker: Worker): void => void started.push(worker);
  /** The second one that a pool starts reads files. */
  const scoring = (): readonly Worker[] => started.filter((_, at) => at !== 1);
  let scorer: Scorer;

  beforeEach(() => {
    process.on('worker', remember);
    scorer = createScorerPool({
      threads: 1,
      splitRows: 512,
      onThreadLost: (error) => void lost.push(error),
      onThreadDown: (error) => void down.push(error),
    });
  });
  afterEach(async () => {
    process.off('worker', remember);
    await scorer.close();
    started.length = 0;
    lost.length = 0;
    down.length = 0;
  });

  it('is started again with every session, and gives the same bits', async () => {
    const first = await scorer.load(modelBytes('a'), FEATURES);
    const second = await scorer.load(modelBytes('b'), FEATURES);
    const before = [await first.score(sampleRows(20), 20), await second.score(sampleRows(20), 20)];
    kill(scoring()[0]);
    await eventually('a second thread', () => scoring().length === 2);
    const after = [await first.score(sampleRows(20), 20), await second.score(sampleRows(20), 20)];
    expect(after).toEqual(before);
    expect(lost).toHaveLength(1);
  });

  it('refuses what waited in its mailbox instead of leaving it hanging', async () => {
    const session = await scorer.load(modelBytes('a'), FEATURES);
    kill(scoring()[0]);
    const refused = expect(session.score(sampleRows(50), 50)).rejects.toBeInstanceOf(ScorerLost);
    await refused;
  });

  it('stays down after six deaths without a score between them, and says so', async () => {
    const session = await scorer.load(modelBytes('a'), FEATURES);
    for (let death = 0; death < 6; death += 1) {
      await eventually('the next thread', () => scoring().length === death + 1);
      kill(scoring()[death]);
    }
    await eventually(
      'the last death',
      () => lost.filter((error) => /died/u.test(error.message)).length === 6,
    );
    await expect(session.score(sampleRows(1), 1)).rejects.toBeInstanceOf(ScorerLost);
    expect(scoring()).toHaveLength(6);
    expect(down).toHaveLength(1);
  });

  it('is not needed to read a file: the thread that does so is another, and may die by itself', async () => {
    const first = await scorer.load(modelBytes('a'), FEATURES);
    const before = await first.score(sampleRows(20), 20);
    kill(started[1]);
    await eventually('the reading thread again', () => started.length === 3);
    const second = await scorer.load(modelBytes('b'), FEATURES);
    expect(await first.score(sampleRows(20), 20)).toEqual(before);
    expect(await second.score(sampleRows(20), 20)).not.toEqual(before);
    expect(down).toEqual([]);
  });

  it.runIf(process.platform === 'linux')(
    'stands behind every other thread while it reads a file',
    async () => {
      await scorer.load(modelBytes('a'), FEATURES);
      const niceness = readdirSync('/proc/self/task').flatMap((task) => {
        try {
          // Fields after the name, which may hold spaces: the state is the third, niceness the nineteenth.
          const [, fields = ''] = readFileSync(`/proc/self/task/${task}/stat`, 'latin1').split(') ');
          return [Number(fields.split(' ')[16])];
        } catch {
          return [];
        }
      });
      const own = Math.min(...niceness);
      expect(niceness).toContain(Math.min(19, own + 10));
      expect(niceness.filter((each) => each === own).length).toBeGreaterThan(1);
    },
  );
});
