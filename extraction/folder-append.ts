import { mkdir, mkdtemp, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { knownBefore, planTable } from './append-plan.ts';
import type { IncomingTable, PlannedTable } from './append-plan.ts';
import { DEFAULT_LIMITS, quoted } from './duckdb.ts';
import type { EngineLimits } from './duckdb.ts';
import { AppendOvertaken, ImportSourceInvalid } from './errors.ts';
import { isError, refusal } from './findings.ts';
import type { Finding } from './findings.ts';
import { checkRows } from './folder-checks.ts';
import { describeFile, findLooseFiles, findTableFiles, hashFile } from './folder-files.ts';
import type { TableFile } from './folder-files.ts';
import { inspectTables } from './folder-inspect.ts';
import type { InspectedTables, Watch } from './folder-inspect.ts';
import { loadTable } from './folder-load.ts';
import { findParts, partName, PARTS_FOLDER } from './folder-parts.ts';
import type { PartManifest } from './folder-parts.ts';
import { MARKET_TABLES, TABLE_RULES } from './folder-schema.ts';
import type { MarketTable } from './folder-schema.ts';
import { withScratchEngine } from './scratch-engine.ts';

export interface AppendOptions {
  readonly folder: string;
  /** A folder with any of the tables, or one file called after its table. */
  readonly from: string;
  /** Instant at which late rows and corrections became known; null: their own knowledge_ts stands. */
  readonly knownAt: string | null;
  readonly limits?: EngineLimits;
  readonly watch?: Watch;
}

export interface AppendReport {
  readonly folder: string;
  /** Path of the new part inside the folder; null when every row was there already. */
  readonly part: string | null;
  readonly knownBefore: string;
  readonly tables: readonly {
    readonly table: MarketTable;
    readonly added: number;
    readonly present: number;
    readonly restated: number;
  }[];
}

/** Findings are counted, and the first is named. */
const FINDINGS_LISTED = 20;
/** Drafts of appends that were killed; a living append takes minutes at most. */
const DRAFT_ABANDONED_MS = 3_600_000;

/**
 * Adds rows to a market data folder as a part of its own, and touches nothing that is there: the snapshot of every
 * instant up to the newest knowledge of the folder keeps its hash. All tables of the append become visible at once.
 * Rows that the folder has already add nothing, so an append may be repeated.
 *
 * @throws HistoryRewritten when a row would change what was known; nothing is written then
 * @throws AppendOvertaken when another append finished meanwhile
 * @throws a ContenderError of `errors.ts` that names file and row
 */
export async function appendToFolder(options: AppendOptions): Promise<AppendReport> {
  const folder = resolve(options.folder);
  const incoming = await findIncoming(options.from);
  // Counted before the files are looked for: an append that finishes in between takes this one's number.
  const parts = await findParts(folder);
  const present = await findTableFiles(folder);
  return withScratchEngine(options.limits ?? DEFAULT_LIMITS, async (connection) => {
    const inspected = await inspectTables(connection, present, 1, options.watch);
    refuse(inspected.findings, inspected.errors);
    const decision = {
      knownBefore: await knownBefore(connection, MARKET_TABLES),
      knownAt: options.knownAt,
    };
    if (decision.knownAt !== null && decision.knownAt <= decision.knownBefore) {
      throw new ImportSourceInvalid(
        `--known-at ${decision.knownAt} lies in the past of the folder, which knows things up to ${decision.knownBefore}`,
        { remedy: 'Name the instant at which the rows arrived.', details: { ...decision } },
      );
    }
    options.watch?.('comparing with what is there');
    const loaded = await loadIncoming(connection, incoming, inspected);
    const planned = await planAll(connection, loaded, decision);
    const added = planned.filter((table) => table.added > 0);
    options.watch?.('writing the part');
    const part =
      added.length === 0
        ? null
        : await writePart(connection, folder, parts.length + 1, decision.knownBefore, added);
    return {
      folder,
      part,
      knownBefore: decision.knownBefore,
      tables: planned.map(({ table, added: rows, present: there, restated }) => ({
        table,
        added: rows,
        present: there,
        restated,
      })),
    };
  });
}

function refuse(findings: readonly Finding[], total: number): void {
  const first = findings.find(isError);
  if (first !== undefined) throw refusal(first, total);
}

async function findIncoming(from: string): Promise<readonly TableFile[]> {
  const path = resolve(from);
  const status = await stat(path).catch(() => null);
  const invalid = (reason: string): ImportSourceInvalid =>
    new ImportSourceInvalid(`${path} cannot be appended: ${reason}`, {
      remedy: `Name a folder with tables of the format, or a file called after its table, as in prices.csv.`,
      details: { path },
    });
  if (status === null) throw invalid('it does not exist');
  if (status.isDirectory()) {
    const files = await findLooseFiles(path);
    if (files.length === 0) throw invalid('it holds none of the tables');
    return files;
  }
  const name = basename(path);
  const table = MARKET_TABLES.find((known) => name === `${known}.parquet` || name === `${known}.csv`);
  if (table === undefined) throw invalid('its name is not that of a table');
  const file = await describeFile(dirname(path), table, name, null);
  if (file === null) throw invalid('it is not a file');
  return [file];
}

/** Loads the incoming rows beside the folder's and applies every rule of the format to them. */
async function loadIncoming(
  connection: DuckDBConnection,
  files: readonly TableFile[],
  folder: InspectedTables,
): Promise<readonly IncomingTable[]> {
  const tables: IncomingTable[] = [];
  const examined = [];
  for (const file of files) {
    const { table } = file;
    const incoming = `incoming_${table}`;
    const loaded = await loadTable(connection, [file], incoming, FINDINGS_LISTED);
    refuse(loaded.findings, loaded.total);
    examined.push({ table, name: incoming, origin: loaded.origin });
    tables.push({
      table,
      incoming,
      file: file.file,
      extraColumns: loaded.extraColumns,
      presentExtras: folder.extras.get(table) ?? [],
    });
  }
  const names: Partial<Record<MarketTable, string>> = {};
  for (const { table, incoming } of tables) {
    // What incoming rows are held against is the folder as it will be.
    const merged = `merged_${table}`;
    const columns = TABLE_RULES[table].columns.map(({ name }) => name);
    const keys = TABLE_RULES[table].key.map((name) => `n.${name} = b.${name}`).join(' AND ');
    await connection.run(
      `CREATE OR REPLACE TEMP VIEW ${merged} AS SELECT ${columns.join(', ')} FROM ${incoming}
       UNION ALL SELECT ${columns.join(', ')} FROM ${table} b WHERE NOT EXISTS (SELECT 1 FROM ${incoming} n WHERE ${keys})`,
    );
    names[table] = merged;
  }
  const checked = await checkRows(connection, examined, 'error', FINDINGS_LISTED, names);
  refuse(checked.findings, checked.total);
  return tables;
}

async function planAll(
  connection: DuckDBConnection,
  tables: readonly IncomingTable[],
  decision: { readonly knownBefore: string; readonly knownAt: string | null },
): Promise<readonly PlannedTable[]> {
  const planned: PlannedTable[] = [];
  const findings: Finding[] = [];
  let refused = 0;
  for (const table of tables) {
    const plan = await planTable(connection, table, decision, FINDINGS_LISTED);
    planned.push(plan.planned);
    findings.push(...plan.findings);
    refused += plan.refused;
  }
  refuse(findings, refused);
  return planned;
}

/** Writes the part under a name of its own, to the disk, and then gives it its number. */
async function writePart(
  connection: DuckDBConnection,
  folder: string,
  number: number,
  known: string,
  tables: readonly PlannedTable[],
): Promise<string> {
  const parts = join(folder, PARTS_FOLDER);
  await mkdir(parts, { recursive: true });
  await sweepDrafts(parts);
  const draft = await mkdtemp(join(parts, '.draft-'));
  const place = `${PARTS_FOLDER}/${partName(number)}`;
  try {
    const files: PartManifest['files'] = [];
    for (const { table, name, added } of tables) {
      const file = `${table}.parquet`;
      await connection.run(
        `COPY (SELECT * FROM ${name}) TO ${quoted(join(draft, file))} (FORMAT parquet, COMPRESSION zstd)`,
      );
      await flush(join(draft, file));
      files.push({ file, table, rows: added, sha256: await hashFile(join(draft, file)) });
    }
    const manifest: PartManifest = { schema: 1, number, knownBefore: known, files };
    await writeFile(join(draft, 'part.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    await flush(join(draft, 'part.json'));
    await flush(draft);
    await rename(draft, join(folder, place)).catch((cause: unknown) => {
      throw overtaken(folder, place, cause);
    });
    await flush(parts);
    return place;
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
}

function overtaken(folder: string, place: string, cause: unknown): unknown {
  const code = cause instanceof Error && 'code' in cause ? cause.code : '';
  if (code !== 'ENOTEMPTY' && code !== 'EEXIST') return cause;
  return new AppendOvertaken(`another append to ${folder} wrote ${place} first`, {
    cause,
    remedy: 'Run the append again; rows that are there already add nothing.',
    details: { folder, part: place },
  });
}

/** Waits until a file or folder is on the disk. */
async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function sweepDrafts(parts: string): Promise<void> {
  for (const name of await readdir(parts)) {
    if (!name.startsWith('.draft-')) continue;
    const status = await stat(join(parts, name)).catch(() => null);
    if (status !== null && Date.now() - status.mtimeMs > DRAFT_ABANDONED_MS) {
      await rm(join(parts, name), { recursive: true, force: true });
    }
  }
}
