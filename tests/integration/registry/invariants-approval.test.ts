import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { code, openBench } from './registry-bench.ts';
import type { RegistryBench } from './registry-bench.ts';
import { ANA, KIM, LEE, spec } from './world.ts';

let bench: RegistryBench;
let registry: RegistryBench['registry'];
let world: RegistryBench['world'];
let root: RegistryBench['root'];

beforeAll(async () => {
  bench = await openBench('invariants-approval');
  ({ registry, world, root } = bench);
});
afterAll(() => bench.close());

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

  describe('a deputy', () => {
    const DORA = { subject: 'dora', roles: ['viewer' as const] };
    const past = (): string => new Date(Date.now() - 60_000).toISOString();
    const askedFor = async (deputyFrom: string, requester = ANA, approval: Record<string, unknown> = {}) => {
      const model = await world.model({ approval: { deputy: 'dora', ...approval } });
      const candidate = await world.candidate(model, 1, { requester });
      const shadow = await world.shadowed(candidate);
      return { candidate, opened: await world.decision(candidate, shadow, { deputyFrom }) };
    };

    test('I4 signs once their time has come, in any spelling, and the audit says as what', async () => {
      const { candidate, opened } = await askedFor(past());
      await world.approve(candidate, opened.evidenceHash, { ...DORA, subject: 'Dora' });
      expect((await world.promote(candidate, opened.evidenceHash)).epoch).toBe(1);
      const { rows } = await root.query(
        `select body::jsonb -> 'facts' ->> 'asDeputy' as deputy from audit where model = $1 and command = 'approve'`,
        [candidate.model],
      );
      expect(rows).toEqual([{ deputy: 'true' }]);
      expect((await registry.approvalOf({ retrainId: candidate.retrainId }))?.deputy?.subject).toBe('dora');
    });

    test('I4 signs nothing before that, by our code nor by plain SQL', async () => {
      const later = new Date(Date.now() + 300_000).toISOString();
      const { candidate, opened } = await askedFor(later);
      await expect(world.approve(candidate, opened.evidenceHash, DORA)).rejects.toMatchObject(
        code('DEPUTY_NOT_YET'),
      );
      await expect(
        root.query(
          `insert into approvals (evidence_hash, subject, decision, reason, roles, requester, spec_author, four_eyes, as_deputy)
           values ($1, 'dora', 'approve', 'early', '{viewer}', 'ana', 'ana', true, true)`,
          [opened.evidenceHash],
        ),
      ).rejects.toMatchObject({ hint: 'DEPUTY_NOT_YET' });
      await world.approve(candidate, opened.evidenceHash, LEE);
    });

    test('I4 is one person: somebody else with the same roles is refused', async () => {
      const { candidate, opened } = await askedFor(past());
      const vic = { ...DORA, subject: 'vic' };
      await expect(world.approve(candidate, opened.evidenceHash, vic)).rejects.toMatchObject(
        code('ROLE_MISSING'),
      );
    });

    test('I4 does not approve what they asked for, nor twice', async () => {
      const own = await askedFor(past(), { subject: 'DORA', roles: ['researcher'] });
      await expect(world.approve(own.candidate, own.opened.evidenceHash, DORA)).rejects.toMatchObject(
        code('FOUR_EYES'),
      );
      const two = await askedFor(past(), ANA, { approvers: 2 });
      await world.approve(two.candidate, two.opened.evidenceHash, DORA, DORA);
      await expect(
        world.approve(two.candidate, two.opened.evidenceHash, { subject: 'dora ', roles: ['quant-lead'] }),
      ).rejects.toMatchObject(code('FOUR_EYES'));
      await expect(world.promote(two.candidate, two.opened.evidenceHash)).rejects.toMatchObject(
        code('NOT_APPROVED'),
      );
      await world.approve(two.candidate, two.opened.evidenceHash, LEE);
      expect((await world.promote(two.candidate, two.opened.evidenceHash)).epoch).toBe(1);
    });

    test('I4 is the one of the spec: a decision that names another is refused', async () => {
      const model = await world.model({ approval: { deputy: 'dora' } });
      const candidate = await world.candidate(model, 1);
      const shadow = await world.shadowed(candidate);
      const { evidenceHash } = await world.decision(candidate, shadow, { deputyFrom: past() });
      await expect(
        root.query(
          `insert into decisions (hash, run, version_id, admission, expected_epoch, requester, spec_author, four_eyes,
             approvers, expires_at, deputy, deputy_from)
           select hash, run, version_id, admission, expected_epoch, requester, spec_author, four_eyes, approvers,
             expires_at, 'emil', deputy_from from decisions where hash = $1`,
          [evidenceHash],
        ),
      ).rejects.toMatchObject({ hint: 'EVIDENCE_BROKEN' });
    });

    test('I4 is named and changed by two people', async () => {
      const model = await world.model();
      const named = spec(model, { approval: { deputy: 'dora' } });
      const change = { spec: named, actor: ANA, reason: 'holidays' };
      await expect(registry.applySpec({ ...change, secondPerson: null })).rejects.toMatchObject(
        code('SECOND_PERSON_NEEDED'),
      );
      await expect(
        root.query(
          `insert into specs (model, number, spec, hash, author, loosened, reason)
           select model, 2, jsonb_set(spec, '{approval,deputy}', '"dora"'), repeat('a', 64), 'ana', '{}', 'holidays'
           from specs where model = $1`,
          [model],
        ),
      ).rejects.toMatchObject({ hint: 'SECOND_PERSON_NEEDED' });
      const applied = await registry.applySpec({ ...change, secondPerson: LEE });
      expect(applied.loosened).toEqual(['approval.deputy']);
    });
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
