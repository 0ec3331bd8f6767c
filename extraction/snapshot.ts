import { mkdir, rename, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Market } from '../contracts/primitives.ts';
import type { LabelSpec } from '../contracts/spec.ts';
import type { SnapshotIdentity, SnapshotManifest } from '../contracts/snapshot.ts';
import { createFeatureRows } from './append-rows.ts';
import { hashJson, hashReturns, hashRows } from './canonical-hash.ts';
import { writeTable } from './write-table.ts';
import { collectRawFeatures, collectReturns, collectRows } from './columnar-tables.ts';
import type { SnapshotReturns, SnapshotRows } from './columnar-tables.ts';
import { identifier, queryRow } from './duckdb.ts';
import type { EngineLimits } from './duckdb.ts';
import { AsOfTooEarly, PriceLevelsRefused, UniverseEmpty } from './errors.ts';
import { computeFeatures, createFeatureTable } from './feature-blocks.ts';
import type { DecisionCounts } from './feature-blocks.ts';
import { refuseUnguarded } from './feature-guard.ts';
import { checkBars, invalid, loadFeatureSet, parseFeatureSet } from './feature-set.ts';
import type { FeatureSet } from './feature-set.ts';
import { transformFeatures } from './feature-transforms.ts';
import { withMarketFolder } from './folder-cache.ts';
import { createKnownBars, createLabels, createReturns } from './forward-labels.ts';
import type { MarketFolder } from './market-folder.ts';
import { readSectors } from './sector-spans.ts';
import { snapshotSpan } from './snapshot-span.ts';
import type { SnapshotSpan } from './snapshot-span.ts';

export interface ExtractSnapshotOptions {
  readonly folder: string;
  readonly market: Market;
  /** A feature set by name (shipped, or of the folder), or the text of one. */
  readonly features: { readonly set: string } | { readonly sql: string };
  readonly asOf: string;
  readonly label: LabelSpec;
  /** First session with rows; null: the first one whose lookback lies inside the calendar. */
  readonly fromSession: string | null;
  /** Folder that receives rows.parquet, returns.parquet, features.sql and manifest.json. */
  readonly outDir: string;
  readonly limits?: EngineLimits;
  /** Wall time for the manifest's provenance; injected by tests. */
  readonly now?: () => Date;
  /** Sessions computed at one time; never changes a value. */
  readonly sessionsPerBlock?: number;
  /**
   * `windows` (the default): a set that reads anything but its windows is refused before it runs. `anything`: for the leak
   * audit of a file that nobody trusts yet; never for training.
   */
  readonly mayRead?: 'windows' | 'anything';
}

export interface ExtractedSnapshot {
  readonly manifest: SnapshotManifest;
  readonly rowsPath: string;
  readonly returnsPath: string;
  readonly featureSqlPath: string;
  readonly manifestPath: string;
}

/**
 * Extracts the training set of a market as it was known at `asOf`.
 *
 * A row exists for each member with a visible bar on each session whose decision time (close plus the market's lag) lies
 * at or before `asOf`. Its features see what was known at the decision time; its label, and the returns table, what is
 * known at `asOf`. Equal inputs give the same `snapshotId` whatever the order of rows in the files, the threads, and rows
 * known only after `asOf`.
 *
 * @throws a ContenderError of `errors.ts`; nothing is written then
 */
export async function extractSnapshot(options: ExtractSnapshotOptions): Promise<ExtractedSnapshot> {
  const started = performance.now();
  const set = await resolveFeatures(options.features, options.folder);
  return withMarketFolder(
    options.folder,
    options.market,
    async (folder) => {
      const connection = await folder.connect();
      try {
        const content = await buildSnapshot(connection, folder, set, options);
        return await writeSnapshot(connection, folder, set, options, content, started);
      } finally {
        connection.closeSync();
      }
    },
    options.limits,
  );
}

/** The feature set of a request. @throws FeatureSetUnknown, FeatureSetInvalid */
export async function resolveFeatures(
  features: ExtractSnapshotOptions['features'],
  folder: string,
): Promise<FeatureSet> {
  const set = 'set' in features ? await loadFeatureSet(features.set, folder) : parseFeatureSet(features.sql);
  if (set.kind !== 'features')
    throw invalid(`${set.name} is a table for one cross-section, not a set of features`);
  return set;
}

/** Refuses what this folder cannot answer honestly. */
export function checkFeatures(folder: MarketFolder, set: FeatureSet): void {
  checkBars(set, folder.extraPriceColumns);
  if (set.levels && folder.notes.adjustment === 'backward') {
    throw new PriceLevelsRefused(
      `${set.name} reads price levels, and the prices of ${folder.path} are adjusted backwards`,
      { remedy: 'Use a feature set of ratios, or data with raw prices and corporate actions.' },
    );
  }
}

interface SnapshotContent {
  readonly span: SnapshotSpan;
  readonly counts: DecisionCounts;
  readonly rows: SnapshotRows;
  readonly returns: SnapshotReturns;
}

async function buildSnapshot(
  connection: DuckDBConnection,
  folder: MarketFolder,
  set: FeatureSet,
  options: ExtractSnapshotOptions,
): Promise<SnapshotContent> {
  checkFeatures(folder, set);
  if (options.mayRead !== 'anything') await refuseUnguarded(connection, set);
  const span = snapshotSpan(folder.calendar, set, options);
  await refuseBeforeFirstKnowledge(connection, folder, options.asOf);
  const names = set.columns.map(({ name }) => name);
  await createFeatureTable(connection, set);
  const range = {
    fromIndex: span.firstIndex,
    toIndex: span.lastIndex,
    point: { kind: 'by-row' },
    requireBar: true,
  } as const;
  const counts = await computeFeatures(connection, set, range, options.sessionsPerBlock);
  if (counts.decisions === counts.withoutBar) {
    const what = counts.decisions === 0 ? 'no symbol is a member' : 'no member has a visible bar';
    throw new UniverseEmpty(
      `${what} from ${folder.calendar.at(span.firstIndex).date} to ${folder.calendar.at(span.lastIndex).date}, as of ${options.asOf}`,
      { remedy: 'Check the table of members and the as-of instant.', details: { folder: folder.path } },
    );
  }
  const raw = await collectRawFeatures(connection, 'feature_values', names);
  const features = transformFeatures(set, raw, await readSectors(connection, set));
  await createFeatureRows(connection, { ...raw, featureNames: names, features });
  await createKnownBars(connection, options.asOf);
  await createLabels(connection, 'feature_rows', options.label, span.lastLabelIndex);
  await createReturns(connection, folder.market, 'feature_rows', {
    fromIndex: span.firstIndex,
    toIndex: span.lastIndex,
  });
  await connection.run(
    `CREATE OR REPLACE TEMP VIEW snapshot_rows AS
     SELECT f.*, l.label FROM feature_rows f JOIN labels l USING (symbol, session_index)`,
  );
  const rows = await collectRows(connection, 'snapshot_rows', names);
  return { span, counts, rows, returns: await collectReturns(connection, 'daily_returns') };
}

/** An as-of instant before the first bar is a mistake about dates, not an empty market. */
async function refuseBeforeFirstKnowledge(
  connection: DuckDBConnection,
  folder: MarketFolder,
  asOf: string,
): Promise<void> {
  const [first] = await queryRow(
    connection,
    `SELECT strftime(min(knowledge_ts), '%Y-%m-%dT%H:%M:%S.%gZ') FROM prices`,
  );
  if (typeof first === 'string' && asOf < first) {
    throw new AsOfTooEarly(
      `as of ${asOf} nothing was known: the first bar of ${folder.path} came at ${first}`,
      {
        remedy: 'Choose a later as-of instant.',
        details: { asOf, first },
      },
    );
  }
}

async function writeSnapshot(
  connection: DuckDBConnection,
  folder: MarketFolder,
  set: FeatureSet,
  options: ExtractSnapshotOptions,
  content: SnapshotContent,
  started: number,
): Promise<ExtractedSnapshot> {
  const { outDir } = options;
  await mkdir(outDir, { recursive: true });
  const features = set.columns.map(({ name }) => identifier(name)).join(', ');
  const rowsPath = join(outDir, 'rows.parquet');
  const returnsPath = join(outDir, 'returns.parquet');
  await writeTable(
    connection,
    folder.scratch,
    `SELECT symbol, session, session_index, ${features}, label FROM snapshot_rows ORDER BY session, symbol`,
    rowsPath,
  );
  await writeTable(
    connection,
    folder.scratch,
    'SELECT symbol, session, session_index, ret, tradable, limit_lock, shortable FROM daily_returns ORDER BY session, symbol',
    returnsPath,
  );
  const manifest = makeManifest(folder, set, options, content, started);
  const featureSqlPath = join(outDir, 'features.sql');
  const manifestPath = join(outDir, 'manifest.json');
  await writeText(featureSqlPath, set.text);
  await writeText(manifestPath, `${JSON.stringify(manifest, null, 2)}\n`);
  return { manifest, rowsPath, returnsPath, featureSqlPath, manifestPath };
}

async function writeText(target: string, text: string): Promise<void> {
  const near = `${target}.${randomUUID()}.draft`;
  await writeFile(near, text);
  await rename(near, target);
}

function makeManifest(
  folder: MarketFolder,
  set: FeatureSet,
  options: ExtractSnapshotOptions,
  content: SnapshotContent,
  started: number,
): SnapshotManifest {
  const { span, rows, returns, counts } = content;
  const identity: SnapshotIdentity = {
    schema: 1,
    market: folder.market,
    asOf: options.asOf,
    featureSet: set.name,
    featureCodeHash: set.codeHash,
    featureNames: [...rows.featureNames],
    label: options.label,
    calendarHash: hashJson({
      ...folder.calendar.canonical(),
      sessions: folder.calendar.canonical().sessions.slice(0, span.lastIndex + 1),
    }),
    rowHash: hashRows(rows),
    returnsHash: hashReturns(returns),
  };
  const sessions = new Set(rows.session);
  return {
    snapshotId: hashJson(identity),
    identity,
    shape: {
      rows: rows.session.length,
      labelledRows: rows.label.reduce((count, label) => count + (Number.isNaN(label) ? 0 : 1), 0),
      symbols: new Set(rows.symbol).size,
      sessions: sessions.size,
      firstSession: rows.session[0] ?? folder.calendar.at(span.firstIndex).date,
      lastSession: rows.session.at(-1) ?? folder.calendar.at(span.lastIndex).date,
      lastLabelSession: folder.calendar.at(span.lastLabelIndex).date,
    },
    provenance: {
      createdAt: (options.now?.() ?? new Date()).toISOString(),
      extractionSeconds: Math.round(performance.now() - started) / 1000,
      sources: folder.sources.map((source) => ({ ...source })),
      droppedRows: { no_visible_bar: counts.withoutBar },
    },
  };
}
