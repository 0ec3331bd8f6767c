import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { awaitReports } from '../../../activities/drill.ts';
import type { RollbackDrill } from '../../../contracts/drill.ts';
import { SYSTEM_ACTOR } from '../../../contracts/ids.ts';
import type { Actor, ArtifactRef } from '../../../contracts/primitives.ts';
import { FolderArtifactStore } from '../../../registry/artifacts/folder-store.ts';
import { openRegistry, type Registry } from '../../../registry/registry.ts';
import type { ServingRegistry } from '../../../serving/ports.ts';
import { servingRegistry } from '../../../serving/registry-port.ts';
import { createScorerPool } from '../../../serving/scorer-pool.ts';
import type { Scorer } from '../../../serving/scorer.ts';
import { startServingServer, type ServingServer } from '../../../serving/server.ts';
import { parityPath } from '../../unit/serving/fixtures.ts';
import { eventually, QUIET_LOG } from '../../unit/serving/memory-registry.ts';
import { testDatabase } from '../../postgres.ts';
import { startLoad } from './load.ts';
import { seedModel, type SeededModel } from './seeded-registry.ts';

const MODEL = 'tw-alpha';
const BODY = { model: MODEL, features: [[0.4, -1.2, 0.1, 0.3, -0.2, 7]] };
const OPERATOR: Actor = { subject: 'olga', roles: ['operator'] };
/** Longer than any server of a loaded machine takes. */
const PATIENCE_SECONDS = 120;

/** Scoring sessions that are open, whoever opened them. */
class CountedScorer implements Scorer {
  open = 0;
  /** Of releases that are to come, how many fail after the session is gone. */
  failingReleases = 0;
  readonly #inner = createScorerPool({
    threads: 1,
    splitRows: 512,
    onThreadLost: () => undefined,
    onThreadDown: () => undefined,
  });

  get concurrency(): number {
    return this.#inner.concurrency;
  }

  async load(onnx: Uint8Array, featureNames: readonly string[]): ReturnType<Scorer['load']> {
    const session = await this.#inner.load(onnx, featureNames);
    this.open += 1;
    const state = { released: false };
    return {
      featureNames: session.featureNames,
      inlineRows: session.inlineRows,
      scoreNow: (batch, rows) => session.scoreNow(batch, rows),
      score: (batch, rows) => session.score(batch, rows),
      release: async () => {
        if (!state.released) this.open -= 1;
        state.released = true;
        await session.release();
        if (this.failingReleases === 0) return;
        this.failingReleases -= 1;
        throw new Error('the thread that held it is gone');
      },
    };
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

describe('a drill of the way back', () => {
  let database: Awaited<ReturnType<typeof testDatabase>>;
  let folder: string;
  let registry: Registry;
  let artifacts: FolderArtifactStore;
  let seeded: SeededModel;
  let parity: readonly ArtifactRef[];
  let root: pg.Client;
  const servers: ServingServer[] = [];
  const scorers: CountedScorer[] = [];
  let commands = 0;

  beforeAll(async () => {
    database = await testDatabase();
    folder = await mkdtemp(join(tmpdir(), 'contender-drill-'));
    artifacts = new FolderArtifactStore(join(folder, 'store'));
    registry = openRegistry({ url: database.url, applicationName: 'drill test' });
    parity = await Promise.all(
      (['a', 'b'] as const).map((model) =>
        artifacts.putFile(parityPath(model), 'application/vnd.apache.parquet'),
      ),
    );
    seeded = await seedModel(database.url, artifacts, { model: MODEL, fixtures: ['a', 'b', 'c'], parity });
    root = new pg.Client({ connectionString: database.url });
    await root.connect();
  });
  afterAll(async () => {
    await root.end();
    await registry.close();
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.stop()));
    await Promise.all(scorers.splice(0).map((scorer) => scorer.close()));
    await root.query('update servers set lease_until = clock_timestamp()');
    await registry.forgetServers({ expiredForSeconds: 0 });
  });

  /** A server over a store of its own when it is given one. */
  const start = async (
    name: string,
    change: (port: ServingRegistry) => ServingRegistry = (port) => port,
    store: FolderArtifactStore = artifacts,
    models: readonly string[] = [MODEL],
  ): Promise<{ readonly server: ServingServer; readonly scorer: CountedScorer }> => {
    const scorer = new CountedScorer();
    scorers.push(scorer);
    const server = await startServingServer({
      ...{ host: '127.0.0.1', name, port: 0, models, breakGlass: null, universe: null, explainer: null },
      registry: change(servingRegistry(registry, store)),
      log: QUIET_LOG,
      scorer,
      limits: { drainGraceMs: 50, pollMs: 200 },
    });
    servers.push(server);
    await eventually(`${name} ready`, async () => (await fetch(`${server.url}/health`)).status === 200);
    await eventually(`${name} warm`, () => {
      const model = server.follower.model(models[0] ?? MODEL);
      const view = model?.view ?? null;
      if (model === null || view === null) return false;
      return [view.champion, ...view.previous.slice(0, 2)].every(
        ({ versionId }) => model.versions.get(versionId) !== null,
      );
    });
    await eventually(`${name} acknowledged`, async () => {
      const { epoch } = await registry.champion({ model: models[0] ?? MODEL });
      const { acknowledged } = await registry.swapStatus({ model: models[0] ?? MODEL, epoch });
      return acknowledged.some(({ server: one }) => one === name);
    });
    return { server, scorer };
  };
  const open = (changes: Partial<Parameters<Registry['openDrill']>[0]> = {}): Promise<RollbackDrill> => {
    commands += 1;
    return registry.openDrill({
      ...{ model: MODEL, trigger: 'manual', actor: OPERATOR, reason: 'a test asks for it' },
      ...{ idempotencyKey: `drill-${String(commands)}`, patienceSeconds: PATIENCE_SECONDS },
      ...changes,
    });
  };
  const drilled = async (model = MODEL): Promise<RollbackDrill> => {
    const { id } = await open({ model });
    await awaitReports(registry, id);
    return registry.endDrill({ id });
  };
  const rollback = (model = MODEL): ReturnType<Registry['rollback']> => {
    commands += 1;
    const key = `rollback-${String(commands)}`;
    return registry.rollback({
      ...{ model, toVersion: null, reason: 'it misbehaves', actor: OPERATOR },
      ...{ idempotencyKey: key, correlationId: key },
    });
  };
  const metric = async ({ url }: ServingServer, name: string): Promise<readonly string[]> =>
    (await (await fetch(`${url}/metrics`)).text())
      .split('\n')
      .filter((line) => line.startsWith(`contender_serving_${name}`));
  /** What a drill must not move: who answers with what, what is warm, what people were told. */
  const untouched = async (): Promise<unknown> => {
    const { drill: _, ...view } = await registry.champion({ model: MODEL });
    const told = await root.query(
      `select count(*)::int as n from outbox where event ->> 'kind' in ('rolled-back', 'swapped')`,
    );
    const pointers = servers.map((server) => {
      const model = server.follower.model(MODEL);
      return {
        epoch: model?.reign?.epoch,
        version: model?.answering?.champion.version.number,
        warm: seeded.manifests.map(({ versionId }) => model?.versions.get(versionId) !== null),
      };
    });
    const moves = await Promise.all(servers.map((server) => metric(server, 'swaps_total')));
    return { view, told: told.rows as unknown, pointers, moves, sessions: scorers.map((each) => each.open) };
  };

  it('loads the version anew on every server, answers its recorded rows and lets it go, while requests go on', async () => {
    for (const name of ['server-a', 'server-b']) await start(name);
    const before = await untouched();
    const loads = servers.map((server) => startLoad(server.url, BODY, 8));
    const drill = await drilled();
    const answers = (await Promise.all(loads.map((load) => load.stop()))).flat();
    expect(drill).toMatchObject({ result: 'passed', epoch: 3, champion: 3, target: 2, endedReason: '' });
    expect(drill.servers).toHaveLength(2);
    for (const found of drill.servers) {
      expect(found).toMatchObject({ outcome: 'passed', code: '', mismatches: 0, warm: true });
      expect(found.rows).toBeGreaterThan(100);
      expect(found.loadMs).toBeGreaterThan(0);
      expect(found.checkMs).toBeGreaterThan(0);
      expect(found.warmMs).toBeGreaterThan(0);
    }
    expect(answers.length).toBeGreaterThan(50);
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(answers.filter(({ version, epoch }) => version !== 3 || epoch !== 3)).toEqual([]);
    expect(await untouched()).toEqual(before);
    expect(await metric(servers[0] as ServingServer, 'drills_total{')).toEqual([
      expect.stringContaining('result="passed"'),
    ]);
  });

  it('is in the audit under its own name, with who asked and what each server found, and verifies', async () => {
    await start('server-a');
    const { id } = await drilled();
    const rows = await registry.auditPage({ model: MODEL, before: null, limit: 2 });
    expect(rows.map(({ command, actor }) => [command, actor])).toEqual([
      ['end-drill', 'olga'],
      ['open-drill', 'olga'],
    ]);
    expect(rows[0]?.facts).toMatchObject({
      drill: id,
      result: 'passed',
      servers: [{ server: 'server-a', outcome: 'passed', code: '' }],
    });
    expect(await registry.drillStanding({ model: MODEL })).toMatchObject({
      newest: { id, result: 'passed' },
      underWay: null,
      overdue: false,
    });
  });

  it('names the server whose copy is damaged, with the cause, and is alerted until one passes', async () => {
    const own = join(folder, 'own');
    await cp(join(folder, 'store'), own, { recursive: true });
    await start('server-a');
    await start('server-b', undefined, new FolderArtifactStore(own));
    const { sha256 } = seeded.manifests[1]?.artifacts.onnx ?? { sha256: '' };
    const path = join(own, sha256.slice(0, 2), sha256);
    const intact = await readFile(path);
    const corrupt = Buffer.from(intact);
    corrupt[1234] = (corrupt[1234] ?? 0) ^ 1;
    await writeFile(path, corrupt);
    const before = await untouched();
    const failed = await drilled();
    expect(failed.result).toBe('failed');
    expect(failed.servers).toMatchObject([
      { server: 'server-a', outcome: 'passed' },
      { server: 'server-b', outcome: 'failed', code: 'STORED_ARTIFACT_CORRUPT', loadMs: null, warm: true },
    ]);
    expect(failed.servers[1]?.remedy).not.toBe('');
    expect(await untouched()).toEqual(before);
    await rm(path);
    expect((await drilled()).servers[1]).toMatchObject({ outcome: 'failed', code: 'ARTIFACT_MISSING' });
    await writeFile(path, intact);
    expect((await drilled()).result).toBe('passed');
    const { rows } = await root.query<{ severity: string; over: boolean }>(
      `select severity, ends_at is not null as over from alerts where kind = 'rollback-drill'
         and labels ->> 'cause' = 'failed' order by id desc limit 3`,
    );
    expect(rows).toEqual([
      { severity: 'ERROR', over: true },
      { severity: 'ERROR', over: false },
      { severity: 'ERROR', over: false },
    ]);
  });

  it('fails where the version answers recorded rows otherwise, by how many', async () => {
    // Version 1 is model b, and is said to answer as model a does.
    const rowsOfA = parity.slice(0, 1);
    await seedModel(database.url, artifacts, { model: 'us-alpha', fixtures: ['b', 'c'], parity: rowsOfA });
    await start('server-u', undefined, artifacts, ['us-alpha']);
    const drill = await drilled('us-alpha');
    expect(drill).toMatchObject({ result: 'failed', servers: [{ code: 'RECORDED_ROWS_DIFFER' }] });
    const [found] = drill.servers;
    expect(found?.mismatches).toBeGreaterThan(0);
    expect(found?.mismatches).toBeLessThanOrEqual(found?.rows ?? 0);
  });

  it('says so when a version cannot be let go again, and rehearses the next time all the same', async () => {
    const { scorer } = await start('server-a');
    scorer.failingReleases = 1;
    expect(await drilled()).toMatchObject({
      result: 'failed',
      servers: [{ code: 'LOAD_FAILED', reason: 'the thread that held it is gone' }],
    });
    expect((await drilled()).result).toBe('passed');
  });

  it('does not wait for a server that died longer than its lease, and names it', async () => {
    await start('server-a');
    await registry.registerServer({
      ...{ name: 'server-z', address: 'http://127.0.0.1:1', models: [MODEL], leaseSeconds: 60 },
    });
    const { id, waitedFor } = await open();
    expect(waitedFor).toEqual(['server-a', 'server-z']);
    await eventually(
      'the other has reported',
      async () => (await registry.drill({ id })).servers.length === 1,
    );
    expect(await registry.drillAwaits({ id })).toBe(true);
    await root.query(`update servers set lease_until = clock_timestamp() where name = 'server-z'`);
    await awaitReports(registry, id);
    expect(await registry.endDrill({ id })).toMatchObject({
      result: 'failed',
      servers: [
        { server: 'server-a', outcome: 'passed' },
        { server: 'server-z', outcome: 'failed', code: 'SERVER_SILENT' },
      ],
    });
    // Its lease is over: the next drill names it without waiting, as a rollback would.
    expect(await drilled()).toMatchObject({
      result: 'passed',
      servers: [{ server: 'server-a' }, { server: 'server-z', outcome: 'absent', code: 'SERVER_AWAY' }],
    });
  });

  it('is heard of by polling when its notification is lost', async () => {
    await start('server-a', (port) => ({
      ...port,
      listen: () => Promise.resolve({ close: () => Promise.resolve() }),
    }));
    expect((await drilled()).result).toBe('passed');
  });

  describe('with a server whose reading of the recorded rows can be held up', () => {
    let hold: { readonly released: Promise<void>; release: () => void; readonly reached: () => boolean };

    beforeEach(async () => {
      let release: () => void = () => undefined;
      let reached = false;
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      hold = { released, release, reached: () => reached };
      await start('server-a', (port) => ({
        ...port,
        readArtifact: async (ref) => {
          if (parity.some(({ sha256 }) => sha256 === ref.sha256)) {
            reached = true;
            await released;
          }
          return port.readArtifact(ref);
        },
      }));
    });
    afterEach(() => {
      hold.release();
    });

    it('lets one run at a time; the same key is the same drill', async () => {
      const first = await open({ idempotencyKey: 'the same' });
      await eventually('it has begun', hold.reached);
      await expect(open()).rejects.toMatchObject({ code: 'DRILL_OPEN', details: { drill: first.id } });
      expect((await open({ idempotencyKey: 'the same' })).id).toBe(first.id);
      hold.release();
      await awaitReports(registry, first.id);
      expect((await registry.endDrill({ id: first.id })).result).toBe('passed');
      // Ending it again changes nothing.
      expect((await registry.endDrill({ id: first.id })).result).toBe('passed');
    });

    it('yields to a rollback in the middle of it, which waits for nothing', async () => {
      const { id } = await open();
      await eventually('it has begun', hold.reached);
      const { epoch } = await rollback();
      await eventually(
        'the rollback is complete while the drill is still held up',
        async () => (await registry.swapStatus({ model: MODEL, epoch })).status === 'complete',
      );
      await awaitReports(registry, id);
      const drill = await registry.endDrill({ id });
      expect(drill).toMatchObject({ result: 'yielded', servers: [] });
      expect(drill.endedReason).toContain('a rollback by olga to version 2 came first');
      hold.release();
      const server = servers[0] as ServingServer;
      await eventually('the server has let go of it', async () =>
        (await metric(server, 'drills_total{')).some((line) => line.includes('yielded')),
      );
      // What it might have found is nobody's verdict any more.
      await expect(
        registry.reportDrill({
          ...{ drill: id, server: 'server-a' },
          finding: {
            ...{ code: '', reason: '', remedy: '', loadMs: 1, checkMs: 1, rows: 1, mismatches: 0 },
            ...{ warm: true, warmMs: 1 },
          },
        }),
      ).rejects.toMatchObject({ code: 'DRILL_OVER' });
      expect(server.follower.model(MODEL)?.answering).toMatchObject({
        epoch,
        champion: { version: { number: 2 } },
      });
      await eventually('no session is left over', () => scorers[0]?.open === 3);
    });
  });

  it('is refused where there is nothing to rehearse, nobody to do it, a swap under way, or no right to it', async () => {
    await seedModel(database.url, artifacts, { model: 'de-alpha', fixtures: ['a'] });
    await expect(open({ model: 'de-alpha' })).rejects.toMatchObject({ code: 'NO_PREVIOUS_CHAMPION' });
    await expect(open({ model: 'no-such-model' })).rejects.toMatchObject({ code: 'MODEL_UNKNOWN' });
    await expect(open()).rejects.toMatchObject({ code: 'NO_SERVERS' });
    const actor: Actor = { subject: 'vera', roles: ['viewer', 'researcher'] };
    await expect(open({ actor })).rejects.toMatchObject({ code: 'ROLE_MISSING' });
    const model = 'it-alpha';
    await seedModel(database.url, artifacts, { model, fixtures: ['a', 'b', 'c'] });
    // Nobody is behind this server: the epoch that the rollback opens reaches it never.
    await registry.registerServer({
      ...{ name: 'server-z', address: 'http://127.0.0.1:1', models: [model], leaseSeconds: 60 },
    });
    const { epoch } = await rollback(model);
    await expect(open({ model })).rejects.toMatchObject({
      code: 'SWAP_UNDER_WAY',
      details: { epoch, missing: ['server-z'] },
    });
    const skipped = await open({ model, trigger: 'schedule', actor: SYSTEM_ACTOR });
    expect(skipped).toMatchObject({ result: 'skipped', servers: [] });
    expect(skipped.endedReason).toContain('server-z');
    expect((await registry.endDrill({ id: skipped.id })).result).toBe('skipped');
  });

  it('is a record that says nothing else later on, and never passes without its servers', async () => {
    await seedModel(database.url, artifacts, { model: 'es-alpha', fixtures: ['a', 'b'], parity });
    await start('server-a', undefined, artifacts, ['es-alpha']);
    const { id } = await drilled('es-alpha');
    for (const statement of [
      `update rollback_drills set result = 'failed' where id = ${String(id)}`,
      `delete from rollback_drills where id = ${String(id)}`,
      'truncate rollback_drills cascade',
      `update rollback_drill_servers set outcome = 'passed' where drill = ${String(id)}`,
      `delete from rollback_drill_servers where drill = ${String(id)}`,
    ]) {
      await expect(root.query(statement)).rejects.toMatchObject({ hint: 'APPEND_ONLY' });
    }
    // Nobody is behind this server: the drill has no report.
    await seedModel(database.url, artifacts, { model: 'gr-alpha', fixtures: ['a', 'b'] });
    await registry.registerServer({
      ...{ name: 'server-z', address: 'http://127.0.0.1:1', models: ['gr-alpha'], leaseSeconds: 60 },
    });
    const unheard = await open({ model: 'gr-alpha' });
    await expect(
      root.query(`update rollback_drills set result = 'passed', ended_at = now() where id = $1`, [
        unheard.id,
      ]),
    ).rejects.toMatchObject({ hint: 'DRILL_INCOMPLETE' });
    await expect(
      root.query(
        `update rollback_drills set servers = '{}', result = 'passed', ended_at = now() where id = $1`,
        [unheard.id],
      ),
    ).rejects.toMatchObject({ hint: 'APPEND_ONLY' });
    expect(await registry.endDrill({ id: unheard.id })).toMatchObject({
      result: 'failed',
      servers: [{ server: 'server-z', code: 'SERVER_SILENT' }],
    });
  });

  it('is overdue when none has passed for longer than the spec allows, from the day there was a way back', async () => {
    await seedModel(database.url, artifacts, {
      model: 'fr-alpha',
      fixtures: ['a', 'b'],
      spec: { drill: { maxAgeDays: 3 } },
    });
    const standing = (): ReturnType<Registry['drillStanding']> =>
      registry.drillStanding({ model: 'fr-alpha' });
    expect(await standing()).toMatchObject({ newest: null, passedAt: null, maxAgeDays: 3, overdue: false });
    await root.query("begin; set local session_replication_role = 'replica'");
    await root.query(`update reigns set recorded_at = now() - interval '4 days' where model = 'fr-alpha'`);
    await root.query('commit');
    expect(await standing()).toMatchObject({ newest: null, overdue: true });
  });
});
