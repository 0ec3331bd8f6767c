import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scorePlanActivities, scoreRunActivities } from '../../../activities/scoring/score-run.ts';
import type { ScoreInput } from '../../../contracts/score.ts';
import { closeMarketFolders } from '../../../extraction/folder-cache.ts';
import { extractSession } from '../../../extraction/session.ts';
import { writeSimulatedFolder } from '../../../extraction/simulated-folder.ts';
import { decisionInstant } from '../../../market/rules.ts';
import { shippedCalendar } from '../../../market/shipped-calendar.ts';
import { simulateMarket } from '../../../market/simulator.ts';
import { FolderArtifactStore } from '../../../registry/artifacts/folder-store.ts';
import { openRegistry, type Registry } from '../../../registry/registry.ts';
import { createOnnxScorer } from '../../../serving/onnx-scorer.ts';
import { modelBytes } from '../../unit/serving/fixtures.ts';
import { testDatabase } from '../../postgres.ts';
import { seedModel } from '../serving/seeded-registry.ts';

const NAMES = ['volatility_20', 'reversal_5', 'momentum_60', 'gap_1', 'liquidity_20', 'high_60'];
const FEATURE_SQL = new URL('../../../extraction/features/price_volume.sql', import.meta.url);

let database: Awaited<ReturnType<typeof testDatabase>>;
let folder: string;
let registry: Registry;
let artifacts: FolderArtifactStore;
let sessions: readonly string[];
let sql: string;

beforeAll(async () => {
  database = await testDatabase();
  folder = await mkdtemp(join(tmpdir(), 'contender-scoring-'));
  const market = simulateMarket({ symbols: 60, sessions: 120, flipSession: null, haltedShare: 0.05 });
  await writeSimulatedFolder({ outDir: join(folder, 'market'), market });
  sessions = [...new Set(market.prices.session_date)].sort();
  sql = await readFile(FEATURE_SQL, 'utf8');
  artifacts = new FolderArtifactStore(join(folder, 'artifacts'));
  registry = openRegistry({ url: database.url, applicationName: 'scoring test', role: 'worker' });
  const common = { dataFolder: join(folder, 'market'), features: { sql, names: NAMES } };
  await seedModel(database.url, artifacts, { ...common, model: 'tw-alpha', fixtures: ['a', 'b'] });
  await seedModel(database.url, artifacts, { ...common, model: 'tw-strict', fixtures: ['a'], missing: [] });
}, 120_000);
afterAll(async () => {
  await closeMarketFolders();
  await registry.close();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

const calendars = { calendar: () => Promise.resolve(shippedCalendar('XTAI')) };
const now = (): Date => new Date();

function input(changes: Partial<ScoreInput> = {}): ScoreInput & { readonly dueAt: string } {
  return {
    ...{ model: 'tw-alpha', session: sessions[100] ?? '', version: null, trigger: 'manual' as const },
    ...{ requestedBy: 'olga', correlationId: 'test', dueAt: now().toISOString() },
    ...changes,
  };
}

/** Opens the run of a session and scores it. */
async function score(changes: Partial<ScoreInput> = {}, over: Partial<Registry> = {}, chunkRows = 7) {
  const bench = { registry: { ...registry, ...over }, artifacts, now };
  const opened = await scorePlanActivities(bench, calendars).openScoreRun(input(changes));
  if (opened.run === null) throw new Error(opened.reason);
  const { scoreUniverse } = scoreRunActivities(bench, { folder: join(folder, 'scores'), chunkRows });
  return await scoreUniverse({ run: opened.run, correlationId: 'test' });
}

const linesOf = (text: string): string[][] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));

describe('scoring a universe', () => {
  it('gives every member a score or a reason, the scores those of the features and the file of the version', async () => {
    const session = sessions[100] ?? '';
    const result = await score();
    expect(result).toMatchObject({ outcome: 'scored', version: 2, epoch: 2, session, resumed: 0 });
    const rows = await registry.scoreRows({ run: result.run ?? 0 });
    const direct = await extractSession({
      ...{ folder: join(folder, 'market'), market: 'XTAI', features: { sql }, session },
      asOf: '2030-01-01T00:00:00.000Z',
    });
    const matrix = Float32Array.from(
      direct.symbols.flatMap((_, row) =>
        NAMES.map(
          (name) =>
            direct.features[row * direct.featureNames.length + direct.featureNames.indexOf(name)] ?? 0,
        ),
      ),
    );
    const scorer = createOnnxScorer();
    const loaded = await scorer.load(modelBytes('b'), NAMES);
    const expected = [...(await loaded.score(matrix, direct.symbols.length))];
    await scorer.close();
    expect(rows.flatMap(({ symbol, score }) => (score === null ? [] : [[symbol, score]]))).toEqual(
      direct.symbols.map((symbol, row) => [symbol, expected[row]]),
    );
    const without = rows.flatMap(({ symbol, skipped }) => (skipped === null ? [] : [symbol]));
    expect(without).toEqual(direct.withoutBar);
    expect(without.length).toBeGreaterThan(0);
    expect(result).toMatchObject({ scored: direct.symbols.length, skipped: without.length });
  });

  it('writes predictions by rank, the skipped by symbol with their reasons, and a report', async () => {
    const session = sessions[101] ?? '';
    const result = await score({ session, model: 'tw-strict' });
    const read = (name: string) => readFile(join(folder, 'scores', 'tw-strict', name), 'utf8');
    const [headings, ...predictions] = linesOf(await read(`predictions_${session}.csv`));
    expect(headings).toEqual([
      ...['rank', 'symbol', 'prediction', 'session', 'model', 'version', 'version_id', 'epoch'],
    ]);
    expect(predictions).toHaveLength(result.scored);
    const values = predictions.map(([, , prediction]) => Number(prediction));
    expect(values).toEqual(values.toSorted((a, b) => b - a));
    expect(predictions.map(([rank]) => Number(rank))).toEqual(predictions.map((_, at) => at + 1));
    const byRegistry = new Map(
      (await registry.scoreRows({ run: result.run ?? 0 })).map(({ symbol, score }) => [symbol, score]),
    );
    for (const [, symbol, prediction] of predictions)
      expect(Number(prediction)).toBe(byRegistry.get(symbol ?? ''));
    const [, ...skipped] = linesOf(await read(`skipped_${session}.csv`));
    const symbols = skipped.map(([symbol]) => symbol ?? '');
    expect(symbols).toEqual(symbols.toSorted());
    expect(symbols).toHaveLength(result.skipped);
    const report = await read(`report_${session}.txt`);
    expect(report).toContain(`scored     ${String(result.scored)}`);
    expect(report).toContain('no bar was known when the session was decided');
  });

  it('goes on with the same rows after an interruption, and scores nothing twice', async () => {
    const session = sessions[102] ?? '';
    const undisturbed = await score({ session, version: 1 });
    const direct = await registry.scoreRows({ run: undisturbed.run ?? 0 });
    let chunks = 0;
    const saved: string[] = [];
    const counting: Registry['saveScores'] = async (chunk) => {
      chunks += 1;
      if (chunks === 4) throw new Error('the worker is gone');
      saved.push(...chunk.scores.map(({ symbol }) => symbol));
      await registry.saveScores(chunk);
    };
    await expect(score({ session, version: 2 }, { saveScores: counting })).rejects.toThrow('gone');
    expect(saved).toHaveLength(21);
    const resumed = await score({ session, version: 2 }, { saveScores: counting });
    expect(resumed.resumed).toBe(21 + undisturbed.skipped);
    expect(saved).toHaveLength(undisturbed.scored);
    expect(new Set(saved).size).toBe(saved.length);
    const rows = await registry.scoreRows({ run: resumed.run ?? 0 });
    expect(rows.map(({ symbol }) => symbol)).toEqual(direct.map(({ symbol }) => symbol));
    // Complete: asked for again it answers, and does not score.
    const again = await score({ session, version: 2 }, { saveScores: counting });
    expect(again).toEqual({ ...resumed, resumed: rows.length });
    expect(saved).toHaveLength(undisturbed.scored);
  });

  it('two workers on one run leave one score for each symbol', async () => {
    const session = sessions[103] ?? '';
    const [one, other] = await Promise.all([score({ session }), score({ session })]);
    expect(one.run).toBe(other.run);
    const rows = await registry.scoreRows({ run: one.run ?? 0 });
    expect(new Set(rows.map(({ symbol }) => symbol)).size).toBe(rows.length);
    expect(one.scored + one.skipped).toBe(rows.length);
    const runs = await registry.predictionRuns({
      ...{ model: 'tw-alpha', kind: 'batch', versionId: one.versionId ?? '' },
    });
    expect(runs.filter((run) => run.session === session)).toHaveLength(1);
  });

  it('a session whose data have not arrived is not scored, and says so', async () => {
    await expect(score({ session: '2031-01-02' })).rejects.toMatchObject({ code: 'SESSION_UNKNOWN' });
    const early = { registry, artifacts, now: () => new Date(`${sessions[104] ?? ''}T06:00:00.000Z`) };
    const opened = await scorePlanActivities(early, calendars).openScoreRun(
      input({ session: sessions[104] ?? '' }),
    );
    await expect(
      scoreRunActivities(early, { folder }).scoreUniverse({ run: opened.run ?? 0, correlationId: 'test' }),
    ).rejects.toMatchObject({ code: 'SCORE_DATA_MISSING' });
    expect((await registry.scoreRun({ run: opened.run ?? 0 })).universe).toBeNull();
  });

  it('a schedule scores the session of its own day, and nothing on a holiday', async () => {
    const { openScoreRun } = scorePlanActivities({ registry }, calendars);
    const scheduled = { session: null, trigger: 'schedule' as const };
    const session = sessions[110] ?? '';
    const due = new Date(Date.parse(decisionInstant(shippedCalendar('XTAI'), session)) + 60_000);
    expect(await openScoreRun({ ...input(scheduled), dueAt: due.toISOString() })).toMatchObject({ session });
    const sunday = { ...input(scheduled), dueAt: '2018-04-22T06:00:00.000Z' };
    expect(await openScoreRun(sunday)).toMatchObject({ run: null, outcome: 'no-session' });
    // A person who names no session gets the newest one.
    const asked = { ...sunday, trigger: 'manual' as const };
    expect(await openScoreRun(asked)).toMatchObject({ session: '2018-04-20' });
  });
});

describe('the database', () => {
  const refused = (code: string) => ({ code });

  it('closes no run that lacks a symbol, and takes no row for a closed one', async () => {
    const session = sessions[111] ?? '';
    const half = { ...registry, saveScores: () => Promise.resolve() };
    await expect(score({ session }, half)).rejects.toMatchObject(refused('REGISTRY_CONSTRAINT'));
    const done = await score({ session });
    await expect(
      registry.saveScores({ run: done.run ?? 0, scores: [{ symbol: 'ZZZZ', score: 1 }], skipped: [] }),
    ).rejects.toMatchObject(refused('APPEND_ONLY'));
  });

  it('changes no score, and no run that is complete, for anybody', async () => {
    const { run } = await score({ session: sessions[112] ?? '' });
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      for (const statement of [
        `update score_rows set score = 0 where run = ${String(run)}`,
        `delete from score_rows where run = ${String(run)}`,
        'truncate score_rows',
        `update score_runs set files = '{}' where id = ${String(run)}`,
        `delete from score_runs where id = ${String(run)}`,
        'truncate score_runs, score_rows',
      ]) {
        await expect(client.query(statement), statement).rejects.toMatchObject({ code: 'ZC000' });
      }
      for (const role of ['api', 'reader']) {
        await client.query(`set role contender_${role}`);
        await expect(
          client.query(`insert into score_rows values (${String(run)}, 'X', 1, null)`),
        ).rejects.toMatchObject({ code: '42501' });
        await client.query('reset role');
      }
    } finally {
      await client.end();
    }
  });

  it('takes no score that is not finite', async () => {
    const session = sessions[113] ?? '';
    const opened = await registry.openScoreRun({
      ...{ model: 'tw-alpha', session, epoch: 2, isChampion: true, trigger: 'manual', requestedBy: 'olga' },
      versionId: (await registry.getVersion({ model: 'tw-alpha', version: 2 })).id,
    });
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const chunk = { run: opened.id, scores: [{ symbol: '1101', score: value }], skipped: [] };
      await expect(registry.saveScores(chunk)).rejects.toMatchObject(refused('REGISTRY_CONSTRAINT'));
    }
  });
});
