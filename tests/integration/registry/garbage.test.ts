import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ArtifactStore } from '../../../registry/artifacts/artifact-store.ts';
import { FolderArtifactStore } from '../../../registry/artifacts/folder-store.ts';
import { code, openBench } from './registry-bench.ts';
import type { RegistryBench } from './registry-bench.ts';
import { OPS, artifact } from './world.ts';
import type { Candidate } from './world.ts';

let bench: RegistryBench;
let folder: string;
let store: FolderArtifactStore;

beforeAll(async () => {
  bench = await openBench('garbage');
  folder = await mkdtemp(join(tmpdir(), 'contender-garbage-'));
  store = new FolderArtifactStore(folder);
});
afterAll(async () => {
  await bench.close();
  await rm(folder, { recursive: true });
});

/** Long after everything was stored. */
const later = (): Date => new Date(Date.now() + 10 * 86_400_000);

/** Everything of a model happened three years earlier; `kept` versions stay in retention. */
async function age(model: string, kept: readonly string[]): Promise<void> {
  const { root } = bench;
  await root.query('begin');
  await root.query('set local session_replication_role = replica');
  for (const statement of [
    `update versions set retain_until = now() - interval '1 day' where model = $1 and id <> all ($2::text[])`,
    `update audit set recorded_at = recorded_at - interval '3 years' where model = $1 and $2::text[] is not null`,
    `update retrains set finished_at = finished_at - interval '3 years' where model = $1 and finished_at is not null and $2::text[] is not null`,
    `update snapshots set recorded_at = recorded_at - interval '3 years'
     where id in (select snapshot_id from retrains where model = $1) and $2::text[] is not null`,
  ]) {
    await root.query(statement, [model, [...kept]]);
  }
  await root.query('commit');
}

/** Stores what the manifests of the tests name, under the very hashes. */
async function storeArtifacts(model: string, seed: number, asOf: string): Promise<Record<string, string>> {
  const names = {
    onnx: `onnx ${model} ${String(seed)}`,
    native: `native ${model} ${String(seed)}`,
    rows: `rows ${asOf}`,
  };
  for (const name of [...Object.values(names), 'feature code']) {
    await store.put(Buffer.from(name), 'application/octet-stream');
  }
  return Object.fromEntries(Object.entries(names).map(([key, name]) => [key, artifact(name).sha256]));
}

test('what nothing holds goes, with its bytes; a dry run changes nothing; the audit shows each deletion', async () => {
  const model = await bench.world.model();
  const spare = await bench.world.candidate(model, 1);
  const hashes = await storeArtifacts(model, 1, spare.asOf);
  await bench.world.finish(spare, 'refused');
  const champion = await bench.world.champion(model, 2);
  const kept = await storeArtifacts(model, 2, champion.asOf);
  const orphan = await store.put(Buffer.from(`orphan ${model}`), 'text/plain');
  await age(model, []);
  const input = { artifacts: store, now: later() };

  const plan = await bench.registry.planGarbage(input);
  expect(plan).toMatchObject({ versions: [{ model, number: spare.number }], artifacts: { count: 4 } });
  expect(plan.snapshots).toHaveLength(1);
  expect(await store.has(orphan.sha256)).toBe(true);
  expect((await bench.registry.getVersion({ model, version: spare.number })).state).toBe('registered');

  const collect = (actor = OPS) => bench.registry.collectGarbage({ ...input, actor, reason: 'space' });
  await expect(collect({ subject: 'vic', roles: ['viewer'] })).rejects.toMatchObject(code('ROLE_MISSING'));
  expect(await collect()).toEqual(plan);
  for (const hash of [...Object.values(hashes), orphan.sha256]) expect(await store.has(hash)).toBe(false);
  for (const hash of Object.values(kept)) expect(await store.has(hash)).toBe(true);
  const [newest] = await bench.registry.auditTrail({ model, limit: 1 });
  expect(newest).toMatchObject({ command: 'delete-version', actor: 'ops' });
  expect(await collect()).toMatchObject({ versions: [], snapshots: [], artifacts: { count: 0 } });
});

test('young artifacts stay: the row that names them may still be on its way', async () => {
  const young = await store.put(Buffer.from(randomUUID()), 'text/plain');
  await bench.registry.collectGarbage({ artifacts: store, now: new Date(), actor: OPS, reason: 'space' });
  expect(await store.has(young.sha256)).toBe(true);
});

test('what was old and is stored again is young, also when it is stored while it is about to be taken', async () => {
  const bytes = Buffer.from(randomUUID());
  const { sha256 } = await store.put(bytes, 'text/plain');
  const path = join(folder, sha256.slice(0, 2), sha256);
  const old = new Date('2020-01-01T00:00:00.000Z');
  const input = { actor: OPS, reason: 'space', now: new Date() };
  const collect = (artifacts: ArtifactStore) => bench.registry.collectGarbage({ ...input, artifacts });
  await utimes(path, old, old);
  await store.put(bytes, 'text/plain');
  await collect(store);
  expect(await store.has(sha256)).toBe(true);

  await utimes(path, old, old);
  const late = new FolderArtifactStore(folder);
  const remove = late.remove.bind(late);
  late.remove = async (...args) => {
    await store.put(bytes, 'text/plain');
    return remove(...args);
  };
  await collect(late);
  expect(await store.has(sha256)).toBe(true);
  await utimes(path, old, old);
  await collect(store);
  expect(await store.has(sha256)).toBe(false);
});

test('a snapshot that was taken and is extracted again has its bytes for as long as it is used', async () => {
  const { world, registry, root } = bench;
  const collect = () =>
    registry.collectGarbage({ artifacts: store, now: later(), actor: OPS, reason: 'space' });
  const model = await world.model();
  const first = await world.candidate(model, 1);
  const { rows } = await storeArtifacts(model, 1, first.asOf);
  await world.finish(first, 'refused');
  await age(model, []);
  expect((await collect()).snapshots).toHaveLength(1);
  expect(await store.has(rows ?? '')).toBe(false);

  const again = await world.model();
  await storeArtifacts(again, 2, first.asOf);
  await world.candidate(again, 2, { asOf: first.asOf });
  await collect();
  expect(await store.has(rows ?? '')).toBe(true);
  // Also where an earlier release left the mark of the collection.
  await root.query('alter table snapshots disable trigger snapshots_change');
  await root.query('update snapshots set collected_at = now() where as_of = $1', [first.asOf]);
  await root.query('alter table snapshots enable trigger snapshots_change');
  await collect();
  expect(await store.has(rows ?? '')).toBe(true);
});

test('nothing more is taken once the line is lost that keeps backups out', async () => {
  const orphans = await Promise.all(
    [1, 2, 3].map(() => store.put(Buffer.from(randomUUID()), 'application/octet-stream')),
  );
  const cut = new FolderArtifactStore(folder);
  const remove = cut.remove.bind(cut);
  cut.remove = async (...args) => {
    const { rowCount } = await bench.root.query(
      `select pg_terminate_backend(pid, 5000) from pg_locks where locktype = 'advisory' and objid = 7041778`,
    );
    expect(rowCount).toBe(1);
    return remove(...args);
  };
  await expect(
    bench.registry.collectGarbage({ artifacts: cut, now: later(), actor: OPS, reason: 'space' }),
  ).rejects.toMatchObject(code('REGISTRY_UNREACHABLE'));
  const left = await Promise.all(orphans.map(({ sha256 }) => store.has(sha256)));
  expect(left.filter(Boolean)).toHaveLength(2);
});

test('a backup under way is waited for, and a snapshot in use is refused by the database', async () => {
  await bench.root.query('select pg_advisory_lock_shared(7041778)');
  await expect(
    bench.registry.collectGarbage({ artifacts: store, now: later(), actor: OPS, reason: 'space' }),
  ).rejects.toMatchObject(code('REGISTRY_BUSY'));
  await bench.root.query('select pg_advisory_unlock_shared(7041778)');
  const model = await bench.world.model();
  await bench.world.champion(model, 1);
  await expect(
    bench.root.query(
      'update snapshots set collected_at = now() where id in (select snapshot_id from retrains where model = $1)',
      [model],
    ),
  ).rejects.toMatchObject({ hint: 'SNAPSHOT_IN_USE' });
});

type Act = 'champion' | 'refused' | 'rollback' | 'pin' | 'release' | 'retain';
const anyActs = fc.array(
  fc.constantFrom<Act>('champion', 'champion', 'refused', 'refused', 'rollback', 'pin', 'release', 'retain'),
  { minLength: 4, maxLength: 12 },
);

test(
  'whatever happened, no champion, former champion that is kept, pin, open retrain or retention is taken',
  { timeout: 240_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(anyActs, fc.boolean(), async (acts, endsOpen) => {
        const model = await bench.world.model();
        const { registry, world } = bench;
        const made: Candidate[] = [];
        const reigned: string[] = [];
        const kept: string[] = [];
        let pinned: string | null = null;
        for (const [turn, act] of acts.entries()) {
          const any = made[(turn * 7) % Math.max(1, made.length)];
          if (act === 'champion' || act === 'refused') {
            const candidate =
              act === 'champion' ? await world.champion(model, turn) : await world.candidate(model, turn);
            if (act === 'refused') await world.finish(candidate, 'refused');
            else reigned.push(candidate.versionId);
            made.push(candidate);
          } else if (act === 'rollback') {
            const { rollbackTarget } = await registry.champion({ model });
            if (rollbackTarget === null) continue;
            await world.rollback(model);
            reigned.push((await registry.champion({ model })).champion?.id ?? '');
          } else if (any !== undefined) {
            if (act === 'retain') kept.push(any.versionId);
            else {
              const version = act === 'pin' ? any.number : null;
              await registry.pinVersion({
                ...{
                  model,
                  consumer: 'risk',
                  version,
                  purpose: 'pin',
                  actor: OPS,
                  reason: 'quarter',
                  idempotencyKey: randomUUID(),
                },
              });
              pinned = act === 'pin' ? any.versionId : null;
            }
          }
        }
        const open = endsOpen ? (await world.candidate(model, 999)).versionId : null;
        await age(model, kept);
        const { rows } = await bench.root.query<{ id: string }>(
          'select previous_id as id from champions where model = $1 and previous_id is not null',
          [model],
        );
        const lastFour = [...new Set([...reigned].reverse())].slice(0, 4);
        const held = new Set([...lastFour, ...kept, ...rows.map(({ id }) => id), pinned, open]);
        const expected = made.map(({ versionId }) => versionId).filter((id) => !held.has(id));
        const { versions } = await registry.collectGarbage({
          artifacts: store,
          now: later(),
          actor: OPS,
          reason: 'space',
        });
        const taken = versions.filter((each) => each.model === model).map(({ id }) => id);
        expect(taken.sort()).toEqual(expected.sort());
      }),
      { numRuns: 10 },
    );
  },
);
