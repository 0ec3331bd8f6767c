import type { DuckDBConnection } from '@duckdb/node-api';
import { canonicalJson } from '../contracts/canonical.ts';
import type { Market } from '../contracts/primitives.ts';
import type { LabelSpec } from '../contracts/spec.ts';
import { decisionInstant, marketRules } from '../market/rules.ts';
import { localDate } from '../market/zone.ts';
import {
  collectRawFeatures,
  collectReturns,
  copyNumbers,
  KeyReader,
  SESSION_DAY,
  vectorAt,
} from './columnar-tables.ts';
import type { RowKeys, SnapshotReturns } from './columnar-tables.ts';
import { queryNumber, queryRows, requireRows, streamChunks } from './duckdb.ts';
import type { EngineLimits } from './duckdb.ts';
import { AsOfTooEarly } from './errors.ts';
import { computeFeatures, createFeatureTable } from './feature-blocks.ts';
import { refuseUnguarded } from './feature-guard.ts';
import type { FeatureSet } from './feature-set.ts';
import { transformFeatures } from './feature-transforms.ts';
import { withMarketFolder } from './folder-cache.ts';
import { createKnownBars, createLabels, createReturns } from './forward-labels.ts';
import { createKnowledgeStates } from './knowledge-states.ts';
import type { KnowledgePoint } from './knowledge-states.ts';
import type { MarketFolder } from './market-folder.ts';
import { recentAnswer } from './recent-answers.ts';
import { openRecentFolder } from './recent-folder.ts';
import { readSectors } from './sector-spans.ts';
import { checkFeatures, resolveFeatures } from './snapshot.ts';
import type { ExtractSnapshotOptions } from './snapshot.ts';
import { lastDecidedIndex, sessionIndex } from './snapshot-span.ts';

interface FolderOptions {
  readonly folder: string;
  readonly market: Market;
  readonly asOf: string;
  readonly limits?: EngineLimits;
}

export interface ExtractSessionOptions extends FolderOptions {
  readonly features: ExtractSnapshotOptions['features'];
  readonly session: string;
}

export interface SessionFeatures {
  /** In ascending order. */
  readonly symbols: readonly string[];
  readonly featureNames: readonly string[];
  /** Row-major: symbols x featureNames; NaN where unknown. */
  readonly features: Float32Array;
  /** Members that had no bar when the session was decided, in ascending order. */
  readonly withoutBar: readonly string[];
  /** The instant whose knowledge was used: `decidedAt`, or the as-of instant when that is earlier. */
  readonly knownAt: string;
  /** When the rows of the session are decided. */
  readonly decidedAt: string;
}

/**
 * The features of one session, for scoring: what was known at min(asOf, decision time). Bit for bit the rows that a
 * snapshot has for the session. An empty universe gives no symbols.
 *
 * @throws SessionUnknown, AsOfTooEarly when the session has not closed at `asOf`
 */
export async function extractSession(options: ExtractSessionOptions): Promise<SessionFeatures> {
  const set = await resolveFeatures(options.features, options.folder);
  return withMarketFolder(
    options.folder,
    options.market,
    (folder) =>
      recentAnswer(
        folder,
        ['features', set.codeHash, options.session, knownUntil(folder, options)],
        () => connected(folder, (connection) => rowsOfSession(connection, folder, set, options)),
        ({ symbols }) => symbols.length,
      ),
    options.limits,
  );
}

/** The instant that decides what is known: an as-of after the session's decision changes nothing. */
function knownUntil({ calendar }: MarketFolder, { session, asOf }: ExtractSessionOptions): string {
  if (!calendar.has(session)) return asOf;
  const decided = decisionInstant(calendar, session);
  return Date.parse(asOf) < Date.parse(decided) ? asOf : decided;
}

/**
 * The same from a folder that is opened for this alone, with the bars that the feature set reaches back to: the cost does not
 * grow with the history. Nothing stays open.
 */
export async function extractRecentSession(options: ExtractSessionOptions): Promise<SessionFeatures> {
  const set = await resolveFeatures(options.features, options.folder);
  const recent = await openRecentFolder(options, set.lookback);
  if (recent === null) return extractSession(options);
  try {
    const connection = await recent.connect();
    try {
      return await rowsOfSession(connection, recent, set, options);
    } finally {
      connection.closeSync();
    }
  } finally {
    await recent.close();
  }
}

async function rowsOfSession(
  connection: DuckDBConnection,
  folder: MarketFolder,
  set: FeatureSet,
  options: ExtractSessionOptions,
): Promise<SessionFeatures> {
  checkFeatures(folder, set);
  await refuseUnguarded(connection, set);
  const index = sessionIndex(folder.calendar, options.session);
  const { closeInstant } = folder.calendar.at(index);
  if (Date.parse(options.asOf) < Date.parse(closeInstant)) {
    throw new AsOfTooEarly(`session ${options.session} closes at ${closeInstant}, after ${options.asOf}`, {
      remedy: 'Ask again after the close.',
      details: { session: options.session, asOf: options.asOf },
    });
  }
  const decided = decisionInstant(folder.calendar, options.session);
  // Who knew what at the decision of each session was laid out when the folder was opened.
  let point: KnowledgePoint = { kind: 'by-row' };
  if (Date.parse(options.asOf) < Date.parse(decided)) {
    point = knowledgePoint(folder, set, options.asOf, index);
    await createKnowledgeStates(connection, point);
  }
  await createFeatureTable(connection, set);
  await computeFeatures(connection, set, { fromIndex: index, toIndex: index, point, requireBar: true });
  const featureNames = set.columns.map(({ name }) => name);
  const raw = await collectRawFeatures(connection, 'feature_values', featureNames);
  const features = transformFeatures(set, raw, await readSectors(connection, set));
  const withoutBar = await membersWithoutBar(connection, index);
  const knownAt = point.kind === 'at' ? options.asOf : decided;
  return { symbols: raw.symbol, featureNames, features, withoutBar, knownAt, decidedAt: decided };
}

/** The universe of a session is its members; those without a bar have no row of features. */
async function membersWithoutBar(connection: DuckDBConnection, index: number): Promise<string[]> {
  const rows = await queryRows(
    connection,
    `SELECT DISTINCT symbol FROM member_spans WHERE ${String(index)} BETWEEN from_idx AND to_idx
     AND symbol NOT IN (SELECT symbol FROM feature_values) ORDER BY symbol`,
  );
  return rows.map(([symbol]) => String(symbol));
}

/** What is known at an instant of one's own, for the session at a position. */
export function knowledgePoint(
  folder: MarketFolder,
  set: FeatureSet,
  instant: string,
  index: number,
): Extract<KnowledgePoint, { readonly kind: 'at' }> {
  return {
    kind: 'at',
    instant,
    date: localDate(marketRules(folder.market).zone, Date.parse(instant)),
    sessionIndex: index,
    firstIndex: set.lookback === 'all' ? 0 : Math.max(0, index - set.lookback),
  };
}

export interface RangeOptions extends FolderOptions {
  readonly fromSession: string;
  readonly toSession: string;
}

/** Daily returns of all symbols on the sessions of a closed range, as known at `asOf`. */
export async function extractReturns(options: RangeOptions): Promise<SnapshotReturns> {
  const { asOf, fromSession, toSession } = options;
  return withFolder(options, ['returns', asOf, fromSession, toSession], async (connection, folder) => {
    const { from, to } = decidedRange(folder, options);
    const range = { fromIndex: from, toIndex: to };
    await createKnownBars(connection, options.asOf, range);
    await createReturns(connection, folder.market, 'known_bars', range);
    return collectReturns(connection, 'daily_returns');
  });
}

export interface SessionLabels extends RowKeys {
  readonly sessionIndex: Int32Array;
  /** NaN where not known at `asOf`. */
  readonly label: Float32Array;
}

export interface LabelRange {
  readonly asOf: string;
  readonly fromSession: string;
  readonly toSession: string;
  readonly label: LabelSpec;
}

/** Rank labels of the members on the sessions of a closed range, as known at `asOf`. */
export async function extractLabels(
  options: RangeOptions & { readonly label: LabelSpec },
): Promise<SessionLabels> {
  const { asOf, fromSession, toSession, label } = options;
  const question = ['labels', asOf, fromSession, toSession, canonicalJson(label)];
  return withFolder(options, question, (connection, folder) => labelsOf(connection, folder, options));
}

/** The labels of an opened folder. */
export async function labelsOf(
  connection: DuckDBConnection,
  folder: MarketFolder,
  range: LabelRange,
): Promise<SessionLabels> {
  const { label } = range;
  const { from, to, lastDecided } = decidedRange(folder, range);
  // The rows of a snapshot: members with a bar that was visible when the session was decided.
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE decided_rows AS
     SELECT m.symbol, s.idx AS session_index, s.session_date AS session
     FROM member_spans m JOIN sessions s ON s.idx BETWEEN m.from_idx AND m.to_idx
     JOIN price_states p ON p.symbol = m.symbol AND p.idx = s.idx AND p.effect = s.idx
     WHERE s.idx BETWEEN ${String(from)} AND ${String(to)}`,
  );
  const exit = label.entryDelaySessions + label.horizonSessions;
  await createKnownBars(connection, range.asOf, {
    fromIndex: from + label.entryDelaySessions,
    toIndex: to + exit,
  });
  await createLabels(connection, 'decided_rows', label, lastDecided - exit);
  return collectLabels(connection);
}

async function collectLabels(connection: DuckDBConnection): Promise<SessionLabels> {
  const count = (await queryNumber(connection, 'SELECT count(*) FROM decided_rows')) ?? 0;
  const keys = new KeyReader();
  const positions = new Int32Array(count);
  const label = new Float32Array(count);
  let offset = 0;
  const delivered = await streamChunks(
    connection,
    `SELECT symbol, ${SESSION_DAY}, session_index, label FROM decided_rows JOIN labels USING (symbol, session_index)
     ORDER BY session, symbol`,
    (vectors, rowCount) => {
      keys.read(vectors, rowCount);
      copyNumbers(vectorAt(vectors, 2), rowCount, positions, offset);
      copyNumbers(vectorAt(vectors, 3), rowCount, label, offset);
      offset += rowCount;
    },
  );
  requireRows(delivered, count);
  return { session: keys.session, symbol: keys.symbol, sessionIndex: positions, label };
}

/** The part of a range that is decided at `asOf`. */
function decidedRange(
  folder: MarketFolder,
  options: Omit<LabelRange, 'label'>,
): { readonly from: number; readonly to: number; readonly lastDecided: number } {
  const lastDecided = lastDecidedIndex(folder.calendar, options.asOf);
  const from = sessionIndex(folder.calendar, options.fromSession);
  const to = Math.min(sessionIndex(folder.calendar, options.toSession), lastDecided);
  if (to < from) {
    throw new AsOfTooEarly(`as of ${options.asOf} no session from ${options.fromSession} on is decided`, {
      remedy: 'Choose a later as-of instant or earlier sessions.',
      details: { fromSession: options.fromSession, asOf: options.asOf },
    });
  }
  return { from, to, lastDecided };
}

function withFolder<T extends RowKeys>(
  options: FolderOptions,
  question: readonly (string | number)[],
  ask: (connection: DuckDBConnection, folder: MarketFolder) => Promise<T>,
): Promise<T> {
  return withMarketFolder(
    options.folder,
    options.market,
    (folder) =>
      recentAnswer(
        folder,
        question,
        () => connected(folder, (connection) => ask(connection, folder)),
        ({ symbol }) => symbol.length,
      ),
    options.limits,
  );
}

async function connected<T>(
  folder: MarketFolder,
  use: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const connection = await folder.connect();
  try {
    return await use(connection);
  } finally {
    connection.closeSync();
  }
}
