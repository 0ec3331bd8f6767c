import type pg from 'pg';
import type { RecordedHistory, Violation } from '../swap/invariants.ts';

export type Planted = Violation['invariant'];

const ofModel = (table: string): string =>
  `${table}.run in (select run from retrains where retrains.model = $1)`;

/** One fault for each invariant, written past every rule of the database. I7 is a fault of the history. */
const PLANTS: Readonly<Record<Exclude<Planted, 'I7'>, string>> = {
  I1: 'update champions set epoch = epoch + 1 where model = $1',
  I2: `update evidence set body = body || ' ' where kind = 'shadow' and ${ofModel('evidence')}`,
  I3: `update audit set body = body || ' ' where model = $1 and seq = 2`,
  I4: `update approvals set subject = requester where evidence_hash in
    (select hash from decisions where ${ofModel('decisions')})`,
  I5: `update server_epochs set version_id = repeat('e', 64) where model = $1`,
  I6: 'update retrains set finished_at = null where model = $1',
  I8: `update versions set state = 'deleted' where model = $1`,
};

const WITHOUT_CHECKS = `do $$ declare c record; begin
  for c in select conrelid::regclass as place, conname as name from pg_constraint
    where contype = 'c' and conrelid <> 0 and connamespace = current_schema()::regnamespace loop
    execute format('alter table %s drop constraint %I', c.place, c.name);
  end loop; end $$`;

/** Shows the checker a registry with one fault in it: a transaction without triggers and constraints, taken back. */
export async function plant(
  client: pg.Client,
  model: string,
  invariant: Planted,
  history: RecordedHistory,
  check: (history: RecordedHistory) => Promise<Violation[]>,
): Promise<Violation[]> {
  if (invariant === 'I7') {
    const twice = { key: 'planted', outcome: 'sent' } as const;
    return await check({ ...history, deliveries: [...history.deliveries, twice, twice] });
  }
  await client.query('begin');
  try {
    await client.query(`set local session_replication_role = 'replica'`);
    await client.query(WITHOUT_CHECKS);
    const { rowCount } = await client.query(PLANTS[invariant], [model]);
    if ((rowCount ?? 0) === 0) throw new Error(`${invariant}: nothing was planted`);
    return await check(history);
  } finally {
    await client.query('rollback');
  }
}
