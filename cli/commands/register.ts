import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { Sha256, type ArtifactRef } from '../../contracts/primitives.ts';
import { RegisterVersion } from '../../contracts/registration.ts';
import { SnapshotManifest, type SnapshotRef } from '../../contracts/snapshot.ts';
import { ModelOrigin } from '../../contracts/version.ts';
import { registerVersion } from '../../control/register-version.ts';
import { openArtifactStore } from '../../registry/artifacts/open-store.ts';
import type { ArtifactStore } from '../../registry/artifacts/artifact-store.ts';
import { IdentityMismatch } from '../../registry/errors.ts';
import { hashValue } from '../../registry/hash.ts';
import { requireRegistrar } from '../../registry/imports.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { requireActorOn } from '../identity.ts';
import { withRegistry } from '../registry.ts';

interface RegisterOptions {
  readonly snapshot: string;
  readonly reason: string;
  readonly token?: string;
  readonly key?: string;
}

/** What the folder says of its files; `contender convert` writes one. More fields are none of ours. */
const ModelFolder = z.object({
  ...ModelOrigin.shape,
  features: RegisterVersion.shape.features,
  onnxSha256: Sha256,
  paritySha256: Sha256,
});
type ModelFolder = z.infer<typeof ModelFolder>;

const MANIFEST = 'conversion.json';
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;
/** As much of a model as is ever looked at, and a parity set of ten times the rows that `convert` takes. */
const MAX_FILE_BYTES = { 'model.onnx': 512 * 1024 ** 2, 'parity.parquet': 2 * 1024 ** 3 } as const;
const PARQUET = 'application/vnd.apache.parquet';

export function register(program: Command, context: CliContext): void {
  program
    .command('register')
    .argument('<model>', 'name of the model')
    .argument('<folder>', `folder with ${MANIFEST}, model.onnx and parity.parquet, as "convert" writes it`)
    .description('make a version of a model that was fitted elsewhere; servers and batch scoring can use it')
    .requiredOption(
      '--snapshot <folder|id>',
      'what it was fitted on: a folder of "extract", or the id of a snapshot that the registry knows',
    )
    .requiredOption('--reason <text>', 'why; becomes part of the audit')
    .option('--key <text>', 'idempotency key; the same one again changes nothing')
    .option(
      '--token <token>',
      'identity token of a researcher, quant lead or operator; default CONTENDER_TOKEN',
    )
    .addHelpText(
      'after',
      `
Examples:
  contender extract --data data/tw --features price_volume --as-of 2019-06-28T21:00:00.000Z --out snapshot
  contender convert model.joblib --rows recent.parquet --out converted --trusted
  contender register tw-alpha converted --snapshot snapshot --reason "forest of the research desk"
  contender register tw-alpha converted --snapshot 3f9a… --reason "the same" --key desk-42 --json
  contender score tw-alpha --session 2019-06-28 --model-version 4

The file is refused unless it is a plain tree ensemble that predicts what its library predicted, bit for bit. A registered
version can be scored, asked for by its number, pinned, and named as a challenger. It becomes no champion: no gate has judged it.`,
    )
    .action((model: string, folder: string, options: RegisterOptions) =>
      registerModel(context, model, folder, options),
    );
}

async function registerModel(
  context: CliContext,
  model: string,
  folder: string,
  { snapshot: where, reason, token, key }: RegisterOptions,
): Promise<void> {
  const manifest = await readManifest(folder);
  const actor = await requireActorOn(context, token, model);
  requireRegistrar(actor);
  const artifacts = openArtifactStore(context.config());
  const progress = context.output.progress('Comparing every row with the library it came from');
  try {
    const files = {
      onnx: await storedPart(artifacts, folder, 'model.onnx', manifest.onnxSha256, 'application/onnx'),
      parity: await storedPart(artifacts, folder, 'parity.parquet', manifest.paritySha256, PARQUET),
    };
    const snapshot = Sha256.safeParse(where).success ? null : await readSnapshot(artifacts, where);
    const { examineModel } = await import('../../serving/model-examination.ts');
    const { library, libraryVersion, estimator, features } = manifest;
    const registered = await withRegistry(context, (registry) =>
      registerVersion(
        { registry, artifacts, examine: examineModel },
        {
          ...{ model, actor, reason, features, snapshot, ...files },
          snapshotId: snapshot?.manifest.snapshotId ?? where,
          origin: { library, libraryVersion, estimator },
          idempotencyKey: `cli:${actor.subject}:${key ?? randomUUID()}`,
        },
      ),
    );
    progress.done();
    context.output.result({ model, ...registered }, () =>
      registered.linked
        ? `It is version ${String(registered.number)} of ${model} already (${registered.versionId}).`
        : `${estimator} of ${library} ${libraryVersion} is version ${String(registered.number)} of ${model} (${registered.versionId}): ${String(registered.trees)} trees, ${String(registered.parityRows)} rows the same to the last bit.`,
    );
  } finally {
    progress.done();
  }
}

async function readManifest(folder: string): Promise<ModelFolder> {
  const file = join(folder, MANIFEST);
  const remedy = `Write it with "contender convert", or by hand: docs/packaging.md lists its fields.`;
  let text: string;
  try {
    await requireFile(file, MAX_MANIFEST_BYTES, remedy);
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(`${file} cannot be read`, { cause, remedy });
  }
  const parsed = ModelFolder.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  const fields = [...new Set(parsed.error.issues.map(({ path }) => path.join('.') || 'the whole'))];
  throw new UsageError(`${file}: ${fields.join(', ')} does not fit`, { remedy, details: { fields } });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** A pipe or a device would be read for ever. Throws UsageError. */
async function requireFile(path: string, mostBytes: number, remedy: string): Promise<void> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new UsageError(`${path} cannot be read`, { cause, remedy });
  });
  if (!found.isFile()) throw new UsageError(`${path} is no plain file`, { remedy });
  if (found.size <= mostBytes) return;
  throw new UsageError(`${path} holds ${String(found.size)} bytes, at most ${String(mostBytes)} are taken`, {
    remedy,
  });
}

async function storedPart(
  artifacts: ArtifactStore,
  folder: string,
  name: keyof typeof MAX_FILE_BYTES,
  sha256: string,
  mediaType: string,
): Promise<ArtifactRef> {
  const path = join(folder, name);
  await requireFile(path, MAX_FILE_BYTES[name], 'Write the folder with "contender convert".');
  return storedFile(artifacts, path, sha256, mediaType);
}

/** Hashed before it is stored: what the manifest does not name never gets into the store. */
async function storedFile(
  artifacts: ArtifactStore,
  path: string,
  sha256: string,
  mediaType: string,
): Promise<ArtifactRef> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash).catch((cause: unknown) => {
    throw new UsageError(`${path} cannot be read`, { cause, remedy: 'Look at its permissions.' });
  });
  requireHash(path, sha256, hash.digest('hex'));
  const ref = await artifacts.putFile(path, mediaType);
  requireHash(path, sha256, ref.sha256);
  return ref;
}

const SNAPSHOT_FILES = ['manifest.json', 'rows.parquet', 'returns.parquet', 'features.sql'] as const;
const NO_SNAPSHOT =
  'Give a folder of "contender extract", which holds manifest.json, rows.parquet, returns.parquet and features.sql, or an id of 64 hexadecimal characters.';

/** A folder of `extract`: its manifest is held against its files before anything of it is stored. */
async function readSnapshot(
  artifacts: ArtifactStore,
  where: string,
): Promise<{ readonly manifest: SnapshotManifest; readonly ref: SnapshotRef }> {
  const folder = resolve(where);
  for (const name of SNAPSHOT_FILES) await requireFile(join(folder, name), Infinity, NO_SNAPSHOT);
  const parsed = SnapshotManifest.safeParse(
    jsonOf(await readFile(join(folder, 'manifest.json'), 'utf8').catch(() => '')),
  );
  if (!parsed.success) {
    throw new UsageError(`${where} is neither the id of a snapshot nor a folder of "contender extract"`, {
      remedy: NO_SNAPSHOT,
    });
  }
  const manifest = parsed.data;
  const { readReturns, readRows } = await import('../../extraction/table-files.ts');
  const { hashReturns, hashRows } = await import('../../extraction/canonical-hash.ts');
  const rows = join(folder, 'rows.parquet');
  const returns = join(folder, 'returns.parquet');
  const { identity } = manifest;
  requireHash('the identity of the snapshot', manifest.snapshotId, hashValue(identity));
  requireHash(rows, identity.rowHash, hashRows(await readRows(rows)));
  requireHash(returns, identity.returnsHash, hashReturns(await readReturns(returns)));
  const ref: SnapshotRef = {
    snapshotId: manifest.snapshotId,
    rows: await artifacts.putFile(rows, PARQUET),
    returns: await artifacts.putFile(returns, PARQUET),
    manifest: await artifacts.putFile(join(folder, 'manifest.json'), 'application/json'),
    featureCode: await storedFile(
      artifacts,
      join(folder, 'features.sql'),
      identity.featureCodeHash,
      'application/sql',
    ),
    shape: manifest.shape,
    featureNames: identity.featureNames,
  };
  return { manifest, ref };
}

function requireHash(what: string, claimed: string, actual: string): void {
  if (claimed === actual) return;
  throw new IdentityMismatch(`${what} hashes to ${actual}, its manifest says ${claimed}`, {
    remedy: 'Write the folder again; nothing was registered.',
    details: { what, claimed, actual },
  });
}
