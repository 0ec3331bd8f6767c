import type pg from 'pg';

/**
 * Reads champion, previous, epoch, reign, audit row, announcement and answer of every model in one statement.
 * Gives how many models were read, and those whose parts do not belong together.
 */
export async function readForTears(
  client: pg.Client,
): Promise<{ readonly reads: number; readonly torn: readonly unknown[] }> {
  const { rows } = await client.query<{ whole: boolean; model: string; epoch: number }>(`
    select c.model, c.epoch, coalesce(c.epoch = 0 and g.epoch is null or (
        g.version_id = c.champion_id and g.previous_id is not distinct from c.previous_id
        and (a.body::jsonb -> 'facts' ->> 'epoch')::int = c.epoch
        and a.body::jsonb -> 'facts' ->> 'versionId' = c.champion_id
        and o.event ->> 'model' = c.model
        and (k.result ->> 'epoch')::int = c.epoch and k.result ->> 'versionId' = c.champion_id
        and not exists (select from reigns later where later.model = c.model and later.epoch > c.epoch)), false) as whole
    from champions c
    left join reigns g on g.model = c.model and g.epoch = c.epoch
    left join audit a on a.model = g.model and a.seq = g.audit_seq
    left join outbox o on o.id = g.outbox_id
    left join commands k on k.key = a.idempotency_key`);
  return { reads: rows.length, torn: rows.filter(({ whole }) => !whole) };
}
