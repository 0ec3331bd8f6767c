import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { MarketTableMissing } from './errors.ts';
import { broken, findParts } from './folder-parts.ts';
import { MARKET_TABLES, TABLE_RULES } from './folder-schema.ts';
import type { MarketTable } from './folder-schema.ts';

export interface TableFile {
  readonly table: MarketTable;
  /** Path inside the folder. */
  readonly file: string;
  readonly path: string;
  readonly format: 'parquet' | 'csv';
  /** Changes when the file is written: size and modification time. */
  readonly fingerprint: string;
  /** SHA-256 that the append recorded for the file; null for a file of the folder itself. */
  readonly recordedSha256: string | null;
}

/**
 * Finds the table files of a folder: of each table the file of the folder itself (Parquet wins over CSV where both
 * stand), then those of the appended parts, oldest first.
 *
 * @throws MarketTableMissing when the folder or a required table is absent
 * @throws MarketPartBroken
 */
export async function findTableFiles(folder: string): Promise<readonly TableFile[]> {
  const parts = await findParts(folder);
  const files: TableFile[] = [];
  for (const table of MARKET_TABLES) {
    const base = await findBaseFile(folder, table);
    if (base !== null) files.push(base);
    else if (TABLE_RULES[table].required) {
      throw new MarketTableMissing(`${folder} holds neither ${table}.parquet nor ${table}.csv`, {
        remedy: 'Name a market data folder; `contender data import` and `contender data simulate` write one.',
        details: { folder, table },
      });
    }
    for (const { place, manifest } of parts) {
      for (const recorded of manifest.files.filter((file) => file.table === table)) {
        const name = `${place}/${recorded.file}`;
        const found = await describeFile(folder, table, name, recorded.sha256);
        if (found === null) throw broken(folder, place, `it lacks ${recorded.file}`);
        files.push(found);
      }
    }
  }
  return files;
}

/** The table files that a folder happens to hold, none of them required and parts left out: the rows of an append. */
export async function findLooseFiles(folder: string): Promise<readonly TableFile[]> {
  const found = await Promise.all(MARKET_TABLES.map((table) => findBaseFile(folder, table)));
  return found.filter((file) => file !== null);
}

async function findBaseFile(folder: string, table: MarketTable): Promise<TableFile | null> {
  return (
    (await describeFile(folder, table, `${table}.parquet`, null)) ??
    (await describeFile(folder, table, `${table}.csv`, null))
  );
}

/** One table file; null when it is not there. */
export async function describeFile(
  folder: string,
  table: MarketTable,
  file: string,
  recordedSha256: string | null,
): Promise<TableFile | null> {
  const path = join(folder, file);
  const status = await stat(path).catch(() => null);
  if (status === null || !status.isFile()) return null;
  return {
    table,
    file,
    path,
    format: file.endsWith('.csv') ? 'csv' : 'parquet',
    fingerprint: `${file}:${String(status.size)}:${String(status.mtimeMs)}`,
    recordedSha256,
  };
}

/** SHA-256 of a file's bytes, in lower-case hex. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
