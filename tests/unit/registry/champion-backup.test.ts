import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FolderArtifactStore } from '../../../registry/artifacts/folder-store.ts';
import {
  backUpChampion,
  championBackups,
  type ChampionBytes,
  restoreChampion,
} from '../../../registry/backup/champion-backup.ts';
import { manifestOf, snapshotOf } from '../../integration/registry/world.ts';

let root: string;
let store: FolderArtifactStore;
let folder: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'contender-champion-backup-'));
  store = new FolderArtifactStore(join(root, 'store'));
  folder = join(root, 'backups');
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const pathOf = (inside: string, sha256: string): string => join(root, inside, sha256.slice(0, 2), sha256);

/** A champion whose every artifact is in the store. */
async function champion(number: number, takenAt: string): Promise<ChampionBytes> {
  const asOf = `2019-0${String(number)}-01T19:00:00.000Z`;
  const { ref: snapshot } = snapshotOf(asOf);
  const manifest = manifestOf('tw-alpha', snapshot.snapshotId, number);
  const put = (text: string) => store.put(Buffer.from(text), 'application/octet-stream');
  const part = async (name: string) => put(`${name} of ${String(number)}`);
  return {
    ...{ model: 'tw-alpha', number, versionId: manifest.versionId, takenAt },
    manifest: {
      ...manifest,
      artifacts: {
        onnx: await part('onnx'),
        nativeModel: await part('native'),
        parity: await part('parity'),
        featureCode: await put('select 1'),
      },
    },
    snapshot: {
      ...snapshot,
      manifest: await part('manifest'),
      rows: await part('rows'),
      returns: await part('returns'),
      featureCode: await put('select 1'),
    },
  };
}

describe('the backup of a champion', () => {
  it('holds its model, its parity set, its feature code and the rows it was trained on', async () => {
    const backup = await backUpChampion(store, folder, await champion(1, '2020-01-01T00:00:00.000Z'));
    expect(backup.artifacts).toHaveLength(7);
    const copies = new FolderArtifactStore(join(folder, 'artifacts'));
    for (const ref of backup.artifacts) expect(await copies.has(ref.sha256)).toBe(true);
    expect(await championBackups(folder, 'tw-alpha')).toEqual([backup]);
  });

  it('brings back what was deleted or damaged in the store, byte for byte', async () => {
    const bytes = await champion(1, '2020-01-01T00:00:00.000Z');
    await backUpChampion(store, folder, bytes);
    const { onnx } = bytes.manifest.artifacts;
    await store.remove(bytes.snapshot.rows.sha256);
    writeFileSync(pathOf('store', onnx.sha256), 'flipped');
    await expect(store.get(onnx)).rejects.toMatchObject({ code: 'STORED_ARTIFACT_CORRUPT' });

    expect(await restoreChampion(store, folder, { model: 'tw-alpha', number: null })).toMatchObject({
      number: 1,
    });
    expect(Buffer.from(await store.get(onnx)).toString()).toBe('onnx of 1');
    expect(Buffer.from(await store.get(bytes.snapshot.rows)).toString()).toBe('rows of 1');
  });

  it('refuses a champion that is not whole, and keeps the backups there are', async () => {
    await backUpChampion(store, folder, await champion(1, '2020-01-01T00:00:00.000Z'));
    const broken = await champion(2, '2020-02-01T00:00:00.000Z');
    await store.remove(broken.snapshot.returns.sha256);
    await expect(backUpChampion(store, folder, broken)).rejects.toMatchObject({ code: 'ARTIFACT_MISSING' });
    expect((await championBackups(folder, 'tw-alpha')).map(({ number }) => number)).toEqual([1]);
  });

  it('keeps the last three champions of a model, and of the dropped one nothing that others need', async () => {
    for (const number of [1, 2, 3, 4]) {
      await backUpChampion(store, folder, await champion(number, `2020-0${String(number)}-01T00:00:00.000Z`));
    }
    // Wall time long after the bytes were stored, so that what nobody names may go.
    const last = await champion(5, '2100-01-01T00:00:00.000Z');
    await backUpChampion(store, folder, last);
    expect((await championBackups(folder, 'tw-alpha')).map(({ number }) => number)).toEqual([5, 4, 3]);
    const copies = new FolderArtifactStore(join(folder, 'artifacts'));
    const gone = await champion(1, '2020-01-01T00:00:00.000Z');
    expect(await copies.has(gone.snapshot.rows.sha256)).toBe(false);
    expect(await copies.has(gone.snapshot.featureCode.sha256)).toBe(true);
    expect(await copies.has(last.snapshot.rows.sha256)).toBe(true);
  });

  it('says which versions there are when another one is asked for', async () => {
    await backUpChampion(store, folder, await champion(2, '2020-01-01T00:00:00.000Z'));
    await expect(restoreChampion(store, folder, { model: 'tw-alpha', number: 9 })).rejects.toMatchObject({
      ...{ code: 'CHAMPION_NOT_BACKED_UP', remedy: 'Versions there: 2.' },
    });
    await expect(restoreChampion(store, folder, { model: 'us-alpha', number: null })).rejects.toMatchObject({
      code: 'CHAMPION_NOT_BACKED_UP',
    });
  });

  it('passes over files that are no backup', async () => {
    await backUpChampion(store, folder, await champion(2, '2020-01-01T00:00:00.000Z'));
    writeFileSync(join(folder, 'tw-alpha', '7.json'), '{');
    expect((await championBackups(folder, null)).map(({ number }) => number)).toEqual([2]);
  });
});
