import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { simulateMarket } from '../../../market/simulator.ts';
import type { SimulationOptions } from '../../../market/simulator.ts';
import { writeSimulatedFolder } from '../../../extraction/simulated-folder.ts';

/** A folder of its own for one test file. */
export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'contender-extraction-test-'));
}

/** Writes a small simulated market with many late, wrong and restated bars. */
export async function simulatedFolder(
  out: string,
  options: Partial<SimulationOptions> = {},
): Promise<string> {
  const market = simulateMarket({
    seed: 5,
    symbols: 20,
    sessions: 120,
    flipSession: null,
    lateShare: 0.02,
    wrongShare: 0.01,
    restatedShare: 0.03,
    haltedShare: 0.02,
    ...options,
  });
  await writeSimulatedFolder({ outDir: out, market });
  return out;
}

/** Runs SQL over the tables of `from` (as views of their names) and writes each query's rows to a folder. */
export async function rewriteFolder(
  from: string,
  out: string,
  queries: Readonly<Record<string, string>>,
  options = '',
): Promise<string> {
  await mkdir(out, { recursive: true });
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  await connection.run(`SET TimeZone = 'UTC'`);
  for (const [table, query] of Object.entries(queries)) {
    await connection.run(
      `CREATE OR REPLACE VIEW ${table} AS SELECT * FROM '${join(from, `${table}.parquet`)}'`,
    );
    await connection.run(`COPY (${query}) TO '${join(out, `${table}.parquet`)}' (FORMAT parquet${options})`);
  }
  instance.closeSync();
  return out;
}

/** The rows of a query as plain values. */
export async function rowsOf(sql: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  await connection.run(`SET TimeZone = 'UTC'`);
  const reader = await connection.runAndReadAll(sql);
  const rows = reader.getRowObjectsJson();
  instance.closeSync();
  return rows;
}

const SESSIONS = [
  '2024-01-02',
  '2024-01-03',
  '2024-01-04',
  '2024-01-05',
  '2024-01-08',
  '2024-01-09',
  '2024-01-10',
];
const SYMBOLS = ['1101', '1102', '1103'];

/** The CSV texts of a market of three symbols and seven sessions in which nothing is wrong. */
export function csvTables(): Record<string, string[]> {
  const prices = ['symbol,session_date,event_ts,knowledge_ts,open,high,low,close,volume,seq'];
  SESSIONS.forEach((session, day) => {
    SYMBOLS.forEach((symbol, at) => {
      const close = 100 + 10 * at + day;
      prices.push(
        `${symbol},${session},${session}T05:30:00Z,${session}T06:00:00Z,${String(close - 1)},${String(close + 1)},${String(close - 2)},${String(close)},1000,${String(1 + day * 3 + at)}`,
      );
    });
  });
  return {
    prices,
    membership: [
      'symbol,effective_date,action,knowledge_ts,seq',
      ...SYMBOLS.map((symbol, at) => `${symbol},2024-01-02,add,2024-01-01T00:00:00Z,${String(at)}`),
    ],
    symbols: [
      'symbol,listed_date,delisted_date,delisting_knowledge_ts',
      ...SYMBOLS.map((symbol) => `${symbol},2020-01-02,,`),
    ],
    calendar: [
      'session_date,open_ts,close_ts',
      ...SESSIONS.map((session) => `${session},${session}T01:00:00Z,${session}T05:30:00Z`),
    ],
  };
}

/** Writes CSV tables to a folder. */
export async function writeCsvFolder(
  out: string,
  tables: Readonly<Record<string, readonly string[]>>,
): Promise<string> {
  await mkdir(out, { recursive: true });
  for (const [table, lines] of Object.entries(tables)) {
    await writeFile(join(out, `${table}.csv`), `${lines.join('\n')}\n`);
  }
  return out;
}

/** A feature set whose lookback fits seven sessions. */
export const TINY_FEATURES = `-- feature-set: tiny
-- views: 1
-- lookback: 2
-- bars: close, ret
-- column up: return of the session
-- column place rank: rank of the same
SELECT symbol, session_index, ret[-1] AS up, ret[-1] AS place FROM windows;
`;
