import type pg from 'pg';
import type { RegistryWorld } from '../../tests/integration/registry/world.ts';

/** A model with two real champions, and as many versions and reigns as asked for beside them. */
export async function modelWith(root: pg.Client, world: RegistryWorld, versions: number): Promise<string> {
  const model = await world.model();
  await world.champion(model, 1);
  await world.champion(model, 2);
  await root.query('set session_replication_role = replica');
  await root.query(
    `insert into versions (id, model, number, identity, manifest, snapshot_id, recipe_hash, retain_until)
     select contender_hash(i.text), model, n, i.text,
       manifest || jsonb_build_object('versionId', contender_hash(i.text), 'identity', i.text::jsonb),
       snapshot_id, recipe_hash, retain_until
     from versions, generate_series(3, $2::int) n,
       lateral (select contender_canonical(jsonb_set(identity::jsonb, '{seed}', to_jsonb(1000 + n))) as text) i
     where model = $1 and number = 1`,
    [model, versions],
  );
  await root.query(
    `insert into reigns (model, epoch, version_id, from_version_id, previous_id, cause, actor, reason, business_at, recorded_at, audit_seq, outbox_id)
     select g.model, n, v.id, g.version_id, g.from_version_id, 'rollback', 'ops', 'of the bench',
       g.business_at + n * interval '1 millisecond', g.recorded_at + n * interval '1 millisecond', g.audit_seq, g.outbox_id
     from reigns g, generate_series(3, $2::int) n join versions v on v.model = $1 and v.number = n
     where g.model = $1 and g.epoch = 2`,
    [model, versions],
  );
  await root.query(
    `update champions c set epoch = r.epoch, champion_id = r.version_id, previous_id = r.previous_id
     from (select * from reigns where model = $1 order by epoch desc limit 1) r where c.model = r.model`,
    [model],
  );
  await root.query('set session_replication_role = origin');
  return model;
}
