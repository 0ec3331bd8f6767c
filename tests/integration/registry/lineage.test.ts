import { trainedManifest } from '../../../contracts/version.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { code, openBench, type RegistryBench } from './registry-bench.ts';
import { snapshotOf } from './world.ts';

let bench: RegistryBench;
beforeAll(async () => {
  bench = await openBench('lineage test');
});
afterAll(async () => {
  await bench.close();
});

describe('lineage', () => {
  it('leads from a version to snapshot, spec, retrains, code and environment, and back', async () => {
    const { world, registry } = bench;
    const model = await world.model();
    const made = await world.champion(model, 1);
    const found = await registry.versionLineage({ model, version: 1 });
    const { manifest } = await registry.getVersion({ model, version: 1 });
    expect(found).toMatchObject({
      ...{ model, version: 1, versionId: made.versionId, state: 'registered' },
      snapshot: { id: snapshotOf(made.asOf).manifest.snapshotId, asOf: made.asOf, collectedAt: null },
      featureCodeHash: manifest.identity.featureCodeHash,
      environment: trainedManifest(manifest)?.identity.environment,
      artifacts: manifest.artifacts,
      retrains: [
        { retrainId: made.retrainId, status: 'promoted', specNumber: 1, specAuthor: 'ana', requester: 'ana' },
      ],
    });
    const back = await registry.snapshotLineage({ snapshot: found.snapshot.id.slice(0, 12) });
    expect(back.snapshot).toEqual(found.snapshot);
    expect(back.versions).toEqual([
      { model, version: 1, versionId: made.versionId, state: 'registered', champion: true, reigns: 1 },
    ]);
    expect(back.retrains.map(({ retrainId }) => retrainId)).toContain(made.retrainId);
  });

  it('names every retrain that made the same version, and every model of one snapshot', async () => {
    const { world, registry } = bench;
    const [one, other] = [await world.model(), await world.model()];
    const asOf = '2031-01-31T19:00:00.000Z';
    const a = await world.candidate(one, 7, { asOf });
    await world.finish(a, 'refused');
    const again = await world.candidate(one, 7, { asOf });
    expect(again.versionId).toBe(a.versionId);
    const { retrains } = await registry.versionLineage({ model: one, version: a.number });
    expect(retrains.map(({ status }) => status)).toEqual(['refused', 'open']);
    const b = await world.candidate(other, 7, { asOf });
    const { versions } = await registry.snapshotLineage({ snapshot: snapshotOf(asOf).manifest.snapshotId });
    expect(versions.map(({ model, versionId }) => [model, versionId]).sort()).toEqual(
      [
        [one, a.versionId],
        [other, b.versionId],
      ].sort(),
    );
  });

  it('says what it does not know', async () => {
    const { registry, world } = bench;
    const model = await world.model();
    await expect(registry.versionLineage({ model, version: 9 })).rejects.toMatchObject(
      code('VERSION_UNKNOWN'),
    );
    await expect(registry.snapshotLineage({ snapshot: 'f'.repeat(64) })).rejects.toMatchObject(
      code('SNAPSHOT_UNKNOWN'),
    );
    for (let month = 0; month < 17; month += 1) await world.candidate(await world.model(), 1);
    // Seventeen ids and sixteen first characters: two begin alike.
    const { rows } = await bench.root.query<{ first: string }>(
      'select left(id, 1) as first from snapshots group by 1 having count(*) > 1 limit 1',
    );
    await expect(registry.snapshotLineage({ snapshot: rows[0]?.first ?? '' })).rejects.toMatchObject(
      code('SNAPSHOT_AMBIGUOUS'),
    );
  });
});
