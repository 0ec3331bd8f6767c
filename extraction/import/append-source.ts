import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { DEFAULT_LIMITS, queryRow } from '../duckdb.ts';
import { ImportSourceInvalid } from '../errors.ts';
import { appendToFolder } from '../folder-append.ts';
import type { AppendReport } from '../folder-append.ts';
import { findTableFiles } from '../folder-files.ts';
import type { TableFile } from '../folder-files.ts';
import { loadTable } from '../folder-load.ts';
import { parquetFile } from '../folder-parquet.ts';
import { withScratchEngine } from '../scratch-engine.ts';
import { importSource } from './import-source.ts';
import type { ImportOptions } from './import-source.ts';

export interface AppendSourceOptions extends Omit<ImportOptions, 'out'> {
  /** Market data folder that the source was imported into before. */
  readonly folder: string;
  readonly knownAt: string | null;
}

/**
 * Appends what a source has gained since it was imported. The source is read whole: actions derived from a factor, first
 * bars and lists of members need what came before.
 *
 * @throws ImportSourceInvalid when the source begins after the folder
 */
export async function appendSource(options: AppendSourceOptions): Promise<AppendReport> {
  const { folder, knownAt, ...source } = options;
  const scratch = await mkdtemp(join(tmpdir(), 'contender-append-'));
  try {
    const imported = join(scratch, 'imported');
    await importSource({ ...source, out: imported });
    const [begins, needed] = [await firstSession(imported), await firstSession(folder)];
    if (begins > needed) {
      throw new ImportSourceInvalid(
        `the source in ${options.from} begins on ${begins}, the folder on ${needed}: it is not whole`,
        {
          remedy: 'Give the source from its beginning; or append tables of the format without a mapping.',
          details: { begins, needed },
        },
      );
    }
    const { watch } = options;
    return await appendToFolder({
      folder,
      from: imported,
      knownAt,
      ...(watch === undefined ? {} : { watch }),
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function firstSession(folder: string): Promise<string> {
  const files = (await findTableFiles(folder)).filter(({ table }) => table === 'prices').slice(0, 1);
  return withScratchEngine(DEFAULT_LIMITS, async (connection) => {
    const [first] = await queryRow(connection, await firstSessionQuery(connection, files));
    return String(first);
  });
}

/** The base file alone tells: what was appended is newer. */
async function firstSessionQuery(connection: DuckDBConnection, files: readonly TableFile[]): Promise<string> {
  const [file] = files;
  if (file?.format === 'parquet') {
    return `SELECT CAST(min(session_date) AS VARCHAR) FROM ${parquetFile(file.path)}`;
  }
  await loadTable(connection, files, 'first_prices', 1);
  return 'SELECT CAST(min(session_date) AS VARCHAR) FROM first_prices';
}
