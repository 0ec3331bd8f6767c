import { rm } from 'node:fs/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { LabelSpec } from '../contracts/spec.ts';
import { RandomStream } from '../market/random.ts';
import { decisionInstant } from '../market/rules.ts';
import { collectRawFeatures } from './columnar-tables.ts';
import type { SnapshotRows } from './columnar-tables.ts';
import { DEFAULT_LIMITS, queryRows } from './duckdb.ts';
import { AsOfTooEarly, MarketTableEmpty } from './errors.ts';
import { computeFeatures, createFeatureTable } from './feature-blocks.ts';
import type { FeatureSet } from './feature-set.ts';
import { transformFeatures } from './feature-transforms.ts';
import { openMarketFolder } from './market-folder.ts';
import type { MarketFolder } from './market-folder.ts';
import { readSectors } from './sector-spans.ts';
import { labelsOf } from './session.ts';
import { sessionIndex } from './snapshot-span.ts';
import { writeTruncatedFolder } from './truncated-folder.ts';

/** A value of the snapshot that cannot be had from what was known at the time. */
export interface Leak {
  /** `row`: the row itself, that is membership or a bar; `feature` and `label`: a value of it. */
  readonly kind: 'row' | 'feature' | 'label';
  readonly column: string;
  readonly symbol: string;
  readonly session: string;
  /** From truncated data; null for unknown. For a row: 1 when it belongs there, else 0. */
  readonly rebuilt: number | null;
  readonly found: number | null;
}

export interface LeakReport {
  readonly checkedRows: number;
  readonly checkedSessions: readonly string[];
  /** Distinct rows with at least one leak. */
  readonly leakedRows: number;
  /** At most `LISTED_LEAKS` of them, in the order of session, symbol, column. */
  readonly leaks: readonly Leak[];
}

export interface LeakAuditInput {
  readonly set: FeatureSet;
  readonly rows: SnapshotRows;
  readonly label: LabelSpec;
  readonly asOf: string;
  /** Rows to rebuild, at least; whole sessions are, since ranks need all of a session. */
  readonly sampleRows: number;
  readonly seed: number;
}

const LISTED_LEAKS = 200;
const MOST_SESSIONS = 40;

/**
 * Rebuilds sampled sessions from copies of the data that end at each decision time, with the same feature SQL in a
 * database of its own, and compares bit for bit; labels likewise from a copy that ends at `asOf`. A copy also begins with
 * the lookback, so a feature that reads beyond its declared lookback shows as a leak too.
 *
 * Half of the sessions are drawn from those after which something about the past changed: there a leak has something to
 * show. The newest session is always one of them.
 */
export async function auditLeaks(
  connection: DuckDBConnection,
  folder: MarketFolder,
  input: LeakAuditInput,
): Promise<LeakReport> {
  const parts = sessionParts(input.rows);
  const sessions = await sampleSessions(connection, folder, parts, input);
  // Labels may use all that is known at the as-of instant, so one copy serves all sessions.
  const labels = await onTruncatedCopy(
    connection,
    folder,
    { knownAt: input.asOf, fromSession: sessions[0] ?? '' },
    (copy) => rebuildLabels(copy, input, sessions),
  );
  const leaks: Leak[] = [];
  let checkedRows = 0;
  for (const session of sessions) {
    const part = parts.get(session) ?? { from: 0, to: 0 };
    checkedRows += part.to - part.from;
    leaks.push(...(await auditSession(connection, folder, input, session, part)));
    leaks.push(...compareLabels(input, session, part, labels));
  }
  const leakedRows = new Set(leaks.map(({ session, symbol }) => `${session} ${symbol}`)).size;
  return { checkedRows, checkedSessions: sessions, leakedRows, leaks: leaks.slice(0, LISTED_LEAKS) };
}

interface RowRange {
  readonly from: number;
  readonly to: number;
}

function sessionParts(rows: SnapshotRows): ReadonlyMap<string, RowRange> {
  const parts = new Map<string, RowRange>();
  rows.session.forEach((session, row) => {
    parts.set(session, { from: parts.get(session)?.from ?? row, to: row + 1 });
  });
  return parts;
}

async function sampleSessions(
  connection: DuckDBConnection,
  folder: MarketFolder,
  parts: ReadonlyMap<string, RowRange>,
  input: LeakAuditInput,
): Promise<readonly string[]> {
  const all = [...parts.keys()];
  const rowsPerSession = Math.max(1, input.rows.session.length / Math.max(1, all.length));
  const wanted = Math.min(
    all.length,
    MOST_SESSIONS,
    Math.max(2, Math.ceil(input.sampleRows / rowsPerSession)),
  );
  const changed = await queryRows(connection, 'SELECT DISTINCT idx - 1 FROM knowledge_changes ORDER BY 1');
  const telling = changed
    .map(([index]) => folder.calendar.dates[Number(index)] ?? '')
    .filter((session) => parts.has(session));
  const chosen = new Set<string>(all.slice(-1));
  const random = new RandomStream(input.seed, 0);
  draw(random, telling, Math.ceil(wanted / 2), chosen);
  draw(random, all, wanted, chosen);
  return [...chosen].sort();
}

/** Adds distinct members of `from` until `chosen` has `size`, or all of them are in. */
function draw(random: RandomStream, from: readonly string[], size: number, chosen: Set<string>): void {
  const left = from.filter((session) => !chosen.has(session));
  while (chosen.size < size && left.length > 0) {
    const [session] = left.splice(Math.floor(random.uniform() * left.length), 1);
    if (session !== undefined) chosen.add(session);
  }
}

async function auditSession(
  connection: DuckDBConnection,
  folder: MarketFolder,
  input: LeakAuditInput,
  session: string,
  part: RowRange,
): Promise<readonly Leak[]> {
  const index = sessionIndex(folder.calendar, session);
  const { lookback } = input.set;
  const first = lookback === 'all' ? 0 : Math.max(0, index - lookback);
  const features = await onTruncatedCopy(
    connection,
    folder,
    { knownAt: decisionInstant(folder.calendar, session), fromSession: folder.calendar.at(first).date },
    (copy) => rebuildFeatures(copy, input.set, index),
  );
  return [
    ...compareRows(input, session, part, new Set(features.keys())),
    ...compareFeatures(input, session, part, features),
  ];
}

/** What a copy without any bar gives is an empty universe, not a failure of the audit. */
async function onTruncatedCopy<T>(
  connection: DuckDBConnection,
  folder: MarketFolder,
  truncation: { readonly knownAt: string; readonly fromSession: string },
  rebuild: (copy: MarketFolder) => Promise<ReadonlyMap<string, T>>,
): Promise<ReadonlyMap<string, T>> {
  const path = await writeTruncatedFolder(connection, folder, truncation);
  try {
    const copy = await openMarketFolder(path, folder.market, { limits: DEFAULT_LIMITS });
    try {
      return await rebuild(copy);
    } finally {
      await copy.close();
    }
  } catch (error) {
    if (error instanceof MarketTableEmpty || error instanceof AsOfTooEarly) return new Map();
    throw error;
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

async function rebuildFeatures(
  copy: MarketFolder,
  set: FeatureSet,
  index: number,
): Promise<ReadonlyMap<string, Float32Array>> {
  const connection = await copy.connect();
  try {
    await createFeatureTable(connection, set);
    const range = { fromIndex: index, toIndex: index, point: { kind: 'by-row' }, requireBar: true } as const;
    await computeFeatures(connection, set, range);
    const names = set.columns.map(({ name }) => name);
    const raw = await collectRawFeatures(connection, 'feature_values', names);
    const features = transformFeatures(set, raw, await readSectors(connection, set));
    return new Map(
      raw.symbol.map((symbol, row) => [
        symbol,
        features.subarray(row * names.length, (row + 1) * names.length),
      ]),
    );
  } finally {
    connection.closeSync();
  }
}

/** Labels by session and symbol. */
async function rebuildLabels(
  copy: MarketFolder,
  input: LeakAuditInput,
  sessions: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const connection = await copy.connect();
  const rebuilt = new Map<string, number>();
  try {
    for (const session of sessions) {
      const range = { fromSession: session, toSession: session, asOf: input.asOf, label: input.label };
      const labels = await labelsOf(connection, copy, range);
      labels.symbol.forEach((symbol, row) => rebuilt.set(`${session} ${symbol}`, labels.label[row] ?? NaN));
    }
    return rebuilt;
  } finally {
    connection.closeSync();
  }
}

function compareRows(
  input: LeakAuditInput,
  session: string,
  part: RowRange,
  rebuilt: ReadonlySet<string>,
): readonly Leak[] {
  const found = new Set(input.rows.symbol.slice(part.from, part.to));
  const leak = (symbol: string, belongs: number): Leak => {
    return { kind: 'row', column: 'symbol', symbol, session, rebuilt: belongs, found: 1 - belongs };
  };
  return [
    ...[...found].filter((symbol) => !rebuilt.has(symbol)).map((symbol) => leak(symbol, 0)),
    ...[...rebuilt].filter((symbol) => !found.has(symbol)).map((symbol) => leak(symbol, 1)),
  ];
}

function compareFeatures(
  input: LeakAuditInput,
  session: string,
  part: RowRange,
  rebuilt: ReadonlyMap<string, Float32Array>,
): readonly Leak[] {
  const { featureNames, features, symbol: symbols } = input.rows;
  const width = featureNames.length;
  const leaks: Leak[] = [];
  for (let row = part.from; row < part.to; row += 1) {
    const symbol = symbols[row] ?? '';
    const expected = rebuilt.get(symbol);
    if (expected === undefined) continue;
    featureNames.forEach((column, feature) => {
      const found = features[row * width + feature] ?? NaN;
      const value = expected[feature] ?? NaN;
      if (!Object.is(found, value)) {
        leaks.push({
          kind: 'feature',
          column,
          symbol,
          session,
          rebuilt: orNull(value),
          found: orNull(found),
        });
      }
    });
  }
  return leaks;
}

function compareLabels(
  input: LeakAuditInput,
  session: string,
  part: RowRange,
  rebuilt: ReadonlyMap<string, number>,
): readonly Leak[] {
  const leaks: Leak[] = [];
  for (let row = part.from; row < part.to; row += 1) {
    const symbol = input.rows.symbol[row] ?? '';
    const found = input.rows.label[row] ?? NaN;
    const value = rebuilt.get(`${session} ${symbol}`) ?? NaN;
    if (!Object.is(found, value)) {
      leaks.push({
        kind: 'label',
        column: 'label',
        symbol,
        session,
        rebuilt: orNull(value),
        found: orNull(found),
      });
    }
  }
  return leaks;
}

const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);
