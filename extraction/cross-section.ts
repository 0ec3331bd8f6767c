import type { DuckDBConnection } from '@duckdb/node-api';
import type { Market } from '../contracts/primitives.ts';
import { createWindows } from './decision-windows.ts';
import { queryNumber } from './duckdb.ts';
import type { EngineLimits } from './duckdb.ts';
import { AsOfTooEarly, UniverseEmpty } from './errors.ts';
import { refuseUnguarded } from './feature-guard.ts';
import { runFeatureSql } from './feature-query.ts';
import type { FeatureSet } from './feature-set.ts';
import { withMarketFolder } from './folder-cache.ts';
import { createKnowledgeStates } from './knowledge-states.ts';
import type { MarketFolder } from './market-folder.ts';
import { knowledgePoint } from './session.ts';
import { checkFeatures } from './snapshot.ts';
import { writeTable } from './write-table.ts';

export interface ExtractTableOptions {
  readonly folder: string;
  readonly market: Market;
  /** A set of kind `table`. */
  readonly set: FeatureSet;
  readonly asOf: string;
  /** Written as CSV or Parquet by its ending. */
  readonly file: string;
  readonly limits?: EngineLimits;
}

/**
 * One row per member, everything as known at `asOf`, sorted by symbol: a cross-section at any instant, not only at decision
 * times.
 *
 * @throws a ContenderError of `errors.ts`; nothing is written then
 */
export async function extractTable(options: ExtractTableOptions): Promise<{ readonly rows: number }> {
  return withMarketFolder(
    options.folder,
    options.market,
    async (folder) => {
      const connection = await folder.connect();
      try {
        return await writeCrossSection(connection, folder, options);
      } finally {
        connection.closeSync();
      }
    },
    options.limits,
  );
}

async function writeCrossSection(
  connection: DuckDBConnection,
  folder: MarketFolder,
  options: ExtractTableOptions,
): Promise<{ readonly rows: number }> {
  const { set, asOf } = options;
  checkFeatures(folder, set);
  await refuseUnguarded(connection, set);
  const closed = folder.calendar.lastClosedSession(asOf);
  if (closed === null) {
    throw new AsOfTooEarly(`as of ${asOf} no session of the calendar has closed`, {
      remedy: `The first closes at ${folder.calendar.at(0).closeInstant}.`,
      details: { asOf },
    });
  }
  const index = folder.calendar.indexOf(closed);
  const point = knowledgePoint(folder, set, asOf, index);
  await createKnowledgeStates(connection, point);
  await createWindows(connection, set, { fromIndex: index, toIndex: index, point, requireBar: false });
  if ((await queryNumber(connection, 'SELECT count(*) FROM expected')) === 0) {
    throw new UniverseEmpty(`no symbol is a member as of ${asOf}`, {
      remedy: 'Check the table of members and the as-of instant.',
      details: { folder: folder.path, asOf },
    });
  }
  const columns = set.columns.map(({ name }) => name);
  await runFeatureSql(connection, set, columns, 'cross_section');
  const rows = (await queryNumber(connection, 'SELECT count(*) FROM cross_section')) ?? 0;
  await writeTable(connection, folder.scratch, 'SELECT * FROM cross_section ORDER BY symbol', options.file);
  return { rows };
}
