import { appendFile, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FolderArtifactStore } from '../../../registry/artifacts/folder-store.ts';
import { backup } from '../../../registry/backup/backup.ts';
import type { BackupManifest } from '../../../registry/backup/backup-manifest.ts';
import { restore } from '../../../registry/backup/restore.ts';
import { openRegistry } from '../../../registry/registry.ts';
import type { Registry } from '../../../registry/registry.ts';
import { testDatabase } from '../../postgres.ts';
import { code, openBench } from './registry-bench.ts';
import type { RegistryBench } from './registry-bench.ts';
import { RegistryWorld } from './world.ts';

let bench: RegistryBench;
let folder: string;
let store: FolderArtifactStore;
let saved: BackupManifest;
let model: string;
let backupFolder: string;

beforeAll(async () => {
  bench = await openBench('backup');
  folder = await mkdtemp(join(tmpdir(), 'contender-backup-'));
  store = new FolderArtifactStore(join(folder, 'artifacts'));
  backupFolder = join(folder, 'backup');
  model = await bench.world.model();
  await bench.world.champion(model, 1);
  await bench.world.champion(model, 2);
  await bench.world.rollback(model, { reason: 'tabs\tand \\ back\\slashes\nand 回滾' });
  await store.put(Buffer.from('the bytes of a model'), 'application/octet-stream');
  saved = await backup({ url: bench.url, artifacts: store, folder: backupFolder });
});
afterAll(async () => {
  await bench.close();
  await rm(folder, { recursive: true });
});

/** An empty host: a database without tables and an empty folder of artifacts. */
async function onEmptyHost(
  use: (host: { url: string; artifacts: FolderArtifactStore; registry: Registry }) => Promise<void>,
): Promise<void> {
  const database = await testDatabase({ schema: 'empty' });
  const artifacts = new FolderArtifactStore(await mkdtemp(join(folder, 'host-')));
  const registry = openRegistry({ url: database.url, applicationName: 'restored' });
  try {
    await use({ url: database.url, artifacts, registry });
  } finally {
    await registry.close();
    await database.drop();
  }
}

describe('a backup on an empty host', () => {
  test('is the same registry: every table, the chain, the champion, the artifacts', async () => {
    await onEmptyHost(async ({ url, artifacts, registry }) => {
      const report = await restore({ url, artifacts, folder: backupFolder });
      expect(report).toMatchObject({ artifacts: 1, auditRows: saved.anchor.heads[0]?.seq });
      expect(await registry.verifyAudit({ model: null, anchor: saved.anchor })).toMatchObject({ ok: true });
      expect(await registry.champion({ model })).toEqual(await bench.registry.champion({ model }));
      expect(await registry.reigns({ model })).toEqual(await bench.registry.reigns({ model }));
      expect(await registry.auditTrail({ model, limit: 100 })).toEqual(
        await bench.registry.auditTrail({ model, limit: 100 }),
      );
      const again = await backup({ url, artifacts, folder: `${artifacts.root}-again` });
      const compared = (manifest: BackupManifest) =>
        manifest.tables.filter(({ name }) => name !== 'restores').map(({ name, rows }) => [name, rows]);
      expect(compared(again)).toEqual(compared(saved));
    });
  });

  test('promotes nothing before it was reconciled, and rolls back all the same', async () => {
    await onEmptyHost(async ({ url, artifacts, registry }) => {
      await restore({ url, artifacts, folder: backupFolder });
      const world = new RegistryWorld(registry);
      const { epoch } = await registry.champion({ model });
      expect(await world.rollback(model, { toVersion: 2 })).toMatchObject({ epoch: epoch + 1 });
      const candidate = await world.candidate(model, 3);
      const decision = await world.approved(candidate);
      await expect(world.promote(candidate, decision)).rejects.toMatchObject(code('RESTORE_UNRECONCILED'));
      const { restored } = await registry.unreconciledRestore();
      expect(restored).toMatchObject({ takenAt: saved.takenAt });
      await registry.reconcileRestore({
        actor: { subject: 'ops', roles: ['admin'] },
        reason: 'nothing ran since',
        ended: [],
      });
      expect(await world.promote(candidate, decision)).toMatchObject({ epoch: epoch + 2 });
      expect(await registry.verifyAudit({ model: null, anchor: saved.anchor })).toMatchObject({ ok: true });
    });
  });

  test('what ran since the backup does not promote into it: its evidence is not there', async () => {
    const later = await bench.world.candidate(model, 7);
    const decision = await bench.world.approved(later);
    await bench.world.promote(later, decision);
    await bench.world.finish(later);
    await onEmptyHost(async ({ url, artifacts, registry }) => {
      await restore({ url, artifacts, folder: backupFolder });
      await expect(new RegistryWorld(registry).promote(later, decision)).rejects.toMatchObject(
        code('RETRAIN_UNKNOWN'),
      );
    });
  });

  test('is refused over a registry that holds models', async () => {
    await expect(restore({ url: bench.url, artifacts: store, folder: backupFolder })).rejects.toMatchObject(
      code('RESTORE_TARGET_OCCUPIED'),
    );
  });
});

describe('a damaged backup', () => {
  test('is refused before the database is touched: a table, an artifact, the manifest', async () => {
    const damaged = join(folder, 'damaged');
    await backup({ url: bench.url, artifacts: store, folder: damaged });
    const table = join(damaged, 'tables', 'audit.copy');
    const whole = await readFile(table);
    const attempt = () =>
      onEmptyHost(async ({ url, artifacts, registry }) => {
        await restore({ url, artifacts, folder: damaged }).catch(async (error: unknown) => {
          await expect(registry.listModels().then((models) => models.length)).rejects.toBeDefined();
          throw error;
        });
      });
    await appendFile(table, 'x');
    await expect(attempt()).rejects.toMatchObject(code('BACKUP_BROKEN'));
    await rm(table);
    await expect(attempt()).rejects.toMatchObject(code('BACKUP_BROKEN'));
    await writeFile(table, whole);
    await rm(join(damaged, 'manifest.json'));
    await expect(attempt()).rejects.toMatchObject(code('BACKUP_BROKEN'));
  });

  test('is not made: an artifact that is damaged in the store is named, and no folder is left', async () => {
    const bad = new FolderArtifactStore(join(folder, 'bad'));
    const { sha256 } = await bad.put(Buffer.from('good'), 'text/plain');
    await writeFile(join(folder, 'bad', sha256.slice(0, 2), sha256), 'evil');
    await expect(
      backup({ url: bench.url, artifacts: bad, folder: join(folder, 'never') }),
    ).rejects.toMatchObject(code('STORED_ARTIFACT_CORRUPT'));
    expect((await readdir(folder)).filter((name) => name.startsWith('never'))).toEqual([]);
  });

  test('is not made: the line is lost that keeps garbage collection out, and no folder is left', async () => {
    const unguarded = new FolderArtifactStore(store.root);
    unguarded.list = async function* () {
      yield* store.list();
      await bench.root.query(
        `select pg_terminate_backend(pid, 5000) from pg_locks where locktype = 'advisory' and objid = 7041778`,
      );
    };
    await expect(
      backup({ url: bench.url, artifacts: unguarded, folder: join(folder, 'never') }),
    ).rejects.toMatchObject(code('REGISTRY_UNREACHABLE'));
    expect((await readdir(folder)).filter((name) => name.startsWith('never'))).toEqual([]);
  });

  test('never replaces one that is there', async () => {
    await expect(backup({ url: bench.url, artifacts: store, folder: backupFolder })).rejects.toMatchObject(
      code('BACKUP_OCCUPIED'),
    );
  });
});
