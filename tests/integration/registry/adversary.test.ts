import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DENIED, EVERYBODY, WRITERS, openAdversary } from './adversary-bench.ts';
import type { AdversaryBench, Refusal } from './adversary-bench.ts';
import { KIM, LEE } from './world.ts';

let bench: AdversaryBench;
let world: AdversaryBench['world'];
let attempt: AdversaryBench['attempt'];
let twoReigns: AdversaryBench['twoReigns'];

beforeAll(async () => {
  bench = await openAdversary('adversary');
  ({ world, attempt, twoReigns } = bench);
});
afterAll(() => bench.close());

describe('I1 the champion changes by a swap and in no other way', () => {
  test.each(EVERYBODY)('%s cannot write champions or reigns', async (role) => {
    const { model, first } = await twoReigns();
    const before = await bench.fingerprint(model);
    expect(
      await attempt(role, [
        'update champions set champion_id = $2, epoch = 3 where model = $1',
        model,
        first.versionId,
      ]),
    ).toBe(DENIED);
    expect(
      await attempt(role, [
        `insert into reigns select model, 3, from_version_id, version_id, null, 'rollback', null, null, 'mallory', 'why not',
           business_at, clock_timestamp(), audit_seq, outbox_id from reigns where model = $1 and epoch = 2`,
        model,
      ]),
    ).toBe(DENIED);
    expect(await bench.fingerprint(model)).toEqual(before);
  });

  test('the owner himself cannot open a reign with the audit row, the announcement or the answer of another', async () => {
    const { model } = await twoReigns();
    const { root } = bench;
    const reign = (audit: string, outbox: string, previous = 'null') =>
      `insert into reigns select model, 3, from_version_id, version_id, ${previous}, 'rollback', null, null, 'mallory', 'why not',
         business_at, clock_timestamp(), ${audit}, ${outbox} from reigns where model = '${model}' and epoch = 2`;
    const row = (facts: string) =>
      `select contender_append_audit_row('${model}', 'mallory', 'rollback', '${randomUUID()}', null, ${facts})`;
    const target = `(select from_version_id from reigns where model = '${model}' and epoch = 2)`;
    const said = `jsonb_build_object('epoch', 3, 'versionId', ${target})`;
    const newest = `(select max(seq) from audit where model = '${model}')`;
    const message = `insert into outbox (dedupe_key, channel, event) values ('${randomUUID()}', 'route', jsonb_build_object('model', '${model}'))`;
    const tell = `(select max(id) from outbox)`;
    const champion = `update champions set epoch = 3, champion_id = ${target}, previous_id = null where model = '${model}'`;
    const ways: readonly (readonly string[])[] = [
      [reign('audit_seq', 'outbox_id'), champion],
      [message, reign('audit_seq', tell), champion],
      [row(`jsonb_build_object('epoch', 4, 'versionId', ${target})`), message, reign(newest, tell), champion],
      [row(said), reign(newest, 'outbox_id'), champion],
      [row(said), message, reign(newest, tell, 'version_id'), champion],
      // Everything but the answer under its key: noticed when the transaction ends.
      [row(said), message, reign(newest, tell), champion, 'set constraints all immediate'],
    ];
    for (const statements of ways) {
      await root.query('begin');
      let refused = 'nothing refused it';
      try {
        for (const statement of statements) await root.query(statement);
      } catch (error) {
        refused = (error as Refusal).hint ?? (error as Refusal).code;
      }
      await root.query('rollback');
      expect(refused, statements.join(';\n')).toBe('REIGN_UNRECORDED');
    }
  });

  test('a model does not begin with a champion', async () => {
    const { model, first } = await twoReigns();
    await bench.root.query('begin');
    await bench.root.query('alter table champions disable trigger champions_change');
    await bench.root.query('delete from champions where model = $1', [model]);
    await expect(
      bench.root.query('insert into champions (model, epoch, champion_id) values ($1, 1, $2)', [
        model,
        first.versionId,
      ]),
    ).rejects.toMatchObject({ hint: 'EPOCH_MOVED' });
    await bench.root.query('rollback');
  });
});

describe('I2 evidence cannot be dressed up', () => {
  const evidence = (run: string, version: string, verdicts: unknown) => {
    const body = JSON.stringify({
      kind: 'gate',
      versionId: version,
      parent: null,
      verdict: 'pass',
      verdicts,
    });
    return [
      `insert into evidence (hash, run, version_id, kind, verdict, body)
       select contender_hash($3), run, $2, 'gate', 'pass', $3 from retrains where id = $1`,
      run,
      version,
      body,
    ] as const;
  };

  test.each([
    ['without a word on enforcement', { gate: 'spa', verdict: 'fail' }],
    ['with a verdict that does not exist', { gate: 'spa', verdict: 'fine', enforced: true }],
    ['without a gate', { verdict: 'pass', enforced: true }],
    ['that is no object', 'pass'],
  ])('a verdict %s is refused', async (_, verdict) => {
    const model = await world.model();
    const { retrainId, versionId } = await world.candidate(model, 1);
    expect(await attempt('worker', evidence(retrainId, versionId, [verdict]))).toBe('EVIDENCE_BROKEN');
  });

  test.each([
    ['is silent on the leak audit', [{ gate: 'spa', verdict: 'pass', enforced: true }]],
    [
      'says that a leak is not enforced',
      [
        { gate: 'leak', verdict: 'fail', enforced: false },
        { gate: 'parity', verdict: 'pass', enforced: true },
      ],
    ],
  ])('a pass that %s does not promote, whoever signs', async (_, verdicts) => {
    const model = await world.model();
    const candidate = await world.candidate(model, 1);
    const { retrainId, versionId } = candidate;
    const { evidenceHash } = await bench.registry.saveEvidence({
      ...{ kind: 'gate', retrainId, versionId, verdict: 'pass', facts: {} },
      verdicts: verdicts as never,
    });
    const shadow = await bench.registry.saveEvidence({
      ...{ kind: 'shadow', retrainId, versionId, verdict: 'pass', facts: {} },
      parentHash: evidenceHash,
    });
    const opened = await world.decision(candidate, shadow.evidenceHash);
    await world.approve(candidate, opened.evidenceHash, LEE, KIM);
    await expect(world.promote(candidate, opened.evidenceHash)).rejects.toMatchObject({
      code: 'EVIDENCE_MISSING',
    });
  });

  test('a shadow with a session that failed did not pass', async () => {
    const model = await world.model();
    const candidate = await world.candidate(model, 1);
    const { retrainId, versionId } = candidate;
    await bench.registry.saveShadowDay({
      ...{ retrainId, session: '2019-03-04', versionId, championId: null, rows: 10, pairedRows: 10 },
      ...{ verdict: 'fail', reason: 'paper loss', predictions: null, numbers: {} },
    });
    await expect(world.shadowed(candidate)).rejects.toMatchObject({ code: 'EVIDENCE_BROKEN' });
  });

  test.each([
    ['expected_epoch', '7'],
    ['approvers', '5'],
    ['expires_at', `now() + interval '90 days'`],
    ['admission', `'probation'`],
  ])('the terms of a decision are those that are signed: %s', async (column, value) => {
    const model = await world.model();
    const candidate = await world.candidate(model, 1);
    const { evidenceHash } = await world.decision(candidate, await world.shadowed(candidate));
    const columns =
      'hash run version_id admission expected_epoch requester spec_author four_eyes approvers expires_at';
    const picked = columns.split(' ').map((name) => (name === column ? value : name));
    expect(
      await attempt('worker', [
        `insert into decisions (${columns.split(' ').join(', ')}) select ${picked.join(', ')} from decisions where hash = $1`,
        evidenceHash,
      ]),
    ).toMatch(/EVIDENCE_BROKEN|probation_needs_two/u);
  });

  test('a version is linked to a retrain of its own model only', async () => {
    const { first } = await twoReigns();
    const other = await world.candidate(await world.model(), 1);
    expect(
      await attempt('worker', [
        'insert into version_links (version_id, run) select $1, run from retrains where id = $2',
        first.versionId,
        other.retrainId,
      ]),
    ).toBe('EVIDENCE_BROKEN');
  });
});

describe('I3 the audit has one door', () => {
  test.each(EVERYBODY)('%s cannot insert a row, nor call what does', async (role) => {
    const { model } = await twoReigns();
    expect(
      await attempt(role, [
        `insert into audit select model, seq + 1, hash, hash, body, actor, command, $2, business_at, recorded_at
         from audit where model = $1 order by seq desc limit 1`,
        model,
        randomUUID(),
      ]),
    ).toBe(DENIED);
    expect(
      await attempt(role, [
        `select contender_append_audit_row($1, 'x', 'promote', $2, null, '{}')`,
        model,
        randomUUID(),
      ]),
    ).toBe(DENIED);
  });

  test.each(WRITERS)('%s cannot say that there was a swap', async (role) => {
    const { model } = await twoReigns();
    for (const command of ['promote', 'rollback']) {
      expect(
        await attempt(role, [
          `select contender_append_audit($1, 'x', $3, $2, null, '{}')`,
          model,
          randomUUID(),
          command,
        ]),
      ).toBe('AUDIT_CHAIN_BROKEN');
    }
  });

  test('the api promotes nothing', async () => {
    const { model, first } = await twoReigns();
    expect(
      await attempt('api', [
        `select contender_swap($1, $2, 2, 'rollback', null, null, 'x', 'because', now(), $3, repeat('a', 64), '{}', now())`,
        model,
        first.versionId,
        randomUUID(),
      ]),
    ).toBe(DENIED);
  });

  test.each([
    ['another actor', `actor = 'eve'`],
    ['another command', `command = 'promote'`],
    ['another time', `recorded_at = recorded_at + interval '1 hour'`],
    ['another business time', `business_at = now()`],
    ['another key', `idempotency_key = 'k2'`],
  ])('the owner cannot continue the chain with columns that say %s than the text', async (_, change) => {
    const { model } = await twoReigns();
    const { root } = bench;
    await root.query('begin');
    await root.query('create temp table forged on commit drop as select * from audit where false');
    await root.query('create temp table kept on commit drop as select * from audit where model = $1', [
      model,
    ]);
    await root.query('savepoint before');
    await root.query(`select contender_append_audit_row($1, 'ops', 'note', 'k1', null, '{}')`, [model]);
    const { rows } = await root.query<Record<string, unknown>>(
      'select * from audit where model = $1 order by seq desc limit 1',
      [model],
    );
    await root.query('rollback to before');
    const columns = Object.keys(rows[0] ?? {});
    await root.query(
      `insert into forged (${columns.join(', ')}) values (${columns.map((_name, index) => `$${String(index + 1)}`).join(', ')})`,
      Object.values(rows[0] ?? {}),
    );
    await root.query('savepoint whole');
    await root.query('insert into audit select * from forged');
    await root.query('rollback to whole');
    await root.query(`update forged set ${change}`);
    await expect(root.query('insert into audit select * from forged')).rejects.toMatchObject({
      hint: 'AUDIT_CHAIN_BROKEN',
    });
    await root.query('rollback');
  });

  test.each(WRITERS)(
    '%s cannot leave an answer under a key to a command that was never given',
    async (role) => {
      const model = await world.model();
      const candidate = await world.candidate(model, 1);
      const evidence = await world.approved(candidate);
      const key = `promote:${candidate.retrainId}:${candidate.versionId}`;
      expect(
        await attempt(role, [
          `insert into commands (key, model, command, request_hash, result) values ($1, $2, 'swap', repeat('a', 64), '{"epoch": 1}')`,
          key,
          model,
        ]),
      ).toBe('COMMAND_UNRECORDED');
      expect(await world.promote(candidate, evidence)).toMatchObject({ epoch: 1, repeated: false });
    },
  );

  test('time never runs backwards in a chain', async () => {
    const { model } = await twoReigns();
    const trail = await bench.registry.auditTrail({ model, limit: 100 });
    const times = trail.map(({ recordedAt }) => recordedAt);
    expect([...times].sort().reverse()).toEqual(times);
  });
});
