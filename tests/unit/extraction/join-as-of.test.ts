import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngine, queryRows } from '../../../extraction/duckdb.ts';
import { MarketDuplicateKey, TableShapeInvalid } from '../../../extraction/errors.ts';
import { joinAsOf } from '../../../extraction/join-as-of.ts';
import type { AsOfPanel, JoinRequest } from '../../../extraction/join-as-of.ts';
import type { JoinSources } from '../../../extraction/join-grid.ts';
import { writeSimulatedFolder } from '../../../extraction/simulated-folder.ts';
import { simulateMarket, TAIWAN_SIMULATION } from '../../../market/simulator.ts';

const SESSIONS = 130;
const PRICES = ['open', 'high', 'low', 'close', 'volume', 'foreign_net_shares'];
const STATEMENTS = ['eps', 'revenue', 'book_value'];

let scratch: string;
let instance: DuckDBInstance;
let connection: DuckDBConnection;
let sources: JoinSources;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'contender-join-'));
  const folder = join(scratch, 'market');
  const market = simulateMarket({
    ...TAIWAN_SIMULATION,
    symbols: 24,
    sessions: SESSIONS,
    lateShare: 0.08,
    wrongShare: 0.05,
    restatedShare: 0.08,
    haltedShare: 0.08,
  });
  await writeSimulatedFolder({ outDir: folder, market });
  instance = await openEngine({ threads: 2, memoryLimitMb: 512 });
  connection = await instance.connect();
  for (const table of ['prices', 'fundamentals', 'symbols']) {
    await connection.run(`CREATE TABLE ${table} AS SELECT * FROM '${join(folder, `${table}.parquet`)}'`);
  }
  await connection.run(
    `CREATE TABLE sessions AS SELECT CAST(row_number() OVER (ORDER BY session_date) - 1 AS INTEGER) AS idx, session_date,
       close_ts + INTERVAL 60 MINUTE AS row_time
     FROM (SELECT * FROM '${join(folder, 'calendar.parquet')}' ORDER BY session_date LIMIT ${String(SESSIONS)})`,
  );
  sources = { prices: 'prices', fundamentals: 'fundamentals', symbols: 'symbols', sessions: 'sessions' };
});

afterAll(async () => {
  connection.closeSync();
  instance.closeSync();
  await rm(scratch, { recursive: true, force: true });
});

const request = (maxAgeSessions: number): JoinRequest => ({
  priceColumns: PRICES,
  statementColumns: STATEMENTS,
  maxAgeSessions,
});

interface Version {
  readonly symbol: string;
  /** Session of a bar, end of the quarter of a statement: what the newest of is wanted. */
  readonly thing: string;
  readonly known: number;
  readonly seq: number;
  readonly values: readonly number[];
}

async function versions(table: string, thing: string, columns: readonly string[]): Promise<Version[]> {
  const rows = await queryRows(
    connection,
    `SELECT symbol, CAST(${thing} AS VARCHAR), epoch_ms(knowledge_ts), CAST(seq AS DOUBLE), ${columns.join(', ')} FROM ${table}`,
  );
  return rows.map(([symbol, of, known, seq, ...values]) => ({
    symbol: String(symbol),
    thing: String(of),
    known: Number(known),
    seq: Number(seq),
    values: values.map(Number),
  }));
}

/** The reference: for each cell all versions are looked at, and the greatest visible (thing, known, seq) is taken. */
function newestVisible(of: readonly Version[], decided: number, notBefore: string): Version | null {
  let best: Version | null = null;
  for (const version of of) {
    if (version.known > decided || version.thing < notBefore) continue;
    const newer =
      best === null ||
      version.thing > best.thing ||
      (version.thing === best.thing &&
        (version.known > best.known || (version.known === best.known && version.seq > best.seq)));
    if (newer) best = version;
  }
  return best;
}

async function reference(maxAgeSessions: number): Promise<readonly Float32Array[]> {
  const sessions = await queryRows(
    connection,
    'SELECT CAST(session_date AS VARCHAR), epoch_ms(row_time) FROM sessions ORDER BY idx',
  );
  const symbols = (await queryRows(connection, 'SELECT symbol FROM symbols ORDER BY symbol')).map(([name]) =>
    String(name),
  );
  const bars = await versions('prices', 'session_date', PRICES);
  const statements = await versions('fundamentals', 'period_end', STATEMENTS);
  const columns = [...PRICES, ...STATEMENTS].map(() =>
    new Float32Array(sessions.length * symbols.length).fill(NaN),
  );
  symbols.forEach((symbol, ordinal) => {
    const ownBars = bars.filter((bar) => bar.symbol === symbol);
    const ownStatements = statements.filter((statement) => statement.symbol === symbol);
    sessions.forEach(([date, decided], session) => {
      const oldest = String(sessions[Math.max(0, session - maxAgeSessions)]?.[0]);
      const past = ownBars.filter((bar) => bar.thing <= String(date));
      const bar = newestVisible(past, Number(decided), oldest);
      const statement = newestVisible(ownStatements, Number(decided), '');
      const values = [
        ...(bar?.values ?? PRICES.map(() => NaN)),
        ...(statement?.values ?? STATEMENTS.map(() => NaN)),
      ];
      columns.forEach((column, at) => {
        column[session * symbols.length + ordinal] = values[at] ?? NaN;
      });
    });
  });
  return columns;
}

const bits = ({ values }: Pick<AsOfPanel, 'values'>): string =>
  values.map((column) => Buffer.from(column.buffer).toString('base64')).join('|');

describe('the as-of join', () => {
  it.each([0, 5, 1000])(
    'finds what a loop over all versions finds, bars up to %d sessions old',
    async (age) => {
      const panel = await joinAsOf(connection, sources, request(age));
      expect(panel.columns).toEqual([...PRICES, ...STATEMENTS]);
      expect(panel.symbols).toHaveLength(24);
      expect(panel.sessions).toHaveLength(SESSIONS);
      const wanted = await reference(age);
      panel.columns.forEach((_, column) => {
        expect(panel.values[column]).toEqual(wanted[column]);
      });
      const gaps = panel.values[0]?.filter((value) => Number.isNaN(value)).length ?? 0;
      expect(gaps).toBeGreaterThan(0);
    },
  );

  it('has the same bits whatever the order of the rows', async () => {
    const wanted = bits(await joinAsOf(connection, sources, request(5)));
    for (const order of [
      'hash(seq)',
      'seq DESC',
      'symbol, session_date DESC',
      'knowledge_ts, hash(seq + 1)',
    ]) {
      await connection.run(
        `CREATE OR REPLACE TABLE shuffled_prices AS SELECT * FROM prices ORDER BY ${order}`,
      );
      await connection.run(
        `CREATE OR REPLACE TABLE shuffled_statements AS SELECT * FROM fundamentals ORDER BY ${order.replaceAll('session_date', 'period_end')}`,
      );
      const shuffled = { ...sources, prices: 'shuffled_prices', fundamentals: 'shuffled_statements' };
      expect(bits(await joinAsOf(connection, shuffled, request(5)))).toBe(wanted);
    }
  });

  it('does not change before a row that becomes known later', async () => {
    const panel = await joinAsOf(connection, sources, request(5));
    const [[cut]] = (await queryRows(
      connection,
      `SELECT CAST(row_time AS VARCHAR) FROM sessions WHERE idx = 80`,
    )) as [[string]];
    const earlier = {
      ...sources,
      prices: `(SELECT * FROM prices WHERE knowledge_ts <= TIMESTAMPTZ '${cut}')`,
      fundamentals: `(SELECT * FROM fundamentals WHERE knowledge_ts <= TIMESTAMPTZ '${cut}')`,
    };
    const known = await joinAsOf(connection, earlier, request(5));
    panel.values.forEach((column, at) => {
      const cells = 81 * panel.symbols.length;
      expect(known.values[at]?.subarray(0, cells)).toEqual(column.subarray(0, cells));
    });
    expect(bits(known)).not.toBe(bits(panel));
  });

  it('works without statements', async () => {
    const panel = await joinAsOf(connection, { ...sources, fundamentals: null }, request(5));
    expect(panel.values.slice(PRICES.length).every((column) => column.every(Number.isNaN))).toBe(true);
  });

  it('refuses versions that nothing tells apart, of bars in time, of late bars and of statements', async () => {
    const doubled = (table: string, where: string) =>
      `(SELECT * FROM ${table} UNION ALL (SELECT * FROM ${table} WHERE ${where} ORDER BY seq LIMIT 1))`;
    const late = "knowledge_ts > event_ts + INTERVAL '12 hours'";
    for (const broken of [
      { ...sources, prices: doubled('prices', `NOT (${late})`) },
      { ...sources, prices: doubled('prices', late) },
      { ...sources, fundamentals: doubled('fundamentals', 'version = 1') },
    ]) {
      await expect(joinAsOf(connection, broken, request(5))).rejects.toThrow(MarketDuplicateKey);
    }
  });

  it('refuses rows of symbols that it does not know instead of leaving them out', async () => {
    const few = { ...sources, symbols: '(SELECT * FROM symbols ORDER BY symbol LIMIT 20)' };
    await expect(joinAsOf(connection, few, request(5))).rejects.toThrow(TableShapeInvalid);
  });
});
