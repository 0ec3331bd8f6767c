import { DuckDBInstance } from '@duckdb/node-api';
import { createHash, randomUUID } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../../../cli/program.ts';
import type { ArtifactRef } from '../../../contracts/primitives.ts';
import type { SnapshotManifest } from '../../../contracts/snapshot.ts';
import { hashReturns, hashRows } from '../../../extraction/canonical-hash.ts';
import { readReturns, readRows } from '../../../extraction/table-files.ts';
import { hashValue } from '../../../registry/hash.ts';
import { servingRegistry } from '../../../serving/registry-port.ts';
import { startServingServer } from '../../../serving/server.ts';
import { eventually, QUIET_LOG } from '../../unit/serving/memory-registry.ts';
import { FEATURES, modelBytes, parityPath } from '../../unit/serving/fixtures.ts';
import { ApiWorld } from '../api/api-world.ts';
import type { Answer } from '../api/api-world.ts';
import { seedModel } from '../serving/seeded-registry.ts';

const MODEL = 'tw-alpha';
const ORIGIN = { library: 'scikit-learn', libraryVersion: '1.7.2', estimator: 'GradientBoostingRegressor' };
const FEATURE_SQL = '-- features of the desk\n';

let world: ApiWorld;
let folder: string;
let snapshotId: string;
let ana: string;

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

beforeAll(async () => {
  world = await ApiWorld.open();
  folder = await mkdtemp(join(tmpdir(), 'contender-registration-'));
  await seedModel(world.database.url, world.artifacts, { model: MODEL, fixtures: ['c'] });
  ana = await world.token('ana', `researcher@${MODEL}`);
  snapshotId = await writeSnapshot(join(folder, 'snapshot'));
  await writeModel('a', 'converted');
});
afterAll(async () => {
  await world.close();
  await rm(folder, { recursive: true, force: true });
});

/** A folder as `contender extract` leaves one behind: two sessions of three symbols. */
async function writeSnapshot(where: string): Promise<string> {
  await mkdir(where);
  const keys = `SELECT 'S' || s AS symbol, DATE '2019-06-27' + CAST(d AS INTEGER) AS session, d AS session_index FROM range(3) t(s), range(2) u(d)`;
  const features = FEATURES.map((name, at) => `CAST(session_index + ${String(at)} AS FLOAT) AS ${name}`);
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const write = (select: string, name: string) =>
    connection.run(
      `COPY (SELECT * FROM (${select}) ORDER BY session, symbol) TO '${join(where, name)}' (FORMAT parquet)`,
    );
  await write(
    `SELECT symbol, session, CAST(session_index AS INTEGER) AS session_index, ${features.join(', ')}, CAST(0.5 AS FLOAT) AS label FROM (${keys})`,
    'rows.parquet',
  );
  await write(
    `SELECT symbol, session, CAST(session_index AS INTEGER) AS session_index, CAST(0.01 AS DOUBLE) AS ret, true AS tradable,
       CAST(0 AS TINYINT) AS limit_lock, true AS shortable FROM (${keys})`,
    'returns.parquet',
  );
  connection.closeSync();
  instance.closeSync();
  const identity: SnapshotManifest['identity'] = {
    ...{ schema: 1, market: 'XTAI', asOf: '2019-06-28T21:00:00.000Z', featureSet: 'price_volume' },
    featureCodeHash: sha256(FEATURE_SQL),
    featureNames: [...FEATURES],
    label: { kind: 'forward_return_rank', horizonSessions: 5, entryDelaySessions: 1 },
    calendarHash: sha256('calendar'),
    rowHash: hashRows(await readRows(join(where, 'rows.parquet'))),
    returnsHash: hashReturns(await readReturns(join(where, 'returns.parquet'))),
  };
  const manifest: SnapshotManifest = {
    snapshotId: hashValue(identity),
    identity,
    shape: {
      ...{ rows: 6, labelledRows: 6, symbols: 3, sessions: 2 },
      ...{ firstSession: '2019-06-27', lastSession: '2019-06-28', lastLabelSession: '2019-06-27' },
    },
    provenance: { createdAt: '2026-01-01T00:00:00.000Z', extractionSeconds: 1, sources: [], droppedRows: {} },
  };
  await writeFile(join(where, 'manifest.json'), JSON.stringify(manifest));
  await writeFile(join(where, 'features.sql'), FEATURE_SQL);
  return manifest.snapshotId;
}

/** A folder as `contender convert` leaves one behind. */
async function writeModel(
  model: 'a' | 'b',
  name: string,
  changes: { readonly onnx?: Uint8Array; readonly manifest?: Record<string, unknown> } = {},
): Promise<string> {
  const where = join(folder, name);
  await mkdir(where, { recursive: true });
  const onnx = changes.onnx ?? modelBytes(model);
  await writeFile(join(where, 'model.onnx'), onnx);
  await copyFile(parityPath(model), join(where, 'parity.parquet'));
  const manifest = {
    ...{ ...ORIGIN, features: FEATURES, trees: 20, onnxSha256: sha256(onnx) },
    paritySha256: sha256(await readFile(parityPath(model))),
    ...changes.manifest,
  };
  await writeFile(join(where, 'conversion.json'), JSON.stringify(manifest));
  return where;
}

async function register(
  where: string,
  more: readonly string[] = [],
  token = ana,
): Promise<{ readonly exitCode: number; readonly answer: Record<string, unknown>; readonly said: string }> {
  let [out, err] = ['', ''];
  const args = [
    'register',
    MODEL,
    where,
    '--reason',
    'forest of the desk',
    '--token',
    token,
    '--json',
    ...more,
  ];
  const exitCode = await runCli(args, {
    streams: {
      stdin: Readable.from([]),
      stdout: { write: (text: string) => (out += text) },
      stderr: { write: (text: string) => (err += text) },
    },
    interrupted: new AbortController().signal,
    sources: {
      environment: {
        CONTENDER_DATABASE_URL: world.database.url,
        CONTENDER_TOKEN_SIGNING_KEY_FILE: world.signingKeyFile,
        CONTENDER_ARTIFACTS_DIR: join(dirname(world.signingKeyFile), 'artifacts'),
        CONTENDER_DATA_DIR: folder,
      },
      root: folder,
    },
    showStacks: false,
  });
  return {
    exitCode,
    answer: out === '' ? {} : (JSON.parse(out) as Record<string, unknown>),
    said: `${out}${err}`,
  };
}
const bySnapshot = (where = join(folder, 'snapshot')): readonly string[] => ['--snapshot', where];

const send = (bytes: Uint8Array, sha = sha256(bytes), token = ana): Promise<Answer> =>
  world.ask('POST', `/models/${MODEL}/artifacts?sha256=${sha}`, {
    token,
    body: Buffer.from(bytes),
    headers: { 'content-type': 'application/octet-stream' },
  });
async function sent(bytes: Uint8Array): Promise<ArtifactRef> {
  const { status, body, text } = await send(bytes);
  expect(status, text).toBe(200);
  return body as unknown as ArtifactRef;
}
const ask = (body: Record<string, unknown>, key?: string): Promise<Answer> =>
  world.ask('POST', `/models/${MODEL}/versions`, {
    ...{ token: ana, body },
    ...(key === undefined ? {} : { key }),
  });
const wish = async (changes: Record<string, unknown> = {}): Promise<Record<string, unknown>> => ({
  ...{ snapshotId, features: FEATURES, origin: ORIGIN, reason: 'forest of the desk' },
  onnx: await sent(modelBytes('b')),
  parity: await sent(await readFile(parityPath('b'))),
  ...changes,
});

describe('a model that was fitted elsewhere', () => {
  test('becomes a version at the command line, once, with its parity and whoever fitted it on record', async () => {
    const first = await register(join(folder, 'converted'), [...bySnapshot(), '--key', 'desk-42']);
    expect(first, first.said).toMatchObject({ exitCode: 0, answer: { number: 2, linked: false, trees: 20 } });
    const again = await register(join(folder, 'converted'), [...bySnapshot(), '--key', 'desk-42']);
    expect(again).toMatchObject({ exitCode: 0, answer: first.answer });
    const other = await register(join(folder, 'converted'), bySnapshot(snapshotId));
    expect(other).toMatchObject({ exitCode: 0, answer: { number: 2, linked: true } });
    const { manifest } = await world.registry.getVersion({ model: MODEL, version: 2 });
    expect(manifest).toMatchObject({
      identity: { schema: 2, origin: ORIGIN, snapshotId },
      artifacts: { nativeModel: null },
      provenance: { trees: 20, parity: { rows: first.answer['parityRows'], tolerance: 0 } },
    });
    const lineage = await world.ask('GET', `/models/${MODEL}/versions/2/lineage`, { token: ana });
    expect(lineage.body, lineage.text).toMatchObject({ origin: ORIGIN, seed: null, environment: null });
    const audit = await world.registry.verifyAudit({ model: MODEL, anchor: null });
    expect(audit.ok).toBe(true);
  });

  test('becomes one over the API: its files first, then what they are; the same key answers the same', async () => {
    const [body, key] = [await wish(), randomUUID()];
    const made = await ask(body, key);
    expect(made.status, made.text).toBe(200);
    expect(made.body).toMatchObject({ linked: false, trees: 20 });
    expect((await ask(body, key)).body).toEqual(made.body);
    const dossier = await world.ask('GET', `/models/${MODEL}/versions/${String(made.body['number'])}`, {
      token: ana,
    });
    expect(dossier.status, dossier.text).toBe(200);
  });

  test('answers requests by its number, stays without explanation, and reigns never', async () => {
    const { answer } = await register(join(folder, 'converted'), bySnapshot());
    const version = Number(answer['number']);
    const server = await startServingServer({
      ...{ host: '127.0.0.1', name: 'server-a', port: 0, models: [MODEL] },
      ...{ breakGlass: null, universe: null, explainer: null, log: QUIET_LOG },
      registry: servingRegistry(world.registry, world.artifacts),
      limits: { drainGraceMs: 0, pollMs: 100 },
    });
    try {
      await eventually('ready', async () => (await fetch(`${server.url}/health`)).status === 200);
      const response = await fetch(`${server.url}/api/v1/predict`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: MODEL, version, features: [[0.4, -1.2, 0.1, 0.3, -0.2, 7]] }),
      });
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ version, versionHash: answer['versionId'] });
    } finally {
      await server.stop();
    }
    const refused = world.registry.rollback({
      ...{ model: MODEL, toVersion: version, reason: 'try it', correlationId: 'test' },
      ...{ actor: { subject: 'ops', roles: ['operator'] }, idempotencyKey: randomUUID() },
    });
    await expect(refused).rejects.toMatchObject({ code: 'EVIDENCE_MISSING' });
  });
});

describe('what is refused leaves no version behind', () => {
  const numbers = async (): Promise<number> =>
    (await world.registry.listVersions({ model: MODEL, limit: 100 })).length;

  test.each([
    ['a pickle', Buffer.from([0x80, 0x04, 0x95, 0x01])],
    ['a truncated file', Buffer.from(modelBytes('a').slice(0, 500))],
    ['a zip', Buffer.from('PK\u0003\u0004 joblib')],
  ])('%s as model, at both entrances', async (_what, onnx) => {
    const before = await numbers();
    const where = await writeModel('a', randomUUID(), { onnx });
    const told = await register(where, bySnapshot());
    expect([told.exitCode, told.said]).toEqual([1, expect.stringContaining('UNSAFE_MODEL')]);
    const asked = await ask(await wish({ onnx: await sent(onnx) }));
    expect([asked.status, asked.body['code']]).toEqual([409, 'UNSAFE_MODEL']);
    expect(await numbers()).toBe(before);
  });

  test('a model that is not the one its library predicted with', async () => {
    const asked = await ask(await wish({ onnx: await sent(modelBytes('a')) }));
    expect([asked.status, asked.body['code']]).toEqual([409, 'PARITY_BROKEN']);
  });

  test('files that are not what their manifest names, and bytes that are not what their address says', async () => {
    const where = await writeModel('a', randomUUID(), { manifest: { onnxSha256: sha256('another') } });
    const told = await register(where, bySnapshot());
    expect([told.exitCode, told.said]).toEqual([1, expect.stringContaining('IDENTITY_MISMATCH')]);
    const wrong = await send(modelBytes('a'), sha256('another'));
    expect([wrong.status, wrong.body['code']]).toEqual([409, 'IDENTITY_MISMATCH']);
  });

  test.each([
    [
      'columns that the snapshot lacks',
      { features: [...FEATURES.slice(1), 'moon_phase'] },
      409,
      'FEATURES_FOREIGN',
    ],
    ['a column named twice', { features: [...FEATURES.slice(1), FEATURES[1]] }, 409, 'FEATURES_FOREIGN'],
    ['a snapshot that nobody recorded', { snapshotId: sha256('none') }, 404, 'SNAPSHOT_UNKNOWN'],
    [
      'a file that was never sent',
      { onnx: { sha256: sha256('x'), bytes: 1, mediaType: 'a/b' } },
      404,
      'ARTIFACT_MISSING',
    ],
    ['a parity set that is none', { parity: 'onnx' }, 409, 'PARITY_SET_INVALID'],
    ['no reason', { reason: '' }, 400, 'REQUEST_INVALID'],
    ['a field nobody knows', { seed: 7 }, 400, 'REQUEST_INVALID'],
  ])('%s', async (_what, changes, status, code) => {
    const body = await wish(changes);
    const asked = await ask(body['parity'] === 'onnx' ? { ...body, parity: body['onnx'] } : body);
    expect([asked.status, asked.body['code']], asked.text).toEqual([status, code]);
  });

  test('a snapshot folder whose rows are not those of its manifest', async () => {
    const where = join(folder, randomUUID());
    await mkdir(where);
    for (const name of ['manifest.json', 'features.sql', 'returns.parquet'])
      await copyFile(join(folder, 'snapshot', name), join(where, name));
    const manifest = JSON.parse(await readFile(join(where, 'manifest.json'), 'utf8')) as SnapshotManifest;
    const identity = { ...manifest.identity, rowHash: sha256('other rows') };
    const changed = { ...manifest, identity, snapshotId: hashValue(identity) };
    await writeFile(join(where, 'manifest.json'), JSON.stringify(changed));
    await copyFile(join(folder, 'snapshot', 'rows.parquet'), join(where, 'rows.parquet'));
    const told = await register(join(folder, 'converted'), bySnapshot(where));
    expect([told.exitCode, told.said]).toEqual([1, expect.stringContaining('IDENTITY_MISMATCH')]);
  });

  test('people without a role for it, whose files are not even read', async () => {
    const viewer = await world.token('vic', 'viewer');
    const asked = await send(modelBytes('a'), sha256(modelBytes('a')), viewer);
    expect([asked.status, asked.body['code']]).toEqual([403, 'NOT_ALLOWED']);
    const told = await register(join(folder, 'converted'), bySnapshot(), viewer);
    expect([told.exitCode, told.said]).toEqual([1, expect.stringContaining('ROLE_MISSING')]);
  });

  test('past the commands: a row without its audit, a reign, a link to a retrain', async () => {
    const { manifest } = await world.registry.getVersion({ model: MODEL, version: 2 });
    const identity = { ...manifest.identity, featureSet: 'other' };
    const forged = { ...manifest, identity, versionId: hashValue(identity) };
    const { default: pg } = await import('pg');
    const client = new pg.Client({ connectionString: world.database.url });
    await client.connect();
    try {
      const insert = `insert into versions (id, model, number, identity, manifest, snapshot_id, recipe_hash, retain_until)
        values ($1, $2, 99, $3, $4, $5, $1, now() + interval '1 day')`;
      const { canonicalJson } = await import('../../../contracts/canonical.ts');
      const row = [forged.versionId, MODEL, canonicalJson(identity), JSON.stringify(forged), snapshotId];
      await expect(client.query(insert, row)).rejects.toMatchObject({ hint: 'COMMAND_UNRECORDED' });
      const link = 'insert into version_links (version_id, run) values ($1, 1)';
      await expect(client.query(link, [manifest.versionId])).rejects.toMatchObject({
        hint: 'EVIDENCE_MISSING',
      });
    } finally {
      await client.end();
    }
  });
});
