import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canonicalJson } from '../../../contracts/canonical.ts';
import type { Actor } from '../../../contracts/primitives.ts';
import type { GateName } from '../../../contracts/verdict.ts';
import { hashText } from '../../../registry/hash.ts';
import { openRegistry, type Registry } from '../../../registry/registry.ts';
import { testDatabase, type TestDatabase } from '../../postgres.ts';
import { sampleEvent } from '../../unit/notifications/sample-events.ts';
import { ANA, type Candidate, gate, KIM, LEE, OPS, RegistryWorld } from './world.ts';

let database: TestDatabase;
let registry: Registry;
let world: RegistryWorld;
beforeAll(async () => {
  database = await testDatabase();
  registry = openRegistry({ url: database.url, applicationName: 'refusals', maxConnections: 8 });
  world = new RegistryWorld(registry);
});
afterAll(async () => {
  await registry.close();
  await database.drop();
});

const SAM: Actor = { subject: 'sam', roles: ['quant-lead'] };
const DORA: Actor = { subject: 'dora', roles: ['viewer'] };
const EVERYWHERE = { all: true, models: [], markets: [] };
const WHY = 'the family was tried too often';
const code = (text: string) => ({ code: text });
const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();

class Held {
  readonly candidate: Candidate;
  readonly gates: string;

  constructor(candidate: Candidate, gates: string) {
    this.candidate = candidate;
    this.gates = gates;
  }

  /** Two gates failed, and people may waive them. */
  static async open(deputyFrom: string | null = null, requester: Actor = ANA): Promise<Held> {
    const spec = deputyFrom === null ? {} : { approval: { deputy: 'dora' } };
    const candidate = await world.candidate(await world.model(spec), 1, { requester });
    const { retrainId, versionId } = candidate;
    const verdicts = [gate('leak'), gate('parity'), gate('spa', 'fail'), gate('dsr', 'fail')];
    const { evidenceHash } = await registry.saveEvidence({
      ...{ kind: 'gate', retrainId, versionId, verdict: 'fail', verdicts, facts: {} },
    });
    await registry.openGateHold({
      ...{ retrainId, round: 1, cause: 'waivable-fail', expiresAt: inMs(600_000) },
      objections: ['spa', 'dsr'].map((name) => ({ gate: name, code: 'FAIL', reason: 'below' })),
      deputy: deputyFrom === null ? null : { subject: 'dora', from: deputyFrom },
      notification: sampleEvent('gates-held'),
    });
    return new Held(candidate, evidenceHash);
  }

  waive(actor: Actor, name: GateName) {
    const { model } = this.candidate;
    return registry.waiveGate({ model, evidenceHash: this.gates, gate: name, actor, reason: 'known' });
  }

  refuse(actor: Actor, reason = WHY, evidenceHash = this.gates) {
    return registry.refuseWaivers({ model: this.candidate.model, evidenceHash, actor, reason });
  }

  /** Everything but the last of four waivers. */
  async nearlyWaived(): Promise<void> {
    for (const name of ['spa', 'dsr'] as const) await this.waive(LEE, name);
    await this.waive(KIM, 'spa');
  }

  async answers(): Promise<readonly unknown[]> {
    const { retrainId } = this.candidate;
    return (await registry.gateHolds({ retrainId })).map(({ answer }) => answer);
  }

  async audited(): Promise<readonly { readonly actor: string; readonly facts: Record<string, unknown> }[]> {
    const { rows } = await query(
      `select actor, body::jsonb -> 'facts' as facts from audit where model = $1 and command = 'refuse-waivers'`,
      [this.candidate.model],
    );
    return rows as { actor: string; facts: Record<string, unknown> }[];
  }
}

async function query(statement: string, values: readonly unknown[]): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return await client.query(statement, [...values]);
  } finally {
    await client.end();
  }
}

describe('refusing to waive what failed', () => {
  test('answers the hold with who and why, once in the audit, whose chain verifies', async () => {
    const held = await Held.open();
    const { retrainId, model } = held.candidate;
    await held.waive(LEE, 'spa');
    const refused = { subject: 'kim', reason: WHY, asDeputy: false };
    expect(await held.refuse(KIM)).toEqual(refused);
    // Repeated, and by another lead: the first stands.
    expect(await held.refuse(KIM, 'said again')).toEqual(refused);
    expect(await held.refuse(SAM)).toEqual(refused);
    expect(await held.answers()).toMatchObject([{ answer: 'refused', subject: 'kim', reason: WHY }]);
    expect(await held.audited()).toEqual([
      { actor: 'kim', facts: { retrainId, evidenceHash: held.gates, reason: WHY } },
    ]);
    expect((await registry.verifyAudit({ model, anchor: null })).ok).toBe(true);
    expect(await registry.openWaivers({ scope: EVERYWHERE, retrainId })).toEqual([]);
  });

  test('ends waiving: no waiver, no sealed evidence, no shadow comes after it, also past the code', async () => {
    const held = await Held.open();
    const { retrainId, versionId } = held.candidate;
    await held.nearlyWaived();
    await held.refuse(SAM);
    await expect(held.waive(KIM, 'dsr')).rejects.toMatchObject(code('ALREADY_DECIDED'));
    await expect(registry.sealWaivers({ retrainId, evidenceHash: held.gates })).rejects.toMatchObject(
      code('ALREADY_DECIDED'),
    );
    const shadow = { kind: 'shadow' as const, retrainId, versionId, parentHash: held.gates };
    await expect(registry.saveEvidence({ ...shadow, verdict: 'pass', facts: {} })).rejects.toMatchObject(
      code('ALREADY_DECIDED'),
    );
    const waiver = query(
      `insert into waivers (evidence_hash, gate, subject, reason, roles) values ($1, 'dsr', 'kim', 'known', '{quant-lead}')`,
      [held.gates],
    );
    await expect(waiver).rejects.toMatchObject({ hint: 'ALREADY_DECIDED' });
    // What was waived before stays in the record.
    expect(await registry.waiversOf({ retrainId })).toHaveLength(3);
  });

  test('comes too late once two people have waived each gate, and once they are sealed', async () => {
    const held = await Held.open();
    await held.nearlyWaived();
    await held.waive(KIM, 'dsr');
    await expect(held.refuse(SAM)).rejects.toMatchObject(code('ALREADY_DECIDED'));
    const { retrainId } = held.candidate;
    const sealed = await registry.sealWaivers({ retrainId, evidenceHash: held.gates });
    await expect(held.refuse(SAM)).rejects.toMatchObject(code('EVIDENCE_CHANGED'));
    await expect(held.refuse(SAM, WHY, sealed.evidenceHash)).rejects.toMatchObject(code('EVIDENCE_CHANGED'));
    expect(await held.answers()).toEqual([null]);
    expect(await held.audited()).toEqual([]);
  });

  test('and the last waiver at once: exactly one of the two stands, whichever was first', async () => {
    const winners = new Set<string>();
    for (let round = 0; round < 12; round += 1) {
      const held = await Held.open();
      await held.nearlyWaived();
      const moves = [() => held.waive(KIM, 'dsr'), () => held.refuse(SAM), () => held.refuse(KIM)];
      const order = round % 2 === 0 ? moves : moves.toReversed();
      const outcomes = await Promise.allSettled(order.map((move) => move()));
      const lost = outcomes.filter(({ status }) => status === 'rejected');
      for (const each of lost) expect(each).toMatchObject({ reason: code('ALREADY_DECIDED') });
      const { rows } = await query(`select gate from waivers where evidence_hash = $1`, [held.gates]);
      const [answer] = await held.answers();
      // Four waivers and no answer, or three and a refusal.
      expect([rows.length, answer === null]).toEqual(answer === null ? [4, true] : [3, false]);
      expect(lost).toHaveLength(answer === null ? 2 : 1);
      winners.add(answer === null ? 'waived' : 'refused');
    }
    expect(winners.size).toBe(2);
  });

  test('is of whoever may waive: not the requester, the author, an operator, the system', async () => {
    const rob: Actor = { subject: 'rob', roles: ['quant-lead'] };
    const held = await Held.open(null, rob);
    for (const subject of ['rob', ' ROB', 'ana', 'System'] as const) {
      await expect(held.refuse({ subject, roles: ['quant-lead'] })).rejects.toMatchObject(code('FOUR_EYES'));
    }
    await expect(held.refuse(OPS)).rejects.toMatchObject(code('ROLE_MISSING'));
    expect(await held.answers()).toEqual([null]);
  });

  test('is of the deputy from their time on, and the audit and the record say as what', async () => {
    const early = await Held.open(inMs(300_000));
    await expect(early.refuse(DORA)).rejects.toMatchObject(code('DEPUTY_NOT_YET'));
    const held = await Held.open(inMs(-60_000));
    await expect(held.refuse({ ...DORA, subject: 'vic' })).rejects.toMatchObject(code('ROLE_MISSING'));
    const as = { ...DORA, subject: 'Dora' };
    expect(await held.refuse(as)).toEqual({ subject: 'Dora', reason: WHY, asDeputy: true });
    expect(await held.audited()).toMatchObject([{ actor: 'Dora', facts: { asDeputy: true } }]);
    const unnamed = await Held.open();
    await expect(unnamed.refuse(DORA)).rejects.toMatchObject(code('ROLE_MISSING'));
  });

  test('is of the evidence that was read, of its model, and while the retrain waits', async () => {
    const held = await Held.open();
    const other = await Held.open();
    await expect(held.refuse(KIM, WHY, 'f'.repeat(64))).rejects.toMatchObject(code('EVIDENCE_MISSING'));
    await expect(held.refuse(KIM, WHY, other.gates)).rejects.toMatchObject(code('EVIDENCE_MISSING'));
    const { retrainId } = held.candidate;
    const hold = { retrainId, round: 1, cause: 'waivable-fail' as const };
    const expired = { answer: 'expired' as const, subject: 'system', reason: 'nobody answered in time' };
    await registry.answerGateHold({ ...hold, answer: expired });
    await expect(held.refuse(KIM)).rejects.toMatchObject(code('ALREADY_DECIDED'));
    await world.finish(other.candidate, 'refused');
    await expect(other.refuse(KIM)).rejects.toMatchObject(code('RETRAIN_FINISHED'));
  });

  test('is refused under evidence of before the gates ran again', async () => {
    const held = await Held.open();
    const { retrainId, versionId } = held.candidate;
    const verdicts = [gate('leak'), gate('parity'), gate('spa', 'fail')];
    await registry.saveEvidence({
      ...{ kind: 'gate', retrainId, versionId, verdict: 'fail', verdicts, facts: { round: 2 } },
    });
    await expect(held.refuse(KIM)).rejects.toMatchObject(code('EVIDENCE_CHANGED'));
  });

  test('cannot be forged: without evidence, role or reason, where an operator is asked, or by changing one', async () => {
    const held = await Held.open();
    const columns =
      'insert into gate_hold_answers (run, round, cause, answer, subject, reason, evidence_hash, roles)';
    const forged = (values: string): Promise<pg.QueryResult> =>
      query(`${columns} select run, 1, ${values} from evidence where hash = $1`, [held.gates]);
    const lead = `'kim', 'please', hash, '{quant-lead}'`;
    await expect(forged(`'waivable-fail', 'refused', 'kim', 'please', null, '{quant-lead}'`)).rejects.toThrow(
      /evidence/u,
    );
    await expect(forged(`'waivable-fail', 'refused', 'eve', 'please', hash, '{viewer}'`)).rejects.toThrow(
      /a_quant_lead_refuses/u,
    );
    await expect(forged(`'waivable-fail', 'refused', 'kim', '', hash, '{quant-lead}'`)).rejects.toThrow(
      /check/u,
    );
    await expect(forged(`'error', 'refused', ${lead}`)).rejects.toThrow(/an_answer_fits_its_cause/u);
    await expect(forged(`'waivable-fail', 'waived', ${lead}`)).rejects.toThrow(
      /a_refusal_names_its_evidence/u,
    );
    await held.refuse(KIM);
    await expect(
      query(`update gate_hold_answers set answer = 'waived' where evidence_hash = $1`, [held.gates]),
    ).rejects.toThrow(/keeps what was written/u);
  });

  test('cannot be gone around by evidence that is written by hand', async () => {
    const held = await Held.open();
    const { retrainId, versionId } = held.candidate;
    await held.refuse(KIM);
    const [base] = await registry.evidenceOf({ retrainId });
    const body = canonicalJson({ ...base?.body, waives: held.gates, waivers: [] });
    const sealed = query(
      `insert into evidence (hash, run, version_id, kind, verdict, body) values ($1, $2, $3, 'gate', 'fail', $4)`,
      [hashText(body), base?.body['run'], versionId, body],
    );
    await expect(sealed).rejects.toMatchObject({ hint: 'ALREADY_DECIDED' });
  });
});
