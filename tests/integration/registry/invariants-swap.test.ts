import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { code, openBench } from './registry-bench.ts';
import type { RegistryBench } from './registry-bench.ts';
import { GOOD_GATES, KIM, LEE, gate } from './world.ts';

let bench: RegistryBench;
let registry: RegistryBench['registry'];
let world: RegistryBench['world'];
let root: RegistryBench['root'];

beforeAll(async () => {
  bench = await openBench('invariants-swap');
  ({ registry, world, root } = bench);
});
afterAll(() => bench.close());

const fingerprint = (model: string) => bench.fingerprint(model);

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

  test('I2 a gate that failed stops it', async () => {
    const candidate = await world.candidate(await world.model(), 1);
    const shadowHash = await world.shadowed(candidate, [gate('leak'), gate('spa', 'fail')]);
    const { evidenceHash } = await world.decision(candidate, shadowHash);
    await world.approve(candidate, evidenceHash, LEE);
    await expect(world.promote(candidate, evidenceHash)).rejects.toMatchObject({
      ...code('EVIDENCE_MISSING'),
      details: { gates: ['spa'] },
    });
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
      verdicts: [gate('leak'), gate('parity'), gate('spa', 'fail')],
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
