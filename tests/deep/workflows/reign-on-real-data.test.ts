import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { challengerActivities } from '../../../activities/challengers.ts';
import { readGuardState } from '../../../activities/reign-comparison.ts';
import { servingTrouble } from '../../../activities/reign-scoring.ts';
import { type ReignMeasurement, reignMeasureActivities } from '../../../activities/reign-measure.ts';
import { shadowActivities } from '../../../activities/shadow.ts';
import { readLost } from '../../../activities/shadow-record.ts';
import { watchActivities, type WatchOutcome } from '../../../activities/watch.ts';
import type { Workbench } from '../../../activities/workbench.ts';
import { openComputePool } from '../../../compute/pool.ts';
import { closeMarketFolders } from '../../../extraction/folder-cache.ts';
import { writeSimulatedFolder } from '../../../extraction/simulated-folder.ts';
import { decisionInstant } from '../../../market/rules.ts';
import { shippedCalendar } from '../../../market/shipped-calendar.ts';
import { simulateMarket } from '../../../market/simulator.ts';
import { opponentState } from '../../../monitoring/comparison/running-comparison.ts';
import { FolderArtifactStore } from '../../../registry/artifacts/folder-store.ts';
import { openRegistry, type Registry } from '../../../registry/registry.ts';
import { FEATURES, type FixtureModel, parityPath } from '../../unit/serving/fixtures.ts';
import { testDatabase } from '../../postgres.ts';
import { FEATURE_SQL } from '../../integration/serving/feature-sql.ts';
import { seedModel } from '../../integration/serving/seeded-registry.ts';
import { PLAN } from '../../integration/workflows/retrain-world.ts';

const TORN = new TextEncoder().encode('this is no model');
const FROM = '2018-02-01';
const SESSIONS = shippedCalendar('XTAI').between(FROM, '2018-03-31');
const LEE = { subject: 'lee', roles: ['quant-lead' as const] };

let database: Awaited<ReturnType<typeof testDatabase>>;
let folder: string;
let registry: Registry;
let bench: Workbench;
let artifacts: FolderArtifactStore;

beforeAll(async () => {
  database = await testDatabase();
  folder = await mkdtemp(join(tmpdir(), 'contender-reign-'));
  const market = simulateMarket({
    ...{ symbols: 40, sessions: 160, from: '2017-09-01', flipSession: null },
    ...{ lateShare: 0, wrongShare: 0, restatedShare: 0, haltedShare: 0 },
  });
  await writeSimulatedFolder({ outDir: join(folder, 'market'), market });
  artifacts = new FolderArtifactStore(join(folder, 'artifacts'));
  registry = openRegistry({ url: database.url, applicationName: 'reign test' });
  bench = {
    ...{
      registry,
      artifacts,
      scratchDir: folder,
      championBackupDir: folder,
      trainingThreads: 1,
      temporalUiUrl: null,
    },
    ...{ compute: openComputePool({ threads: 1 }), now: () => new Date() },
  };
}, 180_000);
afterAll(async () => {
  await bench.compute.close();
  await closeMarketFolders();
  await registry.close();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

/** A model whose versions were champions in this order; the last one reigns since `FROM`. */
async function reign(
  model: string,
  fixtures: readonly (FixtureModel | Uint8Array)[],
  spec: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const parity = await Promise.all(
    fixtures.map(async (fixture) =>
      artifacts.put(
        new Uint8Array(await readFile(parityPath(fixture === 'b' ? 'b' : 'a'))),
        'application/vnd.apache.parquet',
      ),
    ),
  );
  await seedModel(database.url, artifacts, {
    ...{
      model,
      fixtures,
      spec,
      parity,
      dataFolder: join(folder, 'market'),
      reignFrom: `${FROM}T00:00:00.000Z`,
    },
    features: { sql: FEATURE_SQL, names: FEATURES },
  });
}

const at = (day: number): { readonly session: string; readonly decisionInstant: string } => {
  const session = SESSIONS[day] ?? '';
  return { session, decisionInstant: decisionInstant(shippedCalendar('XTAI'), session) };
};

async function measure(model: string, day: number, measuredSessions = day): Promise<ReignMeasurement> {
  const { epoch } = await registry.champion({ model });
  const measured = { model, epoch, measuredSessions, watched: true, correlationId: 'test', ...at(day) };
  return await reignMeasureActivities(bench).measureReign(measured);
}

describe('the guard of a reign on real data', () => {
  it('finds a champion that answers as it was packaged to in order, its parity checked', async () => {
    await reign('quiet', ['a', 'b']);
    const { action, reason, page } = await measure('quiet', 0);
    expect([action, reason, page]).toEqual(['none', 'no bound was crossed', null]);
  });

  it('takes back a champion whose file is torn, on the first session', async () => {
    await reign('torn', ['a', TORN]);
    const { action, reason } = await measure('torn', 0);
    expect(action).toBe('rollback');
    expect(reason).toMatch(/^the champion could not be scored: /u);
  });

  it('takes back a champion whose parity is broken though its scores look well', async () => {
    // Version 2 is the model of seed a with the parity set of seed b.
    const swapped = new Uint8Array(await readFile(parityPath('b')));
    await reign('crossed', ['b', 'a']);
    const { champion } = await registry.champion({ model: 'crossed' });
    const put = await artifacts.put(swapped, 'application/vnd.apache.parquet');
    expect(champion?.manifest.artifacts.parity.sha256).not.toBe(put.sha256);
    if (champion === null) throw new Error('no champion');
    const manifest = {
      ...champion.manifest,
      artifacts: { ...champion.manifest.artifacts, parity: put },
    };
    const side = {
      symbols: [],
      predictions: new Float64Array(0),
      rows: null,
      failure: null,
      latencyMs: null,
    };
    const trouble = await servingTrouble(bench, { ...champion, manifest }, side);
    expect(trouble).toMatchObject({ verdict: 'fail' });
    expect(trouble?.reason).toMatch(/rows of its parity set differ/u);
    await expect(servingTrouble(bench, champion, side)).resolves.toBeNull();
  });

  it('holds, and tells consumers what to do, when the previous champion is torn as well', async () => {
    await reign('lost', [TORN, Uint8Array.from([...TORN, 33])]);
    const { action, page } = await measure('lost', 0);
    expect(action).toBe('hold');
    expect(page).toMatchObject({ severity: 'CRITICAL', subject: 'errors and parity of the champion' });
    const { side } = await registry.champion({ model: 'lost' });
    expect(side).toMatchObject({ action: 'reduce-only', subject: 'system', epoch: 2 });
    expect(side.reason).toContain('the champion could not be scored');
  });

  it('with autoRollback off asks once, and again after the interval, not each session', async () => {
    await reign('asked', ['a', TORN], { guard: { autoRollback: false, remindSessions: 3 } });
    const paged: boolean[] = [];
    for (let day = 0; day < 5; day += 1) {
      const { action, page, reason } = await measure('asked', day);
      expect(action).toBe('hold');
      expect(reason).toContain('autoRollback is off, a rollback is asked for');
      paged.push(page !== null);
    }
    expect(paged).toEqual([true, false, false, true, false]);
  });

  it('freezes the model when it has rolled back too often within a day, and holds', async () => {
    await reign('flapping', ['a', 'b', TORN], { guard: { maxRollbacksPerDay: 1 } });
    await registry.saveGuardMeasurement({
      ...{ model: 'flapping', epoch: 2, session: at(0).session, decidedAt: at(0).decisionInstant },
      ...{ verdict: 'fail', action: 'rollback', cause: 'predictions', reason: 'constant' },
      ...{ number: 0, threshold: null, failedInRow: 1, inconclusiveInRow: 0, state: {} },
    });
    const { action, reason, page } = await measure('flapping', 0, 0);
    expect(action).toBe('hold');
    expect(reason).toContain('not rolled back: 1 automatic rollbacks within a day, 1 are allowed');
    expect(page?.severity).toBe('CRITICAL');
    expect((await registry.champion({ model: 'flapping' })).freeze).toMatchObject({
      ...{ frozen: true, subject: 'system' },
    });
    // The next session finds it frozen, and leaves it so.
    expect((await measure('flapping', 1)).reason).toContain('the model is frozen');
  });

  it('goes on without a previous champion that cannot be scored, once its first sessions are over', async () => {
    await reign('alone', [TORN, 'b'], { guard: { sessions: 1 } });
    await expect(measure('alone', 0)).resolves.toMatchObject({ action: 'hold' });
    await expect(measure('alone', 1)).resolves.toMatchObject({ action: 'none' });
  });
});

describe('the comparison of a reign on real data', () => {
  it('takes the labels of the shadow as they mature after the swap, and those of the sessions before it', async () => {
    const model = 'continued';
    await reign(model, ['a', 'b', 'c']);
    const versions = await registry.listVersions({ model, limit: 10 });
    const challenger = versions.find(({ number }) => number === 1);
    const input = {
      ...{ model, retrainId: `retrain:${model}:2018-01-31T12:00:00.000Z`, asOf: '2018-01-31T12:00:00.000Z' },
      ...{ trigger: 'manual' as const, requester: LEE, clock: { mode: 'live' as const }, emergency: false },
      ...{ allowProbation: false, reason: 'test', correlationId: randomUUID() },
    };
    const { run, specNumber, spec, champion, epoch } = await registry.createRetrain(input);
    const plan = { ...PLAN, retrainId: input.retrainId, specNumber, spec, champion, epoch };
    const { scoreShadowSession } = shadowActivities(bench);
    for (const day of [0, 1, 2]) {
      const scored = {
        plan,
        versionId: challenger?.id ?? '',
        calendarSha256: '4'.repeat(64),
        correlationId: 'test',
      };
      await scoreShadowSession({ ...scored, ...at(day) });
    }
    // Signed and swapped in two sessions later; the chain of that is another suite's matter.
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      await client.query("begin; set local session_replication_role = 'replica'");
      await client.query(
        `insert into reigns (model, epoch, version_id, from_version_id, previous_id, cause, run, decision_hash, actor, reason,
           business_at, recorded_at, audit_seq, outbox_id)
         values ($1, 4, $2, $3, $3, 'swap', $4, $5, 'test', 'seeded', $6, now(), 1, 1)`,
        [model, challenger?.id, champion?.versionId, run, 'd'.repeat(64), at(4).decisionInstant],
      );
      await client.query(
        'update champions set epoch = 4, champion_id = $2, previous_id = $3 where model = $1',
        [...[model, challenger?.id, champion?.versionId]],
      );
      await client.query('commit');
    } finally {
      await client.end();
    }
    const paired: (readonly [number, string | null, number])[] = [];
    for (let day = 3; day <= 10; day += 1) {
      await measure(model, day, day - 3);
      const [newest] = await registry.guardMeasurements({ model, epoch: 4, limit: 1 });
      const { comparison } = readGuardState(newest?.state);
      const { ic, returns } = opponentState(comparison, 'previous');
      paired.push([ic.pairs, ic.lastSession, returns.pairs]);
    }
    // Entry a session later, five held: the label of session k is known after session k + 6. The shadow's are the first three.
    expect(paired.map(([pairs]) => pairs)).toEqual([0, 0, 0, 1, 2, 3, 4, 5]);
    expect(paired.map(([, last]) => last)).toEqual([null, null, null, ...SESSIONS.slice(0, 5)]);
    // Books earn without a gap from the session on which the shadow's first one was entered.
    const returns = paired.map(([, , count]) => count);
    expect(returns.slice(1).map((count, row) => count - (returns[row] ?? 0))).toEqual([1, 1, 1, 1, 1, 1, 1]);
  }, 240_000);
});

describe('challengers beside the one of a retrain', () => {
  const add = (model: string, version: number) =>
    registry.addChallenger({
      ...{ model, version, actor: LEE, reason: 'judged in May' },
      idempotencyKey: `test:${randomUUID()}`,
    });
  const refused = (code: string) => expect.objectContaining({ code }) as unknown;

  it('are at most two, fit for the spec, and neither the champion nor withdrawn', async () => {
    await reign('many', ['a', 'b', 'c', TORN, 'a']);
    await reign('other', ['a', 'b']);
    await expect(add('many', 5)).rejects.toEqual(refused('ALREADY_CHAMPION'));
    await expect(add('many', 9)).rejects.toEqual(refused('VERSION_UNKNOWN'));
    await expect(add('nowhere', 1)).rejects.toEqual(refused('MODEL_UNKNOWN'));
    await registry.rollback({
      ...{ model: 'other', toVersion: null, reason: 'a test asks for it', actor: LEE },
      ...{ idempotencyKey: 'many-rollback', correlationId: 'many-rollback' },
    });
    await expect(add('other', 2)).rejects.toEqual(refused('VERSION_WITHDRAWN'));
    await add('many', 1);
    await expect(add('many', 1)).rejects.toEqual(refused('CHALLENGER_OPEN'));
    await add('many', 2);
    await expect(add('many', 3)).rejects.toEqual(refused('CHALLENGERS_FULL'));
    const viewer = { subject: 'vera', roles: ['viewer' as const] };
    await expect(
      registry.addChallenger({
        ...{ model: 'many', version: 3, actor: viewer, reason: 'curious', idempotencyKey: 'viewer-adds' },
      }),
    ).rejects.toEqual(refused('ROLE_MISSING'));
  });

  it('are refused under a spec of another feature set or label', async () => {
    await reign('moved', ['a', 'b'], { label: { horizonSessions: 10 } });
    await expect(add('moved', 1)).rejects.toEqual(refused('SHADOW_CHALLENGER_UNFIT'));
  });

  it('are paired with the champion row by row until their sessions are over; a torn one fails alone', async () => {
    await reign('beside', [TORN, 'a', 'b'], { shadow: { sessions: 3 } });
    await add('beside', 2);
    await add('beside', 1);
    const { scoreChallengers } = challengerActivities(bench);
    const score = (day: number) =>
      scoreChallengers({ model: 'beside', epoch: 3, calendarSha256: '4'.repeat(64), ...at(day) });
    expect((await measure('beside', 0)).openChallengers).toBe(2);
    const first = await score(0);
    expect(first.summaries.find((line) => line.includes('version 1'))).toMatch(
      /fail: the challenger failed/u,
    );
    // Repeated, as after a worker that died, it adds nothing.
    await score(0);
    await score(1);
    await score(2);
    await score(3);
    const [torn, whole] = await registry.challengers({ model: 'beside' });
    expect([torn?.version, torn?.end?.verdict]).toEqual([1, 'fail']);
    expect([whole?.version, whole?.end?.verdict]).toEqual([2, 'pass']);
    const days = await registry.challengerDays({ model: 'beside', number: whole?.number ?? 0 });
    expect(days.map(({ session }) => session)).toEqual(SESSIONS.slice(0, 3));
    for (const day of days) expect([day.pairedRows, readLost(day.numbers)]).toEqual([day.rows, []]);
    const [lostDay] = await registry.challengerDays({ model: 'beside', number: torn?.number ?? 0 });
    expect(readLost(lostDay?.numbers).every(({ reason }) => reason.startsWith('the challenger failed'))).toBe(
      true,
    );
    // Nobody else felt anything of it.
    await expect(measure('beside', 4)).resolves.toMatchObject({ action: 'none', openChallengers: 0 });
  });

  it('end as inconclusive when another champion reigns', async () => {
    await reign('replaced', ['a', 'c', 'b'], { shadow: { sessions: 3 } });
    await add('replaced', 1);
    const { scoreChallengers } = challengerActivities(bench);
    await scoreChallengers({ model: 'replaced', epoch: 3, calendarSha256: '4'.repeat(64), ...at(0) });
    await registry.rollback({
      ...{ model: 'replaced', toVersion: null, reason: 'a test asks for it', actor: LEE },
      ...{ idempotencyKey: 'replaced-rollback', correlationId: 'replaced-rollback' },
    });
    await scoreChallengers({ model: 'replaced', epoch: 4, calendarSha256: '4'.repeat(64), ...at(1) });
    const [challenger] = await registry.challengers({ model: 'replaced' });
    expect(challenger?.end).toMatchObject({ verdict: 'inconclusive', subject: 'system' });
  });
});

describe('the challenger of a retrain', () => {
  async function planned(model: string) {
    const retrainId = `retrain:${model}:2018-03-01T12:00:00.000Z`;
    const { specNumber, spec, champion, epoch } = await registry.createRetrain({
      ...{ model, retrainId, asOf: '2018-03-01T12:00:00.000Z', trigger: 'manual', requester: LEE },
      ...{ clock: { mode: 'live' }, emergency: false, allowProbation: false, reason: 'test' },
      correlationId: randomUUID(),
    });
    const versions = await registry.listVersions({ model, limit: 10 });
    const idOf = (number: number): string => versions.find((each) => each.number === number)?.id ?? '';
    return { plan: { ...PLAN, retrainId, specNumber, spec, champion, epoch }, idOf };
  }
  const refusedWith = (code: string) => expect.objectContaining({ code }) as unknown;

  it('is refused by name: the champion itself, of another model, withdrawn since it was made', async () => {
    await reign('planned', ['a', 'b', 'c']);
    await reign('stranger', ['a', 'b']);
    const { planShadow } = shadowActivities(bench);
    const { plan, idOf } = await planned('planned');
    const other = await registry.listVersions({ model: 'stranger', limit: 10 });
    await expect(planShadow({ plan, versionId: idOf(3) })).rejects.toEqual(
      refusedWith('SHADOW_CHALLENGER_UNFIT'),
    );
    await expect(planShadow({ plan, versionId: other[0]?.id ?? '' })).rejects.toEqual(
      refusedWith('VERSION_UNKNOWN'),
    );
    await expect(planShadow({ plan, versionId: idOf(1) })).resolves.toMatchObject({
      powerCard: { sessions: 7, maturedLabels: 1 },
    });
    await registry.rollback({
      ...{ model: 'planned', toVersion: null, reason: 'a test asks for it', actor: LEE },
      ...{ idempotencyKey: 'planned-rollback', correlationId: 'planned-rollback' },
    });
    await expect(planShadow({ plan: { ...plan, champion: null }, versionId: idOf(3) })).rejects.toEqual(
      refusedWith('VERSION_WITHDRAWN'),
    );
  });

  it('of another label or feature set than the spec is refused by name', async () => {
    await reign('unlike', ['a', 'b'], { label: { horizonSessions: 10 } });
    const { plan, idOf } = await planned('unlike');
    const { planShadow } = shadowActivities(bench);
    await expect(planShadow({ plan, versionId: idOf(1) })).rejects.toThrow('was trained for another label');
    const features = {
      ...plan.spec,
      features: 'fundamentals',
      label: { ...plan.spec.label, horizonSessions: 5 },
    };
    await expect(planShadow({ plan: { ...plan, spec: features }, versionId: idOf(1) })).rejects.toThrow(
      'takes the feature set price_volume, the spec names fundamentals',
    );
  });

  it('is not scored on a day that is no session of the market', async () => {
    await reign('sunday', ['a', 'b']);
    const { plan, idOf } = await planned('sunday');
    const { scoreShadowSession } = shadowActivities(bench);
    const sunday = { session: '2018-03-04', decisionInstant: '2018-03-04T06:30:00.000Z' };
    await expect(
      scoreShadowSession({
        ...{ plan, versionId: idOf(1), ...sunday, calendarSha256: '4'.repeat(64), correlationId: 'test' },
      }),
    ).rejects.toThrow('2018-03-04');
    expect(await registry.shadowDays({ retrainId: plan.retrainId })).toEqual([]);
  });

  it('that changed its past is found out a session later: online against offline features', async () => {
    await reign('rewritten', ['a', 'b']);
    const { plan, idOf } = await planned('rewritten');
    const { scoreShadowSession } = shadowActivities(bench);
    const scoreAt = (day: number, pinned = plan) =>
      scoreShadowSession({
        ...{
          plan: pinned,
          versionId: idOf(1),
          ...at(day),
          calendarSha256: '4'.repeat(64),
          correlationId: 'test',
        },
      });
    await expect(scoreAt(20)).resolves.toMatchObject({ verdict: 'continue' });
    // The same session from a folder whose past was written anew: other prices, the same knowledge times.
    const rewritten = simulateMarket({
      ...{ symbols: 40, sessions: 160, from: '2017-09-01', flipSession: null, seed: 8 },
      ...{ lateShare: 0, wrongShare: 0, restatedShare: 0, haltedShare: 0 },
    });
    await writeSimulatedFolder({ outDir: join(folder, 'rewritten'), market: rewritten });
    const { spec } = plan;
    const next = await scoreAt(21, { ...plan, spec: { ...spec, data: join(folder, 'rewritten') } });
    expect(next.verdict).toBe('fail');
    expect(next.reason).toContain(`feature values of ${at(20).session} come out otherwise a session later`);
  });
});

describe('the watch of a reign on real data', () => {
  async function watch(model: string, day: number): Promise<WatchOutcome> {
    const { epoch } = await registry.champion({ model });
    // The snapshots of these versions have been collected: there is no reference to hold features against.
    const without = { ...registry, getSnapshot: () => Promise.resolve(null) };
    return await watchActivities({ ...bench, registry: without }).watchSession({
      model,
      epoch,
      correlationId: 'test',
      ...at(day),
    });
  }
  const rowsOf = async (model: string, role: string) =>
    (await registry.liveResults({ model, versionId: null })).filter((row) => row.role === role);

  it('writes a row a session for who answers and who answered, and fills it in when its label has matured', async () => {
    await reign('watched', ['a', 'b']);
    for (let day = 0; day < 8; day += 1) await watch('watched', day);

    for (const role of ['champion', 'previous']) {
      const rows = await rowsOf('watched', role);
      expect(rows.map(({ session }) => session)).toEqual(SESSIONS.slice(0, 8));
      // Entry a session later, five sessions held: the label of the second session is known after the eighth.
      expect(rows.map(({ status }) => status)).toEqual([
        ...['matured', 'matured', 'awaiting', 'awaiting', 'awaiting', 'awaiting', 'awaiting', 'awaiting'],
      ]);
      expect(rows[0]?.rankIc).not.toBeNull();
      expect(rows[0]?.numbers).toMatchObject({
        rows: 37,
        coverage: 1,
        knownAt: SESSIONS[6],
        error: '',
        gap: '',
      });
      expect(rows.at(-1)?.netReturn).not.toBeNull();
    }
    const [newest] = await registry.watchRecords({
      model: 'watched',
      epoch: null,
      decisionsOnly: false,
      limit: 1,
    });
    expect(newest).toMatchObject({
      session: SESSIONS[7],
      knownThrough: SESSIONS[1],
      decision: 'watch',
      alarm: false,
    });
    expect(newest?.health).toBeGreaterThan(50);
  }, 240_000);

  it('changes nothing when a session is asked again', async () => {
    const before = await rowsOf('watched', 'champion');
    const first = await watch('watched', 7);
    expect(await watch('watched', 7)).toEqual(first);
    expect(await rowsOf('watched', 'champion')).toEqual(before);
  });

  it('keeps a session on which the champion could not be scored, with the reason, and asks for a repair', async () => {
    await reign('torn-watch', ['a', TORN]);
    const { decision, told } = await watch('torn-watch', 0);
    expect([decision, told]).toEqual(['repair-data', true]);
    const [row] = await rowsOf('torn-watch', 'champion');
    expect(row).toMatchObject({ status: 'unscored', rankIc: null });
    expect(String(row?.numbers['error'])).toMatch(/^[A-Z_]+: /u);
    expect((await watch('torn-watch', 1)).told).toBe(false);
  }, 240_000);
});
