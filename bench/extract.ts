import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { openEngine, queryRow } from '../extraction/duckdb.ts';
import { joinAsOf } from '../extraction/join-as-of.ts';
import { writeSimulatedFolder } from '../extraction/simulated-folder.ts';
import { simulateMarket, TAIWAN_SIMULATION } from '../market/simulator.ts';

/**
 * Measures the as-of join of 6 price and 3 statement columns to every symbol and session, float32 in memory, beside a bare
 * scan of the same Parquet file, polars, and Feast on a small market: `npm run bench:extract -- [--json] [--quick]
 * [--without-feast] [--work FOLDER]`. Ends with 1 when a bar is missed.
 *
 * Each measurement is a process of its own, so that its peak memory is its own; the best of its runs counts. Bars are held
 * against processor time, which other work on the machine moves less than wall time; both are printed. The markets and
 * the peers' environments (pip) are made once, in a folder under the system's temporary one.
 */
const PRICES = ['open', 'high', 'low', 'close', 'volume', 'foreign_net_shares'];
const STATEMENTS = ['eps', 'revenue', 'book_value'];
const RUNS = 4;
const ENGINE = { threads: 2, memoryLimitMb: 1024 } as const;
/** As old as they may be: what the peers do without a limit of their own. */
const ANY_AGE = 100_000;
/** Feast's time to live of seven days is five sessions of an ordinary week. */
const TTL_SESSIONS = 5;

const BARS = { scanRatio: 3, peakMegabytes: 1536, feastRatio: 9, linearity: 1.25 } as const;

interface Figures {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
  readonly rows: number;
  /** By column the sum and the number of known values; nothing for a scan. */
  readonly sums: Readonly<Record<string, readonly [number, number]>>;
}

const option = (name: string): string | undefined => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};
const flag = (name: string): boolean => process.argv.includes(name);
const work = option('--work') ?? join(tmpdir(), 'contender-bench-extract');

const parquet = (folder: string, table: string): string =>
  `read_parquet('${join(folder, `${table}.parquet`)}')`;

/** Decodes every column of the prices: the sum of the rows' hashes cannot be had for less. */
async function scan(connection: DuckDBConnection, folder: string): Promise<Pick<Figures, 'rows' | 'sums'>> {
  const [rows, sum] = await queryRow(
    connection,
    `SELECT count(*), CAST(sum(hash(*COLUMNS(*))) AS DOUBLE) FROM ${parquet(folder, 'prices')}`,
  );
  if (!(Number(sum) > 0)) throw new RangeError('the scan read nothing');
  return { rows: Number(rows), sums: {} };
}

async function productJoin(
  connection: DuckDBConnection,
  folder: string,
  sessions: number,
  maxAgeSessions: number,
): Promise<Pick<Figures, 'rows' | 'sums'>> {
  const panel = await joinAsOf(
    connection,
    {
      prices: parquet(folder, 'prices'),
      fundamentals: parquet(folder, 'fundamentals'),
      symbols: parquet(folder, 'symbols'),
      sessions: `(SELECT CAST(row_number() OVER (ORDER BY session_date) - 1 AS INTEGER) AS idx, session_date,
        close_ts + INTERVAL 60 MINUTE AS row_time FROM ${parquet(folder, 'calendar')}
        ORDER BY session_date LIMIT ${String(sessions)})`,
    },
    { priceColumns: PRICES, statementColumns: STATEMENTS, maxAgeSessions },
  );
  return {
    rows: panel.symbols.length * panel.sessions.length,
    get sums() {
      return Object.fromEntries(panel.columns.map((name, at) => [name, sumOf(panel.values[at])]));
    },
  };
}

function sumOf(column: Float32Array | undefined): readonly [number, number] {
  let total = 0;
  let count = 0;
  for (const value of column ?? []) {
    if (Number.isNaN(value)) continue;
    total += value;
    count += 1;
  }
  return [total, count];
}

/** The child: measures one thing in this process and prints it as one line. */
async function child(what: string, folder: string, sessions: number, maxAge: number): Promise<void> {
  const instance = await openEngine(ENGINE);
  const connection = await instance.connect();
  let best: Figures | null = null;
  for (let run = 0; run < RUNS; run += 1) {
    const cpu = process.cpuUsage();
    const started = performance.now();
    const result =
      what === 'scan'
        ? await scan(connection, folder)
        : await productJoin(connection, folder, sessions, maxAge);
    const wallSeconds = (performance.now() - started) / 1000;
    const used = process.cpuUsage(cpu);
    const cpuSeconds = (used.user + used.system) / 1e6;
    if (best === null || cpuSeconds < best.cpuSeconds) {
      const peakMegabytes = process.resourceUsage().maxRSS / 1024;
      best = { wallSeconds, cpuSeconds, peakMegabytes, rows: result.rows, sums: result.sums };
    }
  }
  const peakMegabytes = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(`${JSON.stringify({ ...best, peakMegabytes })}\n`);
}

const run = (program: string, args: readonly string[]): string =>
  execFileSync(program, [...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    stdio: ['ignore', 'pipe', 'pipe'],
  });

const figuresOf = (text: string): Figures => JSON.parse(text.trim().split('\n').at(-1) ?? '') as Figures;

const measure = (what: 'scan' | 'join', folder: string, sessions: number, maxAge: number): Figures =>
  figuresOf(
    run(process.execPath, [import.meta.filename, '--child', what, folder, String(sessions), String(maxAge)]),
  );

/** The market of a size, simulated once. */
async function marketOf(symbols: number, sessions: number): Promise<string> {
  const folder = join(work, `market-${String(symbols)}x${String(sessions)}`);
  if (existsSync(folder)) return folder;
  say(`simulating ${String(symbols)} symbols x ${String(sessions)} sessions`);
  const draft = `${folder}.${String(process.pid)}`;
  await writeSimulatedFolder({
    outDir: draft,
    market: simulateMarket({ ...TAIWAN_SIMULATION, symbols, sessions }),
  });
  renameSync(draft, folder);
  return folder;
}

/** Copies of a market under other names, sorted as the market itself. */
async function multiplied(folder: string, copies: number, symbols: number): Promise<string> {
  const target = join(work, `market-${String(symbols)}-copied`);
  if (existsSync(target)) return target;
  say(`copying up to ${String(symbols)} symbols`);
  const draft = `${target}.${String(process.pid)}`;
  mkdirSync(draft, { recursive: true });
  const instance = await openEngine({ threads: 2, memoryLimitMb: 6000 });
  const connection = await instance.connect();
  await connection.run(
    `CREATE TABLE kept AS SELECT symbol || '.' || c AS name, symbol, c
     FROM ${parquet(folder, 'symbols')}, range(${String(copies)}) r(c) ORDER BY c, symbol LIMIT ${String(symbols)}`,
  );
  for (const [table, order] of [
    ['prices', 'session_date, symbol, knowledge_ts, seq'],
    ['fundamentals', 'period_end, symbol, knowledge_ts, seq'],
    ['symbols', 'symbol'],
  ] as const) {
    await connection.run(
      `COPY (SELECT k.name AS symbol, t.* EXCLUDE (symbol) FROM ${parquet(folder, table)} t JOIN kept k USING (symbol)
       ORDER BY ${order}) TO '${join(draft, `${table}.parquet`)}' (FORMAT parquet, COMPRESSION zstd)`,
    );
  }
  await connection.run(
    `COPY (SELECT * FROM ${parquet(folder, 'calendar')}) TO '${join(draft, 'calendar.parquet')}' (FORMAT parquet)`,
  );
  instance.closeSync();
  renameSync(draft, target);
  return target;
}

/** An environment of a peer; null when it cannot be installed here. */
function environment(name: string, packages: readonly string[]): string | null {
  const folder = join(work, name);
  const python = join(folder, 'bin', 'python');
  const ready = join(folder, 'ready');
  if (existsSync(ready)) return python;
  say(`installing ${packages.join(', ')}`);
  try {
    rmSync(folder, { recursive: true, force: true });
    run('python3', ['-m', 'venv', folder]);
    run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages]);
    mkdirSync(ready);
    return python;
  } catch (error) {
    say(`left out: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`);
    return null;
  }
}

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const ratio = (a: Figures, b: Figures): number => a.cpuSeconds / b.cpuSeconds;

/** Columns whose known values differ in number, or in sum by more than float32 sums may. */
const differing = (a: Figures, b: Figures): readonly string[] =>
  Object.entries(a.sums).flatMap(([name, [sum, count]]) => {
    const [otherSum, otherCount] = b.sums[name] ?? [NaN, NaN];
    return count === otherCount && Math.abs(sum - otherSum) <= 1e-6 * Math.abs(sum) ? [] : [name];
  });

async function main(): Promise<void> {
  mkdirSync(work, { recursive: true });
  const [symbols, sessions] = flag('--quick') ? [400, 500] : [2000, 1250];
  const largeSymbols = flag('--quick') ? 2200 : 11_000;
  const folder = await marketOf(symbols, sessions);
  const large = await multiplied(folder, Math.ceil(largeSymbols / symbols), largeSymbols);
  const small = await marketOf(200, 250);
  const loadBefore = loadavg()[0] ?? NaN;
  const script = (name: string): string => join(import.meta.dirname, name);

  const scanned = measure('scan', folder, sessions, ANY_AGE);
  const joined = measure('join', folder, sessions, ANY_AGE);
  const largeJoined = measure('join', large, sessions, ANY_AGE);
  const smallJoined = measure('join', small, 250, TTL_SESSIONS);
  const polarsPython = environment('polars', ['polars==1.*']);
  const polars =
    polarsPython === null
      ? null
      : figuresOf(run(polarsPython, [script('extract_polars.py'), folder, String(sessions), String(RUNS)]));
  const feastPython = flag('--without-feast')
    ? null
    : environment('feast', ['feast[duckdb]==0.67.0', 'pandas==2.3.3']);
  const feast =
    feastPython === null ? null : figuresOf(run(feastPython, [script('extract_feast.py'), small, '250']));

  const perRow = (figures: Figures): number => figures.cpuSeconds / figures.rows;
  const checks = [
    { name: 'join over scan', value: ratio(joined, scanned), bar: BARS.scanRatio, most: true },
    { name: 'peak MB', value: joined.peakMegabytes, bar: BARS.peakMegabytes, most: true },
    {
      name: `time per row, ${String(largeSymbols)} over ${String(symbols)} symbols`,
      value: perRow(largeJoined) / perRow(joined),
      bar: BARS.linearity,
      most: true,
    },
    { name: 'peak MB, large', value: largeJoined.peakMegabytes, bar: BARS.peakMegabytes, most: true },
    ...(feast === null
      ? []
      : [{ name: 'Feast over join', value: ratio(feast, smallJoined), bar: BARS.feastRatio, most: false }]),
  ].map((check) => ({ ...check, met: check.most ? check.value <= check.bar : check.value >= check.bar }));
  const disagreements = {
    polars: polars === null ? null : differing(joined, polars),
    feast: feast === null ? null : differing(smallJoined, feast),
  };
  const measurements = {
    scan: scanned,
    join: joined,
    polars,
    largeJoin: largeJoined,
    smallJoin: smallJoined,
    feast,
  };
  const load = { before: loadBefore, after: loadavg()[0] ?? NaN };
  if (flag('--json')) {
    process.stdout.write(`${JSON.stringify({ measurements, checks, disagreements, load }, null, 2)}\n`);
  } else print(measurements, checks, disagreements, load);
  const wrong = disagreements.polars !== null && disagreements.polars.length > 0;
  if (wrong || checks.some(({ met }) => !met)) process.exitCode = 1;
}

function print(
  measurements: Readonly<Record<string, Figures | null>>,
  checks: readonly {
    readonly name: string;
    readonly value: number;
    readonly bar: number;
    readonly met: boolean;
  }[],
  disagreements: Readonly<Record<string, readonly string[] | null>>,
  load: { readonly before: number; readonly after: number },
): void {
  for (const [name, figures] of Object.entries(measurements)) {
    const text =
      figures === null
        ? 'not measured'
        : `${figures.cpuSeconds.toFixed(2)} s of processor, ${figures.wallSeconds.toFixed(2)} s of wall, ${figures.peakMegabytes.toFixed(0)} MB, ${String(figures.rows)} rows`;
    process.stdout.write(`${name.padEnd(10)} ${text}\n`);
  }
  for (const { name, value, bar, met } of checks) {
    process.stdout.write(`${name}: ${value.toFixed(2)}, bar ${String(bar)} ${met ? 'met' : 'MISSED'}\n`);
  }
  for (const [peer, columns] of Object.entries(disagreements)) {
    if (columns === null) continue;
    const text = columns.length === 0 ? 'the same answer' : `other values in ${columns.join(', ')}`;
    process.stdout.write(`${peer}: ${text}\n`);
  }
  process.stdout.write(`load ${load.before.toFixed(1)} before, ${load.after.toFixed(1)} after\n`);
}

const at = process.argv.indexOf('--child');
if (at >= 0) {
  const [what = '', folder = '', sessions = '0', maxAge = '0'] = process.argv.slice(at + 1);
  await child(what, folder, Number(sessions), Number(maxAge));
} else await main();
