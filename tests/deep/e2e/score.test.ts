import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FolderArtifactStore } from '../../../registry/artifacts/folder-store.ts';
import { contender } from '../../e2e/command-line.ts';
import { smallSpec, SmallWorld, until } from '../../e2e/small-world.ts';
import { seedModel } from '../../integration/serving/seeded-registry.ts';

const MODEL = 'tw-seeded';
const NAMES = ['volatility_20', 'reversal_5', 'momentum_60', 'gap_1', 'liquidity_20', 'high_60'];
const FEATURE_SQL = new URL('../../../extraction/features/price_volume.sql', import.meta.url);
const MINUTES = 60_000;

let world: SmallWorld;

beforeAll(async () => {
  world = await SmallWorld.start();
  await seedModel(world.running.databaseUrl, new FolderArtifactStore(world.config.artifactsDir), {
    ...{ model: MODEL, fixtures: ['a', 'b'], dataFolder: world.marketFolder },
    features: { sql: await readFile(FEATURE_SQL, 'utf8'), names: NAMES },
  });
}, 4 * MINUTES);
afterAll(async () => {
  await world.stop();
}, MINUTES);

interface ScoreAnswer {
  readonly outcome: string;
  readonly run: number;
  readonly scored: number;
  readonly skipped: number;
  readonly resumed: number;
  readonly version: number;
  readonly files: readonly string[];
  readonly error?: { readonly code: string };
}

async function score(...args: readonly string[]): Promise<{ exitCode: number; answer: ScoreAnswer }> {
  const { exitCode, answer } = await contender(world.dataDir, 'score', ...args);
  return { exitCode, answer: answer as ScoreAnswer };
}

describe('contender score', () => {
  it('scores a session by the champion and writes the three files', { timeout: 4 * MINUTES }, async () => {
    const out = join(world.dataDir, 'out');
    const { exitCode, answer } = await score(MODEL, '--session', '2019-03-04', '--out', out);
    expect(answer).toMatchObject({ outcome: 'scored', version: 2, resumed: 0 });
    expect(exitCode).toBe(0);
    expect(answer.scored).toBeGreaterThan(20);
    expect(answer.files).toEqual(
      ['predictions_2019-03-04.csv', 'skipped_2019-03-04.csv', 'report_2019-03-04.txt'].map((name) =>
        join(out, name),
      ),
    );
    const predictions = await readFile(answer.files[0] ?? '', 'utf8');
    expect(predictions.trimEnd().split('\n')).toHaveLength(answer.scored + 1);
    // The worker's own copy is the same.
    const own = join(world.dataDir, 'scores', MODEL, 'predictions_2019-03-04.csv');
    expect(await readFile(own, 'utf8')).toBe(predictions);
    const again = await score(MODEL, '--session', '2019-03-04', '--out', out);
    expect(again.answer).toEqual({ ...answer, resumed: answer.scored + answer.skipped });
  });

  it(
    'waits for a worker that was killed, and ends when another has come',
    { timeout: 4 * MINUTES },
    async () => {
      world.hold('compute');
      world.kill('compute');
      const command = score(MODEL, '--session', '2019-03-05', '--model-version', '1', '--out', world.dataDir);
      await until('the run is open', async () => {
        const [newest] = await world.registry.scoreRuns({ model: MODEL, limit: 1 });
        return newest?.session === '2019-03-05' && newest.completedAt === null;
      });
      world.release('compute');
      const { exitCode, answer } = await command;
      expect(answer).toMatchObject({ outcome: 'scored', version: 1 });
      expect(exitCode).toBe(0);
      const { answer: runs } = await contender(world.dataDir, 'score', MODEL, '--list');
      expect(runs).toMatchObject([{ session: '2019-03-05' }, { session: '2019-03-04' }]);
    },
  );

  it('says why there is nothing to score', { timeout: 4 * MINUTES }, async () => {
    await world.applySpec(smallSpec('tw-without-champion', world.marketFolder));
    const without = await score('tw-without-champion', '--session', '2019-03-04');
    expect(without).toMatchObject({ exitCode: 1, answer: { error: { code: 'NO_CHAMPION' } } });
    const unknown = await score(MODEL, '--session', '2019-03-03');
    expect(unknown).toMatchObject({ exitCode: 1, answer: { error: { code: 'SESSION_UNKNOWN' } } });
    const wrong = await score(MODEL, '--session', 'yesterday');
    expect(wrong).toMatchObject({ exitCode: 2, answer: { error: { code: 'CONTRACT_VIOLATION' } } });
  });
});
