import type { Market } from '../contracts/primitives.ts';
import { copyNumbers, vectorAt } from './columnar-tables.ts';
import { queryNumber, queryRows, requireRows, streamChunks } from './duckdb.ts';
import { withMarketFolder } from './folder-cache.ts';

/** Own bars before a session over which the ordinary traded value is taken: a month, the usual window of an ADV. */
const WINDOW_BARS = 20;
/** Fewer bars than this say nothing about what is ordinary. */
const FEWEST_BARS = 5;

/**
 * What a name ordinarily trades in a session, in the market's currency: the median of close times volume over its 20 bars
 * before the session, as published; NaN with fewer than 5. The median, because one block trade is no liquidity. Values are as
 * known in the end: a vendor's later correction of a volume decides nothing here.
 *
 * Cell of session s and symbol i at `s * symbols.length + i`, as in `evaluation/panel.ts`.
 *
 * @throws a ContenderError of `errors.ts`
 */
export async function readOrdinaryTurnover(
  path: string,
  market: Market,
  axes: { readonly sessions: readonly string[]; readonly symbols: readonly string[] },
): Promise<Float64Array> {
  return withMarketFolder(path, market, async (folder) => {
    const connection = await folder.connect();
    try {
      const sessions = await queryRows(
        connection,
        'SELECT idx, CAST(session_date AS VARCHAR) FROM sessions ORDER BY idx',
      );
      const symbols = await queryRows(
        connection,
        'SELECT symbol FROM (SELECT DISTINCT symbol FROM prices) ORDER BY symbol',
      );
      const rowOf = positions(
        sessions.map(([idx, date]) => [Number(idx), String(date)]),
        axes.sessions,
      );
      const columnOf = positions(
        symbols.map(([symbol], at) => [at, String(symbol)]),
        axes.symbols,
      );
      const panel = new Float64Array(axes.sessions.length * axes.symbols.length).fill(NaN);
      await connection.run(
        `CREATE OR REPLACE TEMP TABLE ordinary_turnover AS
         SELECT CAST(o.place AS DOUBLE) AS place, CAST(b.idx AS DOUBLE) AS idx, b.ordinary
         FROM (SELECT p.symbol, s.idx, median(p.close * p.volume) OVER w AS ordinary, count(*) OVER w AS bars
           FROM (SELECT * FROM prices QUALIFY row_number() OVER (PARTITION BY symbol, session_date ORDER BY knowledge_ts DESC, seq DESC) = 1) p
           JOIN sessions s ON s.session_date = p.session_date
           WINDOW w AS (PARTITION BY p.symbol ORDER BY s.idx ROWS BETWEEN ${String(WINDOW_BARS)} PRECEDING AND 1 PRECEDING)) b
         JOIN (SELECT symbol, row_number() OVER (ORDER BY symbol) - 1 AS place FROM (SELECT DISTINCT symbol FROM prices)) o
           ON o.symbol = b.symbol
         WHERE b.bars >= ${String(FEWEST_BARS)} AND b.ordinary > 0`,
      );
      const expected = (await queryNumber(connection, 'SELECT count(*) FROM ordinary_turnover')) ?? 0;
      const delivered = await streamChunks(
        connection,
        'SELECT place, idx, ordinary FROM ordinary_turnover',
        (vectors, rowCount) => {
          const columns = [0, 1, 2].map((at) => {
            const values = new Float64Array(rowCount);
            copyNumbers(vectorAt(vectors, at), rowCount, values, 0);
            return values;
          });
          for (let at = 0; at < rowCount; at += 1) {
            const column = columnOf.get(columns[0]?.[at] ?? -1);
            const row = rowOf.get(columns[1]?.[at] ?? -1);
            if (column === undefined || row === undefined) continue;
            panel[row * axes.symbols.length + column] = columns[2]?.[at] ?? NaN;
          }
        },
      );
      requireRows(delivered, expected);
      return panel;
    } finally {
      connection.closeSync();
    }
  });
}

/** From the number that the database knows a thing by to its place on an axis; what is not on the axis is left out. */
function positions(
  named: readonly (readonly [number, string])[],
  axis: readonly string[],
): ReadonlyMap<number, number> {
  const places = new Map(axis.map((name, at) => [name, at]));
  return new Map(
    named.flatMap(([number, name]) => {
      const at = places.get(name);
      return at === undefined ? [] : [[number, at] as const];
    }),
  );
}
