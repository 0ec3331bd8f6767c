import { existsSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { Market } from '../contracts/primitives.ts';
import { SessionCalendar } from '../market/calendar.ts';
import { marketRules } from '../market/rules.ts';
import { DEFAULT_LIMITS, openEngine, queryRows, quoted } from './duckdb.ts';
import type { EngineLimits } from './duckdb.ts';
import { isError, refusal } from './findings.ts';
import { findTableFiles } from './folder-files.ts';
import type { TableFile } from './folder-files.ts';
import { inspectTables } from './folder-inspect.ts';
import type { InspectedTables } from './folder-inspect.ts';
import { createEmptyTable } from './folder-load.ts';
import { parquetFile } from './folder-parquet.ts';
import { MARKET_TABLES } from './folder-schema.ts';
import { createKnowledgeStates } from './knowledge-states.ts';
import { FEATURE_MACROS } from './feature-macros.ts';
import { createMarketSeries } from './market-series.ts';
import { readSourceNotes } from './source-notes.ts';
import type { SourceNotes } from './source-notes.ts';

export interface SourceFile {
  readonly file: string;
  readonly sha256: string;
  readonly rows: number;
}

export interface OpenFolderOptions {
  readonly limits?: EngineLimits;
  /** Bars of sessions before this date are left out; null, the default: none. */
  readonly since?: string | null;
}

/** A market data folder, checked and loaded into a database of its own. */
export interface MarketFolder {
  readonly path: string;
  readonly market: Market;
  readonly calendar: SessionCalendar;
  readonly sources: readonly SourceFile[];
  readonly notes: SourceNotes;
  /** Numeric columns of prices beyond the format. */
  readonly extraPriceColumns: readonly string[];
  readonly extraFundamentalColumns: readonly string[];
  /** The only folder that the database may write to or read from. */
  readonly scratch: string;
  /** A connection of one's own: temporary tables of two extractions never meet. */
  connect(): Promise<DuckDBConnection>;
  close(): Promise<void>;
}

const DECISION_FINDINGS = 1;

/**
 * Opens a folder: loads its tables, refuses what cannot be extracted from, and lays out who knew what when.
 *
 * @throws a ContenderError of `errors.ts` that names file and row
 */
export async function openMarketFolder(
  path: string,
  market: Market,
  options: OpenFolderOptions = {},
): Promise<MarketFolder> {
  const folder = resolve(path);
  const files = await findTableFiles(folder);
  const scratch = await makeScratch();
  const instance = await openEngine(options.limits ?? DEFAULT_LIMITS);
  const connection = await instance.connect();
  try {
    // From the first row on: a market larger than the memory allowed spills while it is loaded.
    await spillInto(connection, scratch);
    const { extras, files: sources } = await loadOrRefuse(connection, files, options.since ?? null);
    const notes = await readSourceNotes(folder);
    return await finishFolder({ folder, market, instance, connection, sources, notes, extras, scratch });
  } catch (error) {
    instance.closeSync();
    await removeScratch(scratch);
    throw error;
  } finally {
    connection.closeSync();
  }
}

/**
 * Opens a copy that `writeTruncatedFolder` made of an opened folder. Its rows passed every check when the original was opened,
 * and nothing is looked at twice: only what comes after the checks is laid out anew, from the files of the copy alone.
 */
export async function openTruncatedCopy(
  path: string,
  original: MarketFolder,
  limits: EngineLimits = DEFAULT_LIMITS,
): Promise<MarketFolder> {
  const scratch = await makeScratch();
  const instance = await openEngine(limits);
  const connection = await instance.connect();
  try {
    await spillInto(connection, scratch);
    for (const table of MARKET_TABLES) {
      const file = join(path, `${table}.parquet`);
      if (existsSync(file)) {
        await connection.run(`CREATE TABLE ${table} AS SELECT * FROM ${parquetFile(file)}`);
      } else await createEmptyTable(connection, table);
    }
    return await finishFolder({
      folder: path,
      market: original.market,
      instance,
      connection,
      sources: [],
      notes: original.notes,
      extras: new Map([
        ['prices', original.extraPriceColumns],
        ['fundamentals', original.extraFundamentalColumns],
      ]),
      scratch,
    });
  } catch (error) {
    instance.closeSync();
    await removeScratch(scratch);
    throw error;
  } finally {
    connection.closeSync();
  }
}

async function loadOrRefuse(
  connection: DuckDBConnection,
  files: readonly TableFile[],
  since: string | null,
): Promise<InspectedTables> {
  const inspected = await inspectTables(connection, files, DECISION_FINDINGS, undefined, since);
  const first = inspected.findings.find(isError);
  if (first !== undefined) throw refusal(first, inspected.errors);
  return inspected;
}

interface FolderParts {
  readonly folder: string;
  readonly market: Market;
  readonly instance: DuckDBInstance;
  readonly connection: DuckDBConnection;
  readonly sources: readonly SourceFile[];
  readonly notes: SourceNotes;
  readonly extras: ReadonlyMap<string, readonly string[]>;
  /** Made before anything was loaded; goes with the database. */
  readonly scratch: string;
}

async function finishFolder(parts: FolderParts): Promise<MarketFolder> {
  const { folder, market, instance, connection, scratch } = parts;
  const calendar = await readCalendar(connection, market);
  await createSessionTable(connection, market);
  await createKnowledgeStates(connection, { kind: 'by-row' });
  await createMarketSeries(connection);
  for (const macro of FEATURE_MACROS) await connection.run(macro);
  await lockDown(connection, scratch);
  return {
    path: folder,
    market,
    calendar,
    sources: parts.sources,
    notes: parts.notes,
    extraPriceColumns: parts.extras.get('prices') ?? [],
    extraFundamentalColumns: parts.extras.get('fundamentals') ?? [],
    scratch,
    connect: () => instance.connect(),
    close: async () => {
      instance.closeSync();
      await removeScratch(scratch);
    },
  };
}

const scratchFolders = new Set<string>();

/** A folder that goes with the process, should nobody close what it belongs to. */
async function makeScratch(): Promise<string> {
  const scratch = await mkdtemp(join(tmpdir(), 'contender-extraction-'));
  if (!process.listeners('exit').includes(removeAllScratch)) process.on('exit', removeAllScratch);
  scratchFolders.add(scratch);
  return scratch;
}

async function removeScratch(scratch: string): Promise<void> {
  scratchFolders.delete(scratch);
  await rm(scratch, { recursive: true, force: true });
}

function removeAllScratch(): void {
  for (const scratch of scratchFolders) rmSync(scratch, { recursive: true, force: true });
}

async function readCalendar(connection: DuckDBConnection, market: Market): Promise<SessionCalendar> {
  const iso = (column: string): string => `strftime(${column}, '%Y-%m-%dT%H:%M:%S.%gZ')`;
  const rows = await queryRows(
    connection,
    `SELECT CAST(session_date AS VARCHAR), ${iso('open_ts')}, ${iso('close_ts')} FROM calendar ORDER BY session_date`,
  );
  const sessions = rows.map(([date, opens, closes]) => ({
    date: String(date),
    openInstant: String(opens),
    closeInstant: String(closes),
  }));
  return new SessionCalendar(market, sessions);
}

/** Numbers the sessions from 0 and gives each the instant at which its rows are decided. */
async function createSessionTable(connection: DuckDBConnection, market: Market): Promise<void> {
  const lag = String(marketRules(market).decisionLagMinutes);
  await connection.run(
    `CREATE TABLE sessions AS
     SELECT CAST(row_number() OVER (ORDER BY session_date) - 1 AS INTEGER) AS idx, session_date, open_ts, close_ts,
       close_ts + INTERVAL ${lag} MINUTE AS row_time, ${priceLimit(market)} AS price_limit
     FROM calendar ORDER BY session_date`,
  );
}

/** The daily price limit in force on a session as an SQL expression; null where prices move freely. */
function priceLimit(market: Market): string {
  const { priceLimits } = marketRules(market);
  const cases = priceLimits
    .toReversed()
    .map(({ from, fraction }) => `WHEN session_date >= DATE '${from}' THEN ${String(fraction)}`);
  return cases.length === 0 ? 'CAST(NULL AS DOUBLE)' : `CAST(CASE ${cases.join(' ')} END AS DOUBLE)`;
}

async function spillInto(connection: DuckDBConnection, scratch: string): Promise<void> {
  await connection.run(`SET GLOBAL temp_directory = ${quoted(scratch)}`);
}

/** From here on the database reads and writes nothing but its scratch folder: feature SQL may come from an artifact. */
async function lockDown(connection: DuckDBConnection, scratch: string): Promise<void> {
  await connection.run(`SET GLOBAL allowed_directories = [${quoted(scratch)}]`);
  await connection.run('SET GLOBAL enable_external_access = false');
  await connection.run('SET GLOBAL lock_configuration = true');
}
