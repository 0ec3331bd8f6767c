import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Market } from '../contracts/primitives.ts';
import { LabelSpec } from '../contracts/spec.ts';
import { decisionInstant } from '../market/rules.ts';
import type { SnapshotRows } from './columnar-tables.ts';
import { queryNumber } from './duckdb.ts';
import { AsOfTooEarly } from './errors.ts';
import { guardFeatureSet } from './feature-guard.ts';
import { invalid, parseFeatureSet } from './feature-set.ts';
import type { FeatureSet } from './feature-set.ts';
import { withMarketFolder } from './folder-cache.ts';
import { auditLeaks } from './leak-audit.ts';
import type { LeakReport } from './leak-audit.ts';
import { extractSnapshot } from './snapshot.ts';
import { readRows } from './table-files.ts';

export interface CheckFeatureOptions {
  /** The SQL file. */
  readonly file: string;
  readonly folder: string;
  readonly market: Market;
  /** How many of the newest sessions with bars are computed. */
  readonly sessions: number;
}

/** A column of the checked set over the computed rows. */
export interface ColumnFacts {
  readonly name: string;
  /** Share of rows with a value. */
  readonly known: number;
  readonly lowest: number | null;
  readonly highest: number | null;
}

export interface FeatureCheckReport {
  readonly name: string;
  readonly asOf: string;
  readonly rows: number;
  readonly columns: readonly ColumnFacts[];
  readonly leak: LeakReport;
  /** What stands against the file, each entry with the column or the word it is about; empty when nothing does. */
  readonly faults: readonly string[];
}

/**
 * What a feature file gets for free: its SQL is read for what it may not say; its rows are computed twice, with other threads
 * and other blocks of sessions, and must be the same bits; and the leak audit rebuilds all of them from data that end when
 * they were decided and begin with the declared lookback.
 *
 * @throws FeatureSetInvalid when the file cannot be read or run at all
 */
export async function checkFeatureFile(options: CheckFeatureOptions): Promise<FeatureCheckReport> {
  const text = await readFile(options.file, 'utf8').catch((cause: unknown) => {
    throw invalid(`${options.file} cannot be read`, cause);
  });
  const set = parseFeatureSet(text);
  if (set.kind !== 'features')
    throw invalid(`${set.name} is a table for one cross-section, not a set of features`);
  const scratch = await mkdtemp(join(tmpdir(), 'contender-features-'));
  try {
    return await withMarketFolder(options.folder, options.market, async (folder) => {
      const connection = await folder.connect();
      try {
        const newest = await queryNumber(connection, 'SELECT max(idx) FROM price_states WHERE effect = idx');
        if (newest === null) throw noRows(options.folder);
        const last = folder.calendar.at(newest).date;
        const first = folder.calendar.at(Math.max(0, set.warmUp - 1, newest - options.sessions + 1)).date;
        const asOf = decisionInstant(folder.calendar, last);
        const said = await guardFeatureSet(connection, set);
        const run = (name: string, threads: number, block: number): Promise<SnapshotRows> =>
          rowsOf(options, text, { asOf, first, outDir: join(scratch, name), threads, block });
        const rows = await run('one', 2, options.sessions);
        const again = await run('other', 1, 7);
        const label = LabelSpec.parse({});
        const leak = await auditLeaks(connection, folder, {
          set,
          rows,
          label,
          asOf,
          sampleRows: rows.symbol.length / 20,
          seed: 1,
        });
        const columns = columnFacts(rows);
        return {
          name: set.name,
          asOf,
          rows: rows.session.length,
          columns,
          leak,
          faults: [...said, ...unsteady(set, rows, again), ...neverKnown(columns), ...leaking(leak)],
        };
      } finally {
        connection.closeSync();
      }
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

const noRows = (folder: string): AsOfTooEarly =>
  new AsOfTooEarly(`no bar of ${folder} was known when its session was decided`, {
    remedy: 'Use a folder in which bars arrive before the decision time.',
  });

interface RunOptions {
  readonly asOf: string;
  readonly first: string;
  readonly outDir: string;
  readonly threads: number;
  readonly block: number;
}

async function rowsOf(options: CheckFeatureOptions, sql: string, run: RunOptions): Promise<SnapshotRows> {
  const { rowsPath } = await extractSnapshot({
    folder: options.folder,
    market: options.market,
    features: { sql },
    asOf: run.asOf,
    label: LabelSpec.parse({}),
    fromSession: run.first,
    outDir: run.outDir,
    limits: { threads: run.threads, memoryLimitMb: 2048 },
    sessionsPerBlock: run.block,
    // What it says has been judged; the audit shows on top of it which values would leak.
    mayRead: 'anything',
  });
  return readRows(rowsPath);
}

/** Columns whose values depend on threads, or on which sessions are computed together. */
function unsteady(set: FeatureSet, one: SnapshotRows, other: SnapshotRows): readonly string[] {
  const width = set.columns.length;
  return set.columns.flatMap(({ name }, column) => {
    for (let row = 0; row < one.session.length; row += 1) {
      const at = row * width + column;
      if (!Object.is(one.features[at], other.features[at])) {
        const place = `${one.symbol[row] ?? ''} on ${one.session[row] ?? ''}`;
        return [
          `${name} is not the same every time: it differs for ${place} with other threads or other sessions beside it`,
        ];
      }
    }
    return [];
  });
}

function neverKnown(columns: readonly ColumnFacts[]): readonly string[] {
  return columns
    .filter(({ known }) => known === 0)
    .map(({ name }) => `${name} has no value in any row: look at its window and at what the data carry`);
}

function leaking(leak: LeakReport): readonly string[] {
  const first = new Map(leak.leaks.toReversed().map((found) => [found.column, found]));
  return [...first.values()].map(
    ({ column, symbol, session, found, rebuilt }) =>
      `${column} of ${symbol} on ${session} leaks: ${String(found)}, and ${String(rebuilt)} from what was known then`,
  );
}

function columnFacts(rows: SnapshotRows): readonly ColumnFacts[] {
  const width = rows.featureNames.length;
  return rows.featureNames.map((name, column) => {
    let known = 0;
    let [lowest, highest] = [Infinity, -Infinity];
    for (let at = column; at < rows.features.length; at += width) {
      const value = rows.features[at] ?? NaN;
      if (Number.isNaN(value)) continue;
      known += 1;
      lowest = Math.min(lowest, value);
      highest = Math.max(highest, value);
    }
    const share = known / Math.max(1, rows.session.length);
    return { name, known: share, lowest: known === 0 ? null : lowest, highest: known === 0 ? null : highest };
  });
}
