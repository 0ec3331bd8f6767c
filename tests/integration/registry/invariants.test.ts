import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ContenderError } from '../../../contracts/error.ts';
import { openRegistry } from '../../../registry/registry.ts';
import type { Registry } from '../../../registry/registry.ts';
import { testDatabase } from '../../postgres.ts';
import type { TestDatabase } from '../../postgres.ts';
import {
  ANA,
  GOOD_GATES,
  KIM,
  LEE,
  RegistryWorld,
  artifact,
  gate,
  manifestOf,
  snapshotOf,
  spec,
} from './world.ts';

let database: TestDatabase;
let registry: Registry;
let world: RegistryWorld;
/** A superuser's connection: what it cannot do, no role and no defect of ours can. */
let root: pg.Client;

beforeAll(async () => {
  database = await testDatabase();
  registry = openRegistry({ url: database.url, applicationName: 'invariants' });
  world = new RegistryWorld(registry);
  root = new pg.Client({ connectionString: database.url });
  await root.connect();
});
afterAll(async () => {
  await registry.close();
  await root.end();
  await database.drop();
});

const code = (expected: string) => ({ code: expected }) satisfies Partial<ContenderError>;
const count = async (query: string, ...values: readonly unknown[]): Promise<number> => {
  const { rows } = await root.query<{ n: string }>(`select count(*) as n from ${query}`, [...values]);
  return Number(rows[0]?.n);
};
/** The state that a refused attempt must leave as it was. */
const fingerprint = async (model: string): Promise<unknown> => {
  const { rows } = await root.query(
    `select (select jsonb_agg(c) from champions c where model = $1) as champion,
       (select count(*) from reigns where model = $1) as reigns, (select count(*) from audit where model = $1) as audit,
       (select count(*) from outbox where event ->> 'model' = $1) as outbox, (select count(*) from commands where model = $1) as commands`,
    [model],
  );
  return rows[0];
};

describe('I1 at most one champion, and everything of a swap changes together', () => {
  test('I1 champion, previous, epoch, audit and outbox are of one transaction', async () => {
    const model = await world.model();
    const first = await world.champion(model, 1);
    const second = await world.champion(model, 2);
    const view = await registry.champion({ model });
    expect(view).toMatchObject({
      epoch: 2,
      champion: { id: second.versionId },
      rollbackTarget: first.number,
    });
    const { rows } = await root.query<{ transactions: string; rows: string }>(
      `select count(distinct x) as transactions, count(*) as rows from (
         select xmin::text x from champions where model = $1
         union all select xmin::text from reigns where model = $1 and epoch = 2
         union all select a.xmin::text from audit a join reigns r on r.model = a.model and r.audit_seq = a.seq where r.model = $1 and r.epoch = 2
         union all select o.xmin::text from outbox o join reigns r on r.outbox_id = o.id where r.model = $1 and r.epoch = 2
         union all select xmin::text from commands where model = $1 and command = 'swap' and (result ->> 'epoch')::int = 2) t`,
      [model],
    );
    expect(rows).toEqual([{ transactions: '1', rows: '5' }]);
  });

  test('I1 a second row of a champion, or an epoch that skips, is refused by the database itself', async () => {
    const model = await world.model();
    await world.champion(model, 1);
    await expect(root.query('insert into champions (model) values ($1)', [model])).rejects.toMatchObject({
      code: '23505',
    });
    await expect(
      root.query('update champions set epoch = epoch + 2 where model = $1', [model]),
    ).rejects.toMatchObject({ hint: 'EPOCH_MOVED' });
    await expect(
      root.query('update champions set epoch = epoch + 1 where model = $1', [model]),
    ).rejects.toMatchObject({ code: '23503' });
  });

  test('I1 an epoch that moved refuses the promotion and names the current one', async () => {
    const model = await world.model();
    const [first, second] = [await world.champion(model, 1), await world.champion(model, 2)];
    const late = await world.candidate(model, 3);
    const evidence = await world.approved(late);
    await world.rollback(model);
    const before = await fingerprint(model);
    await expect(world.promote(late, evidence)).rejects.toMatchObject({
      ...code('EPOCH_MOVED'),
      kind: 'refused',
      details: { expectedEpoch: 2, currentEpoch: 3 },
    });
    expect(await fingerprint(model)).toEqual(before);
    expect((await registry.champion({ model })).champion?.id).toBe(first.versionId);
    expect(second.swap.epoch).toBe(2);
  });

  test('I1 a transaction that breaks before its end leaves nothing of the swap', async () => {
    const model = await world.model();
    const candidate = await world.candidate(model, 1);
    const evidence = await world.approved(candidate);
    const before = await fingerprint(model);
    await root.query('begin');
    await root.query('alter table commands add constraint broken check (command <> $$swap$$) not valid');
    await root.query('commit');
    await expect(world.promote(candidate, evidence)).rejects.toMatchObject(code('REGISTRY_CONSTRAINT'));
    await root.query('alter table commands drop constraint broken');
    expect(await fingerprint(model)).toEqual(before);
    expect((await world.promote(candidate, evidence)).epoch).toBe(1);
  });
});

describe('I2 a champion has the whole evidence chain', () => {
  const refusedWithout = async (
    expected: string,
    prepare: (model: string) => Promise<() => Promise<unknown>>,
  ): Promise<void> => {
    const model = await world.model();
    const promote = await prepare(model);
    const before = await fingerprint(model);
    await expect(promote()).rejects.toMatchObject(code(expected));
    expect(await fingerprint(model)).toEqual(before);
  };

  test('I2 no decision evidence, no promotion', () =>
    refusedWithout('EVIDENCE_MISSING', async (model) => {
      const candidate = await world.candidate(model, 1);
      const hash = await world.shadowed(candidate);
      return () => world.promote(candidate, hash);
    }));

  test('I2 no signature, no promotion', () =>
    refusedWithout('NOT_APPROVED', async (model) => {
      const candidate = await world.candidate(model, 1);
      const { evidenceHash } = await world.decision(candidate, await world.shadowed(candidate));
      return () => world.promote(candidate, evidenceHash);
    }));

  test('I2 a rejection outweighs every signature', () =>
    refusedWithout('NOT_APPROVED', async (model) => {
      const candidate = await world.candidate(model, 1);
      const evidenceHash = await world.approved(candidate);
      const decision = { decision: 'reject', actor: KIM, evidenceHash, reason: 'look again' } as const;
      await registry.recordApproval({ retrainId: candidate.retrainId, decision });
      return () => world.promote(candidate, evidenceHash);
    }));

  test('I2 without a shadow that passed there is no promotion', () =>
    refusedWithout('EVIDENCE_MISSING', async (model) => {
      const candidate = await world.candidate(model, 1);
      const { retrainId, versionId } = candidate;
      const gates = await registry.saveEvidence({
        kind: 'gate',
        retrainId,
        versionId,
        verdict: 'pass',
        verdicts: GOOD_GATES,
        facts: {},
      });
      const shadow = await registry.saveEvidence({
        kind: 'shadow',
        retrainId,
        versionId,
        parentHash: gates.evidenceHash,
        verdict: 'inconclusive',
        facts: {},
      });
      const { evidenceHash } = await world.decision(candidate, shadow.evidenceHash);
      await world.approve(candidate, evidenceHash, LEE);
      return () => world.promote(candidate, evidenceHash);
    }));

  test('I2 a gate that failed stops it, until two leads waive it; one is not enough', async () => {
    const model = await world.model();
    const candidate = await world.candidate(model, 1);
    const shadowHash = await world.shadowed(candidate, [gate('leak'), gate('spa', 'fail')]);
    const { evidenceHash } = await world.decision(candidate, shadowHash);
    await world.approve(candidate, evidenceHash, LEE);
    const chain = await registry.evidenceOf({ retrainId: candidate.retrainId });
    const gates = chain.find(({ kind }) => kind === 'gate')?.hash ?? '';
    const waive = (actor: typeof LEE) =>
      registry.waiveGate({ model, evidenceHash: gates, gate: 'spa', actor, reason: 'known regime' });
    await expect(world.promote(candidate, evidenceHash)).rejects.toMatchObject({
      ...code('EVIDENCE_MISSING'),
      details: { gates: ['spa'] },
    });
    await waive(LEE);
    await waive(LEE);
    await expect(world.promote(candidate, evidenceHash)).rejects.toMatchObject(code('EVIDENCE_MISSING'));
    expect(await waive(KIM)).toEqual({ waivedBy: ['kim', 'lee'] });
    expect((await world.promote(candidate, evidenceHash)).epoch).toBe(1);
  });

  test('I2 leak and parity can be waived by nobody', async () => {
    const model = await world.model();
    const candidate = await world.candidate(model, 1);
    await world.shadowed(candidate, [gate('leak', 'fail')]);
    const [gates] = await registry.evidenceOf({ retrainId: candidate.retrainId });
    for (const name of ['leak', 'parity']) {
      await expect(
        registry.waiveGate({
          model,
          evidenceHash: gates?.hash ?? '',
          gate: name,
          actor: LEE,
          reason: 'please',
        }),
      ).rejects.toMatchObject(code('GATE_NOT_WAIVABLE'));
    }
  });

  test('I2 gates cannot be summed up as a pass when one of them did not', async () => {
    const model = await world.model();
    const { retrainId, versionId } = await world.candidate(model, 1);
    const save = (verdicts: readonly ReturnType<typeof gate>[]) =>
      registry.saveEvidence({ kind: 'gate', retrainId, versionId, verdict: 'pass', verdicts, facts: {} });
    await expect(save([gate('spa', 'inconclusive')])).rejects.toMatchObject(code('EVIDENCE_BROKEN'));
    await expect(save([])).rejects.toMatchObject(code('EVIDENCE_BROKEN'));
  });

  test('I2 evidence of one version or retrain does not promote another', async () => {
    const [one, other] = [await world.model(), await world.model()];
    const mine = await world.candidate(one, 1);
    const theirs = await world.candidate(other, 1);
    const hash = await world.approved(theirs);
    await expect(world.promote(mine, hash)).rejects.toMatchObject(code('EVIDENCE_MISSING'));
    await expect(
      world.decision(mine, (await registry.evidenceOf({ retrainId: theirs.retrainId }))[1]?.hash ?? ''),
    ).rejects.toMatchObject(code('REGISTRY_CONSTRAINT'));
  });

  test('I2 a finished retrain promotes nothing, whatever was signed', () =>
    refusedWithout('RETRAIN_FINISHED', async (model) => {
      const candidate = await world.candidate(model, 1);
      const hash = await world.approved(candidate);
      await world.finish(candidate, 'failed');
      return () => world.promote(candidate, hash);
    }));

  test('I2 a first champion may be admitted on probation by two leads, and only a first one', async () => {
    const model = await world.model();
    const candidate = await world.candidate(model, 1);
    const { retrainId, versionId } = candidate;
    const gates = await registry.saveEvidence({
      kind: 'gate',
      retrainId,
      versionId,
      verdict: 'fail',
      verdicts: [gate('leak'), gate('spa', 'fail')],
      facts: {},
    });
    const opened = await world.decision(candidate, gates.evidenceHash, { admission: 'probation' });
    expect(opened.needed).toBe(2);
    await world.approve(candidate, opened.evidenceHash, LEE);
    const admit = () => world.promote(candidate, opened.evidenceHash, { kind: 'probation' });
    await expect(admit()).rejects.toMatchObject({
      ...code('NOT_APPROVED'),
      details: { given: 1, needed: 2 },
    });
    await expect(world.promote(candidate, opened.evidenceHash)).rejects.toMatchObject(
      code('EVIDENCE_MISSING'),
    );
    await world.approve(candidate, opened.evidenceHash, KIM);
    expect((await admit()).epoch).toBe(1);
    expect((await registry.champion({ model })).champion?.probation).toBe(true);
    await world.finish(candidate);

    const second = await world.candidate(model, 2);
    const decision = await world.decision(second, await world.shadowed(second), { admission: 'probation' });
    await world.approve(second, decision.evidenceHash, LEE, KIM);
    await expect(world.promote(second, decision.evidenceHash, { kind: 'probation' })).rejects.toMatchObject(
      code('NOT_FIRST_CHAMPION'),
    );
  });

  test('I2 a leak is never admitted, not even on probation', async () => {
    const model = await world.model();
    const candidate = await world.candidate(model, 1);
    const { retrainId, versionId } = candidate;
    const gates = await registry.saveEvidence({
      kind: 'gate',
      retrainId,
      versionId,
      verdict: 'fail',
      verdicts: [gate('leak', 'fail')],
      facts: {},
    });
    const { evidenceHash } = await world.decision(candidate, gates.evidenceHash, { admission: 'probation' });
    await world.approve(candidate, evidenceHash, LEE, KIM);
    await expect(world.promote(candidate, evidenceHash, { kind: 'probation' })).rejects.toMatchObject(
      code('EVIDENCE_MISSING'),
    );
  });

  test('I2 a rollback goes only to what was champion before, and needs no evidence', async () => {
    const model = await world.model();
    const first = await world.champion(model, 1);
    await world.champion(model, 2);
    const candidate = await world.candidate(model, 3);
    await expect(world.rollback(model, { toVersion: candidate.number })).rejects.toMatchObject(
      code('NEVER_CHAMPION'),
    );
    await expect(world.rollback(model, { toVersion: 99 })).rejects.toMatchObject(code('VERSION_UNKNOWN'));
    expect(await world.rollback(model)).toMatchObject({ toVersion: first.number, epoch: 3, repeated: false });
  });

  test('I2 a reign written past the function is refused just as well', async () => {
    const model = await world.model();
    const candidate = await world.candidate(model, 1);
    await root.query('begin');
    await root.query(`insert into outbox (dedupe_key, channel, event) values ($1, 'route', '{}')`, [
      `forged:${model}`,
    ]);
    await expect(
      root.query(
        `insert into reigns (model, epoch, version_id, cause, run, decision_hash, actor, reason, business_at, recorded_at, audit_seq, outbox_id)
         select $1, 1, $2, 'swap', run, null, 'mallory', 'because', now(), now(), 1, (select id from outbox where dedupe_key = $3)
         from retrains where id = $4`,
        [model, candidate.versionId, `forged:${model}`, candidate.retrainId],
      ),
    ).rejects.toMatchObject({ hint: 'EVIDENCE_MISSING' });
    await root.query('rollback');
  });
});

describe('I3 each acknowledged command has exactly one audit row', () => {
  test('I3 the chain of a whole retrain has one row per command, in order, and verifies', async () => {
    const model = await world.model();
    const candidate = await world.champion(model, 1);
    await world.champion(model, 2);
    await world.rollback(model);
    const trail = await registry.auditTrail({ model, limit: 100 });
    const commands = trail.map(({ command }) => command).reverse();
    const retrain = ['start-retrain', 'register-version', 'approve', 'promote', 'finish-retrain'];
    expect(commands).toEqual(['apply-spec', ...retrain, ...retrain, 'rollback']);
    expect(trail.map(({ seq }) => seq)).toEqual(Array.from({ length: 12 }, (_, index) => 12 - index));
    expect(await registry.verifyAudit({ model, anchor: null })).toMatchObject({
      ok: true,
      rows: 12,
      firstBad: null,
    });
    expect(candidate.swap.epoch).toBe(1);
  });

  test('I3 a repeated command has no second row', async () => {
    const model = await world.model();
    const candidate = await world.candidate(model, 1);
    const evidence = await world.approved(candidate);
    const first = await world.promote(candidate, evidence);
    const before = await fingerprint(model);
    const again = await world.promote(candidate, evidence);
    expect(again).toEqual({ ...first, repeated: true });
    await world.approve(candidate, evidence, LEE);
    await registry.registerVersion({
      retrainId: candidate.retrainId,
      manifest: manifestOf(model, snapshotOf(candidate.asOf).manifest.snapshotId, 1),
    });
    expect(await fingerprint(model)).toEqual(before);
  });

  test('I3 a refused command has none; refused attempts have a rate-limited log of their own', async () => {
    const model = await world.model();
    await world.champion(model, 1);
    const before = await fingerprint(model);
    await expect(world.rollback(model)).rejects.toMatchObject(code('NO_PREVIOUS_CHAMPION'));
    expect(await fingerprint(model)).toEqual(before);

    const attempt = { actor: 'mallory', command: 'rollback', code: 'ROLE_MISSING', model, reason: 'no' };
    for (let index = 0; index < 5; index += 1) await registry.recordRefusedAttempt(attempt);
    const { rows } = await root.query<{ attempts: number }>(
      'select sum(attempts)::int as attempts from refused_attempts where model = $1',
      [model],
    );
    expect(rows).toEqual([{ attempts: 5 }]);
    const flood = await Promise.all(
      Array.from({ length: 300 }, (_, index) =>
        registry.recordRefusedAttempt({ ...attempt, actor: `bot-${String(index)}` }),
      ),
    );
    expect(flood.some(({ recorded }) => !recorded)).toBe(true);
    expect(await count('refused_attempts')).toBeLessThan(210);
  });

  test.each([
    'audit',
    'reigns',
    'trials',
    'evidence',
    'approvals',
    'decisions',
    'specs',
    'gate_reports',
    'commands',
  ])('I3 nobody changes, deletes or truncates rows of %s', async (table) => {
    const model = await world.model();
    const made = await world.champion(model, 1);
    await registry.saveGateReport({
      retrainId: made.retrainId,
      versionId: made.versionId,
      report: { model },
    });
    const { trialId, recipe } = {
      trialId: artifact(model).sha256,
      recipe: manifestOf(model, made.versionId, 1).identity.recipe,
    };
    const open = await world.candidate(model, 2);
    await registry.recordTrials({
      retrainId: open.retrainId,
      trials: [{ trial: { trialId, recipeHash: trialId, recipe }, predictions: artifact('p'), summary: {} }],
    });
    const { rows } = await root.query<{ column_name: string }>(
      'select column_name from information_schema.columns where table_name = $1 limit 1',
      [table],
    );
    const column = rows[0]?.column_name ?? '';
    for (const statement of [
      `update ${table} set ${column} = ${column}`,
      `delete from ${table}`,
      `truncate ${table} cascade`,
    ]) {
      await expect(root.query(statement)).rejects.toMatchObject({ hint: 'APPEND_ONLY' });
    }
  });

  test('I3 a forged row cannot continue the chain', async () => {
    const model = await world.model();
    await expect(
      root.query(
        `insert into audit (model, seq, prev_hash, hash, body, actor, command, idempotency_key, recorded_at)
         values ($1, 2, repeat('0', 64), contender_hash('{}'), '{}', 'mallory', 'promote', $2, now())`,
        [model, randomUUID()],
      ),
    ).rejects.toMatchObject({ hint: 'AUDIT_CHAIN_BROKEN' });
  });
});

describe('I4 four eyes', () => {
  const openFor = async (changes: Record<string, unknown> = {}, requester = ANA) => {
    const model = await world.model(changes);
    const candidate = await world.candidate(model, 1, { requester });
    const opened = await world.decision(candidate, await world.shadowed(candidate));
    return { model, candidate, opened };
  };
  const both = { subject: 'ana', roles: ['quant-lead'] } as const satisfies {
    subject: string;
    roles: readonly string[];
  };

  test('I4 the requester does not approve, by our code nor by plain SQL', async () => {
    const requester = { subject: 'lee', roles: ['quant-lead' as const] };
    const { candidate, opened } = await openFor({}, requester);
    expect(opened.barred).toEqual(['lee', 'ana']);
    await expect(world.approve(candidate, opened.evidenceHash, LEE)).rejects.toMatchObject(code('FOUR_EYES'));
    await expect(
      root.query(
        `insert into approvals (evidence_hash, subject, decision, reason, roles, requester, spec_author, four_eyes)
         values ($1, 'lee', 'approve', 'mine', '{quant-lead}', 'lee', 'ana', true)`,
        [opened.evidenceHash],
      ),
    ).rejects.toMatchObject({ constraint: 'four_eyes_apart' });
    await expect(
      root.query(
        `insert into approvals (evidence_hash, subject, decision, reason, roles, requester, spec_author, four_eyes)
         values ($1, 'lee', 'approve', 'mine', '{quant-lead}', 'nobody', 'ana', false)`,
        [opened.evidenceHash],
      ),
    ).rejects.toMatchObject({ code: '23503' });
  });

  test('I4 the last author of the spec does not approve', async () => {
    const { candidate, opened } = await openFor({}, { subject: 'system', roles: [] });
    await expect(
      world.approve(candidate, opened.evidenceHash, { subject: both.subject, roles: [...both.roles] }),
    ).rejects.toMatchObject(code('FOUR_EYES'));
    await world.approve(candidate, opened.evidenceHash, LEE);
  });

  test('I4 with four-eyes off the requester may sign', async () => {
    const { candidate, opened } = await openFor({ approval: { fourEyes: false } });
    expect(opened.barred).toEqual([]);
    await world.approve(candidate, opened.evidenceHash, { subject: 'ana', roles: ['quant-lead'] });
    expect((await registry.approvalState({ evidenceHash: opened.evidenceHash })).approvedBy).toEqual(['ana']);
  });

  test('I4 only a quant lead signs, by our code and by plain SQL', async () => {
    const { candidate, opened } = await openFor();
    const viewer = { subject: 'vic', roles: ['viewer' as const] };
    await expect(world.approve(candidate, opened.evidenceHash, viewer)).rejects.toMatchObject(
      code('ROLE_MISSING'),
    );
    await expect(
      root.query(
        `insert into approvals (evidence_hash, subject, decision, reason, roles, requester, spec_author, four_eyes)
         values ($1, 'vic', 'approve', 'why not', '{viewer}', 'ana', 'ana', true)`,
        [opened.evidenceHash],
      ),
    ).rejects.toMatchObject({ constraint: 'a_quant_lead_decides' });
  });

  test('I4 the same signature twice counts once; two are needed when the spec says so', async () => {
    const { candidate, opened } = await openFor({ approval: { approvers: 2 } });
    await world.approve(candidate, opened.evidenceHash, LEE, LEE);
    await expect(world.promote(candidate, opened.evidenceHash)).rejects.toMatchObject(code('NOT_APPROVED'));
    await world.approve(candidate, opened.evidenceHash, KIM);
    expect((await world.promote(candidate, opened.evidenceHash)).epoch).toBe(1);
  });

  test('I4 a signature stands: the same lead does not decide otherwise', async () => {
    const { candidate, opened } = await openFor({ approval: { approvers: 2 } });
    const { evidenceHash } = opened;
    await world.approve(candidate, evidenceHash, LEE);
    const reject = { decision: 'reject', actor: LEE, evidenceHash, reason: 'changed my mind' } as const;
    await expect(
      registry.recordApproval({ retrainId: candidate.retrainId, decision: reject }),
    ).rejects.toMatchObject(code('ALREADY_DECIDED'));
  });

  test('I4 evidence that changes voids what was signed', async () => {
    const { candidate, opened } = await openFor();
    await world.approve(candidate, opened.evidenceHash, LEE);
    const [, shadow] = await registry.evidenceOf({ retrainId: candidate.retrainId });
    const changed = await world.decision(candidate, shadow?.hash ?? '', { facts: { note: 'new numbers' } });
    expect(changed.evidenceHash).not.toBe(opened.evidenceHash);
    await expect(world.promote(candidate, opened.evidenceHash)).rejects.toMatchObject({
      ...code('EVIDENCE_CHANGED'),
      details: { evidenceHash: changed.evidenceHash },
    });
    await expect(world.promote(candidate, changed.evidenceHash)).rejects.toMatchObject(code('NOT_APPROVED'));
    await expect(world.approve(candidate, opened.evidenceHash, KIM)).rejects.toMatchObject(
      code('EVIDENCE_CHANGED'),
    );
  });

  test('I4 after the expiry nobody signs, and what was signed no longer promotes', async () => {
    const model = await world.model();
    const candidate = await world.candidate(model, 1);
    const shadow = await world.shadowed(candidate);
    const expired = await world.decision(candidate, shadow, { expiresAt: '2020-01-01T00:00:00.000Z' });
    await expect(world.approve(candidate, expired.evidenceHash, LEE)).rejects.toMatchObject(
      code('APPROVAL_EXPIRED'),
    );

    const soon = await world.decision(candidate, shadow, {
      expiresAt: new Date(Date.now() + 1500).toISOString(),
    });
    await world.approve(candidate, soon.evidenceHash, LEE);
    await root.query('select pg_sleep(1.6)');
    await expect(world.promote(candidate, soon.evidenceHash)).rejects.toMatchObject(code('APPROVAL_EXPIRED'));
  });

  test('I4 one retrain is not approved with the evidence of another, nor after it ended', async () => {
    const { candidate, opened } = await openFor();
    const other = await openFor();
    await expect(world.approve(other.candidate, opened.evidenceHash, LEE)).rejects.toMatchObject(
      code('EVIDENCE_CHANGED'),
    );
    await world.finish(candidate, 'failed');
    await expect(world.approve(candidate, opened.evidenceHash, LEE)).rejects.toMatchObject(
      code('RETRAIN_FINISHED'),
    );
  });

  test('I4 a spec that loosens a gate needs a second lead, by our code and by plain SQL', async () => {
    const model = await world.model();
    const loose = spec(model, { gates: { pboMax: 0.4 }, approval: { fourEyes: false } });
    const apply = (secondPerson: typeof LEE | null, author = ANA) =>
      registry.applySpec({ spec: loose, actor: author, secondPerson, reason: 'regime' });
    for (const second of [null, ANA, { subject: 'vic', roles: ['viewer' as const] }]) {
      await expect(apply(second)).rejects.toMatchObject({
        ...code('SECOND_PERSON_NEEDED'),
        details: { loosened: ['approval.fourEyes', 'gates.pboMax'] },
      });
    }
    await expect(apply(LEE, LEE)).rejects.toMatchObject(code('SECOND_PERSON_NEEDED'));
    expect((await registry.currentSpec({ model })).number).toBe(1);
    expect(await apply(LEE)).toMatchObject({ number: 2, changed: true });
    expect(await apply(null)).toMatchObject({ number: 2, changed: false });
    await expect(
      root.query(
        `insert into specs (model, number, spec, hash, author, loosened) values ($1, 3, '{}', repeat('a', 64), 'ana', '{gates.pboMax}')`,
        [model],
      ),
    ).rejects.toMatchObject({ constraint: 'loosening_needs_a_second_person' });
  });
});

describe('I5 fencing of the servers', () => {
  const server = async (model: string, leaseSeconds = 60) => {
    const name = `server-${randomUUID()}`;
    await registry.registerServer({ name, address: 'http://127.0.0.1:1', models: [model], leaseSeconds });
    return name;
  };

  test('I5 the epoch of a server never falls, by our code and by plain SQL', async () => {
    const model = await world.model();
    const first = await world.champion(model, 1);
    const second = await world.champion(model, 2);
    const name = await server(model);
    const acknowledge = (epoch: number, versionId: string) =>
      registry.acknowledgeEpoch({ server: name, model, epoch, versionId });
    await acknowledge(2, second.versionId);
    await acknowledge(2, second.versionId);
    await expect(acknowledge(1, first.versionId)).rejects.toMatchObject({
      ...code('EPOCH_FENCED'),
      details: { currentEpoch: 2 },
    });
    await expect(
      root.query('update server_epochs set epoch = 1, version_id = $2 where server = $1', [
        name,
        first.versionId,
      ]),
    ).rejects.toMatchObject({ hint: 'EPOCH_FENCED' });
  });

  test('I5 an acknowledgement carries the hash of its epoch, or is refused', async () => {
    const model = await world.model();
    const first = await world.champion(model, 1);
    await world.champion(model, 2);
    const name = await server(model);
    await expect(
      registry.acknowledgeEpoch({ server: name, model, epoch: 2, versionId: first.versionId }),
    ).rejects.toMatchObject(code('REGISTRY_CONSTRAINT'));
    await expect(
      registry.acknowledgeEpoch({ server: name, model, epoch: 7, versionId: first.versionId }),
    ).rejects.toMatchObject(code('REGISTRY_CONSTRAINT'));
  });

  test('I5 a swap is complete when every server with a valid lease answers with it, and names those that do not', async () => {
    const model = await world.model();
    const first = await world.champion(model, 1);
    const [a, b, gone] = [await server(model), await server(model), await server(model, 0)];
    const status = () => registry.swapStatus({ model, epoch: 1 });
    expect((await status()).missing.map(({ server: name }) => name).sort()).toEqual([a, b].sort());
    await registry.acknowledgeEpoch({ server: a, model, epoch: 1, versionId: first.versionId });
    expect(await status()).toMatchObject({ status: 'partial', missing: [{ server: b }] });
    await registry.deregisterServer({ name: b });
    expect(await status()).toMatchObject({
      status: 'complete',
      acknowledged: [{ server: a, epoch: 1 }],
      missing: [],
    });
    expect(await registry.renewLease({ name: gone, leaseSeconds: 60 })).toBe(true);
    expect(await status()).toMatchObject({ status: 'partial', missing: [{ server: gone }] });
    expect(await registry.renewLease({ name: 'nobody', leaseSeconds: 60 })).toBe(false);
  });
});

describe('I6 every retrain reaches a final state, once', () => {
  test('I6 a second retrain waits; an emergency supersedes the open one and says so', async () => {
    const model = await world.model();
    const open = await world.candidate(model, 1);
    await expect(registry.createRetrain(world.input(model))).rejects.toMatchObject({
      ...code('RETRAIN_OPEN'),
      details: { retrainId: open.retrainId },
    });
    const emergency = world.input(model, { emergency: true, reason: 'decay alarm' });
    const created = await registry.createRetrain(emergency);
    expect(created.superseded).toBe(open.retrainId);
    expect(await registry.getRetrain({ retrainId: open.retrainId })).toMatchObject({ status: 'superseded' });
    expect(await registry.createRetrain(emergency)).toEqual({ ...created, repeated: true });
    expect((await registry.openRetrains()).filter((each) => each.model === model)).toHaveLength(1);
  });

  test('I6 two open retrains of one model are refused by the database itself', async () => {
    const model = await world.model();
    const open = await world.candidate(model, 1);
    await expect(
      root.query(
        `insert into retrains (id, correlation_id, model, as_of, trigger, requester, spec_number, clock, emergency, allow_probation, trigger_reason, epoch)
         select id, 'other', model, as_of, trigger, requester, spec_number, clock, emergency, allow_probation, trigger_reason, epoch
         from retrains where id = $1`,
        [open.retrainId],
      ),
    ).rejects.toMatchObject({ constraint: 'one_open_retrain_per_model' });
  });

  test('I6 the first final state stands', async () => {
    const model = await world.model();
    const candidate = await world.candidate(model, 1);
    await world.finish(candidate, 'refused');
    const before = await fingerprint(model);
    await world.finish(candidate, 'failed');
    expect(await fingerprint(model)).toEqual(before);
    expect(await registry.getRetrain({ retrainId: candidate.retrainId })).toMatchObject({
      status: 'refused',
    });
    await expect(
      root.query(`update retrains set status = 'open', finished_at = null where id = $1`, [
        candidate.retrainId,
      ]),
    ).rejects.toMatchObject({ hint: 'RETRAIN_FINISHED' });
    await expect(
      registry.setRetrainStep({ retrainId: candidate.retrainId, step: 'swap' }),
    ).rejects.toMatchObject(code('RETRAIN_FINISHED'));
  });

  test('I6 it is promoted when, and only when, it opened a reign', async () => {
    const model = await world.model();
    const candidate = await world.candidate(model, 1);
    await expect(world.finish(candidate, 'promoted')).rejects.toMatchObject(code('PROMOTION_MISMATCH'));
    await world.promote(candidate, await world.approved(candidate));
    await world.finish(candidate, 'failed');
    expect(await registry.getRetrain({ retrainId: candidate.retrainId })).toMatchObject({
      status: 'promoted',
    });
  });

  test('I6 the same retrain id can be run again after it ended, as a run of its own', async () => {
    const model = await world.model();
    const input = world.input(model);
    const first = await registry.createRetrain(input);
    await registry.finishRetrain({
      retrainId: input.retrainId,
      outcome: 'failed',
      step: 'train',
      reason: 'out of memory',
      code: 'TrainingMemoryLimit',
      verdict: null,
      notification: null,
    });
    const second = await registry.createRetrain({ ...input, correlationId: randomUUID() });
    expect(second.run).toBeGreaterThan(first.run);
    expect(await registry.getRetrain({ retrainId: input.retrainId })).toMatchObject({
      run: second.run,
      status: 'open',
    });
  });

  test('I6 repeating a step has no second effect', async () => {
    const model = await world.model();
    const { retrainId, versionId, asOf } = await world.candidate(model, 1);
    const day = {
      retrainId,
      session: '2019-07-01',
      versionId,
      championId: null,
      rows: 100,
      pairedRows: 99,
      verdict: 'continue',
      reason: '',
      predictions: artifact('day'),
      numbers: { agreement: 0.5 },
    } as const;
    await registry.saveShadowDay(day);
    const again = await registry.saveShadowDay({ ...day, numbers: { agreement: 0.9 } });
    expect(again.numbers).toEqual({ agreement: 0.5 });
    expect(await registry.shadowDays({ retrainId })).toHaveLength(1);
    const snapshot = snapshotOf(asOf);
    await registry.recordSnapshot({ retrainId, ...snapshot });
    expect(await count('snapshots where id = $1', snapshot.manifest.snapshotId)).toBe(1);
    const trial = {
      trialId: versionId,
      recipeHash: versionId,
      recipe: manifestOf(model, versionId, 1).identity.recipe,
    };
    const trials = [{ trial, predictions: artifact('oos'), summary: { sharpe: 1 } }];
    expect(await registry.recordTrials({ retrainId, trials })).toEqual({ recorded: 1 });
    expect(await registry.recordTrials({ retrainId, trials })).toEqual({ recorded: 0 });
    expect((await registry.ledger({ model })).recipes).toHaveLength(1);
  });
});

describe('I7 a notification is never sent again after a recorded success', () => {
  test('I7 a sent row is final, by our code and by plain SQL', async () => {
    const model = await world.model();
    await world.champion(model, 1);
    const key = `swapped:${model}:1`;
    await root.query(`update outbox set due_at = now() where dedupe_key = $1`, [key]);
    const claims = await registry.outbox.claim({ channel: 'route', batch: 100, leaseSeconds: 30 });
    const claim = claims.find(({ dedupeKey }) => dedupeKey === key);
    if (claim === undefined) throw new Error('the announcement of the swap was not due');
    await registry.outbox.markSent(claim, 'receipt');
    await registry.outbox.markRetry(claim, new Date().toISOString(), 'late');
    await registry.outbox.markUnknown(claim, new Date().toISOString(), 'late');
    await registry.outbox.markSent(claim, 'again');
    const { rows } = await root.query(
      'select state, receipt, unknown_outcomes from outbox where dedupe_key = $1',
      [key],
    );
    expect(rows).toEqual([{ state: 'sent', receipt: 'receipt', unknown_outcomes: 0 }]);
    await expect(
      root.query(`update outbox set state = 'pending', sent_at = null where dedupe_key = $1`, [key]),
    ).rejects.toMatchObject({ hint: 'OUTBOX_FINAL' });
    await expect(root.query('delete from outbox where dedupe_key = $1', [key])).rejects.toMatchObject({
      hint: 'APPEND_ONLY',
    });
  });

  test('I7 the announcement waits for the acknowledgements, and is one message', async () => {
    const model = await world.model();
    await world.champion(model, 1);
    const key = `swapped:${model}:1`;
    const row = async () => {
      const { rows } = await root.query<{ due: boolean; acks: number }>(
        `select due_at <= clock_timestamp() as due, jsonb_array_length(event -> 'acknowledged') as acks from outbox where dedupe_key = $1`,
        [key],
      );
      return rows;
    };
    expect(await row()).toEqual([{ due: false, acks: 0 }]);
    const { rows } = await root.query<{ event: Record<string, unknown> }>(
      'select event from outbox where dedupe_key = $1',
      [key],
    );
    const event = { ...rows[0]?.event, acknowledged: [{ server: 'a', epoch: 1 }] };
    await registry.enqueueNotification({ event: event as never });
    expect(await row()).toEqual([{ due: true, acks: 1 }]);
    await registry.enqueueNotification({ event: { ...event, acknowledged: [] } as never });
    expect(await row()).toEqual([{ due: true, acks: 1 }]);
  });
});

describe('I8 what is in use cannot be deleted', () => {
  const remove = (model: string, version: number) =>
    registry.deleteVersion({
      model,
      version,
      actor: { subject: 'ops', roles: ['operator'] },
      reason: 'space',
      idempotencyKey: randomUUID(),
    });
  const outOfRetention = async (model: string) => {
    await root.query('alter table versions disable trigger versions_change');
    await root.query(`update versions set retain_until = now() - interval '1 day' where model = $1`, [model]);
    await root.query('alter table versions enable trigger versions_change');
  };

  test('I8 champion, previous, what an open retrain names and what is in retention stay', async () => {
    const model = await world.model();
    const oldest = await world.champion(model, 1);
    const previous = await world.champion(model, 2);
    const champion = await world.champion(model, 3);
    const candidate = await world.candidate(model, 4);
    await expect(remove(model, oldest.number)).rejects.toMatchObject({
      ...code('VERSION_IN_USE'),
      details: { because: 'it is in retention' },
    });
    await outOfRetention(model);
    for (const [number, because] of [
      [champion.number, 'it is the champion'],
      [previous.number, 'it is the previous champion'],
      [candidate.number, 'an open retrain names it'],
    ] as const) {
      await expect(remove(model, number)).rejects.toMatchObject({
        ...code('VERSION_IN_USE'),
        details: { because },
      });
    }
    await expect(
      root.query(`update versions set state = 'deleted', deleted_at = now() where id = $1`, [
        champion.versionId,
      ]),
    ).rejects.toMatchObject({ hint: 'VERSION_IN_USE' });
    await expect(root.query('delete from versions where id = $1', [oldest.versionId])).rejects.toMatchObject({
      hint: 'APPEND_ONLY',
    });

    expect(await remove(model, oldest.number)).toMatchObject({ number: oldest.number });
    await expect(world.rollback(model, { toVersion: oldest.number })).rejects.toMatchObject(
      code('VERSION_DELETED'),
    );
  });

  test('I8 a snapshot stays while a version or an open retrain names it', async () => {
    const model = await world.model();
    const { asOf } = await world.candidate(model, 1);
    const { snapshotId } = snapshotOf(asOf).manifest;
    await expect(root.query('delete from snapshots where id = $1', [snapshotId])).rejects.toMatchObject({
      hint: 'SNAPSHOT_IN_USE',
    });
  });
});
