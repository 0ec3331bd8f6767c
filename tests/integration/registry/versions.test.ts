import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hashValue } from '../../../registry/hash.ts';
import { openRegistry } from '../../../registry/registry.ts';
import type { Registry } from '../../../registry/registry.ts';
import { testDatabase } from '../../postgres.ts';
import type { TestDatabase } from '../../postgres.ts';
import { LEE, RegistryWorld, artifact, manifestOf, recipe, snapshotOf, spec } from './world.ts';

let database: TestDatabase;
let registry: Registry;
let world: RegistryWorld;

beforeAll(async () => {
  database = await testDatabase();
  registry = openRegistry({ url: database.url, applicationName: 'versions' });
  world = new RegistryWorld(registry);
});
afterAll(async () => {
  await registry.close();
  await database.drop();
});

describe('versions', () => {
  test('two retrains of one snapshot, recipe and seed are one version, linked twice', async () => {
    const model = await world.model();
    const first = await world.candidate(model, 1);
    await world.finish(first, 'refused');
    const input = world.input(model);
    await registry.createRetrain(input);
    const manifest = manifestOf(model, snapshotOf(first.asOf).manifest.snapshotId, 1);
    const again = await registry.registerVersion({ retrainId: input.retrainId, manifest });
    expect(again).toEqual({ versionId: first.versionId, number: first.number, linked: true });
    expect(await registry.registerVersion({ retrainId: input.retrainId, manifest })).toEqual(again);
    expect(await registry.listVersions({ model, limit: 10 })).toHaveLength(1);
    const links = await registry.versionLinks({ versionId: first.versionId });
    expect(links.map(({ retrainId }) => retrainId)).toEqual([first.retrainId, input.retrainId]);
  });

  test('a manifest whose id, model or artifacts do not fit its identity is refused', async () => {
    const model = await world.model();
    const { retrainId, asOf } = await world.candidate(model, 1);
    const good = manifestOf(model, snapshotOf(asOf).manifest.snapshotId, 2);
    const { identity } = good;
    const foreign = manifestOf('other-model', identity.snapshotId, 2);
    const wrong = [
      { ...good, versionId: artifact('another').sha256 },
      { ...good, identity: { ...identity, seed: 8 } },
      { ...good, artifacts: { ...good.artifacts, onnx: artifact('another model') } },
      foreign,
    ];
    for (const manifest of wrong) {
      await expect(registry.registerVersion({ retrainId, manifest })).rejects.toMatchObject({
        code: 'IDENTITY_MISMATCH',
      });
    }
    expect(await registry.listVersions({ model, limit: 10 })).toHaveLength(1);
  });

  test('a version of a snapshot that nobody recorded is refused', async () => {
    const model = await world.model();
    const { retrainId } = await world.candidate(model, 1);
    const manifest = manifestOf(model, artifact('no snapshot').sha256, 1);
    await expect(registry.registerVersion({ retrainId, manifest })).rejects.toMatchObject({
      code: 'REGISTRY_CONSTRAINT',
    });
  });

  test('lineage goes both ways: version to snapshot, recipe and retrain; snapshot to versions', async () => {
    const model = await world.model();
    const made = await world.champion(model, 1);
    const dossier = await registry.versionDossier({ model, version: made.number });
    expect(dossier).toMatchObject({
      version: { id: made.versionId, recipeHash: hashValue(recipe(1)) },
      keptBecause: 'it is the champion',
      retrains: [{ retrainId: made.retrainId, status: 'promoted', specNumber: 1, requester: 'ana' }],
      signatures: [{ subject: 'lee', decision: 'approve' }],
      reigns: [{ epoch: 1, cause: 'swap' }],
    });
    expect(dossier.evidence.map(({ kind }) => kind)).toEqual(['gate', 'shadow', 'decision']);
    expect(dossier.evidence[2]?.parent).toBe(dossier.evidence[1]?.hash);
    const snapshot = await registry.getSnapshot({ snapshotId: dossier.version.snapshotId });
    expect(snapshot?.versions).toEqual([{ model, number: 1, id: made.versionId }]);
    expect(await registry.getSnapshot({ snapshotId: artifact('none').sha256 })).toBeNull();
  });

  test('a version is found by number and by id, and nothing else', async () => {
    const model = await world.model();
    const { versionId, number } = await world.candidate(model, 1);
    expect((await registry.getVersion({ model, version: number })).id).toBe(versionId);
    expect((await registry.getVersion({ model, version: versionId })).number).toBe(number);
    await expect(registry.getVersion({ model, version: 2 })).rejects.toMatchObject({
      code: 'VERSION_UNKNOWN',
    });
    await expect(registry.champion({ model: 'nobody' })).rejects.toMatchObject({ code: 'MODEL_UNKNOWN' });
    await expect(registry.getRetrain({ retrainId: 'nobody' })).rejects.toMatchObject({
      code: 'RETRAIN_UNKNOWN',
    });
  });
});

describe('the view of a champion', () => {
  test('shows the challenger from the shadow on, and none before', async () => {
    const model = await world.model();
    await world.champion(model, 1);
    const candidate = await world.candidate(model, 2);
    expect((await registry.champion({ model })).challenger).toBeNull();
    await registry.setRetrainStep({ retrainId: candidate.retrainId, step: 'shadow' });
    expect((await registry.champion({ model })).challenger).toMatchObject({
      id: candidate.versionId,
      number: 2,
    });
    await world.finish(candidate, 'refused');
    expect((await registry.champion({ model })).challenger).toBeNull();
  });

  test('pins what a retrain is judged against when it begins', async () => {
    const model = await world.model();
    const first = await world.champion(model, 1);
    const created = await registry.createRetrain(world.input(model));
    expect(created).toMatchObject({
      epoch: 1,
      specNumber: 1,
      champion: {
        versionId: first.versionId,
        number: 1,
        epoch: 1,
        probation: false,
        recipeHash: hashValue(recipe(1)),
      },
      superseded: null,
      repeated: false,
    });
  });
});

describe('commands under a key', () => {
  test('a key that stood for another request is refused', async () => {
    const model = await world.model();
    await world.champion(model, 1);
    await world.champion(model, 2);
    const idempotencyKey = randomUUID();
    await world.rollback(model, { idempotencyKey });
    await expect(world.rollback(model, { idempotencyKey, toVersion: 2 })).rejects.toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
    });
  });

  test('only those who may roll back do', async () => {
    const model = await world.model();
    await world.champion(model, 1);
    await world.champion(model, 2);
    const viewer = { subject: 'vic', roles: ['viewer' as const, 'researcher' as const] };
    await expect(world.rollback(model, { actor: viewer })).rejects.toMatchObject({ code: 'ROLE_MISSING' });
    expect(await world.rollback(model, { actor: LEE })).toMatchObject({ toVersion: 1 });
  });

  test('specs are numbered, and the same spec again is not another', async () => {
    const model = await world.model();
    const apply = (trials: number) =>
      registry.applySpec({
        spec: spec(model, { training: { trials } }),
        actor: LEE,
        secondPerson: null,
        reason: '',
      });
    expect(await apply(30)).toMatchObject({ number: 2, changed: true });
    expect(await apply(30)).toMatchObject({ number: 2, changed: false });
    expect(await apply(20)).toMatchObject({ number: 3, changed: true });
    expect(await apply(30)).toMatchObject({ number: 4, changed: true });
    expect(await registry.currentSpec({ model })).toMatchObject({ number: 4, author: 'lee' });
    expect((await registry.specByNumber({ model, number: 3 })).spec.training.trials).toBe(20);
  });
});
