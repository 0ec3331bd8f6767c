import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Market } from '../../contracts/primitives.ts';
import { openEngine } from '../duckdb.ts';
import { ImportSourceInvalid } from '../errors.ts';
import type { SourceNotes } from '../source-notes.ts';
import { createHours } from './session-hours.ts';
import { loadSourceTable } from './source-table.ts';
import { TAIWAN_FILES, TAIWAN_NOTES, taiwanDailyQueries } from './taiwan-daily.ts';
import { US_FILES, US_NOTES, usStocknetQueries } from './us-stocknet.ts';
import { writeMarketFolder } from './write-folder.ts';
import type { FolderQueries, WrittenFolder } from './write-folder.ts';

interface Importer {
  readonly market: Market;
  readonly files: Readonly<Record<string, { readonly file: string; readonly columns: readonly string[] }>>;
  readonly notes: SourceNotes;
  readonly queries: (connection: DuckDBConnection) => Promise<FolderQueries>;
}

const IMPORTERS = {
  'us-stocknet88': { market: 'XNYS', files: US_FILES, notes: US_NOTES, queries: usStocknetQueries },
  'taiwan-daily': { market: 'XTAI', files: TAIWAN_FILES, notes: TAIWAN_NOTES, queries: taiwanDailyQueries },
} as const satisfies Record<string, Importer>;

export type ImportSource = keyof typeof IMPORTERS;
const IMPORT_SOURCES = Object.keys(IMPORTERS) as readonly ImportSource[];

export interface ImportOptions {
  readonly source: ImportSource;
  /** Folder that holds the files of the source. */
  readonly from: string;
  /** Folder to write; must not exist or be empty. */
  readonly out: string;
  /** Python with pyarrow, for files in an encoding that DuckDB cannot decode. */
  readonly python: string;
}

/** Turns one of the known sources into a market data folder. The same source gives the same bytes. */
export async function importSource(options: ImportOptions): Promise<WrittenFolder> {
  const importer: Importer = IMPORTERS[options.source];
  const scratch = await mkdtemp(join(tmpdir(), 'contender-import-'));
  // One thread: the order of row groups, and with it the bytes of the files, must not depend on the machine.
  const instance = await openEngine({ threads: 1, memoryLimitMb: 2048 });
  try {
    const connection = await instance.connect();
    for (const [name, { file, columns }] of Object.entries(importer.files)) {
      const path = join(options.from, file);
      await loadSourceTable(connection, { name, path, columns }, { python: options.python, scratch });
    }
    await createHours(connection, importer.market, 'bars');
    return await writeMarketFolder(
      connection,
      options.out,
      await importer.queries(connection),
      importer.notes,
    );
  } finally {
    instance.closeSync();
    await rm(scratch, { recursive: true, force: true });
  }
}

/** A source by the name a person typed. @throws ImportSourceInvalid */
export function importSourceNamed(name: string): ImportSource {
  const known = IMPORT_SOURCES.find((source) => source === name);
  if (known !== undefined) return known;
  throw new ImportSourceInvalid(`there is no source ${name}`, {
    remedy: `Use one of: ${IMPORT_SOURCES.join(', ')}.`,
    details: { name },
  });
}
