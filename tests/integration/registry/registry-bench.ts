import pg from 'pg';
import type { ContenderError } from '../../../contracts/error.ts';
import { openRegistry } from '../../../registry/registry.ts';
import type { Registry } from '../../../registry/registry.ts';
import { testDatabase } from '../../postgres.ts';
import { RegistryWorld } from './world.ts';

/** A database of its own with the registry on it, and a superuser beside it. */
export interface RegistryBench {
  readonly url: string;
  readonly registry: Registry;
  readonly world: RegistryWorld;
  /** A superuser's connection: what it cannot do, no role and no defect of ours can. */
  readonly root: pg.Client;
  /** Rows of `table` or `table where ...`. */
  count(query: string, ...values: readonly unknown[]): Promise<number>;
  /** The state of a model that a refused attempt must leave as it was. */
  fingerprint(model: string): Promise<unknown>;
  close(): Promise<void>;
}

export async function openBench(applicationName: string): Promise<RegistryBench> {
  const { url, drop } = await testDatabase();
  const registry = openRegistry({ url, applicationName });
  const root = new pg.Client({ connectionString: url });
  await root.connect();
  return {
    url,
    registry,
    world: new RegistryWorld(registry),
    root,
    count: async (query, ...values) => {
      const { rows } = await root.query<{ n: string }>(`select count(*) as n from ${query}`, [...values]);
      return Number(rows[0]?.n);
    },
    fingerprint: async (model) => {
      const { rows } = await root.query<Record<string, unknown>>(
        `select (select jsonb_agg(c) from champions c where model = $1) as champion,
           (select count(*) from reigns where model = $1) as reigns,
           (select count(*) from audit where model = $1) as audit,
           (select count(*) from outbox where event ->> 'model' = $1) as outbox,
           (select count(*) from commands where model = $1) as commands`,
        [model],
      );
      return rows[0];
    },
    close: async () => {
      await registry.close();
      await root.end();
      await drop();
    },
  };
}

/** What a typed error of this code looks like. */
export const code = (expected: string): Pick<ContenderError, 'code'> => ({ code: expected });
