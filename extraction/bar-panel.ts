import type { DuckDBConnection } from '@duckdb/node-api';
import type { Market } from '../contracts/primitives.ts';
import { copyNumbers, vectorAt } from './columnar-tables.ts';
import { queryNumber, queryRow, queryRows, streamChunks } from './duckdb.ts';
import { withMarketFolder } from './folder-cache.ts';
import { createKnownBars } from './forward-labels.ts';

const PANEL_COLUMNS = ['open', 'high', 'low', 'close', 'volume', 'adjusted'] as const;

/**
 * The bars of a folder as everybody knows them in the end: symbol by symbol, the cell of symbol i and session s at
 * `i * dates.length + s`; NaN where there is no bar.
 */
export interface FinalBars {
  readonly symbols: readonly string[];
  readonly dates: readonly string[];
  /** Sector of each symbol, in its last classification; null where the folder names none. */
  readonly sectors: readonly (string | null)[];
  /** As published. */
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
  /** Close adjusted for every action: only ratios mean anything. */
  readonly adjusted: Float64Array;
}

/** Reads the newest version of every bar of a folder. @throws a ContenderError of `errors.ts` */
export async function readFinalBars(path: string, market: Market): Promise<FinalBars> {
  return withMarketFolder(path, market, async (folder) => {
    const connection = await folder.connect();
    try {
      return await collect(connection);
    } finally {
      connection.closeSync();
    }
  });
}

async function collect(connection: DuckDBConnection): Promise<FinalBars> {
  const [newest] = await queryRow(
    connection,
    `SELECT strftime(greatest(max(p.knowledge_ts), (SELECT max(knowledge_ts) FROM corporate_actions)),
       '%Y-%m-%dT%H:%M:%S.%gZ') FROM prices p`,
  );
  await createKnownBars(connection, String(newest));
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE final_bars AS
     SELECT p.symbol, s.idx, p.open, p.high, p.low, p.close, p.volume, k.close AS adjusted
     FROM (SELECT * FROM prices QUALIFY row_number() OVER (PARTITION BY symbol, session_date ORDER BY knowledge_ts DESC, seq DESC) = 1) p
     JOIN sessions s ON s.session_date = p.session_date
     JOIN known_bars k ON k.symbol = p.symbol AND k.idx = s.idx`,
  );
  const last = (await queryNumber(connection, 'SELECT max(idx) FROM final_bars')) ?? 0;
  const first = (await queryNumber(connection, 'SELECT min(idx) FROM final_bars')) ?? 0;
  const dates = await queryRows(
    connection,
    `SELECT CAST(session_date AS VARCHAR) FROM sessions WHERE idx BETWEEN ${String(first)} AND ${String(last)} ORDER BY idx`,
  );
  const symbols = await queryRows(
    connection,
    `SELECT b.symbol, s.sector FROM (SELECT DISTINCT symbol FROM final_bars) b
     LEFT JOIN (SELECT symbol, arg_max(sector, from_idx) AS sector FROM sector_spans GROUP BY symbol) s
       ON s.symbol = b.symbol AND s.sector <> '' ORDER BY b.symbol`,
  );
  const sessions = dates.length;
  const panels = PANEL_COLUMNS.map(() => new Float64Array(symbols.length * sessions).fill(NaN));
  await streamChunks(
    connection,
    `SELECT CAST((o.at * ${String(sessions)} + b.idx - ${String(first)}) AS DOUBLE), ${PANEL_COLUMNS.map((name) => `CAST(b.${name} AS DOUBLE)`).join(', ')}
     FROM final_bars b JOIN (SELECT symbol, row_number() OVER (ORDER BY symbol) - 1 AS at
       FROM (SELECT DISTINCT symbol FROM final_bars)) o USING (symbol)`,
    (vectors, rowCount) => {
      const cells = new Float64Array(rowCount);
      const values = new Float64Array(rowCount);
      copyNumbers(vectorAt(vectors, 0), rowCount, cells, 0);
      panels.forEach((panel, column) => {
        copyNumbers(vectorAt(vectors, 1 + column), rowCount, values, 0);
        for (let row = 0; row < rowCount; row += 1) panel[cells[row] ?? 0] = values[row] ?? NaN;
      });
    },
  );
  const [open, high, low, close, volume, adjusted] = panels;
  if (!open || !high || !low || !close || !volume || !adjusted) throw new RangeError('a panel is missing');
  return {
    symbols: symbols.map(([symbol]) => String(symbol)),
    dates: dates.map(([date]) => String(date)),
    sectors: symbols.map(([, name]) => (typeof name === 'string' ? name : null)),
    ...{ open, high, low, close, volume, adjusted },
  };
}
