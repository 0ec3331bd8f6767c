import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { openEngine, quoted } from './duckdb.ts';
import type { EngineLimits } from './duckdb.ts';

/** Runs `use` on a database of its own that may spill to a scratch folder; both are gone afterwards. */
export async function withScratchEngine<T>(
  limits: EngineLimits,
  use: (connection: DuckDBConnection, scratch: string) => Promise<T>,
): Promise<T> {
  const scratch = await mkdtemp(join(tmpdir(), 'contender-folder-'));
  try {
    const instance = await openEngine(limits);
    try {
      const connection = await instance.connect();
      await connection.run(`SET GLOBAL temp_directory = ${quoted(scratch)}`);
      return await use(connection, scratch);
    } finally {
      instance.closeSync();
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
