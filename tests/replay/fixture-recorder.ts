import type { Client } from '@temporalio/client';
import { mkdirSync } from 'node:fs';
import { PROJECT_ROOT } from '../../config/config.ts';
import { guardId } from '../../contracts/ids.ts';
import type {
  RefuseWaiversRequest,
  WaiveAnswer,
  WaiveRequest,
  WaiversRefused,
} from '../../contracts/gate-hold.ts';
import type { Actor } from '../../contracts/primitives.ts';
import { CLOCK, decidedAt, LEAD, OPERATOR, SmallWorld, smallSpec, until } from '../e2e/small-world.ts';
import { HISTORIES_FOLDER, plainHistory, withoutOrigin, writeHistory } from './history-file.ts';

/**
 * Runs real retrains on the small market and stores their histories: a promotion, a refusal, a rejection, a guard that rolls
 * back, asks, is frozen, a guard that ends because somebody else did, a rollback. Run by scripts/record-histories.ts.
 */
/** Which stories to record; none named: all of them. */
const WANTED: readonly string[] = process.argv.slice(2);

const KIM: Actor = { subject: 'kim', roles: ['quant-lead'] };
const FIRST_AS_OF = decidedAt(265);
const SECOND_AS_OF = decidedAt(300);

const world = await SmallWorld.start();
try {
  mkdirSync(HISTORIES_FOLDER, { recursive: true });
  for (const [name, run] of Object.entries({
    refusal: recordRefusal,
    waivers: recordWaivers,
    unwaived: recordRefusedWaivers,
    promotion: recordPromotionAndRollback,
    guard: recordGuardThatRollsBack,
    asking: recordGuardThatAsks,
    frozen: recordGuardOfAFrozenModel,
    deputy: recordDeputy,
    objection: recordObjection,
  })) {
    if (WANTED.length === 0 || WANTED.includes(name)) await run();
  }
} finally {
  await world.stop();
}

async function recordRefusal(): Promise<void> {
  await world.givenModel('tw-refused', {
    gates: { minSessions: 20, spaReplicates: 1000, pboSplits: 4, rankIcMin: 0.99 },
  });
  const retrain = await world.startRetrain('tw-refused', FIRST_AS_OF);
  await expectOutcome('refused', (await world.result(retrain)).outcome);
  await record('retrain-refused', world.replay, retrain.workflowId);
}

/** One gate fails that may be waived: two leads accept it, and the retrain goes on. */
async function recordWaivers(): Promise<void> {
  const model = 'tw-waived';
  const { gates } = smallSpec(model, world.marketFolder);
  await world.givenModel(model, { gates: { ...gates, rankIcMin: 0.99, waiverSessions: 1 } });
  const retrain = await world.startRetrain(model, FIRST_AS_OF);
  const { hold } = await world.stateWhen(retrain, (state) => state.hold !== null || state.finished);
  for (const subject of ['kim', 'lee']) {
    await retrain.executeUpdate<WaiveAnswer, [WaiveRequest]>('waive', {
      args: [
        {
          gate: 'rank-ic',
          actor: { subject, roles: ['quant-lead'] },
          evidenceHash: hold?.evidenceHash ?? '',
          reason: 'recorded',
        },
      ],
    });
  }
  await expectOutcome('promoted', (await world.result(retrain)).outcome);
  await record('retrain-waived', world.replay, retrain.workflowId);
}

/** One lead waives the gate that failed, another refuses to: the retrain ends there. */
async function recordRefusedWaivers(): Promise<void> {
  const model = 'tw-unwaived';
  const { gates } = smallSpec(model, world.marketFolder);
  await world.givenModel(model, { gates: { ...gates, rankIcMin: 0.99, waiverSessions: 1 } });
  const retrain = await world.startRetrain(model, FIRST_AS_OF);
  const { hold } = await world.stateWhen(retrain, (state) => state.hold !== null || state.finished);
  const evidenceHash = hold?.evidenceHash ?? '';
  await retrain.executeUpdate<WaiveAnswer, [WaiveRequest]>('waive', {
    args: [{ gate: 'rank-ic', actor: LEAD, evidenceHash, reason: 'recorded' }],
  });
  await retrain.executeUpdate<WaiversRefused, [RefuseWaiversRequest]>('refuseWaivers', {
    args: [{ actor: KIM, evidenceHash, reason: 'recorded' }],
  });
  await expectOutcome('refused', (await world.result(retrain)).outcome);
  await record('retrain-waivers-refused', world.replay, retrain.workflowId);
}

/** Leads are away: the named deputy waives a gate with the one lead who is there, and signs the promotion. */
async function recordDeputy(): Promise<void> {
  const model = 'tw-deputised';
  const { gates } = smallSpec(model, world.marketFolder);
  await world.givenModel(model, {
    gates: { ...gates, rankIcMin: 0.99, waiverSessions: 20 },
    approval: { deputy: 'dora', deputyAfterSessions: 1, remindSessions: 1, expiresSessions: 20 },
  });
  const clock = { ...CLOCK, approvalSecondsPerSession: 8 };
  const retrain = await world.startRetrain(model, FIRST_AS_OF, { clock });
  const dora: Actor = { subject: 'dora', roles: ['viewer'] };
  const { hold } = await world.stateWhen(retrain, (state) => state.hold !== null || state.finished);
  await theirTime(hold?.deputy?.from);
  for (const actor of [dora, LEAD]) {
    const evidenceHash = hold?.evidenceHash ?? '';
    await retrain.executeUpdate<WaiveAnswer, [WaiveRequest]>('waive', {
      args: [{ gate: 'rank-ic', actor, evidenceHash, reason: 'recorded' }],
    });
  }
  const asked = await world.askedForApproval(retrain);
  await theirTime(asked.deputy?.from);
  await world.decide(retrain, asked.evidenceHash, { actor: dora });
  await expectOutcome('promoted', (await world.result(retrain)).outcome);
  await record('retrain-deputised', world.replay, retrain.workflowId);
}

/** Until the deputy may decide, by the clock of this machine, on which the registry runs too. */
async function theirTime(from: string | undefined): Promise<void> {
  if (from === undefined) throw new Error('nobody is named as deputy');
  await until('the time of the deputy', () => Promise.resolve(Date.now() > Date.parse(from) + 500));
}

/** A lead objects to what another signed: the swap waits until the objection is withdrawn. */
async function recordObjection(): Promise<void> {
  const model = 'tw-objected';
  await world.givenModel(model);
  const retrain = await world.startRetrain(model, FIRST_AS_OF);
  const { evidenceHash } = await world.askedForApproval(retrain);
  const about = { retrainId: retrain.workflowId, actor: KIM, reason: 'recorded' };
  const { id } = await world.registry.raiseObjection({
    ...{ ...about, evidenceHash, idempotencyKey: 'recorded:objection' },
  });
  await world.decide(retrain, evidenceHash);
  await world.stateWhen(retrain, ({ awaiting, finished }) => finished || awaiting.includes('to withdraw'));
  await world.registry.answerObjection({ ...about, objection: id, answer: 'withdraw' });
  await retrain.signal('objectionsChanged');
  await expectOutcome('promoted', (await world.result(retrain)).outcome);
  await record('retrain-objected', world.replay, retrain.workflowId);
}

async function recordPromotionAndRollback(): Promise<void> {
  await world.givenModel('tw-promoted');
  const rejected = await world.startRetrain('tw-promoted', FIRST_AS_OF);
  await expectOutcome('rejected', (await world.result(rejected, 'reject')).outcome);
  await record('retrain-rejected', world.replay, rejected.workflowId);

  const first = await world.promoted('tw-promoted', FIRST_AS_OF);
  await record('retrain-first-champion', world.replay, first.retrainId);

  const retrain = await world.startRetrain('tw-promoted', SECOND_AS_OF);
  const { outcome, epoch } = await world.result(retrain);
  await expectOutcome('promoted', outcome);
  await record('retrain-promoted', world.replay, retrain.workflowId);

  const guard = guardId('tw-promoted', epoch ?? 0);
  await until('a measured session of the reign', async () => {
    const { champion } = await world.registry.champion({ model: 'tw-promoted' });
    const runs = await world.registry.predictionRuns({
      ...{ model: 'tw-promoted', versionId: champion?.id ?? '', kind: 'guard' },
    });
    return runs.length >= 2;
  });
  await world.rollBack('tw-promoted', { idempotencyKey: 'recorded:rollback' });
  await record('rollback', world.live, 'rollback:tw-promoted:recorded:rollback');
  await world.replay.workflow.getHandle(guard).result();
  await record('guard-ended-by-rollback', world.replay, guard);
}

/** No disagreement with the previous champion is tolerated: the first session ends the reign, and the one after it is guarded. */
async function recordGuardThatRollsBack(): Promise<void> {
  const model = 'tw-guarded';
  const { guard, epoch } = await disagreeing(model, true);
  await world.replay.workflow.getHandle(guard).result();
  await until('the reign after the rollback is guarded', async () => {
    const measured = await world.registry.guardMeasurements({ model, epoch: epoch + 1, limit: 3 });
    return measured.length >= 3;
  });
  await record('guard-rolls-back-and-hands-over', world.replay, guard);
}

/** Nobody wants it automatic: it pages, asks, reminds, and ends with the replayed data. */
async function recordGuardThatAsks(): Promise<void> {
  const { guard } = await disagreeing('tw-asked', false);
  await world.replay.workflow.getHandle(guard).result();
  await record('guard-asks-until-the-data-end', world.replay, guard);
}

/** A frozen model keeps its champion, whatever its guard finds; a person takes it back. */
async function recordGuardOfAFrozenModel(): Promise<void> {
  const model = 'tw-frozen';
  const { guard, epoch } = await disagreeing(model, true, {
    ...{ mode: 'replay', secondsPerSession: 3, approvalSecondsPerSession: 600 },
  });
  await world.registry.setFreeze({
    ...{ model, frozen: true, reason: 'recorded', actor: OPERATOR, idempotencyKey: 'recorded:freeze' },
  });
  await until('sessions that are held', async () => {
    const measured = await world.registry.guardMeasurements({ model, epoch, limit: 2 });
    return measured.length === 2 && measured.every(({ action }) => action === 'hold');
  });
  await world.rollBack(model, { idempotencyKey: 'recorded:frozen-rollback' });
  await world.replay.workflow.getHandle(guard).result();
  await record('guard-frozen-until-a-person-rolls-back', world.replay, guard);
}

/** A reign in which every session fails, since it began under an agreement that no two models keep. */
async function disagreeing(
  model: string,
  autoRollback: boolean,
  clock: typeof CLOCK = CLOCK,
): Promise<{ readonly guard: string; readonly epoch: number }> {
  await world.givenModel(model);
  await world.promoted(model, FIRST_AS_OF);
  const retrain = await world.startRetrain(model, SECOND_AS_OF, { clock });
  const state = await world.askedForApproval(retrain);
  const { spec } = await world.registry.currentSpec({ model });
  await world.applySpec({
    ...spec,
    shadow: { ...spec.shadow, minRankAgreement: 0.9999 },
    guard: { ...spec.guard, autoRollback },
  });
  await world.decide(retrain, state.evidenceHash);
  const { epoch } = await world.result(retrain);
  if (epoch === null) throw new Error(`${model} was not promoted`);
  return { guard: guardId(model, epoch), epoch };
}

async function record(name: string, client: Client, workflowId: string): Promise<void> {
  const history = plainHistory(await client.workflow.getHandle(workflowId).fetchHistory());
  writeHistory({
    name,
    workflowId,
    history: withoutOrigin(history, { [world.marketFolder]: '/data/tw', [PROJECT_ROOT]: '/contender' }),
  });
  process.stdout.write(`${name}: ${String(history.events.length)} events\n`);
}

async function expectOutcome(expected: string, outcome: string): Promise<void> {
  if (outcome === expected) return;
  throw new Error(`a retrain ended as ${outcome}, ${expected} was to be recorded`);
}
