import { z } from 'zod';
import { ArtifactRef, Instant, Market, SessionDate, Sha256 } from './primitives.ts';
import { LabelSpec } from './spec.ts';

/**
 * The extracted training set, named by the hash of its identity. `rowHash` is that of the canonical rows (sorted keys,
 * IEEE bits, schema), never of Parquet bytes.
 */
export const SnapshotIdentity = z
  .strictObject({
    schema: z.literal(1),
    market: Market,
    asOf: Instant,
    featureSet: z.string(),
    featureCodeHash: Sha256,
    featureNames: z.array(z.string()).min(1).max(500),
    label: LabelSpec,
    calendarHash: Sha256,
    rowHash: Sha256,
    returnsHash: Sha256,
  })
  .meta({ id: 'SnapshotIdentity' });
export type SnapshotIdentity = z.infer<typeof SnapshotIdentity>;

export const SnapshotManifest = z
  .strictObject({
    snapshotId: Sha256.describe('SHA-256 of the canonical JSON of identity'),
    identity: SnapshotIdentity,
    shape: z.strictObject({
      rows: z.int().min(0),
      labelledRows: z.int().min(0),
      symbols: z.int().min(0),
      sessions: z.int().min(0),
      firstSession: SessionDate,
      lastSession: SessionDate,
      lastLabelSession: SessionDate.describe('newest session whose label is known at asOf (label embargo)'),
    }),
    provenance: z.strictObject({
      createdAt: Instant,
      extractionSeconds: z.number().min(0),
      sources: z.array(z.strictObject({ file: z.string(), sha256: Sha256, rows: z.int().min(0) })),
      droppedRows: z.record(z.string(), z.int().min(0)).describe('count by reason'),
    }),
  })
  .meta({ id: 'SnapshotManifest' });
export type SnapshotManifest = z.infer<typeof SnapshotManifest>;

/**
 * Where a snapshot's parts lie in the artifact store.
 *
 * `rows` (Parquet, sorted by session, symbol): symbol VARCHAR, session DATE, session_index INTEGER (position in the
 * market's calendar), one FLOAT column per feature (NaN where unknown), label FLOAT (null where not yet known).
 * `returns` (Parquet, sorted by session, symbol): symbol, session, session_index, ret DOUBLE (adjusted close-to-close
 * return of that session over the session before, as known at asOf), tradable BOOLEAN (a bar with volume exists),
 * limit_lock TINYINT (1, -1: the close stands at the upper, lower daily limit), shortable BOOLEAN (no ban on short sales).
 */
export const SnapshotRef = z
  .strictObject({
    snapshotId: Sha256,
    rows: ArtifactRef,
    returns: ArtifactRef,
    manifest: ArtifactRef,
    featureCode: ArtifactRef.describe(
      'the SQL of the feature set, stored so that a version can be scored with its own',
    ),
    shape: SnapshotManifest.shape.shape,
    featureNames: z.array(z.string()),
  })
  .meta({ id: 'SnapshotRef' });
export type SnapshotRef = z.infer<typeof SnapshotRef>;
