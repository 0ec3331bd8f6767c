import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Actor } from '../../../contracts/primitives.ts';
import type { GateName, GateVerdict } from '../../../contracts/verdict.ts';
import { canonicalJson } from '../../../contracts/canonical.ts';
import { hashText } from '../../../registry/hash.ts';
import { openRegistry } from '../../../registry/registry.ts';
import type { Registry } from '../../../registry/registry.ts';
import { testDatabase } from '../../postgres.ts';
import type { TestDatabase } from '../../postgres.ts';
import { sampleEvent } from '../../unit/notifications/sample-events.ts';
import { ANA, KIM, LEE, OPS, RegistryWorld, gate } from './world.ts';
import type { Candidate } from './world.ts';

let database: TestDatabase;
let registry: Registry;
let world: RegistryWorld;
beforeAll(async () => {
  database = await testDatabase();
  registry = openRegistry({ url: database.url, applicationName: 'waivers', maxConnections: 4 });
  world = new RegistryWorld(registry);
});
afterAll(async () => {
  await registry.close();
  await database.drop();
});

const FAILED: readonly GateVerdict[] = [gate('leak'), gate('parity'), gate('spa', 'fail'), gate('dsr')];
const SAM: Actor = { subject: 'sam', roles: ['quant-lead'] };
const code = (text: string) => ({ code: text });

interface Judged {
  readonly candidate: Candidate;
  readonly gates: string;
  readonly waive: (actor: Actor, name?: GateName) => Promise<{ readonly waivedBy: readonly string[] }>;
}

/** A candidate whose gates were judged and written down. */
async function judged(
  verdicts: readonly GateVerdict[] = FAILED,
  spec: Record<string, unknown> = {},
  requester: Actor = ANA,
): Promise<Judged> {
  const model = await world.model(spec);
  const candidate = await world.candidate(model, 1, { requester });
  const { retrainId, versionId } = candidate;
  const verdict = verdicts.find((entry) => entry.enforced && entry.verdict !== 'pass')?.verdict ?? 'pass';
  const { evidenceHash: gates } = await registry.saveEvidence({
    ...{ kind: 'gate', retrainId, versionId, verdict, verdicts, facts: {} },
  });
  return {
    candidate,
    gates,
    waive: (actor, name = 'spa') =>
      registry.waiveGate({ model, evidenceHash: gates, gate: name, actor, reason: 'a known regime' }),
  };
}

/** Shadow, decision and signature on top of a gate evidence; the hash of the decision. */
async function signed(candidate: Candidate, gates: string, lead = LEE): Promise<string> {
  const { retrainId, versionId } = candidate;
  const shadow = await registry.saveEvidence({
    ...{ kind: 'shadow', retrainId, versionId, parentHash: gates, verdict: 'pass', facts: {} },
  });
  const { evidenceHash } = await world.decision(candidate, shadow.evidenceHash);
  await world.approve(candidate, evidenceHash, lead);
  return evidenceHash;
}

async function insert(statement: string, values: readonly unknown[]): Promise<unknown> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return await client.query(statement, [...values]);
  } finally {
    await client.end();
  }
}

/** The gates wait for people, and the spec names Dora. */
async function heldWithDeputy(deputyFrom: string): Promise<Judged> {
  const held = await judged(FAILED, { approval: { deputy: 'dora' } });
  await registry.openGateHold({
    ...{ retrainId: held.candidate.retrainId, round: 1, cause: 'waivable-fail' },
    objections: [{ gate: 'spa', code: 'FAIL', reason: 'below' }],
    expiresAt: new Date(Date.now() + 600_000).toISOString(),
    deputy: { subject: 'dora', from: deputyFrom },
    notification: sampleEvent('gates-held'),
  });
  return held;
}

describe('what may be waived now', () => {
  const everywhere = { all: true, models: [], markets: [] };

  test('names the evidence, who signed, who may not and until when; nothing once it is answered or over', async () => {
    const { candidate, gates, waive } = await heldWithDeputy(new Date(Date.now() + 60_000).toISOString());
    const { retrainId, model } = candidate;
    const [open] = await registry.openWaivers({ scope: everywhere, retrainId });
    expect(open).toMatchObject({
      ...{ retrainId, model, round: 1, evidenceHash: gates, deputy: { subject: 'dora' } },
      gates: [{ gate: 'spa', code: 'FAIL', reason: 'below', waivedBy: [] }],
      barred: ['ana'],
    });
    await waive(LEE);
    const [signedOnce] = await registry.openWaivers({ scope: everywhere, retrainId });
    expect(signedOnce?.gates[0]?.waivedBy).toEqual(['lee']);
    // Whoever may not look at the model learns nothing of it.
    const elsewhere = { all: false, models: ['another'], markets: [] };
    expect(await registry.openWaivers({ scope: elsewhere, retrainId: null })).toEqual([]);
    const of = { all: false, models: [model], markets: [] };
    expect(await registry.openWaivers({ scope: of, retrainId: null })).toHaveLength(1);
    await registry.answerGateHold({
      ...{ retrainId, round: 1, cause: 'waivable-fail' },
      answer: { answer: 'expired', subject: 'system', reason: 'nobody answered in time' },
    });
    expect(await registry.openWaivers({ scope: everywhere, retrainId })).toEqual([]);
  });

  test('an operator who is asked about a gate in error waives nothing', async () => {
    const held = await judged();
    const { retrainId } = held.candidate;
    await registry.openGateHold({
      ...{ retrainId, round: 1, cause: 'error', deputy: null },
      objections: [{ gate: 'spa', code: 'UNIT_FAILED', reason: 'no measure' }],
      expiresAt: new Date(Date.now() + 600_000).toISOString(),
      notification: sampleEvent('gates-held'),
    });
    expect(await registry.openWaivers({ scope: everywhere, retrainId })).toEqual([]);
  });
});

describe('a deputy who waives', () => {
  const DORA: Actor = { subject: 'dora', roles: ['viewer'] };
  const past = (): string => new Date(Date.now() - 60_000).toISOString();

  test('is one of the two people, and the audit and the record say as what', async () => {
    const { candidate, gates, waive } = await heldWithDeputy(past());
    expect(await waive({ ...DORA, subject: 'Dora' })).toEqual({ waivedBy: ['Dora'] });
    const { retrainId } = candidate;
    expect(await registry.deputyAtGates({ retrainId })).toBe('dora');
    await waive(LEE);
    const sealed = await registry.sealWaivers({ retrainId, evidenceHash: gates });
    const decision = await signed(candidate, sealed.evidenceHash, KIM);
    expect((await world.promote(candidate, decision)).epoch).toBe(1);
    const waivers = await registry.waiversOf({ retrainId });
    expect(waivers.map(({ subject, asDeputy }) => [subject, asDeputy])).toEqual([
      ['Dora', true],
      ['lee', false],
    ]);
    const audited = await insert(
      `select body::jsonb -> 'facts' ->> 'asDeputy' as deputy from audit where model = $1 and actor = 'Dora'`,
      [candidate.model],
    );
    expect(audited).toMatchObject({ rows: [{ deputy: 'true' }] });
    await world.finish(candidate);
    expect(await registry.deputyAtGates({ retrainId })).toBeNull();
  });

  test('waives nothing before their time, alone, twice, or under two names', async () => {
    const early = await heldWithDeputy(new Date(Date.now() + 300_000).toISOString());
    await expect(early.waive(DORA)).rejects.toMatchObject(code('DEPUTY_NOT_YET'));
    const plain = insert(
      `insert into waivers (evidence_hash, gate, subject, reason, roles, as_deputy)
       values ($1, 'spa', 'dora', 'early', '{viewer}', true)`,
      [early.gates],
    );
    await expect(plain).rejects.toMatchObject({ hint: 'DEPUTY_NOT_YET' });
    const { candidate, gates, waive } = await heldWithDeputy(past());
    await waive(DORA);
    await waive(DORA);
    await expect(waive({ subject: ' DORA', roles: ['quant-lead'] })).rejects.toMatchObject(code('FOUR_EYES'));
    await expect(waive({ ...DORA, subject: 'vic' })).rejects.toMatchObject(code('ROLE_MISSING'));
    const { evidenceHash } = await registry.sealWaivers({
      retrainId: candidate.retrainId,
      evidenceHash: gates,
    });
    const decision = await signed(candidate, evidenceHash);
    await expect(world.promote(candidate, decision)).rejects.toMatchObject(code('EVIDENCE_MISSING'));
  });

  test('is the one of the spec, and nobody where no hold names one', async () => {
    const { gates, waive } = await judged(FAILED, { approval: { deputy: 'dora' } });
    await expect(waive(DORA)).rejects.toMatchObject(code('ROLE_MISSING'));
    const forged = insert(
      `insert into gate_holds (run, round, cause, objections, expires_at, deputy, deputy_from)
       select run, 1, 'waivable-fail', '[{}]', now() + interval '1 hour', 'eve', now() from evidence where hash = $1`,
      [gates],
    );
    await expect(forged).rejects.toMatchObject({ hint: 'EVIDENCE_BROKEN' });
  });
});

describe('waiving a gate that failed', () => {
  test('takes two people, not two spellings of one name', async () => {
    const { waive } = await judged();
    await waive(LEE);
    await expect(waive({ ...LEE, subject: 'Lee' })).rejects.toMatchObject(code('FOUR_EYES'));
    await expect(waive({ subject: ' Ana', roles: ['quant-lead'] })).rejects.toMatchObject(code('FOUR_EYES'));
    await expect(waive({ subject: 'System', roles: ['quant-lead'] })).rejects.toMatchObject(
      code('FOUR_EYES'),
    );
  });

  test('takes two leads; the sealed evidence has another hash and can be promoted', async () => {
    const { candidate, gates, waive } = await judged();
    expect(await waive(LEE)).toEqual({ waivedBy: ['lee'] });
    expect(await waive(LEE)).toEqual({ waivedBy: ['lee'] });
    expect(await waive(KIM)).toEqual({ waivedBy: ['kim', 'lee'] });
    const { retrainId } = candidate;
    const sealed = await registry.sealWaivers({ retrainId, evidenceHash: gates });
    expect(sealed.evidenceHash).not.toBe(gates);
    expect(sealed.waivers.map(({ subject }) => subject)).toEqual(['kim', 'lee']);
    expect(await registry.sealWaivers({ retrainId, evidenceHash: gates })).toEqual(sealed);
    const decision = await signed(candidate, sealed.evidenceHash);
    expect((await world.promote(candidate, decision)).epoch).toBe(1);
    const audit = await registry.waiversOf({ retrainId });
    expect(audit.map((waiver) => [waiver.gate, waiver.subject, waiver.reason])).toEqual([
      ['spa', 'lee', 'a known regime'],
      ['spa', 'kim', 'a known regime'],
    ]);
  });

  test('does nothing to evidence that was signed before: that hash is not promoted', async () => {
    const { candidate, gates, waive } = await judged();
    await waive(LEE);
    await waive(KIM);
    const decision = await signed(candidate, gates);
    await expect(world.promote(candidate, decision)).rejects.toMatchObject(code('EVIDENCE_MISSING'));
  });

  test('is not done by one lead alone, whatever is sealed', async () => {
    const { candidate, gates, waive } = await judged();
    await waive(LEE);
    const { evidenceHash } = await registry.sealWaivers({
      retrainId: candidate.retrainId,
      evidenceHash: gates,
    });
    const decision = await signed(candidate, evidenceHash);
    await expect(world.promote(candidate, decision)).rejects.toMatchObject({
      ...code('EVIDENCE_MISSING'),
      details: { gates: ['spa'] },
    });
    await expect(waive(KIM)).rejects.toMatchObject(code('EVIDENCE_CHANGED'));
  });

  test.each(['leak', 'parity', 'schema'] as const)(
    'is impossible for %s, also past the code',
    async (name) => {
      const { gates, waive } = await judged([gate('leak'), gate(name, 'fail')]);
      await expect(waive(LEE, name)).rejects.toMatchObject(code('GATE_NOT_WAIVABLE'));
      const values = [gates, name, 'lee', 'please', ['quant-lead']];
      const statement =
        'insert into waivers (evidence_hash, gate, subject, reason, roles) values ($1, $2, $3, $4, $5)';
      await expect(insert(statement, values)).rejects.toThrow(/never_for_|no enforced gate/u);
    },
  );

  test('is refused to the requester, to the author of the spec and to others than leads', async () => {
    const requester: Actor = { subject: 'rob', roles: ['quant-lead'] };
    const { gates, waive } = await judged(FAILED, {}, requester);
    await expect(waive(requester)).rejects.toMatchObject(code('FOUR_EYES'));
    await expect(waive({ subject: 'ana', roles: ['quant-lead'] })).rejects.toMatchObject(code('FOUR_EYES'));
    await expect(waive(OPS)).rejects.toMatchObject(code('ROLE_MISSING'));
    const statement =
      'insert into waivers (evidence_hash, gate, subject, reason, roles) values ($1, $2, $3, $4, $5)';
    await expect(insert(statement, [gates, 'spa', 'eve', 'please', ['viewer']])).rejects.toThrow(
      /a_quant_lead_waives/u,
    );
    await expect(insert(statement, [gates, 'spa', 'eve', '', ['quant-lead']])).rejects.toThrow(/check/u);
  });

  test('is refused where nothing failed: a pass, an inconclusive gate, an error, a gate in dry-run', async () => {
    const dry = { ...gate('pbo', 'fail'), enforced: false };
    const verdicts = [gate('spa', 'fail'), gate('dsr', 'inconclusive'), gate('rank-ic', 'error'), dry];
    const { waive } = await judged([...verdicts, gate('coverage')]);
    for (const name of ['coverage', 'dsr', 'rank-ic', 'pbo', 'stepm'] as const) {
      await expect(waive(LEE, name)).rejects.toMatchObject(code('GATE_NOT_WAIVABLE'));
    }
  });

  test('is refused after the end of the retrain, and for evidence of another model', async () => {
    const { candidate, gates, waive } = await judged();
    await expect(
      registry.waiveGate({
        ...{ model: await world.model(), evidenceHash: gates, gate: 'spa', actor: LEE, reason: 'please' },
      }),
    ).rejects.toMatchObject(code('EVIDENCE_MISSING'));
    await world.finish(candidate, 'refused');
    await expect(waive(LEE)).rejects.toMatchObject(code('RETRAIN_FINISHED'));
  });

  test('cannot be forged by writing the sealed evidence by hand', async () => {
    const { candidate, gates, waive } = await judged();
    await waive(LEE);
    const [base] = await registry.evidenceOf({ retrainId: candidate.retrainId });
    const forge = (changes: object): Promise<unknown> => {
      const body = canonicalJson({ ...base?.body, waives: gates, ...changes });
      const run = base?.body['run'];
      return insert(
        `insert into evidence (hash, run, version_id, kind, verdict, body)
         values ($1, $2, $3, 'gate', 'fail', $4)`,
        [hashText(body), run, candidate.versionId, body],
      );
    };
    const waiver = (subject: string) => ({ gate: 'spa', subject, reason: 'a known regime' });
    await expect(forge({ waivers: [waiver('kim'), waiver('lee')] })).rejects.toThrow(/all of them/u);
    await expect(forge({ waivers: [] })).rejects.toThrow(/all of them/u);
    await expect(
      forge({ waivers: [waiver('lee')], verdicts: FAILED.map((each) => ({ ...each, verdict: 'pass' })) }),
    ).rejects.toThrow(/changes no verdict/u);
    await expect(forge({ waives: 'f'.repeat(64), waivers: [] })).rejects.toThrow(/same version/u);
  });

  test('stays: a waiver is neither changed nor taken back', async () => {
    const { gates, waive } = await judged();
    await waive(SAM);
    await expect(
      insert(`update waivers set reason = 'other' where evidence_hash = $1`, [gates]),
    ).rejects.toThrow(/keeps what was written/u);
    await expect(insert('delete from waivers where evidence_hash = $1', [gates])).rejects.toThrow(
      /keeps what was written/u,
    );
  });
});
