import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ArtifactRef } from '../../../contracts/primitives.ts';
import type { SnapshotManifest } from '../../../contracts/snapshot.ts';
import { hashValue } from '../../../registry/hash.ts';
import { servingRegistry } from '../../../serving/registry-port.ts';
import { startServingServer } from '../../../serving/server.ts';
import { eventually, QUIET_LOG } from '../../unit/serving/memory-registry.ts';
import { FEATURES, modelBytes, parityPath } from '../../unit/serving/fixtures.ts';
import type { ApiWorld } from '../api/api-world.ts';
import type { Answer } from '../api/api-world.ts';
import { MODEL, ORIGIN, RegistrationDesk, sha256 } from './registration-desk.ts';

let desk: RegistrationDesk;
let world: ApiWorld;
let folder: string;
let snapshotId: string;
let ana: string;

beforeAll(async () => {
  desk = await RegistrationDesk.open();
  ({ api: world, folder, snapshotId, ana } = desk);
});
afterAll(() => desk.close());

const register: RegistrationDesk['register'] = (...told) => desk.register(...told);
const writeModel: RegistrationDesk['writeModel'] = (...written) => desk.writeModel(...written);
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
