import pg from 'pg';
import type { DatabaseRole } from '../../../registry/registry.ts';
import { openBench } from './registry-bench.ts';
import type { RegistryBench } from './registry-bench.ts';
import type { Candidate } from './world.ts';

/**
 * Somebody with the password of the worker, the API or a reader writes plain SQL. Whatever the commands would refuse,
 * the database refuses as well.
 */
export interface AdversaryBench extends RegistryBench {
  /** Runs the statements in one transaction as a role; what refused them. Nothing is kept when something does. */
  attempt(role: DatabaseRole, ...statements: readonly (readonly [string, ...unknown[]])[]): Promise<string>;
  /** A model with two reigns. */
  twoReigns(): Promise<{ model: string; first: Candidate; second: Candidate }>;
}

export interface Refusal {
  readonly code: string;
  readonly hint: string | undefined;
  readonly constraint: string | undefined;
}

export const DENIED = '42501';
export const WRITERS = ['worker', 'api'] as const;
export const EVERYBODY = ['migrator', 'worker', 'api', 'reader'] as const;

export async function openAdversary(name: string): Promise<AdversaryBench> {
  const bench = await openBench(name);
  const { world } = bench;
  const clients = new Map<DatabaseRole, pg.Client>();
  for (const role of EVERYBODY) {
    const client = new pg.Client({ connectionString: bench.url, options: `-c role=contender_${role}` });
    await client.connect();
    clients.set(role, client);
  }
  return {
    ...bench,
    attempt: async (role, ...statements) => {
      const client = clients.get(role);
      if (client === undefined) throw new Error(`no client for ${role}`);
      await client.query('begin');
      try {
        for (const [statement, ...values] of statements) await client.query(statement, values);
        await client.query('commit');
        return 'nothing refused it';
      } catch (error) {
        await client.query('rollback');
        const { code, hint, constraint } = error as Refusal;
        return hint ?? constraint ?? code;
      }
    },
    twoReigns: async () => {
      const model = await world.model();
      return { model, first: await world.champion(model, 1), second: await world.champion(model, 2) };
    },
    close: async () => {
      await Promise.all([...clients.values()].map((client) => client.end()));
      await bench.close();
    },
  };
}
