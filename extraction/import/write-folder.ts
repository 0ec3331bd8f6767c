import { chmod, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { queryNumber, quoted } from '../duckdb.ts';
import { ImportTargetOccupied } from '../errors.ts';
import type { MarketTable } from '../folder-schema.ts';
import type { SourceNotes } from '../source-notes.ts';

/** A query for each table of the folder, with its order: the same rows give the same bytes. */
export type FolderQueries = Partial<Record<MarketTable, string>>;

export interface WrittenFolder {
  readonly folder: string;
  readonly rows: Readonly<Record<string, number>>;
}

/**
 * Writes a market data folder: all of it under a name of its own first, then renamed, so that nobody meets half a folder.
 *
 * @throws ImportTargetOccupied when the folder exists and is not empty
 */
export async function writeMarketFolder(
  connection: DuckDBConnection,
  target: string,
  queries: FolderQueries,
  notes: SourceNotes,
): Promise<WrittenFolder> {
  const folder = resolve(target);
  const present = await readdir(folder).catch(() => []);
  if (present.length > 0) {
    throw new ImportTargetOccupied(`${folder} is not empty`, {
      remedy: 'Name a folder that does not exist yet.',
      details: { folder },
    });
  }
  await mkdir(dirname(folder), { recursive: true });
  const draft = await mkdtemp(join(dirname(folder), `.${basename(folder)}-`));
  try {
    const rows: Record<string, number> = {};
    for (const [table, query] of Object.entries(queries)) {
      const file = join(draft, `${table}.parquet`);
      rows[table] = (await queryNumber(connection, `SELECT count(*) FROM (${query})`)) ?? 0;
      await connection.run(
        `COPY (${query}) TO ${quoted(file)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)`,
      );
    }
    await writeFile(join(draft, 'source.json'), `${JSON.stringify(notes, null, 2)}\n`);
    // mkdtemp makes a private folder; a data folder is an ordinary one.
    await chmod(draft, 0o755);
    await rm(folder, { recursive: true, force: true });
    await rename(draft, folder);
    return { folder, rows };
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
}
