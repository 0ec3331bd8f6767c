import { rm } from 'node:fs/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { LabelSpec } from '../contracts/spec.ts';
import { RandomStream } from '../market/random.ts';
import { decisionInstant } from '../market/rules.ts';
import { collectRawFeatures } from './columnar-tables.ts';
import type { SnapshotRows } from './columnar-tables.ts';
import { queryRows } from './duckdb.ts';
import { AsOfTooEarly } from './errors.ts';
import { computeFeatures, createFeatureTable } from './feature-blocks.ts';
import type { FeatureSet } from './feature-set.ts';
import { transformFeatures } from './feature-transforms.ts';
import { openTruncatedCopy } from './market-folder.ts';
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
  /** Rows of the snapshot. All of them are rebuilt, each from data that end with its part of the sessions. */
  readonly rows: number;
  readonly checkedRows: number;
  /** Of these, rows of the sessions with which a part ends: rebuilt from what was known at their very decision time. */
  readonly strictRows: number;
  /** The sessions with which a part ends, in order. */
  readonly checkedSessions: readonly string[];
  /** Sessions after which something about the past changed, and how many of them end a part. */
  readonly tellingSessions: number;
  readonly strictTellingSessions: number;
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
  /** Rows to rebuild from the knowledge of their own decision time, at least; whole sessions are, since ranks need them. */
  readonly sampleRows: number;
  readonly seed: number;
}

const LISTED_LEAKS = 200;
const FEWEST_PARTS = 12;
const MOST_PARTS = 40;

/**
 * Rebuilds the whole snapshot, with the same feature SQL in databases of their own, and compares bit for bit. The sessions
 * are cut into parts. The rows of a part come from a copy of the data that ends at the decision time of its last session
 * and begins with the lookback of its first: so the last session sees exactly what it may see, the first exactly what
 * it says it needs, and every row in between lacks all that was learned after its part. Labels come from a copy that ends
 * at `asOf`.
 *
 * Half of the parts end with a session after which something about the past changed: there a leak has something to show.
 * The newest session always ends one.
 */
export async function auditLeaks(
  connection: DuckDBConnection,
  folder: MarketFolder,
  input: LeakAuditInput,
): Promise<LeakReport> {
  const ranges = sessionRanges(input.rows);
  const { ends, telling } = await chooseEnds(connection, folder, ranges, input);
  const sessions = [...ranges.keys()];
  // Labels may use all that is known at the as-of instant, so one copy serves all sessions.
  const labels = await onTruncatedCopy(
    connection,
    folder,
    { knownAt: input.asOf, fromSession: sessions[0] ?? '' },
    (copy) => rebuildLabels(copy, input, sessions),
  );
  const leaks: Leak[] = [];
  let strictRows = 0;
  let next = 0;
  for (const end of ends) {
    const part = sessions.slice(next, sessions.indexOf(end) + 1);
    next += part.length;
    const features = await rebuildPart(connection, folder, input.set, part);
    for (const session of part) {
      const range = ranges.get(session) ?? { from: 0, to: 0 };
      const rebuilt = features.get(session) ?? new Map<string, Float32Array>();
      leaks.push(...compareRows(input, session, range, new Set(rebuilt.keys())));
      leaks.push(...compareFeatures(input, session, range, rebuilt));
      leaks.push(...compareLabels(input, session, range, labels));
      if (session === end) strictRows += range.to - range.from;
    }
  }
  const leakedRows = new Set(leaks.map(({ session, symbol }) => `${session} ${symbol}`)).size;
  return {
    rows: input.rows.session.length,
    checkedRows: input.rows.session.length,
    strictRows,
    checkedSessions: ends,
    tellingSessions: telling.length,
    strictTellingSessions: telling.filter((session) => ends.includes(session)).length,
    leakedRows,
    leaks: leaks.slice(0, LISTED_LEAKS),
  };
}

interface RowRange {
  readonly from: number;
  readonly to: number;
}

function sessionRanges(rows: SnapshotRows): ReadonlyMap<string, RowRange> {
  const ranges = new Map<string, RowRange>();
  rows.session.forEach((session, row) => {
    ranges.set(session, { from: ranges.get(session)?.from ?? row, to: row + 1 });
  });
  return ranges;
}

async function chooseEnds(
  connection: DuckDBConnection,
  folder: MarketFolder,
  ranges: ReadonlyMap<string, RowRange>,
  input: LeakAuditInput,
): Promise<{ readonly ends: readonly string[]; readonly telling: readonly string[] }> {
  const all = [...ranges.keys()];
  const rowsPerSession = Math.max(1, input.rows.session.length / Math.max(1, all.length));
  const wanted = Math.min(
    all.length,
    MOST_PARTS,
    Math.max(FEWEST_PARTS, Math.ceil(input.sampleRows / rowsPerSession)),
  );
  const changed = await queryRows(connection, 'SELECT DISTINCT idx - 1 FROM knowledge_changes ORDER BY 1');
  const telling = changed
    .map(([index]) => folder.calendar.dates[Number(index)] ?? '')
    .filter((session) => ranges.has(session));
  const chosen = new Set<string>(all.slice(-1));
  const random = new RandomStream(input.seed, 0);
  draw(random, telling, Math.ceil(wanted / 2), chosen);
  draw(random, all, wanted, chosen);
  return { ends: [...chosen].sort(), telling };
}

/** Adds distinct members of `from` until `chosen` has `size`, or all of them are in. */
function draw(random: RandomStream, from: readonly string[], size: number, chosen: Set<string>): void {
  const left = from.filter((session) => !chosen.has(session));
  while (chosen.size < size && left.length > 0) {
    const [session] = left.splice(Math.floor(random.uniform() * left.length), 1);
    if (session !== undefined) chosen.add(session);
  }
}

/** Features by session and symbol. */
type RebuiltFeatures = ReadonlyMap<string, ReadonlyMap<string, Float32Array>>;

async function rebuildPart(
  connection: DuckDBConnection,
  folder: MarketFolder,
  set: FeatureSet,
  part: readonly string[],
): Promise<RebuiltFeatures> {
  const [begin = '', end = ''] = [part[0], part.at(-1)];
  const fromIndex = sessionIndex(folder.calendar, begin);
  const toIndex = sessionIndex(folder.calendar, end);
  const first = set.lookback === 'all' ? 0 : Math.max(0, fromIndex - set.lookback);
  return onTruncatedCopy(
    connection,
    folder,
    { knownAt: decisionInstant(folder.calendar, end), fromSession: folder.calendar.at(first).date },
    (copy) => rebuildFeatures(copy, set, fromIndex, toIndex),
  );
}

/** A copy that ends before anything is decided gives nothing; that is no failure of the audit. */
async function onTruncatedCopy<T>(
  connection: DuckDBConnection,
  folder: MarketFolder,
  truncation: { readonly knownAt: string; readonly fromSession: string },
  rebuild: (copy: MarketFolder) => Promise<ReadonlyMap<string, T>>,
): Promise<ReadonlyMap<string, T>> {
  const path = await writeTruncatedFolder(connection, folder, truncation);
  try {
    const copy = await openTruncatedCopy(path, folder);
    try {
      return await rebuild(copy);
    } finally {
      await copy.close();
    }
  } catch (error) {
    if (error instanceof AsOfTooEarly) return new Map();
    throw error;
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

async function rebuildFeatures(
  copy: MarketFolder,
  set: FeatureSet,
  fromIndex: number,
  toIndex: number,
): Promise<RebuiltFeatures> {
  const connection = await copy.connect();
  try {
    await createFeatureTable(connection, set);
    await computeFeatures(connection, set, {
      fromIndex,
      toIndex,
      point: { kind: 'by-row' },
      requireBar: true,
    });
    const names = set.columns.map(({ name }) => name);
    const raw = await collectRawFeatures(connection, 'feature_values', names);
    const features = transformFeatures(set, raw, await readSectors(connection, set));
    const rebuilt = new Map<string, Map<string, Float32Array>>();
    raw.session.forEach((session, row) => {
      const ofSession = rebuilt.get(session) ?? new Map<string, Float32Array>();
      ofSession.set(raw.symbol[row] ?? '', features.subarray(row * names.length, (row + 1) * names.length));
      rebuilt.set(session, ofSession);
    });
    return rebuilt;
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
    const [fromSession = '', toSession = ''] = [sessions[0], sessions.at(-1)];
    const range = { fromSession, toSession, asOf: input.asOf, label: input.label };
    const labels = await labelsOf(connection, copy, range);
    labels.symbol.forEach((symbol, row) => {
      rebuilt.set(`${labels.session[row] ?? ''} ${symbol}`, labels.label[row] ?? NaN);
    });
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
