import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBench, type RegistryBench } from './registry-bench.ts';
import { ANA, artifact, type Candidate, gate, GOOD_GATES, KIM, LEE, spec } from './world.ts';

let bench: RegistryBench;
let registry: RegistryBench['registry'];
let world: RegistryBench['world'];
let root: RegistryBench['root'];

beforeAll(async () => {
  bench = await openBench('adoption');
  ({ registry, world, root } = bench);
});
afterAll(() => bench.close());

const key = (): string => `test:${randomUUID()}`;
const SYSTEM = { subject: 'system', roles: [] };
const LONG_AGO = '2000-01-01T00:00:00.000Z';
const SESSIONS = ['2019-07-01', '2019-07-02'];

/** A champion, and a version that its gates passed and nobody signed. */
async function refused(model: string, verdicts = GOOD_GATES): Promise<Candidate> {
  const candidate = await world.candidate(model, 2);
  await world.shadowed(candidate, verdicts);
  await world.finish(candidate, 'refused');
  return candidate;
}

const add = (model: string, version: number) =>
  registry.addChallenger({ model, version, actor: LEE, reason: 'seen in May', idempotencyKey: key() });

/** Its shadow beside the champion in force, to the verdict. */
async function shadow(model: string, version: number, verdict: 'pass' | 'fail' | 'inconclusive' = 'pass') {
  const { number } = await add(model, version);
  const { champion } = await registry.champion({ model });
  for (const session of SESSIONS) {
    await registry.saveChallengerDay({
      ...{ model, number, session, championId: champion?.id ?? '', rows: 2, pairedRows: 2 },
      ...{ verdict: 'continue', reason: 'no bound was crossed', predictions: artifact(session) },
      numbers: { session },
    });
  }
  const end = { model, version, verdict, actor: SYSTEM, reason: 'its sessions are over' };
  await registry.endChallenger({ ...end, idempotencyKey: key() });
  return number;
}

/** A retrain that asks for a version instead of making one. */
async function asking(model: string): Promise<{ readonly retrainId: string; readonly epoch: number }> {
  const input = world.input(model, { requester: ANA });
  const { epoch } = await registry.createRetrain(input);
  return { retrainId: input.retrainId, epoch };
}

const adopt = async (model: string, version: number, oldestAsOf = LONG_AGO) =>
  registry.adoptChallenger({ retrainId: (await asking(model)).retrainId, version, oldestAsOf });

const notPromotable = (what: string) => ({
  code: 'CHALLENGER_NOT_PROMOTABLE',
  message: expect.stringContaining(what) as unknown,
});

describe('a challenger that passed its shadow', () => {
  test('becomes champion on the gates of its retrain, its own sessions and a signature', async () => {
    const model = await world.model();
    await world.champion(model, 1);
    const candidate = await refused(model);
    await shadow(model, candidate.number);
    const { retrainId, epoch } = await asking(model);

    const adopted = await registry.adoptChallenger({ retrainId, version: 2, oldestAsOf: LONG_AGO });
    expect(adopted).toMatchObject({ versionId: candidate.versionId, version: 2, sessions: SESSIONS });
    expect(adopted.source).toMatchObject({ retrainId: candidate.retrainId, verdicts: GOOD_GATES });
    // Repeated, as after a worker that died, it answers the same.
    expect(await registry.adoptChallenger({ retrainId, version: 2, oldestAsOf: LONG_AGO })).toEqual(adopted);
    const days = await registry.shadowDays({ retrainId });
    expect(days.map(({ session, predictions }) => [session, predictions])).toEqual(
      SESSIONS.map((session) => [session, artifact(session)]),
    );

    const mine = { ...candidate, retrainId, epoch };
    const decision = await world.decision(mine, await world.shadowed(mine, adopted.source.verdicts));
    await expect(world.promote(mine, decision.evidenceHash)).rejects.toMatchObject({ code: 'NOT_APPROVED' });
    await expect(
      world.approve(mine, decision.evidenceHash, { ...KIM, subject: 'ana' }),
    ).rejects.toMatchObject({
      code: 'FOUR_EYES',
    });
    await world.approve(mine, decision.evidenceHash, LEE);
    await expect(world.promote(mine, decision.evidenceHash)).resolves.toMatchObject({
      epoch: 2,
      toVersion: 2,
    });
    await world.finish(mine);
    // It links no version: who made it stays who made it.
    const links = await registry.versionLinks({ versionId: candidate.versionId });
    expect(links.map((link) => link.retrainId)).toEqual([candidate.retrainId]);
    expect(await registry.verifyAudit({ model, anchor: null })).toMatchObject({ ok: true });
  });

  test('takes over what was recorded and nothing else: other gates or sessions are refused by the database', async () => {
    const model = await world.model();
    await world.champion(model, 1);
    const candidate = await refused(model);
    await shadow(model, candidate.number);
    const { retrainId, epoch } = await asking(model);
    await registry.adoptChallenger({ retrainId, version: 2, oldestAsOf: LONG_AGO });
    const mine = { ...candidate, retrainId, epoch };
    const better = [...GOOD_GATES, gate('dsr')];
    await expect(world.shadowed(mine, better)).rejects.toMatchObject({ code: 'EVIDENCE_BROKEN' });
    await expect(
      registry.saveShadowDay({
        ...{ retrainId, session: '2019-07-03', versionId: candidate.versionId, championId: null },
        ...{ rows: 2, pairedRows: 2, verdict: 'continue', reason: '', predictions: null, numbers: {} },
      }),
    ).rejects.toMatchObject({ code: 'EVIDENCE_BROKEN' });
  });

  test('is not promotable while it is scored, nor after a fail, an early end, or when it was never named', async () => {
    for (const [verdict, what] of [
      ['fail', 'ended its shadow as fail'],
      ['inconclusive', 'ended its shadow as inconclusive'],
    ] as const) {
      const model = await world.model();
      await world.champion(model, 1);
      await refused(model);
      await shadow(model, 2, verdict);
      await expect(adopt(model, 2)).rejects.toMatchObject(notPromotable(what));
    }
    const model = await world.model();
    await world.champion(model, 1);
    await refused(model);
    await expect(adopt(model, 2)).rejects.toMatchObject(notPromotable('was never named as a challenger'));
    await world.finish({ ...(await newest(model)) }, 'refused');
    await add(model, 2);
    await expect(adopt(model, 2)).rejects.toMatchObject(notPromotable('is still in its shadow'));
  });

  test('is not promotable on gates that failed, are too old, or held it against another champion', async () => {
    const failed = await world.model();
    await world.champion(failed, 1);
    await refused(failed, [...GOOD_GATES, gate('dsr', 'fail')]);
    await shadow(failed, 2);
    await expect(adopt(failed, 2)).rejects.toMatchObject(notPromotable('was not passed by the gates'));

    const old = await world.model();
    await world.champion(old, 1);
    await refused(old);
    await shadow(old, 2);
    await expect(adopt(old, 2, '2100-01-01T00:00:00.000Z')).rejects.toMatchObject(
      notPromotable('longer ago than shadow.maxGateAgeSessions'),
    );

    const moved = await world.model();
    await world.champion(moved, 1);
    await refused(moved);
    await world.champion(moved, 3);
    await shadow(moved, 2);
    await expect(adopt(moved, 2)).rejects.toMatchObject(
      notPromotable('held it against the champion in force'),
    );
  });

  test('is not promotable under another spec than it was judged and measured under', async () => {
    const change = async (model: string, changes: Record<string, unknown>) =>
      registry.applySpec({ spec: spec(model, changes), actor: ANA, secondPerson: LEE, reason: 'tuned' });
    const gates = await world.model();
    await world.champion(gates, 1);
    await refused(gates);
    await change(gates, { gates: { rankIcMin: 0.05 } });
    await shadow(gates, 2);
    await expect(adopt(gates, 2)).rejects.toMatchObject(notPromotable('gates changed since its gates'));

    const bounds = await world.model();
    await world.champion(bounds, 1);
    await refused(bounds);
    await shadow(bounds, 2);
    await change(bounds, { shadow: { maxTurnover: 0.5 } });
    await expect(adopt(bounds, 2)).rejects.toMatchObject(notPromotable('shadow changed since it was named'));

    // What decides neither gates nor shadow may change.
    const alarms = await world.model();
    await world.champion(alarms, 1);
    await refused(alarms);
    await shadow(alarms, 2);
    await change(alarms, { decay: { cooldownSessions: 10 } });
    await expect(adopt(alarms, 2)).resolves.toMatchObject({ version: 2 });
  });

  test('that a rollback withdrew is refused by the database, whatever wrote the row', async () => {
    const model = await world.model();
    await world.champion(model, 1);
    const candidate = await refused(model);
    const number = await shadow(model, 2);
    const { retrainId } = await asking(model);
    const { run } = await registry.getRetrain({ retrainId });
    const made = await registry.getRetrain({ retrainId: candidate.retrainId });
    const [evidence] = await registry.evidenceOf({ retrainId: candidate.retrainId });
    await root.query(
      `insert into withdrawals (model, version_id, epoch, subject, reason, recorded_at)
       values ($1, $2, 1, 'ops', 'it misbehaves', clock_timestamp())`,
      [model, candidate.versionId],
    );
    await expect(
      root.query(
        `insert into adoptions (run, model, number, version_id, source_run, gate_evidence) values ($1, $2, $3, $4, $5, $6)`,
        [run, model, number, candidate.versionId, made.run, evidence?.hash],
      ),
    ).rejects.toMatchObject({ hint: 'VERSION_WITHDRAWN' });
    await expect(
      registry.adoptChallenger({ retrainId, version: 2, oldestAsOf: LONG_AGO }),
    ).rejects.toMatchObject({ code: 'VERSION_WITHDRAWN' });
  });
});

/** The open retrain of a model, to be ended. */
async function newest(model: string): Promise<Candidate> {
  const [retrain] = await registry.listRetrains({ model, limit: 1 });
  return {
    ...{ model, retrainId: retrain?.retrainId ?? '', versionId: '', number: 0, epoch: 1 },
    asOf: retrain?.asOf ?? '',
  };
}
