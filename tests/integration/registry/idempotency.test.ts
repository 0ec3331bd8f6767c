import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Registry } from '../../../registry/registry.ts';
import { code, openBench } from './registry-bench.ts';
import type { RegistryBench } from './registry-bench.ts';
import { ANA, KIM, LEE, OPS, gate, manifestOf, recipe, snapshotOf, spec } from './world.ts';
import { importedVersion } from './imported-version.ts';
import { hashValue } from '../../../registry/hash.ts';

/**
 * Everything that writes, told twice. An answer that was lost is found by telling it again: the second time the answer is the
 * same and nothing in the whole database has changed. Under a key that the caller chose, other content is refused.
 */
let bench: RegistryBench;
let registry: Registry;
beforeAll(async () => {
  bench = await openBench('idempotency');
  ({ registry } = bench);
});
afterAll(() => bench.close());

const noDeputy = (): Promise<string> => Promise.reject(new Error('no spec here names a deputy'));

/** A hash of every row of every table. */
async function everything(): Promise<string> {
  const { rows: tables } = await bench.root.query<{ name: string }>(
    `select quote_ident(table_name) as name from information_schema.tables
     where table_schema = 'public' and table_type = 'BASE TABLE' order by 1`,
  );
  expect(tables.length).toBeGreaterThan(30);
  const each = tables.map(
    ({ name }) => `(select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from ${name} t)`,
  );
  const { rows } = await bench.root.query<{ all: string }>(`select md5(${each.join(' || ')}) as all`);
  return rows[0]?.all ?? '';
}

const withoutRepeated = (answer: unknown): unknown =>
  typeof answer === 'object' && answer !== null && !Array.isArray(answer)
    ? Object.fromEntries(Object.entries(answer).filter(([name]) => name !== 'repeated'))
    : answer;

interface Told {
  readonly told: () => Promise<unknown>;
  /** The same key with other content; null where the content itself is the key. */
  readonly otherwise: (() => Promise<unknown>) | null;
}
type Write = readonly [name: string, prepare: () => Promise<Told>];

const key = (): string => `test:${randomUUID()}`;
const twoChampions = async (): Promise<string> => {
  const model = await bench.world.model();
  await bench.world.champion(model, 1);
  await bench.world.champion(model, 2);
  return model;
};
const control = (model: string) => ({ model, actor: OPS, reason: 'incident 42', idempotencyKey: key() });

/** The caller chooses the key. */
const KEYED: readonly Write[] = [
  [
    'a rollback',
    async () => {
      const model = await twoChampions();
      await bench.world.champion(model, 3);
      const command = { idempotencyKey: key(), toVersion: 1 };
      return {
        told: () => bench.world.rollback(model, command),
        otherwise: () => bench.world.rollback(model, { ...command, toVersion: 2 }),
      };
    },
  ],
  [
    'a promotion',
    async () => {
      const model = await bench.world.model();
      const candidate = await bench.world.candidate(model, 1);
      const decision = await bench.world.approved(candidate);
      return {
        told: () => bench.world.promote(candidate, decision),
        otherwise: () => bench.world.promote(candidate, decision, { expectedEpoch: 7 }),
      };
    },
  ],
  [
    'a freeze',
    async () => {
      const command = control(await bench.world.model());
      return {
        told: () => registry.setFreeze({ ...command, frozen: true }),
        otherwise: () => registry.setFreeze({ ...command, frozen: false }),
      };
    },
  ],
  [
    'a side',
    async () => {
      const command = control(await bench.world.model());
      return {
        told: () => registry.setSide({ ...command, action: 'halt' }),
        otherwise: () => registry.setSide({ ...command, action: 'reduce-only' }),
      };
    },
  ],
  [
    'a command of a schedule',
    async () => {
      const command = { ...control(await bench.world.model()), kind: 'retrain' as const };
      return {
        told: () => registry.recordScheduleCommand({ ...command, action: 'pause' }),
        otherwise: () => registry.recordScheduleCommand({ ...command, action: 'resume' }),
      };
    },
  ],
  [
    'a pin',
    async () => {
      const pin = { ...control(await twoChampions()), consumer: 'risk', version: 1, purpose: 'pin' } as const;
      return {
        told: () => registry.pinVersion(pin),
        otherwise: () => registry.pinVersion({ ...pin, purpose: 'fallback' }),
      };
    },
  ],
  [
    'the release of a pin',
    async () => {
      const model = await twoChampions();
      const pin = { consumer: 'risk', purpose: 'pin' } as const;
      await registry.pinVersion({ ...control(model), ...pin, version: 1 });
      const release = { ...control(model), ...pin, version: null };
      return {
        told: () => registry.pinVersion(release),
        otherwise: () => registry.pinVersion({ ...release, version: 2 }),
      };
    },
  ],
  [
    'the deletion of a version',
    async () => {
      const model = await bench.world.model();
      const candidates = [await bench.world.candidate(model, 1)];
      for (const each of candidates) await bench.world.finish(each, 'refused');
      const other = await bench.world.candidate(model, 2);
      await bench.world.finish(other, 'refused');
      await bench.root.query(`set session_replication_role = replica`);
      for (const statement of [
        `update versions set retain_until = now() - interval '1 day' where model = $1`,
        `update audit set recorded_at = recorded_at - interval '3 years' where model = $1`,
      ]) {
        await bench.root.query(statement, [model]);
      }
      await bench.root.query(`set session_replication_role = origin`);
      const command = { ...control(model), version: 1 };
      return {
        told: () => registry.deleteVersion(command),
        otherwise: () => registry.deleteVersion({ ...command, version: 2 }),
      };
    },
  ],
  [
    'a challenger, and its end',
    async () => {
      const model = await twoChampions();
      await bench.world.champion(model, 3);
      const command = { ...control(model), version: 1 };
      await registry.addChallenger(command);
      await registry.addChallenger(command);
      const end = { ...control(model), version: 1, verdict: 'pass' as const };
      return {
        told: () => registry.endChallenger(end),
        otherwise: () => registry.endChallenger({ ...end, verdict: 'fail' }),
      };
    },
  ],
  [
    'the registration of a model from elsewhere',
    async () => {
      const input = importedVersion(await bench.world.model(), 1, key());
      return {
        told: () => registry.importVersion(input),
        otherwise: () =>
          registry.importVersion(importedVersion(input.manifest.identity.model, 2, input.idempotencyKey)),
      };
    },
  ],
  [
    'the same registration for another reason',
    async () => {
      const input = importedVersion(await bench.world.model(), 1, key());
      return {
        told: () => registry.importVersion(input),
        otherwise: () => registry.importVersion({ ...input, reason: 'another reason' }),
      };
    },
  ],
  [
    'a structural change',
    async () => {
      const model = await bench.world.model();
      const declare = {
        ...{ model, actor: ANA, secondPerson: LEE, idempotencyKey: key() },
        reason: 'another vendor of data',
      };
      return {
        told: () => registry.declareStructuralChange(declare),
        otherwise: () => registry.declareStructuralChange({ ...declare, reason: 'another market structure' }),
      };
    },
  ],
  [
    'a silence',
    () => {
      const silence = {
        matchers: [{ name: 'model', operator: '=', value: 'tw-alpha' }] as const,
        ...{ startsAt: '2031-01-01T00:00:00.000Z', endsAt: '2031-01-02T00:00:00.000Z' },
        ...{ actor: OPS, reason: 'maintenance', idempotencyKey: key() },
      };
      return Promise.resolve({
        told: () => registry.createSilence(silence),
        otherwise: () => registry.createSilence({ ...silence, endsAt: '2031-01-03T00:00:00.000Z' }),
      });
    },
  ],
  [
    'a shift on call, and that it is taken away',
    () => {
      const shift = {
        person: { subject: 'kim', email: null, phone: '+886912345678' },
        ...{ startsAt: '2031-01-01T00:00:00.000Z', endsAt: '2031-01-02T00:00:00.000Z' },
        ...{ actor: OPS, idempotencyKey: key() },
      };
      return Promise.resolve({
        told: async () => {
          const { id } = await registry.addShift(shift);
          await registry.removeShift({ id, actor: OPS });
          return id;
        },
        otherwise: () =>
          registry.addShift({
            ...shift,
            person: { ...shift.person, subject: 'lee', email: 'lee@example.com' },
          }),
      });
    },
  ],
];

/** What is said is the key: a retrain and its correlation, a hash of evidence, a session of a run. */
const BY_CONTENT: readonly Write[] = [
  [
    'the start of a retrain',
    async () => {
      const input = bench.world.input(await bench.world.model());
      return {
        told: () => registry.createRetrain(input),
        otherwise: () => registry.createRetrain({ ...input, trigger: 'schedule' }),
      };
    },
  ],
  [
    'a snapshot and a version',
    async () => {
      const model = await bench.world.model();
      const input = bench.world.input(model);
      await registry.createRetrain(input);
      const { retrainId, asOf } = input;
      const snapshot = snapshotOf(asOf);
      const manifest = manifestOf(model, snapshot.manifest.snapshotId, 1);
      return {
        told: async () => {
          await registry.recordSnapshot({ retrainId, ...snapshot });
          return registry.registerVersion({ retrainId, manifest });
        },
        otherwise: null,
      };
    },
  ],
  [
    'evidence, the question to the leads, and a signature',
    async () => {
      const model = await bench.world.model();
      const candidate = await bench.world.candidate(model, 1);
      const expiresAt = new Date(Date.now() + 600_000).toISOString();
      return {
        told: async () => {
          const shadow = await bench.world.shadowed(candidate);
          const { evidenceHash } = await bench.world.decision(candidate, shadow, { expiresAt });
          await bench.world.approve(candidate, evidenceHash, LEE);
          return evidenceHash;
        },
        otherwise: null,
      };
    },
  ],
  [
    'a token that is called back',
    () => {
      const revocation = {
        ...{ issuer: 'contender', tokenId: randomUUID() },
        ...{ revokedBy: 'admin', reason: 'left in a ticket' },
      };
      return Promise.resolve({ told: () => registry.revokeToken(revocation), otherwise: null });
    },
  ],
  [
    'a waiver',
    async () => {
      const model = await bench.world.model();
      const { retrainId, versionId } = await bench.world.candidate(model, 1);
      const verdicts = [gate('leak'), gate('parity'), gate('dsr', 'fail')];
      const { evidenceHash } = await registry.saveEvidence({
        ...{ kind: 'gate', retrainId, versionId, verdict: 'fail', verdicts, facts: {} },
      });
      return {
        told: () =>
          registry.waiveGate({ model, evidenceHash, gate: 'dsr', actor: LEE, reason: 'a short history' }),
        otherwise: null,
      };
    },
  ],
  [
    'the steps and the end of a retrain',
    async () => {
      const candidate = await bench.world.candidate(await bench.world.model(), 1);
      await registry.setRetrainStep({ retrainId: candidate.retrainId, step: 'judge' });
      await registry.setRetrainStep({ retrainId: candidate.retrainId, step: 'judge' });
      // Only the first says that it changed something.
      return { told: () => bench.world.finish(candidate, 'refused'), otherwise: null };
    },
  ],
  [
    'a spec, and one that waits for a second lead',
    async () => {
      const model = await bench.world.model({ gates: { pboMax: 0.1 } });
      const looser = spec(model, { gates: { pboMax: 0.4 } });
      return {
        told: async () => {
          const said = { actor: LEE, reason: 'too strict', expectedNumber: null };
          const proposed = await registry.applyOrProposeSpec({ spec: looser, ...said, deadline: noDeputy });
          if (proposed.kind !== 'proposed') throw new Error('it loosens nothing');
          return proposed.proposal.id;
        },
        otherwise: null,
      };
    },
  ],
  [
    'the word of a second lead on a proposal',
    async () => {
      const model = await bench.world.model({ gates: { pboMax: 0.1 } });
      const proposed = await registry.applyOrProposeSpec({
        deadline: noDeputy,
        ...{
          spec: spec(model, { gates: { pboMax: 0.4 } }),
          actor: LEE,
          reason: 'too strict',
          expectedNumber: null,
        },
      });
      if (proposed.kind !== 'proposed') throw new Error('it loosens nothing');
      const { id } = proposed.proposal;
      const agree = { id, actor: KIM, decision: 'agree', hash: null, reason: 'I agree' } as const;
      return { told: () => registry.decideSpecProposal(agree), otherwise: null };
    },
  ],
  [
    'trials and how they went',
    async () => {
      const { retrainId } = await bench.world.candidate(await bench.world.model(), 1);
      const trial = { trialId: hashValue(recipe(9)), recipeHash: hashValue(recipe(9)), recipe: recipe(9) };
      return {
        told: async () => {
          await registry.announceTrials({ retrainId, trials: [trial] });
          await registry.recordTrials({
            retrainId,
            trials: [{ state: 'abandoned', trial, code: 'TOO_FEW_ROWS', summary: {} }],
          });
        },
        otherwise: null,
      };
    },
  ],
  [
    'what a broken glass leaves behind',
    async () => {
      const model = await twoChampions();
      const { reign } = await registry.champion({ model });
      const facts = {
        ...{
          id: randomUUID(),
          model,
          server: 'server-a',
          version: 1,
          fromVersion: 2,
          epoch: 2,
          tokenId: 't',
        },
        ...{ versionId: reign?.versionId ?? '', fromVersionId: reign?.versionId ?? '', actor: OPS },
        ...{
          reason: 'incident 43',
          setAt: '2031-01-01T00:00:00.000Z',
          expiresAt: '2031-01-01T04:00:00.000Z',
        },
      };
      const end = { how: 'lifted', by: 'ops', reason: 'over', at: '2031-01-01T01:00:00.000Z' } as const;
      return {
        told: async () => {
          await registry.journalOverride(facts);
          await registry.journalOverrideEnd({ id: facts.id, model, server: 'server-a', ...end });
        },
        otherwise: () => registry.journalOverride({ ...facts, reason: 'another one' }),
      };
    },
  ],
  [
    'an alert',
    async () => {
      const model = await bench.world.model();
      const alert = {
        model,
        severity: 'WARNING',
        kind: 'SWAP_PARTIAL',
        text: 'server-b',
        dedupeKey: key(),
      } as const;
      // Only the first says that it was recorded.
      return { told: () => registry.recordAlert(alert).then(() => null), otherwise: null };
    },
  ],
  [
    'an acknowledgement of a server',
    async () => {
      const model = await twoChampions();
      const { champion, epoch } = await registry.champion({ model });
      const server = `server-${randomUUID().slice(0, 8)}`;
      await registry.registerServer({
        name: server,
        address: 'http://127.0.0.1:1',
        models: [],
        leaseSeconds: 60,
      });
      const said = { server, model, epoch, versionId: champion?.id ?? '' };
      return { told: () => registry.acknowledgeEpoch(said), otherwise: null };
    },
  ],
  [
    'a session of a shadow',
    async () => {
      const { retrainId, versionId } = await bench.world.candidate(await bench.world.model(), 1);
      const day = {
        ...{ retrainId, versionId, session: '2019-07-01', championId: null, rows: 10, pairedRows: 0 },
        ...({ verdict: 'continue', reason: 'fine', predictions: null, numbers: {} } as const),
      };
      return { told: () => registry.saveShadowDay(day), otherwise: null };
    },
  ],
  [
    'a run of batch scores',
    async () => {
      const model = await twoChampions();
      const { champion, epoch } = await registry.champion({ model });
      const run = {
        ...{ model, session: '2019-07-01', versionId: champion?.id ?? '', epoch, isChampion: true },
        ...({ trigger: 'manual', requestedBy: 'ops' } as const),
      };
      return { told: () => registry.openScoreRun(run), otherwise: null };
    },
  ],
];

describe.each(KEYED)('%s', (_, prepare) => {
  test('told twice under one key happens once and answers the same; other content is refused', async () => {
    const { told, otherwise } = await prepare();
    const first = await told();
    const after = await everything();
    expect(withoutRepeated(await told())).toEqual(withoutRepeated(first));
    expect(await everything()).toBe(after);
    if (otherwise === null) throw new Error('a chosen key can be chosen for something else');
    await expect(otherwise()).rejects.toMatchObject(code('IDEMPOTENCY_KEY_REUSED'));
    expect(await everything()).toBe(after);
  });
});

describe.each(BY_CONTENT)('%s', (_, prepare) => {
  test('told twice happens once and answers the same', async () => {
    const { told, otherwise } = await prepare();
    const first = await told();
    const after = await everything();
    expect(withoutRepeated(await told())).toEqual(withoutRepeated(first));
    expect(await everything()).toBe(after);
    if (otherwise === null) return;
    await expect(otherwise()).rejects.toMatchObject(code('IDEMPOTENCY_KEY_REUSED'));
    expect(await everything()).toBe(after);
  });
});
