import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openApiDocument } from '../../../api/openapi.ts';
import { Role } from '../../../contracts/primitives.ts';
import { spec } from '../../integration/registry/world.ts';
import { ApiWorld } from '../../integration/api/api-world.ts';

/** What docs/identity.md says: a cell for every operation and role. */
interface Row {
  readonly id: string;
  readonly cells: Readonly<Record<string, string>>;
  readonly on: string;
}

function documentedRows(): readonly Row[] {
  const page = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'identity.md'), 'utf8');
  const table = page.slice(page.indexOf('<!-- roles:begin -->'), page.indexOf('<!-- roles:end -->'));
  return table
    .split('\n')
    .filter((line) => /^\| `/u.test(line))
    .map((line) => {
      const [id = '', ...cells] = line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', ''));
      const named = Object.fromEntries(Role.options.map((role, index) => [role, cells[index] ?? '']));
      return { id, cells: named, on: cells[Role.options.length] ?? '' };
    });
}

interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly roles: readonly string[];
  readonly on: string;
}

function documentedOperations(): readonly Operation[] {
  const { paths } = openApiDocument() as {
    paths: Record<string, Record<string, { operationId: string; 'x-roles': string[]; 'x-roles-on': string }>>;
  };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...{ id: operation.operationId, method: method.toUpperCase(), path },
      ...{ roles: operation['x-roles'], on: operation['x-roles-on'] },
    })),
  );
}

const ROWS = documentedRows();
const OPERATIONS = documentedOperations();
const HASH = 'a'.repeat(64);
const REASON = 'for the matrix';

let api: ApiWorld;
let model: string;
let other: string;
let proposal: number;
let second: string;
beforeAll(async () => {
  api = await ApiWorld.open();
  model = await api.world.model();
  other = await api.world.model();
  const lee = await api.token('lee', 'quant-lead');
  const looser = { ...spec(model, { gates: { pboMax: 0.4 } }), data: '/data/tw' };
  const proposed = await api.ask('PUT', `/models/${model}/spec`, {
    token: lee,
    body: { spec: looser, reason: REASON },
  });
  proposal = (proposed.body['proposal'] as { id: number }).id;
  second = await api.token('kim', 'quant-lead');
  const silence = await api.ask('POST', '/silences', { token: lee, body: bodyOf('createSilence') });
  expect(silence.body, silence.text).toMatchObject({ id: 1 });
});
afterAll(() => api.close());

/** Bodies that fit, so that nothing but the role decides. */
function bodyOf(id: string): unknown {
  switch (id) {
    case 'signIn':
      return { token: 'x' };
    case 'applySpec':
      return { spec: { ...spec(model), data: '/data/tw' }, reason: REASON };
    case 'decideSpecProposal':
      return { decision: 'reject', reason: REASON };
    case 'declareStructuralChange':
      return { reason: 'another vendor of data', secondToken: second };
    case 'addShift':
      return {
        ...{ subject: 'olga', email: 'olga@example.com', phone: null },
        ...{ startsAt: '2026-03-02T00:00:00.000Z', endsAt: '2026-03-09T00:00:00.000Z' },
      };
    case 'raiseTestAlert':
      return { model };
    case 'startRetrain':
      return { reason: REASON };
    case 'startScoring':
    case 'startDrill':
      return {};
    case 'storeArtifact':
      return Buffer.from('a file');
    case 'registerVersion':
      return {
        ...{ snapshotId: HASH, features: ['momentum_5'], reason: REASON },
        origin: { library: 'scikit-learn', libraryVersion: '1.7.2', estimator: 'RandomForestRegressor' },
        onnx: { sha256: HASH, bytes: 1, mediaType: 'application/onnx' },
        parity: { sha256: HASH, bytes: 1, mediaType: 'application/vnd.apache.parquet' },
      };
    case 'addChallenger':
      return { version: 1, reason: REASON };
    case 'endChallenger':
      return { reason: REASON };
    case 'decideRetrain':
      return { decision: 'approve', evidenceHash: HASH, reason: REASON };
    case 'raiseObjection':
      return { evidenceHash: HASH, reason: REASON };
    case 'answerObjection':
      return { answer: 'withdraw', reason: REASON };
    case 'waiveGate':
      return { gate: 'dsr', evidenceHash: HASH, reason: REASON };
    case 'refuseWaivers':
      return { evidenceHash: HASH, reason: REASON };
    case 'answerGateHold':
      return { answer: 'stop', round: 1, reason: REASON };
    case 'rollBack':
      return { reason: REASON };
    case 'setSide':
      return { action: 'serve', reason: REASON };
    case 'setFreeze':
      return { frozen: false, reason: REASON };
    case 'setPin':
      return { version: null, reason: REASON };
    case 'commandSchedule':
      return { action: 'pause', reason: REASON };
    case 'revokeToken':
      return { tokenId: 'somebody-elses', reason: REASON };
    case 'acknowledgeAlert':
      return { reason: REASON };
    case 'judgeAlert':
      return { judgement: 'true', reason: REASON };
    case 'createSilence':
      return {
        matchers: [{ name: 'model', operator: '=', value: model }],
        startsAt: '2026-01-01T00:00:00.000Z',
        endsAt: '2026-01-02T00:00:00.000Z',
        reason: REASON,
      };
    default:
      return undefined;
  }
}

function pathOf({ id, path }: Operation): string {
  const values: Readonly<Record<string, string>> = {
    ...{
      model,
      consumer: 'risk',
      snapshot: '3f9a1c20',
      version: '1',
      number: '1',
      proposal: String(proposal),
      alert: '1',
    },
    ...{
      silence: '1',
      shift: '1',
      objection: '1',
      market: 'XTAI',
      retrain: encodeURIComponent(`retrain:${model}:2019-06-28T19:00:00.000Z`),
    },
  };
  const filled = path.replace(/\{(\w+)\}/gu, (_all, name: string) => values[name] ?? name);
  return id === 'storeArtifact' ? `${filled}?sha256=${HASH}` : filled;
}

const ask = (operation: Operation, token: string | undefined) =>
  api.ask(operation.method, pathOf(operation), {
    ...(token === undefined ? {} : { token }),
    ...(bodyOf(operation.id) === undefined ? {} : { body: bodyOf(operation.id) }),
    ...(operation.id === 'storeArtifact' ? { headers: { 'content-type': 'application/octet-stream' } } : {}),
  });

describe('the table of roles', () => {
  test('has a row for every operation of the document, and no other', () => {
    expect(ROWS.map(({ id }) => id).sort()).toEqual(OPERATIONS.map(({ id }) => id).sort());
    expect(ROWS.length).toBeGreaterThan(40);
  });

  test('says what the document says', () => {
    for (const { id, roles, on } of OPERATIONS) {
      const row = ROWS.find((each) => each.id === id);
      const open = roles[0] === 'anybody';
      const allowed = roles[0] === 'signed-in' ? [...Role.options] : roles;
      const expected = Role.options.map((role) => (open ? 'anybody' : allowed.includes(role) ? 'yes' : 'no'));
      expect([id, ...Role.options.map((role) => row?.cells[role])]).toEqual([id, ...expected]);
      const limited =
        roles[0] === 'anybody' || roles[0] === 'signed-in' ? '' : on === 'model' ? 'own' : 'all';
      expect([id, row?.on]).toEqual([id, limited]);
    }
  });

  describe.each(OPERATIONS)('$id', (operation) => {
    const row = ROWS.find(({ id }) => id === operation.id);

    test('is refused to whoever is not signed in', async () => {
      const { status } = await ask(operation, undefined);
      if (operation.roles[0] === 'anybody' && operation.id !== 'signIn') expect(status).toBe(200);
      else expect(status).toBe(401);
    });

    test.each(Role.options)('answers %s as the table says', async (role) => {
      if (operation.roles[0] === 'anybody') return;
      const { status, text } = await ask(operation, await api.token(`m-${role}`, role));
      if (row?.cells[role] === 'yes') expect([401, 403], text).not.toContain(status);
      else expect(status, text).toBe(403);
    });

    test.each(Role.options)('answers %s of this model and of another one', async (role) => {
      if (row?.on === '' || row?.on === undefined) return;
      const own = await ask(operation, await api.token(`o-${role}`, `${role}@${model}`));
      const foreign = await ask(operation, await api.token(`f-${role}`, `${role}@${other}`));
      const allowed = row.cells[role] === 'yes';
      if (row.on === 'all') {
        expect([own.status, foreign.status], own.text).toEqual([403, 403]);
        return;
      }
      if (allowed) expect([401, 403], own.text).not.toContain(own.status);
      else expect(own.status, own.text).toBe(403);
      // A model that one has no role on does not exist, whatever one may do elsewhere.
      expect(foreign.status, foreign.text).toBe(allowed ? 404 : 403);
    });
  });
});
