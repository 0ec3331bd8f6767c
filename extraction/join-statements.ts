import type { DuckDBConnection } from '@duckdb/node-api';
import { copyNumbers, vectorAt } from './columnar-tables.ts';
import { identifier, queryNumber, streamChunks } from './duckdb.ts';
import { MarketDuplicateKey, TableShapeInvalid } from './errors.ts';
import { firstRowSeeing, ORDINALS } from './join-grid.ts';
import type { JoinGrid } from './join-grid.ts';

const KEYS = ['ordinal', 'period', 'known', 'seq'] as const;

/**
 * Joins the newest statement to every cell of a grid: of those known at the cell's decision instant the greatest
 * (period_end, knowledge_ts, seq). A late restatement of an older quarter never replaces a newer quarter. One float32
 * array per column, NaN where nothing is known.
 *
 * @throws MarketDuplicateKey when two versions of a statement share knowledge_ts and seq
 */
export async function joinStatements(
  connection: DuckDBConnection,
  relation: string | null,
  grid: JoinGrid,
  columns: readonly string[],
): Promise<readonly Float32Array[]> {
  const symbols = grid.symbols.length;
  const out = columns.map(() => new Float32Array(symbols * grid.sessions.length));
  if (relation === null) return out.map((column) => column.fill(NaN));
  const table = await readStatements(connection, relation, columns);
  const { ordinal, period, known, seq } = table.keys;
  const effect = Int32Array.from(known, (instant) => firstRowSeeing(grid, instant));
  const by = (key: Float64Array | Int32Array, a: number, b: number): number => (key[a] ?? 0) - (key[b] ?? 0);
  const compare = (a: number, b: number): number =>
    by(effect, a, b) || by(ordinal, a, b) || by(period, a, b) || by(known, a, b) || by(seq, a, b);
  const order = Int32Array.from(ordinal.keys()).sort(compare);
  const newest = new Int32Array(symbols).fill(-1);
  // What each symbol's newest statement says, column by column: most sessions are a copy of it.
  const current = columns.map(() => new Float32Array(symbols).fill(NaN));
  let next = 0;
  for (let session = 0; session < grid.sessions.length; session += 1) {
    for (; next < order.length && effect[order[next] ?? 0] === session; next += 1) {
      const row = order[next] ?? 0;
      const before = order[next - 1];
      if (before !== undefined && compare(before, row) === 0) refuseTie(grid, ordinal[row] ?? 0);
      const at = ordinal[row] ?? 0;
      const held = newest[at] ?? -1;
      // In the order of what became visible when: of one quarter the later row is the newer version.
      if (held >= 0 && (period[row] ?? 0) < (period[held] ?? 0)) continue;
      newest[at] = row;
      current.forEach((values, column) => {
        values[at] = table.values[column]?.[row] ?? NaN;
      });
    }
    out.forEach((values, column) => {
      values.set(current[column] ?? [], session * symbols);
    });
  }
  return out;
}

function refuseTie(grid: JoinGrid, ordinal: number): never {
  throw new MarketDuplicateKey(
    `two versions of a statement of ${grid.symbols[ordinal] ?? ''} share knowledge_ts and seq`,
    { remedy: 'Run `contender data check` and give the versions different seq.' },
  );
}

interface StatementRows {
  readonly keys: Readonly<Record<(typeof KEYS)[number], Float64Array>>;
  readonly values: readonly Float32Array[];
}

async function readStatements(
  connection: DuckDBConnection,
  relation: string,
  columns: readonly string[],
): Promise<StatementRows> {
  const rows = (await queryNumber(connection, `SELECT count(*) FROM ${relation}`)) ?? 0;
  const column = (): Float64Array => new Float64Array(rows);
  const keys = { ordinal: column(), period: column(), known: column(), seq: column() };
  const values = columns.map(() => new Float32Array(rows));
  let read = 0;
  await streamChunks(
    connection,
    `SELECT o.ordinal, CAST(f.period_end - DATE '1970-01-01' AS INTEGER), CAST(epoch_us(f.knowledge_ts) AS DOUBLE),
       CAST(f.seq AS DOUBLE), ${columns.map((name) => `TRY_CAST(f.${identifier(name)} AS FLOAT)`).join(', ')}
     FROM ${relation} f JOIN ${ORDINALS} o ON o.symbol = f.symbol`,
    (vectors, rowCount) => {
      [...KEYS.map((key) => keys[key]), ...values].forEach((target, at) => {
        copyNumbers(vectorAt(vectors, at), rowCount, target, read);
      });
      read += rowCount;
    },
  );
  if (read !== rows) {
    throw new TableShapeInvalid(`${String(read)} of ${String(rows)} statement rows were read`, {
      remedy: 'Run `contender data check`: a symbol may be missing from the table of symbols.',
    });
  }
  return { keys, values };
}
