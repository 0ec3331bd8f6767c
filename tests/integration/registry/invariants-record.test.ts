import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { code, openBench } from './registry-bench.ts';
import type { RegistryBench } from './registry-bench.ts';
import { LEE, artifact, manifestOf, snapshotOf } from './world.ts';

let bench: RegistryBench;
let registry: RegistryBench['registry'];
let world: RegistryBench['world'];
let root: RegistryBench['root'];

beforeAll(async () => {
  bench = await openBench('invariants-record');
  ({ registry, world, root } = bench);
});
afterAll(() => bench.close());

const count = (query: string, ...values: readonly unknown[]) => bench.count(query, ...values);
const fingerprint = (model: string) => bench.fingerprint(model);

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
      trials: [
        {
          state: 'scored',
          trial: { trialId, recipeHash: trialId, recipe },
          ...{ predictions: artifact('p'), returns: artifact('r'), summary: {} },
        },
      ],
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
    const trials = [
      {
        state: 'scored' as const,
        ...{ trial, predictions: artifact('oos'), returns: artifact('returns'), summary: { sharpe: 1 } },
      },
    ];
    expect(await registry.recordTrials({ retrainId, trials })).toEqual({ recorded: 1 });
    expect(await registry.recordTrials({ retrainId, trials })).toEqual({ recorded: 0 });
    expect((await registry.ledger({ model })).recipes).toHaveLength(1);
  });
});
