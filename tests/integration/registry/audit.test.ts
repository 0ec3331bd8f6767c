import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canonicalJson } from '../../../contracts/canonical.ts';
import type { AuditAnchor } from '../../../registry/audit.ts';
import { openRegistry } from '../../../registry/registry.ts';
import type { Registry } from '../../../registry/registry.ts';
import { testDatabase } from '../../postgres.ts';
import type { TestDatabase } from '../../postgres.ts';
import { RegistryWorld } from './world.ts';

let database: TestDatabase;
let registry: Registry;
let world: RegistryWorld;
let root: pg.Client;

beforeAll(async () => {
  database = await testDatabase();
  registry = openRegistry({ url: database.url, applicationName: 'audit' });
  world = new RegistryWorld(registry);
  root = new pg.Client({ connectionString: database.url });
  await root.connect();
});
afterAll(async () => {
  await registry.close();
  await root.end();
  await database.drop();
});

/** Writes as somebody who owns the database and switches every trigger and constraint off, then puts things back. */
async function tamperedWith(
  statement: string,
  values: readonly unknown[],
  check: () => Promise<void>,
): Promise<void> {
  await root.query('create table audit_kept as select * from audit');
  await root.query('set session_replication_role = replica');
  try {
    await root.query(statement, [...values]);
    await check();
  } finally {
    await root.query('delete from audit');
    await root.query('insert into audit select * from audit_kept');
    await root.query('set session_replication_role = origin');
    await root.query('drop table audit_kept');
  }
}

describe('the audit of a model with a history', () => {
  let model: string;
  let anchor: AuditAnchor;
  beforeAll(async () => {
    model = await world.model();
    await world.champion(model, 1);
    await world.champion(model, 2);
    await world.rollback(model);
    anchor = await registry.auditAnchor();
  });
  const verify = (held: AuditAnchor | null = null) => registry.verifyAudit({ model: null, anchor: held });

  test('verifies, with and without the anchor, and gives the same anchor again', async () => {
    expect(await verify()).toMatchObject({ ok: true, firstBad: null, rows: 12, models: 1, anchor });
    expect(await verify(anchor)).toMatchObject({ ok: true });
    expect(anchor.heads).toMatchObject([{ model, seq: 12 }]);
  });

  test('its text is canonical JSON, in the database as in our own code, whatever people type', async () => {
    const typed = 'drawdown > 5 % "again"\n\t\\ 回滾 \u0001 é 😀';
    await world.rollback(model, { toVersion: 2, reason: typed });
    await world.rollback(model, { toVersion: 1, reason: 'back' });
    const trail = await registry.auditTrail({ model, limit: 100 });
    for (const { body } of trail) expect(canonicalJson(JSON.parse(body))).toBe(body);
    const facts = trail.map(({ body }) => (JSON.parse(body) as { facts: { reason?: string } }).facts.reason);
    expect(facts).toContain(typed);
    anchor = await registry.auditAnchor();
  });

  test('shows an edited text', () =>
    tamperedWith(
      `update audit set body = replace(body, '"actor":"lee"', '"actor":"kim"') where command = 'approve' and seq = 4`,
      [],
      async () => {
        expect((await verify()).firstBad).toEqual({
          model,
          seq: 4,
          reason: 'its text was changed after it was written',
        });
      },
    ));

  test('shows an edited text whose hash was made to fit', () =>
    tamperedWith(
      `update audit set body = replace(body, 'ana', 'eve'), actor = 'eve', hash = contender_hash(replace(body, 'ana', 'eve')) where seq = 1`,
      [],
      async () => {
        expect((await verify()).firstBad).toMatchObject({
          seq: 2,
          reason: 'it does not follow the row before it',
        });
      },
    ));

  test.each(['actor', 'command', 'idempotency_key'])('shows an edited column: %s', (column) =>
    tamperedWith(`update audit set ${column} = 'mallory' where seq = 6`, [], async () => {
      expect((await verify()).firstBad).toMatchObject({
        seq: 6,
        reason: 'its columns say something else than its text',
      });
    }),
  );

  test('shows an edited time', () =>
    tamperedWith(
      `update audit set recorded_at = recorded_at - interval '1 hour' where seq = 6`,
      [],
      async () => {
        expect((await verify()).firstBad).toMatchObject({ seq: 6 });
      },
    ));

  test('shows a row that was removed', () =>
    tamperedWith('delete from audit where seq = 5', [], async () => {
      expect((await verify()).firstBad).toEqual({ model, seq: 6, reason: 'row 5 is missing' });
    }));

  test('shows rows that changed places', () =>
    tamperedWith(
      `update audit set seq = 1000 where seq = 5; update audit set seq = 5 where seq = 6;
       update audit set seq = 6 where seq = 1000`,
      [],
      async () => {
        expect((await verify()).firstBad).toMatchObject({
          seq: 5,
          reason: 'it does not follow the row before it',
        });
      },
    ));

  test('rows cut off at the end show only against an anchor', () =>
    tamperedWith('delete from audit where seq > 10', [], async () => {
      expect(await verify()).toMatchObject({ ok: true, rows: 10 });
      expect((await verify(anchor)).firstBad).toMatchObject({
        seq: 11,
        reason: expect.stringContaining('cut off') as string,
      });
    }));

  test('a chain that vanished as a whole shows against an anchor', () =>
    tamperedWith('delete from audit', [], async () => {
      expect((await verify(anchor)).firstBad).toMatchObject({ model, seq: 1 });
    }));

  test('a chain rewritten from its beginning shows against an anchor', () =>
    tamperedWith(
      `with recursive forged as (
         select seq, contender_hash('x' || seq) as hash, contender_genesis() as prev from audit where seq = 1
         union all select a.seq, contender_hash('x' || a.seq), f.hash from forged f join audit a on a.seq = f.seq + 1)
       update audit a set hash = f.hash, prev_hash = f.prev, body = 'x' || a.seq from forged f where f.seq = a.seq`,
      [],
      async () => {
        expect((await verify(anchor)).ok).toBe(false);
      },
    ));

  test('an anchor that was changed is refused', async () => {
    const [head] = anchor.heads;
    if (head === undefined) throw new Error('no head');
    const forged = { ...anchor, heads: [{ ...head, seq: 3 }] };
    expect((await verify(forged)).firstBad?.reason).toContain('anchor itself was changed');
  });

  test('a later anchor still holds the earlier one', async () => {
    await world.rollback(model, { toVersion: 2 });
    expect(await verify(anchor)).toMatchObject({ ok: true, rows: 15 });
  });
});
