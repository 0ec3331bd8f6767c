import { z } from 'zod';
import { Reason } from './api/text.ts';
import { ArtifactRef, Sha256 } from './primitives.ts';
import { ModelOrigin } from './version.ts';

const FeatureNames = z.array(z.string().min(1).max(200)).min(1).max(500);

/** A model made elsewhere that is to become a version. Its files are in the artifact store already. */
export const RegisterVersion = z
  .strictObject({
    snapshotId: Sha256.describe('what it was fitted on; a snapshot that the registry knows'),
    features: FeatureNames.describe('columns of the snapshot, in the order of the model'),
    origin: ModelOrigin,
    onnx: ArtifactRef.describe(
      'the file that servers run: one tree ensemble, as `contender convert` writes it',
    ),
    parity: ArtifactRef.describe(
      'Parquet: kind VARCHAR (recent, threshold, nan), one FLOAT column per feature, expected DOUBLE by the library itself',
    ),
    reason: Reason,
  })
  .meta({ id: 'RegisterVersion' });
export type RegisterVersion = z.infer<typeof RegisterVersion>;

/** What was found when a model file was run against the predictions of the library that it came from. */
export const ModelExamination = z
  .strictObject({
    trees: z.int().min(1),
    parity: z.strictObject({
      rows: z.int().min(1),
      mismatches: z.int().min(0).describe('rows of which any bit differs; a version has none'),
      firstMismatch: z
        .strictObject({ row: z.int(), kind: z.string(), expected: z.number(), actual: z.number() })
        .nullable(),
      byKind: z.record(z.string(), z.strictObject({ rows: z.int(), mismatches: z.int() })),
    }),
    scoreQuantiles: z.array(z.number()).describe('0, .01, ... 1 over the recent rows'),
    featureMoments: z
      .array(
        z.strictObject({
          feature: z.string(),
          mean: z.number(),
          standardDeviation: z.number().min(0),
          missing: z.number().min(0).max(1),
        }),
      )
      .describe('of the recent rows of the parity set'),
  })
  .meta({ id: 'ModelExamination' });
export type ModelExamination = z.infer<typeof ModelExamination>;

export const RegisteredModel = z
  .strictObject({
    versionId: Sha256,
    number: z.int().min(1),
    linked: z.boolean().describe('true when this very version had been registered before'),
    trees: z.int().min(1),
    parityRows: z.int().min(1).describe('compared bit for bit, without a tolerance'),
  })
  .meta({ id: 'RegisteredModel' });
export type RegisteredModel = z.infer<typeof RegisteredModel>;
