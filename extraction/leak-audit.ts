import { rm } from 'node:fs/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { LabelSpec } from '../contracts/spec.ts';
import { RandomStream } from '../market/random.ts';
import { decisionInstant } from '../market/rules.ts';
import { collectRawFeatures } from './columnar-tables.ts';
import type { SnapshotRows } from './columnar-tables.ts';
import { DEFAULT_LIMITS, queryRows } from './duckdb.ts';
import type { EngineLimits } from './duckdb.ts';
import { AsOfTooEarly } from './errors.ts';
import { computeFeatures, createFeatureTable } from './feature-blocks.ts';
import type { FeatureSet } from './feature-set.ts';
import { transformFeatures } from './feature-transforms.ts';
import { openTruncatedCopy } from './market-folder.ts';
import type { MarketFolder } from './market-folder.ts';
import { compareFeatures, compareLabels, compareRows } from './leak-comparison.ts';
import type { Leak, RowRange } from './leak-comparison.ts';
import { readSectors } from './sector-spans.ts';
import { labelsOf } from './session.ts';
import { sessionIndex } from './snapshot-span.ts';
import { writeTruncatedFolder } from './truncated-folder.ts';
import type { Truncation } from './truncated-folder.ts';

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
/** As many threads and as much memory together as one folder takes. */
const COPIES_AT_ONCE = DEFAULT_LIMITS.threads;
const COPY_LIMITS: EngineLimits = {
  threads: 1,
  memoryLimitMb: DEFAULT_LIMITS.memoryLimitMb / COPIES_AT_ONCE,
};

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
    folder,
    { knownAt: input.asOf, fromSession: sessions[0] ?? '' },
    (copy) => rebuildLabels(copy, input, sessions),
  );
  const bySession = new Map<string, readonly Leak[]>();
  await rebuildParts(partsOf(sessions, ends), async (part) => {
    const features = await rebuildPart(folder, input.set, part);
    for (const session of part) {
      const range = ranges.get(session) ?? { from: 0, to: 0 };
      const rebuilt = features.get(session) ?? new Map<string, Float32Array>();
      bySession.set(session, [
        ...compareRows(input.rows, session, range, new Set(rebuilt.keys())),
        ...compareFeatures(input.rows, session, range, rebuilt),
        ...compareLabels(input.rows, session, range, labels),
      ]);
    }
  });
  const leaks = sessions.flatMap((session) => bySession.get(session) ?? []);
  const strictRows = ends
    .map((end) => ranges.get(end) ?? { from: 0, to: 0 })
    .reduce((sum, { from, to }) => sum + to - from, 0);
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

/** The sessions up to each end, from the one after the end before. */
function partsOf(sessions: readonly string[], ends: readonly string[]): readonly (readonly string[])[] {
  const after = ends.map((end) => sessions.indexOf(end) + 1);
  return after.map((to, part) => sessions.slice(after[part - 1] ?? 0, to));
}

/**
 * Parts do not wait for one another: a copy is small, so that two databases of one thread each take less processor time than
 * one of two threads, and half of the time. A failure is told once the parts under way have ended; none is begun after it.
 */
async function rebuildParts(
  parts: readonly (readonly string[])[],
  rebuild: (part: readonly string[]) => Promise<void>,
): Promise<void> {
  const left = parts.values();
  let failed = false;
  const inTurn = async (): Promise<void> => {
    for (const part of left) {
      if (failed) return;
      try {
        await rebuild(part);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: COPIES_AT_ONCE }, inTurn));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
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
  folder: MarketFolder,
  set: FeatureSet,
  part: readonly string[],
): Promise<RebuiltFeatures> {
  const [begin = '', end = ''] = [part[0], part.at(-1)];
  const fromIndex = sessionIndex(folder.calendar, begin);
  const toIndex = sessionIndex(folder.calendar, end);
  const first = set.lookback === 'all' ? 0 : Math.max(0, fromIndex - set.lookback);
  return onTruncatedCopy(
    folder,
    { knownAt: decisionInstant(folder.calendar, end), fromSession: folder.calendar.at(first).date },
    (copy) => rebuildFeatures(copy, set, fromIndex, toIndex),
    COPY_LIMITS,
  );
}

/** A copy that ends before anything is decided gives nothing; that is no failure of the audit. */
async function onTruncatedCopy<T>(
  folder: MarketFolder,
  truncation: Truncation,
  rebuild: (copy: MarketFolder) => Promise<ReadonlyMap<string, T>>,
  limits: EngineLimits = DEFAULT_LIMITS,
): Promise<ReadonlyMap<string, T>> {
  const path = await copied(folder, truncation);
  try {
    const copy = await openTruncatedCopy(path, folder, limits);
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

/** On a connection of its own: one does not answer two at a time. */
async function copied(folder: MarketFolder, truncation: Truncation): Promise<string> {
  const connection = await folder.connect();
  try {
    return await writeTruncatedFolder(connection, folder, truncation);
  } finally {
    connection.closeSync();
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
