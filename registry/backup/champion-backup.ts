import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { ArtifactRef, Instant, ModelName, Sha256 } from '../../contracts/primitives.ts';
import { SnapshotRef } from '../../contracts/snapshot.ts';
import { artifactsOf, VersionManifest } from '../../contracts/version.ts';
import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import { FolderArtifactStore } from '../artifacts/folder-store.ts';
import { ChampionNotBackedUp } from '../errors.ts';

/** What is written beside the bytes: enough to find and to understand them without the registry. */
export const ChampionBackup = z.strictObject({
  schema: z.literal(1),
  model: ModelName,
  number: z.int().min(1),
  versionId: Sha256,
  takenAt: Instant,
  manifest: VersionManifest,
  snapshot: SnapshotRef,
  artifacts: z
    .array(ArtifactRef)
    .min(1)
    .describe('model, parity set, feature code, and the rows it was trained on'),
});
export type ChampionBackup = z.infer<typeof ChampionBackup>;

export interface ChampionBytes extends Pick<ChampionBackup, 'model' | 'number' | 'versionId' | 'takenAt'> {
  readonly manifest: VersionManifest;
  readonly snapshot: SnapshotRef;
}

/** Champions of a model that are kept: the way back, and the one before it. */
const KEPT = 3;
/** Bytes are younger than the file that names them while another model's champion is being copied. */
const GRACE_MS = 48 * 3_600_000;
const BYTES_FOLDER = 'artifacts';
const MEDIA_TYPE = 'application/octet-stream';

/**
 * Copies a champion and the data it was trained on out of the artifact store, each verified against its hash on the way,
 * and drops the oldest beyond three of the model. Repeated, it copies only what is missing or damaged there.
 *
 * @param folder of the backups of all models
 * @throws ArtifactMissing, StoredArtifactCorrupt: the champion is not whole, and nothing is dropped; ArtifactStoreUnavailable
 */
export async function backUpChampion(
  from: ArtifactStore,
  folder: string,
  champion: ChampionBytes,
): Promise<ChampionBackup> {
  const { manifest, snapshot } = champion;
  const artifacts = uniqueRefs([
    ...artifactsOf(manifest),
    ...[snapshot.manifest, snapshot.rows, snapshot.returns, snapshot.featureCode],
  ]);
  const to = new FolderArtifactStore(join(folder, BYTES_FOLDER));
  for (const ref of artifacts) await to.putFile(await from.localFile(ref), MEDIA_TYPE);
  const backup: ChampionBackup = { schema: 1, ...champion, artifacts };
  const path = join(folder, backup.model, `${String(backup.number)}.json`);
  await mkdir(join(folder, backup.model), { recursive: true });
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, `${JSON.stringify(backup, undefined, 2)}\n`, { flush: true });
  await rename(temporary, path);
  await dropOld(folder, backup, to);
  return backup;
}

/** Backups of a model, newest first; of every model for null. Files that are no backup are passed over. */
export async function championBackups(
  folder: string,
  model: string | null,
): Promise<readonly ChampionBackup[]> {
  const models = model === null ? (await names(folder)).filter((name) => name !== BYTES_FOLDER) : [model];
  const found: ChampionBackup[] = [];
  for (const name of models) {
    for (const file of (await names(join(folder, name))).filter((entry) => /^\d+\.json$/u.test(entry))) {
      const text = await readFile(join(folder, name, file), 'utf8');
      const parsed = ChampionBackup.safeParse(parsedJson(text));
      if (parsed.success) found.push(parsed.data);
    }
  }
  return found.toSorted((a, b) => (a.takenAt < b.takenAt ? 1 : -1));
}

/**
 * Puts the bytes of a backed-up champion back into the artifact store, where they are missing or damaged there.
 *
 * @param number of the version; null: the newest backup of the model
 * @throws ChampionNotBackedUp, ArtifactMissing, StoredArtifactCorrupt, ArtifactStoreUnavailable
 */
export async function restoreChampion(
  to: ArtifactStore,
  folder: string,
  { model, number }: { readonly model: string; readonly number: number | null },
): Promise<ChampionBackup> {
  const all = await championBackups(folder, model);
  const backup = number === null ? all[0] : all.find((candidate) => candidate.number === number);
  if (backup === undefined) {
    const held = all.map((candidate) => String(candidate.number)).join(', ');
    throw new ChampionNotBackedUp(
      `${folder} holds no backup of ${number === null ? 'a champion' : `version ${String(number)}`} of ${model}`,
      { remedy: held === '' ? 'Restore a whole backup instead.' : `Versions there: ${held}.` },
    );
  }
  const from = new FolderArtifactStore(join(folder, BYTES_FOLDER));
  for (const ref of backup.artifacts) await to.putFile(await from.localFile(ref), ref.mediaType);
  return backup;
}

async function dropOld(folder: string, newest: ChampionBackup, bytes: FolderArtifactStore): Promise<void> {
  const own = await championBackups(folder, newest.model);
  for (const { number } of own.slice(KEPT)) {
    await rm(join(folder, newest.model, `${String(number)}.json`), { force: true });
  }
  const kept = await championBackups(folder, null);
  const named = new Set(kept.flatMap(({ artifacts }) => artifacts.map(({ sha256 }) => sha256)));
  const before = new Date(Date.parse(newest.takenAt) - GRACE_MS);
  for await (const { sha256 } of bytes.list()) if (!named.has(sha256)) await bytes.remove(sha256, before);
}

const uniqueRefs = (refs: readonly ArtifactRef[]): ArtifactRef[] => [
  ...new Map(refs.map((ref) => [ref.sha256, ref])).values(),
];

async function names(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    // Nothing has been kept yet. A folder that cannot be read is no empty one.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
