import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Actor } from '../../../contracts/primitives.ts';
import { code, openBench } from './registry-bench.ts';
import type { RegistryBench } from './registry-bench.ts';
import { ANA, KIM, LEE, OPS } from './world.ts';
import type { Candidate } from './world.ts';

let bench: RegistryBench;
let registry: RegistryBench['registry'];
let world: RegistryBench['world'];
let root: RegistryBench['root'];

beforeAll(async () => {
  bench = await openBench('invariants-objection');
  ({ registry, world, root } = bench);
});
afterAll(() => bench.close());

const MIA: Actor = { subject: 'mia', roles: ['quant-lead'] };

async function signed(changes: Record<string, unknown> = {}): Promise<Candidate & { evidenceHash: string }> {
  const candidate = await world.candidate(await world.model(changes), 1);
  return { ...candidate, evidenceHash: await world.approved(candidate) };
}

const object = ({ retrainId, evidenceHash }: { retrainId: string; evidenceHash: string }, actor = KIM) =>
  registry.raiseObjection({ retrainId, evidenceHash, actor, reason: 'March', idempotencyKey: randomUUID() });

const answer = (
  { retrainId }: { readonly retrainId: string },
  objection: number,
  say: 'withdraw' | 'overrule',
  actor: Actor,
) => registry.answerObjection({ retrainId, objection, answer: say, actor, reason: 'looked at it' });

describe('I2 an objection before the swap', () => {
  test('holds the swap, by our code and by plain SQL, until it is withdrawn', async () => {
    const candidate = await signed();
    const { id, state, epoch } = await object(candidate);
    expect([state, epoch]).toEqual(['open', null]);
    await expect(world.promote(candidate, candidate.evidenceHash)).rejects.toMatchObject({
      ...code('OBJECTION_OPEN'),
      details: { objection: id, subject: 'kim' },
    });
    expect(await registry.champion({ model: candidate.model })).toMatchObject({ epoch: 0 });
    expect(await answer(candidate, id, 'withdraw', KIM)).toMatchObject({ state: 'withdrawn' });
    expect((await world.promote(candidate, candidate.evidenceHash)).epoch).toBe(1);
  });

  test('is overruled by two others, not by one, not by the objector, the requester or the author', async () => {
    const candidate = await signed();
    const { id } = await object(candidate);
    const refused = async (actor: Actor, say: 'withdraw' | 'overrule', why: string) => {
      await expect(answer(candidate, id, say, actor)).rejects.toMatchObject(code(why));
    };
    await refused(KIM, 'overrule', 'FOUR_EYES');
    await refused({ ...KIM, subject: ' KIM' }, 'overrule', 'FOUR_EYES');
    await refused({ subject: 'Ana', roles: ['quant-lead'] }, 'overrule', 'FOUR_EYES');
    await refused(OPS, 'overrule', 'ROLE_MISSING');
    await refused(LEE, 'withdraw', 'FOUR_EYES');
    expect(await answer(candidate, id, 'overrule', LEE)).toMatchObject({ state: 'open' });
    expect((await answer(candidate, id, 'overrule', LEE)).answers).toHaveLength(1);
    await refused({ ...LEE, subject: 'Lee' }, 'overrule', 'FOUR_EYES');
    await expect(world.promote(candidate, candidate.evidenceHash)).rejects.toMatchObject(
      code('OBJECTION_OPEN'),
    );
    expect(await answer(candidate, id, 'overrule', MIA)).toMatchObject({ state: 'overruled' });
    await refused({ ...MIA, subject: 'nia' }, 'overrule', 'ALREADY_DECIDED');
    expect((await world.promote(candidate, candidate.evidenceHash)).epoch).toBe(1);
  });

  test("stands once for one person, and each person's has to be resolved", async () => {
    const candidate = await signed();
    const [one, again] = [await object(candidate), await object(candidate, { ...KIM, subject: 'Kim' })];
    expect(again.id).toBe(one.id);
    const other = await object(candidate, MIA);
    await answer(candidate, one.id, 'withdraw', KIM);
    const standing = await registry.standingObjections({ evidenceHash: candidate.evidenceHash });
    expect(standing).toEqual([{ id: other.id, subject: 'mia', reason: 'March' }]);
    await expect(world.promote(candidate, candidate.evidenceHash)).rejects.toMatchObject(
      code('OBJECTION_OPEN'),
    );
  });

  test('is upheld when the retrain ends without a swap, and too late afterwards', async () => {
    const candidate = await signed();
    await object(candidate);
    await world.finish(candidate, 'refused');
    expect((await registry.objectionsOf(candidate)).map(({ state }) => state)).toEqual(['upheld']);
    await expect(object(candidate, MIA)).rejects.toMatchObject(code('RETRAIN_FINISHED'));
  });

  test('has an audit row each, and tells people once', async () => {
    const candidate = await signed();
    const { id } = await object(candidate);
    await object(candidate);
    await answer(candidate, id, 'withdraw', KIM);
    const { rows } = await root.query(
      `select command from audit where model = $1 and command like '%object%' order by seq`,
      [candidate.model],
    );
    expect(rows).toEqual([{ command: 'object' }, { command: 'withdraw-objection' }]);
    const told = await root.query(
      `select event ->> 'state' as state, event ->> 'severity' as severity from outbox
       where event ->> 'model' = $1 and event ->> 'kind' = 'objection' order by id`,
      [candidate.model],
    );
    expect(told.rows).toEqual([
      { state: 'raised', severity: 'ERROR' },
      { state: 'withdrawn', severity: 'INFO' },
    ]);
  });

  test('is nothing for other roles, other evidence, or the system', async () => {
    const candidate = await signed();
    await expect(object(candidate, ANA)).rejects.toMatchObject(code('ROLE_MISSING'));
    await expect(object({ ...candidate, evidenceHash: 'a'.repeat(64) })).rejects.toMatchObject(
      code('EVIDENCE_CHANGED'),
    );
    await expect(object(candidate, { subject: 'System', roles: ['quant-lead'] })).rejects.toMatchObject(
      code('FOUR_EYES'),
    );
    await expect(answer(candidate, 999_999, 'withdraw', KIM)).rejects.toMatchObject(
      code('OBJECTION_UNKNOWN'),
    );
    await expect(
      root.query(
        `insert into objections (evidence_hash, run, model, subject, roles, reason)
         select hash, run, $2, 'vic', '{viewer}', 'why not' from decisions where hash = $1`,
        [candidate.evidenceHash, candidate.model],
      ),
    ).rejects.toMatchObject({ constraint: 'a_quant_lead_objects' });
  });

  test('raised while the swap commits, is before it or after it, never lost', async () => {
    const candidate = await signed();
    const [swapped, objected] = await Promise.allSettled([
      world.promote(candidate, candidate.evidenceHash),
      object(candidate),
    ]);
    expect(objected.status).toBe('fulfilled');
    const [record] = await registry.objectionsOf(candidate);
    expect(record?.epoch).toBe(swapped.status === 'fulfilled' ? 1 : null);
    expect(record?.state).toBe('open');
  });
});

describe('an objection after the swap', () => {
  test('pages while the reign lasts, is upheld by a rollback, and is too late afterwards', async () => {
    const model = await world.model();
    await world.champion(model, 1);
    const second = await world.champion(model, 2);
    const evidenceHash = (await registry.approvalOf(second))?.evidenceHash ?? '';
    const raised = await object({ ...second, evidenceHash });
    expect([raised.state, raised.epoch]).toEqual(['open', 2]);
    const told = await root.query(
      `select event ->> 'severity' as severity, event ->> 'rollbackCommand' as command from outbox
       where event ->> 'model' = $1 and event ->> 'kind' = 'objection'`,
      [model],
    );
    expect(told.rows).toEqual([
      { severity: 'CRITICAL', command: `npm run contender -- rollback ${model} --reason "..."` },
    ]);
    // It holds nothing that comes after.
    await world.rollback(model);
    expect((await registry.objectionsOf(second)).map(({ state }) => state)).toEqual(['upheld']);
    await expect(object({ ...second, evidenceHash }, MIA)).rejects.toMatchObject(code('OBJECTION_TOO_LATE'));
  });

  test('is over when the next promotion comes, which it does not hold', async () => {
    const model = await world.model();
    const first = await world.champion(model, 1);
    const evidenceHash = (await registry.approvalOf(first))?.evidenceHash ?? '';
    await object({ ...first, evidenceHash });
    await world.champion(model, 2);
    expect((await registry.objectionsOf(first)).map(({ state }) => state)).toEqual(['over']);
  });
});
