import type { DuckDBConnection } from '@duckdb/node-api';
import { queryRows } from './duckdb.ts';
import { ExtractionMemoryExceeded } from './errors.ts';
import { invalid } from './feature-set.ts';
import type { FeatureSet } from './feature-set.ts';

/**
 * Runs the query of a feature set into a temporary table. It must be one statement by itself, and then stands in a
 * subquery: whatever the text holds, it can only select, and the database has no file to select from.
 *
 * @throws FeatureSetInvalid, ExtractionMemoryExceeded
 */
export async function runFeatureSql(
  connection: DuckDBConnection,
  set: FeatureSet,
  columns: readonly string[],
  target: string,
): Promise<void> {
  try {
    // Parsed alone first: a bracket that closes the subquery early would let a second statement follow it.
    const statements = await connection.extractStatements(set.query);
    if (statements.count !== 1)
      throw invalid(`${set.name} holds ${String(statements.count)} statements instead of one`);
    const described = await queryRows(connection, `DESCRIBE SELECT * FROM (${set.query}\n)`);
    const given = described.map(([name]) => String(name));
    if (given.join(' ') !== columns.join(' ')) {
      throw invalid(`${set.name} gives the columns ${given.join(', ')} and declares ${columns.join(', ')}`);
    }
    await connection.run(`CREATE OR REPLACE TEMP TABLE ${target} AS SELECT * FROM (${set.query}\n)`);
  } catch (cause) {
    if (cause instanceof Error && cause.message.startsWith('Out of Memory')) {
      throw new ExtractionMemoryExceeded(`${set.name}: ${cause.message.split('\n')[0] ?? ''}`, {
        cause,
        remedy: 'The market is larger than this limit was made for: ask for fewer symbols, or report it.',
      });
    }
    if (cause instanceof Error && !('code' in cause)) throw invalid(`${set.name}: ${cause.message}`, cause);
    throw cause;
  }
}
