import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Actor } from '../../../contracts/primitives.ts';
import type { SpecProposal } from '../../../registry/spec-proposals.ts';
import { code, openBench } from './registry-bench.ts';
import type { RegistryBench } from './registry-bench.ts';
import { ANA, KIM, LEE, spec } from './world.ts';

let bench: RegistryBench;
let registry: RegistryBench['registry'];
let world: RegistryBench['world'];
let root: RegistryBench['root'];

beforeAll(async () => {
  bench = await openBench('deputy-specs');
  ({ registry, world, root } = bench);
});
afterAll(() => bench.close());

const DORA: Actor = { subject: 'dora', roles: ['viewer'] };
const SOON_MS = 3000;
const inMs = (ms: number) => () => Promise.resolve(new Date(Date.now() + ms).toISOString());

/** Ana loosens the spec of a model whose deputy is Dora, who may decide after `afterMs`. */
async function proposed(
  afterMs: number,
  changes: Record<string, unknown> = { gates: { pboMax: 0.4 } },
  author = ANA,
): Promise<SpecProposal> {
  const approval = { deputy: 'dora' };
  const model = await world.model({ approval });
  const outcome = await registry.applyOrProposeSpec({
    ...{
      spec: spec(model, { approval, ...changes }),
      actor: author,
      reason: 'a quarter',
      expectedNumber: null,
    },
    deadline: inMs(afterMs),
  });
  if (outcome.kind === 'applied') throw new Error('nothing was loosened');
  return outcome.proposal;
}

const decide = ({ id }: SpecProposal, actor: Actor, decision: 'agree' | 'reject' = 'agree') =>
  registry.decideSpecProposal({ id, actor, decision, hash: null, reason: 'seen the numbers' });

/** Until the deputy may decide, by the clock that says so. */
const untilTheirTime = async ({ id }: SpecProposal): Promise<void> => {
  await root.query('select pg_sleep_until(deputy_from) from spec_proposals where id = $1', [id]);
};

describe('a deputy as the second person of a loosened spec', () => {
  test('agrees once their time has come, in any spelling, and spec, proposal and audit say so', async () => {
    const proposal = await proposed(SOON_MS);
    expect(proposal.deputy?.subject).toBe('dora');
    await expect(decide(proposal, DORA)).rejects.toMatchObject(code('DEPUTY_NOT_YET'));
    expect((await registry.currentSpec(proposal)).number).toBe(1);
    await untilTheirTime(proposal);
    await expect(decide(proposal, { ...DORA, subject: 'vic' })).rejects.toMatchObject(code('ROLE_MISSING'));
    const decided = await decide(proposal, { ...DORA, subject: 'Dora' });
    expect(decided).toMatchObject({ state: 'agreed', decidedBy: 'Dora', decidedAsDeputy: true });
    expect(await registry.currentSpec(proposal)).toMatchObject({
      ...{ number: 2, author: 'ana', secondPerson: 'Dora', secondAsDeputy: true },
    });
    const { rows } = await root.query(
      `select command from audit where model = $1 and body::jsonb -> 'facts' ->> 'asDeputy' = 'true' order by seq`,
      [proposal.model],
    );
    expect(rows).toEqual([{ command: 'apply-spec' }, { command: 'agree-spec-proposal' }]);
  });

  test('signs what was read: another spec under the same number is refused, and the proposal stays open', async () => {
    const proposal = await proposed(SOON_MS);
    const as = (hash: string) =>
      registry.decideSpecProposal({
        ...{ id: proposal.id, actor: LEE, decision: 'agree', hash, reason: 'seen the numbers' },
      });
    await expect(as('b'.repeat(64))).rejects.toMatchObject(code('PROPOSAL_CHANGED'));
    expect((await registry.specProposal(proposal)).state).toBe('open');
    expect((await as(proposal.hash)).state).toBe('agreed');
  });

  test('rejects as well, and then nobody agrees', async () => {
    const proposal = await proposed(SOON_MS);
    await untilTheirTime(proposal);
    expect(await decide(proposal, DORA, 'reject')).toMatchObject({
      state: 'rejected',
      decidedAsDeputy: true,
    });
    await expect(decide(proposal, LEE)).rejects.toMatchObject(code('ALREADY_DECIDED'));
    expect((await registry.currentSpec(proposal)).number).toBe(1);
  });

  test.each([
    ['fewer signatures', { fourEyes: false }],
    ['another deputy', { deputy: 'emil' }],
    ['being asked sooner', { deputy: 'dora', deputyAfterSessions: 2 }],
  ])('does not agree to %s', async (_, approval) => {
    const proposal = await proposed(300_000, { approval });
    expect(proposal.deputy).toBeNull();
    await expect(decide(proposal, DORA)).rejects.toMatchObject(code('ROLE_MISSING'));
    expect(await registry.deputyOfProposal(proposal)).toBeNull();
    expect(await decide(proposal, KIM)).toMatchObject({ state: 'agreed', decidedAsDeputy: false });
  });

  test('does not agree to what they wrote, in any spelling', async () => {
    const proposal = await proposed(SOON_MS, undefined, { subject: 'DORA', roles: ['researcher'] });
    await untilTheirTime(proposal);
    await expect(decide(proposal, DORA)).rejects.toMatchObject(code('SECOND_PERSON_NEEDED'));
  });

  test('is held to it by the database, whatever a program says', async () => {
    const early = await proposed(300_000);
    const forged = (model: string) =>
      root.query(
        `insert into specs (model, number, spec, hash, author, loosened, second_person, second_as_deputy)
         select model, number + 1, spec, repeat('a', 64), 'ana', '{gates.pboMax}', 'dora', true from specs where model = $1`,
        [model],
      );
    await expect(forged(early.model)).rejects.toMatchObject({ hint: 'SECOND_PERSON_NEEDED' });
    await expect(
      root.query(
        `insert into specs (model, number, spec, hash, author, loosened, second_person, second_as_deputy)
         select model, base_number + 1, spec, hash, author, loosened, 'dora', true from spec_proposals where id = $1`,
        [early.id],
      ),
    ).rejects.toMatchObject({ hint: 'DEPUTY_NOT_YET' });
    for (const change of [`deputy_from = now()`, `deputy = 'eve'`]) {
      await expect(
        root.query(`update spec_proposals set ${change} where id = $1`, [early.id]),
      ).rejects.toMatchObject({ hint: 'ALREADY_DECIDED' });
    }
    await expect(
      root.query(
        `update spec_proposals set decision = 'agree', decided_by = 'dora', decided_at = now(), decided_as_deputy = true
         where id = $1`,
        [early.id],
      ),
    ).rejects.toMatchObject({ hint: 'DEPUTY_NOT_YET' });
  });

  test('is told when their time has come, and the leads at once', async () => {
    const proposal = await proposed(300_000);
    const { rows } = await root.query(
      `select event ->> 'deputy' as deputy, due_at > now() as later from outbox
       where event ->> 'kind' = 'spec-proposed' and event ->> 'model' = $1 order by id`,
      [proposal.model],
    );
    expect(rows).toEqual([
      { deputy: null, later: false },
      { deputy: 'dora', later: true },
    ]);
  });

  test('is nobody where the spec in force names none', async () => {
    const model = await world.model();
    const outcome = await registry.applyOrProposeSpec({
      ...{
        spec: spec(model, { gates: { pboMax: 0.4 } }),
        actor: ANA,
        reason: 'a quarter',
        expectedNumber: null,
      },
      deadline: () => Promise.reject(new Error('nobody asks for a deadline')),
    });
    expect(outcome).toMatchObject({ kind: 'proposed', proposal: { deputy: null } });
  });
});

describe('a decision on a proposal that breaks between the spec and the proposal', () => {
  /** Whatever marks a proposal as agreed to breaks, as a crash would break it there. */
  const broken = async (work: () => Promise<void>): Promise<void> => {
    await root.query(
      `create function planted_crash() returns trigger language plpgsql as
         $$ begin raise exception 'crashed here' using errcode = '57P01'; end $$`,
    );
    await root.query(
      'create trigger planted_crash before update on spec_proposals for each row execute function planted_crash()',
    );
    try {
      await work();
    } finally {
      await root.query('drop trigger planted_crash on spec_proposals; drop function planted_crash');
    }
  };

  test('leaves neither, and the same decision again carries out both', async () => {
    const proposal = await proposed(60_000);
    const before = await bench.fingerprint(proposal.model);
    await broken(async () => {
      await expect(decide(proposal, KIM)).rejects.toMatchObject({ kind: 'unreachable' });
    });
    expect(await bench.fingerprint(proposal.model)).toEqual(before);
    expect((await registry.specProposal(proposal)).state).toBe('open');
    expect((await registry.currentSpec(proposal)).number).toBe(1);
    const decided = await decide(proposal, KIM);
    expect(decided).toMatchObject({ state: 'agreed', decidedBy: 'kim' });
    expect(await decide(proposal, KIM)).toEqual(decided);
    expect(await registry.currentSpec(proposal)).toMatchObject({ number: 2, hash: proposal.hash });
    expect(await registry.verifyAudit({ model: proposal.model, anchor: null })).toMatchObject({ ok: true });
  });

  test('two leads who agree at the same moment: one decides, the spec is in force once', async () => {
    const proposal = await proposed(60_000);
    const outcomes = await Promise.allSettled([decide(proposal, KIM), decide(proposal, LEE)]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'ALREADY_DECIDED' },
    });
    expect((await registry.currentSpec(proposal)).number).toBe(2);
  });
});
