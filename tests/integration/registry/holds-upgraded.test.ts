import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Actor } from '../../../contracts/primitives.ts';
import { MIGRATIONS_FOLDER, migrate } from '../../../registry/migrator.ts';
import { openRegistry, type Registry } from '../../../registry/registry.ts';
import { testDatabase, type TestDatabase } from '../../postgres.ts';
import { sampleEvent } from '../../unit/notifications/sample-events.ts';
import { ANA, type Candidate, gate, KIM, LEE, RegistryWorld } from './world.ts';

/** Retrains that waited at their gates, or had been answered there, when a release came by which waiving may be refused. */
const REFUSALS = '0098';
const SAM: Actor = { subject: 'sam', roles: ['quant-lead'] };
const WHY = 'the family was tried too often';
const ROUND = { round: 1, cause: 'waivable-fail' } as const;

let database: TestDatabase;
let folder: string;
let registry: Registry;
let world: RegistryWorld;
let waiting: Held;
let waived: Held;
let stopped: Held;
beforeAll(async () => {
  database = await testDatabase({ schema: 'empty' });
  folder = await mkdtemp(join(tmpdir(), 'holds-upgraded-'));
  for (const name of await readdir(MIGRATIONS_FOLDER)) {
    if (name < REFUSALS) await copyFile(join(MIGRATIONS_FOLDER, name), join(folder, name));
  }
  await migrate({ url: database.url, folder });
  registry = openRegistry({ url: database.url, applicationName: 'holds-upgraded', maxConnections: 4 });
  world = new RegistryWorld(registry);
  [waiting, waived, stopped] = [await held(), await held(), await held()];
  await waive(waiting, LEE);
  for (const lead of [LEE, KIM]) await waive(waived, lead);
  await answer(waived, 'waived');
  await answer(stopped, 'stop');
  await migrate({ url: database.url });
});
afterAll(async () => {
  await registry.close();
  await database.drop();
  await rm(folder, { recursive: true });
});

interface Held {
  readonly candidate: Candidate;
  readonly evidenceHash: string;
}

/** One gate failed, and people may waive it. */
async function held(): Promise<Held> {
  const candidate = await world.candidate(await world.model(), 1);
  const { retrainId, versionId } = candidate;
  const verdicts = [gate('leak'), gate('parity'), gate('dsr', 'fail')];
  const { evidenceHash } = await registry.saveEvidence({
    ...{ kind: 'gate', retrainId, versionId, verdict: 'fail', verdicts, facts: {} },
  });
  await registry.openGateHold({
    ...{ retrainId, ...ROUND, expiresAt: new Date(Date.now() + 600_000).toISOString() },
    objections: [{ gate: 'dsr', code: 'FAIL', reason: 'below' }],
    ...{ deputy: null, notification: sampleEvent('gates-held') },
  });
  return { candidate, evidenceHash };
}

const waive = ({ candidate: { model }, evidenceHash }: Held, actor: Actor) =>
  registry.waiveGate({ model, evidenceHash, gate: 'dsr', actor, reason: 'known' });
const refuse = ({ candidate: { model }, evidenceHash }: Held, actor: Actor) =>
  registry.refuseWaivers({ model, evidenceHash, actor, reason: WHY });
const answer = ({ candidate: { retrainId } }: Held, given: 'waived' | 'stop') =>
  registry.answerGateHold({
    ...{ retrainId, ...ROUND, answer: { answer: given, subject: 'olga', reason: 'before the release' } },
  });
const answersOf = async ({ candidate: { retrainId } }: Held) =>
  (await registry.gateHolds({ retrainId })).map(({ answer: given }) => given);

test('what was answered before stays answered as it was, and is no refusal', async () => {
  expect(await answersOf(waived)).toMatchObject([{ answer: 'waived', subject: 'olga' }]);
  expect(await answersOf(stopped)).toMatchObject([{ answer: 'stop', subject: 'olga' }]);
  for (const one of [waived, stopped]) {
    await expect(refuse(one, SAM)).rejects.toMatchObject({ code: 'ALREADY_DECIDED' });
  }
  // Two waived it, and it goes on to its shadow as ever: nobody refused.
  const { retrainId, versionId } = waived.candidate;
  const { evidenceHash } = await registry.saveEvidence({
    ...{ kind: 'shadow', retrainId, versionId, parentHash: waived.evidenceHash, verdict: 'pass', facts: {} },
  });
  expect(evidenceHash).toMatch(/^[0-9a-f]{64}$/u);
});

test('what waited then may be refused now, by one who may, under the evidence of then', async () => {
  expect(await answersOf(waiting)).toEqual([null]);
  await expect(refuse(waiting, ANA)).rejects.toMatchObject({ code: 'FOUR_EYES' });
  await expect(refuse({ ...waiting, evidenceHash: 'f'.repeat(64) }, SAM)).rejects.toThrow();
  expect(await refuse(waiting, SAM)).toMatchObject({ subject: 'sam', reason: WHY, asDeputy: false });
  expect(await answersOf(waiting)).toMatchObject([{ answer: 'refused', subject: 'sam', reason: WHY }]);
  // The waiver of before the release stands on record; no other comes after the refusal.
  await expect(waive(waiting, KIM)).rejects.toMatchObject({ code: 'ALREADY_DECIDED' });
  for (const { candidate } of [waiting, waived, stopped]) {
    expect((await registry.verifyAudit({ model: candidate.model, anchor: null })).ok).toBe(true);
  }
});
