import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { MarketTableMissing } from './errors.ts';
import { MARKET_TABLES, TABLE_RULES } from './folder-schema.ts';
import type { MarketTable } from './folder-schema.ts';

export interface TableFile {
  readonly table: MarketTable;
  /** Name inside the folder. */
  readonly file: string;
  readonly path: string;
  readonly format: 'parquet' | 'csv';
  /** Changes when the file is written: size and modification time. */
  readonly fingerprint: string;
}

/**
 * Finds the table files of a folder; Parquet wins over CSV where both stand.
 *
 * @throws MarketTableMissing when the folder or a required table is absent
 */
export async function findTableFiles(folder: string): Promise<readonly TableFile[]> {
  const files: TableFile[] = [];
  for (const table of MARKET_TABLES) {
    const file = (await findTable(folder, table, 'parquet')) ?? (await findTable(folder, table, 'csv'));
    if (file !== null) files.push(file);
    else if (TABLE_RULES[table].required) {
      throw new MarketTableMissing(`${folder} holds neither ${table}.parquet nor ${table}.csv`, {
        remedy: 'Name a market data folder; `contender data import` and `contender data simulate` write one.',
        details: { folder, table },
      });
    }
  }
  return files;
}

async function findTable(
  folder: string,
  table: MarketTable,
  format: 'parquet' | 'csv',
): Promise<TableFile | null> {
  const file = `${table}.${format}`;
  const path = join(folder, file);
  const status = await stat(path).catch(() => null);
  if (status === null || !status.isFile()) return null;
  return {
    table,
    file,
    path,
    format,
    fingerprint: `${file}:${String(status.size)}:${String(status.mtimeMs)}`,
  };
}

/** SHA-256 of a file's bytes, in lower-case hex. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
