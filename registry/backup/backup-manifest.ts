import { z } from 'zod';
import { Instant, ModelName, Sha256 } from '../../contracts/primitives.ts';

/** What a backup folder says of itself, in manifest.json: written last, so a folder without it is no backup. */
export const BackupManifest = z.strictObject({
  schema: z.literal(1),
  takenAt: Instant.describe('wall time of the snapshot that every table is of'),
  migrations: z.array(z.string()).min(1).describe('migrations in force, in order'),
  tables: z.array(
    z.strictObject({
      name: z.string().regex(/^[a-z_]+$/u),
      columns: z.array(z.string().regex(/^[a-z_]+$/u)).min(1),
      rows: z.int().min(0),
      sha256: Sha256.describe('of the file tables/<name>.copy'),
    }),
  ),
  sequences: z.array(
    z.strictObject({ table: z.string(), column: z.string(), next: z.int().min(1).describe('next number') }),
  ),
  anchor: z.strictObject({
    schema: z.literal(1),
    heads: z.array(z.strictObject({ model: ModelName, seq: z.int().min(1), hash: Sha256 })),
    digest: Sha256,
  }),
  artifacts: z.strictObject({ count: z.int().min(0), bytes: z.int().min(0) }),
});
export type BackupManifest = z.infer<typeof BackupManifest>;

export const MANIFEST_FILE = 'manifest.json';
export const TABLES_FOLDER = 'tables';
export const ARTIFACTS_FOLDER = 'artifacts';

/** Shared by a backup, exclusive for garbage collection: nothing is collected that a backup is about to copy. */
export const ARTIFACTS_LOCK = 7_041_778;
