import { createHash } from 'node:crypto';
import pg from 'pg';
import { canonicalJson } from '../../../contracts/canonical.ts';
import type { ArtifactRef } from '../../../contracts/primitives.ts';
import { ModelSpec } from '../../../contracts/spec.ts';
import { Recipe } from '../../../contracts/training.ts';
import { VersionManifest, type VersionIdentity } from '../../../contracts/version.ts';
import type { ArtifactStore } from '../../../registry/artifacts/artifact-store.ts';
import { FEATURES, modelBytes, type FixtureModel } from '../../unit/serving/fixtures.ts';

const sha256 = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex');
const NOBODY: ArtifactRef = { sha256: sha256('nothing'), bytes: 7, mediaType: 'text/plain' };

export interface SeedOptions {
  readonly model: string;
  /** One version per entry, numbered from 1, from a fixture or a model's bytes; each was champion once, in this order. */
  readonly fixtures: readonly (FixtureModel | Uint8Array)[];
  readonly serving?: Partial<ModelSpec['serving']>;
  /** Features that were missing in training; default: all. */
  readonly missing?: readonly string[];
  readonly dataFolder?: string;
  /** Text of the feature set stored with the versions, or with each of them, and the features that they take, in order. */
  /** Further sections of the spec. */
  readonly spec?: Readonly<Record<string, unknown>>;
  /** Business time at which the reigns began; default: yesterday. */
  readonly reignFrom?: string;
  /** Parity sets of the versions, in order; default: none that exists. */
  readonly parity?: readonly ArtifactRef[];
  readonly features?: { readonly sql: string | readonly string[]; readonly names: readonly string[] };
}

export interface SeededModel {
  readonly model: string;
  readonly manifests: readonly VersionManifest[];
  readonly spec: ModelSpec;
}

/**
 * Puts a model with a history of reigns into an empty, migrated database: version k reigned in epoch k. The evidence of those
 * reigns is another suite's matter, so their rows are written past the triggers; every swap after that goes through the
 * registry and all its rules.
 */
export async function seedModel(
  url: string,
  artifacts: ArtifactStore,
  options: SeedOptions,
): Promise<SeededModel> {
  const data = options.dataFolder ?? './data/tw';
  const spec = ModelSpec.parse({
    model: options.model,
    market: 'XTAI',
    data,
    serving: options.serving ?? {},
    ...options.spec,
  });
  const { sql } = options.features ?? { sql: 'no features are asked for' };
  const manifests: VersionManifest[] = [];
  for (const [index, fixture] of options.fixtures.entries()) {
    const onnx = await artifacts.put(
      typeof fixture === 'string' ? modelBytes(fixture) : fixture,
      'application/onnx',
    );
    const text = typeof sql === 'string' ? sql : (sql[index] ?? '');
    const featureCode = await artifacts.put(new TextEncoder().encode(text), 'application/sql');
    manifests.push(manifestOf(options, onnx, featureCode, index + 1));
  }
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("begin; set local session_replication_role = 'replica'");
    await insertModel(client, spec, manifests, options.reignFrom ?? null);
    await client.query('commit');
  } finally {
    await client.end();
  }
  return { model: options.model, manifests, spec };
}

function manifestOf(
  options: SeedOptions,
  onnx: ArtifactRef,
  featureCode: ArtifactRef,
  number: number,
): VersionManifest {
  const names = options.features?.names ?? FEATURES;
  const label = { kind: 'forward_return_rank', horizonSessions: 5, entryDelaySessions: 1 } as const;
  const recipe = Recipe.parse({
    market: 'XTAI',
    featureSet: 'price_volume',
    features: names,
    label,
    portfolio: {},
    params: {
      objective: 'regression',
      numLeaves: 7,
      learningRate: 0.2,
      maxIterations: 20,
      earlyStoppingRounds: 0,
      minDataInLeaf: 20,
      featureFraction: 1,
      baggingFraction: 1,
      lambdaL2: 0,
      maxBin: 255,
    },
    foldPlan: { trainSessions: 100, testSessions: 20, purgeSessions: 6, embargoSessions: 0 },
  });
  const identity: VersionIdentity = {
    schema: 1,
    model: options.model,
    onnxSha256: onnx.sha256,
    nativeModelSha256: NOBODY.sha256,
    featureNames: [...names],
    featureSet: 'price_volume',
    featureCodeHash: featureCode.sha256,
    snapshotId: sha256(`snapshot of ${options.model}`),
    recipe,
    iterations: 20,
    seed: number,
    environment: {
      python: '3.11',
      lightgbm: '4.7.0',
      numpy: '2.4.6',
      lockHash: NOBODY.sha256,
      threads: 1,
      cpuClass: 'test',
    },
  };
  const missing = new Set(options.missing ?? names);
  const featureMoments = names.map((feature) => ({
    feature,
    mean: 0,
    standardDeviation: 1,
    missing: missing.has(feature) ? 0.05 : 0,
  }));
  return VersionManifest.parse({
    versionId: sha256(canonicalJson(identity)),
    identity,
    artifacts: { onnx, nativeModel: NOBODY, featureCode, parity: options.parity?.[number - 1] ?? NOBODY },
    provenance: { featureMoments },
  });
}

async function insertModel(
  client: pg.Client,
  spec: ModelSpec,
  manifests: readonly VersionManifest[],
  reignFrom: string | null,
): Promise<void> {
  const { model } = spec;
  await client.query('insert into models (model) values ($1)', [model]);
  await client.query(
    `insert into specs (model, number, spec, hash, author) values ($1, 1, $2, $3, 'researcher')`,
    [model, JSON.stringify(spec), sha256(canonicalJson(spec))],
  );
  await client.query(
    `insert into snapshots (id, market, as_of, manifest, ref) values ($1, 'XTAI', '2024-01-01', '{}', '{}')`,
    [sha256(`snapshot of ${model}`)],
  );
  for (const [index, manifest] of manifests.entries()) {
    await client.query(
      `insert into versions (id, model, number, identity, manifest, snapshot_id, recipe_hash, retain_until)
       values ($1, $2, $3, $4, $5, $6, $7, now() + interval '1 year')`,
      [
        manifest.versionId,
        model,
        index + 1,
        canonicalJson(manifest.identity),
        JSON.stringify(manifest),
        manifest.identity.snapshotId,
        sha256(canonicalJson(manifest.identity.recipe)),
      ],
    );
    const from = manifests[index - 1]?.versionId ?? null;
    await client.query(
      `insert into reigns (model, epoch, version_id, from_version_id, previous_id, cause, actor, reason, business_at,
         recorded_at, audit_seq, outbox_id)
       values ($1, $2, $3, $4, $4, 'rollback', 'test', 'seeded',
         coalesce($5::timestamptz, now() - interval '1 day'), now() - interval '1 hour', 1, 1)`,
      [model, index + 1, manifest.versionId, from, reignFrom],
    );
  }
  await client.query(
    'insert into champions (model, epoch, champion_id, previous_id) values ($1, $2, $3, $4)',
    [model, manifests.length, manifests.at(-1)?.versionId ?? null, manifests.at(-2)?.versionId ?? null],
  );
}
