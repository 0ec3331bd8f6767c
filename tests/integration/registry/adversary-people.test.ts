import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DENIED, EVERYBODY, WRITERS, openAdversary } from './adversary-bench.ts';
import type { AdversaryBench } from './adversary-bench.ts';
import { LEE } from './world.ts';

let bench: AdversaryBench;
let world: AdversaryBench['world'];
let attempt: AdversaryBench['attempt'];
let twoReigns: AdversaryBench['twoReigns'];

beforeAll(async () => {
  bench = await openAdversary('adversary-people');
  ({ world, attempt, twoReigns } = bench);
});
afterAll(() => bench.close());

describe('I4 two people are two people', () => {
  const sign = (hash: string, subject: string) =>
    [
      `insert into approvals (evidence_hash, subject, decision, reason, roles, requester, spec_author, four_eyes)
       select hash, $2, 'approve', 'looks good', '{quant-lead}', requester, spec_author, four_eyes from decisions where hash = $1`,
      hash,
      subject,
    ] as const;

  test.each(WRITERS)(
    '%s cannot sign for the requester by another spelling, nor for the system',
    async (role) => {
      const model = await world.model();
      const candidate = await world.candidate(model, 1);
      const { evidenceHash } = await world.decision(candidate, await world.shadowed(candidate));
      for (const subject of ['Ana', ' ana', 'ANA ', 'system', 'System', ' ']) {
        expect(await attempt(role, sign(evidenceHash, subject)), subject).toBe('FOUR_EYES');
      }
    },
  );

  test.each(WRITERS)('%s cannot count one person twice', async (role) => {
    const model = await world.model({ approval: { approvers: 2 } });
    const candidate = await world.candidate(model, 1);
    const { evidenceHash } = await world.decision(candidate, await world.shadowed(candidate));
    await world.approve(candidate, evidenceHash, LEE);
    expect(await attempt(role, sign(evidenceHash, 'LEE'))).toBe('FOUR_EYES');
  });

  test.each(WRITERS)('%s cannot switch four eyes, approvers, shadow or guard off unsaid', async (role) => {
    const model = await world.model({ approval: { approvers: 2 } });
    for (const [path, value] of [
      ['{approval,fourEyes}', 'false'],
      ['{approval,approvers}', '1'],
      ['{shadow,sessions}', '1'],
      ['{guard,autoRollback}', 'false'],
    ]) {
      expect(
        await attempt(role, [
          `insert into specs (model, number, spec, hash, author) select model, number + 1, jsonb_set(spec, $2, $3), hash, 'ana'
           from specs where model = $1 order by number desc limit 1`,
          model,
          path,
          value,
        ]),
        path,
      ).toBe('SECOND_PERSON_NEEDED');
    }
    expect(
      await attempt(role, [
        `insert into specs (model, number, spec, hash, author, loosened, second_person)
         select model, number + 1, jsonb_set(spec, '{approval,fourEyes}', 'false'), hash, 'ana', '{approval.fourEyes}', 'Ana '
         from specs where model = $1 order by number desc limit 1`,
        model,
      ]),
    ).toBe('SECOND_PERSON_NEEDED');
    expect(
      await attempt(role, [
        `insert into specs select model, 9, spec, hash, author from specs where model = $1`,
        model,
      ]),
    ).toBe('SPEC_OUTRUN');
  });
});

describe('I5 a server does not forget its epoch', () => {
  test('the worker can neither move, rename nor delete what was acknowledged, nor take a lease for ever', async () => {
    const { model, second } = await twoReigns();
    const server = `server-${randomUUID()}`;
    await bench.registry.registerServer({
      name: server,
      address: 'http://127.0.0.1:1',
      models: [],
      leaseSeconds: 60,
    });
    await bench.registry.acknowledgeEpoch({ server, model, epoch: 2, versionId: second.versionId });
    for (const statement of [
      `delete from server_epochs where server = $1`,
      `delete from servers where name = $1`,
      `update servers set name = name || '-gone' where name = $1`,
      `update server_epochs set epoch = epoch - 1 where server = $1`,
    ]) {
      expect(await attempt('worker', [statement, server]), statement).toBe('EPOCH_FENCED');
    }
    expect(
      await attempt('worker', [`update servers set lease_until = 'infinity' where name = $1`, server]),
    ).toBe('LEASE_TOO_LONG');
    await bench.registry.deregisterServer({ name: server });
    expect(await bench.registry.forgetServers({ expiredForSeconds: 0 })).toBeGreaterThan(0);
  });
});

describe('I6 a retrain begins at its beginning', () => {
  test.each([
    ['ended', { status: `'promoted'`, finished_at: 'now()' }, 'RETRAIN_FINISHED'],
    ['at a later step', { step: `'swap'` }, 'RETRAIN_FINISHED'],
    ['at another epoch', { epoch: '9' }, 'EPOCH_MOVED'],
    ['with another champion', { champion_id: 'null' }, 'EPOCH_MOVED'],
    ['under an earlier spec', { spec_number: '1' }, 'SPEC_OUTRUN'],
  ])('not %s', async (_, changes: Record<string, string>, refusal) => {
    const { model } = await twoReigns();
    const newer = { ...(await bench.registry.currentSpec({ model })).spec, data: './data/other' };
    await bench.registry.applySpec({ spec: newer, actor: LEE, secondPerson: null, reason: 'moved' });
    const values: Record<string, string> = {
      ...{
        id: `'retrain:x'`,
        correlation_id: `'x'`,
        model: `'${model}'`,
        as_of: 'now()',
        trigger: `'manual'`,
      },
      ...{ requester: `'x'`, spec_number: '2', clock: `'{}'`, emergency: 'false', allow_probation: 'false' },
      ...{ trigger_reason: `''`, epoch: '2' },
      champion_id: `(select champion_id from champions where model = '${model}')`,
      ...changes,
    };
    expect(
      await attempt('worker', [
        `insert into retrains (${Object.keys(values).join(', ')}) values (${Object.values(values).join(', ')})`,
      ]),
    ).toBe(refusal);
  });
});

describe('I7 a notification cannot be swallowed', () => {
  test('nobody marks as sent what nobody had claimed, or writes a row that is sent already', async () => {
    const { model } = await twoReigns();
    const sent = `update outbox set state = 'sent', sent_at = now() where event ->> 'model' = $1`;
    expect(await attempt('worker', [sent, model])).toBe('OUTBOX_FINAL');
    expect(await attempt('api', [sent, model])).toBe(DENIED);
    for (const role of WRITERS) {
      expect(
        await attempt(role, [
          `insert into outbox (dedupe_key, channel, event, state, sent_at) values ($1, 'route', '{}', 'sent', now())`,
          randomUUID(),
        ]),
      ).toBe('OUTBOX_FINAL');
    }
  });
});

describe('I8 a version is deleted by a recorded command', () => {
  test.each(EVERYBODY)(
    '%s cannot mark one deleted in silence, shorten its retention or remove it',
    async (role) => {
      const { model } = await twoReigns();
      const spare = await world.candidate(model, 9);
      await world.finish(spare, 'refused');
      await bench.root.query('alter table versions disable trigger versions_change');
      await bench.root.query(`update versions set retain_until = now() - interval '1 day' where id = $1`, [
        spare.versionId,
      ]);
      await bench.root.query('alter table versions enable trigger versions_change');
      await bench.root.query('alter table audit disable trigger append_only');
      await bench.root.query(
        `update audit set recorded_at = recorded_at - interval '2 years' where model = $1`,
        [model],
      );
      await bench.root.query('alter table audit enable trigger append_only');
      expect(
        await attempt(role, [
          `update versions set state = 'deleted', deleted_at = now() where id = $1`,
          spare.versionId,
        ]),
      ).toBe(role === 'worker' ? 'COMMAND_UNRECORDED' : DENIED);
      expect(
        await attempt(role, [
          `update versions set retain_until = now() - interval '9 days' where id = $1`,
          spare.versionId,
        ]),
      ).toBe(role === 'worker' ? 'APPEND_ONLY' : DENIED);
      expect(await attempt(role, ['delete from versions where id = $1', spare.versionId])).toBe(DENIED);
    },
  );
});
