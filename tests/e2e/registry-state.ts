import pg from 'pg';
import type { SmallWorld } from './small-world.ts';

/** Rows of a query, over a connection of its own. */
export async function query(
  world: { readonly running: Pick<SmallWorld['running'], 'databaseUrl'> },
  text: string,
  values: readonly unknown[] = [],
): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({
    connectionString: world.running.databaseUrl,
    application_name: 'contender-e2e',
  });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** Everything that a refused command must leave as it was. */
export async function stateOf(world: SmallWorld, model: string): Promise<Record<string, unknown>> {
  const view = await world.registry.champion({ model });
  const [counts] = await query(
    world,
    `select (select count(*)::int from audit where model = $1) as audit,
       (select count(*)::int from reigns where model = $1) as reigns,
       (select count(*)::int from versions where model = $1) as versions,
       (select count(*)::int from trials where model = $1) as trials,
       (select count(*)::int from retrains where model = $1 and status = 'promoted') as promoted,
       (select count(*)::int from approvals a join decisions d on d.hash = a.evidence_hash
          join retrains r on r.run = d.run where r.model = $1) as approvals`,
    [model],
  );
  return { ...counts, epoch: view.epoch, champion: view.champion?.id ?? null, target: view.rollbackTarget };
}
