import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { quoted } from './duckdb.ts';

/**
 * Writes into the scratch folder, the only one the database may touch, then moves the whole file into place; makes the folder of
 * the target when there is none.
 */
export async function writeTable(
  connection: DuckDBConnection,
  scratch: string,
  query: string,
  target: string,
): Promise<void> {
  const format = target.endsWith('.csv')
    ? `(FORMAT csv, HEADER, TIMESTAMPFORMAT '%Y-%m-%dT%H:%M:%S.%gZ')`
    : '(FORMAT parquet, COMPRESSION zstd)';
  const draft = join(scratch, `${randomUUID()}.table`);
  const near = `${target}.${randomUUID()}.draft`;
  try {
    await connection.run(`COPY (${query}) TO ${quoted(draft)} ${format}`);
    await mkdir(dirname(target), { recursive: true });
    // The scratch folder may lie on another device, where a rename is not possible.
    await copyFile(draft, near);
    await rename(near, target);
  } finally {
    await rm(draft, { force: true });
    await rm(near, { force: true });
  }
}
