import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LabelSpec } from '../../../contracts/spec.ts';
import { closeMarketFolders, withMarketFolder } from '../../../extraction/folder-cache.ts';
import { parseFeatureSet } from '../../../extraction/feature-set.ts';
import { auditLeaks } from '../../../extraction/leak-audit.ts';
import { readSectorsAsOf } from '../../../extraction/sectors-as-of.ts';
import { extractSnapshot } from '../../../extraction/snapshot.ts';
import { readRows } from '../../../extraction/table-files.ts';
import type { SnapshotRows } from '../../../extraction/columnar-tables.ts';
import { writeSimulatedFolder } from '../../../extraction/simulated-folder.ts';
import { simulateMarket, TAIWAN_SIMULATION } from '../../../market/simulator.ts';
import { csvTables, rewriteFolder, temporaryFolder, writeCsvFolder } from './small-market.ts';

const BY_SECTOR = `-- feature-set: by_sector
-- views: 1
-- lookback: 2
-- bars: close
-- column alone: return of the session
-- column among sector_relative: the same less the mean of the sector
SELECT symbol, session_index, close[-1] / close[-2] - 1 AS alone, close[-1] / close[-2] - 1 AS among FROM windows
`;
const HOUR = 3_600_000;
const market = simulateMarket({ ...TAIWAN_SIMULATION, symbols: 80, sessions: 90, lateShare: 0.01 });

let scratch = '';
let folder = '';
let rows: SnapshotRows;

beforeAll(async () => {
  scratch = await temporaryFolder();
  folder = join(scratch, 'market');
  await writeSimulatedFolder({ outDir: folder, market });
  rows = await extracted(folder, 'snapshot');
});

afterAll(async () => {
  await closeMarketFolders();
  await rm(scratch, { recursive: true, force: true });
});

const asOf = new Date(Date.parse(market.calendar.close_ts[89] ?? '') + HOUR).toISOString();
const label = LabelSpec.parse({});

async function extracted(from: string, name: string): Promise<SnapshotRows> {
  const { rowsPath } = await extractSnapshot({
    folder: from,
    market: 'XTAI',
    features: { sql: BY_SECTOR },
    asOf,
    label,
    fromSession: null,
    outDir: join(scratch, name),
  });
  return readRows(rowsPath);
}

/** By plain loops: the greatest (effective date, knowledge, seq) of what was in force and known an hour after the close. */
function sectorByLoops(symbol: string, session: string): string | null {
  const { sectors, calendar } = market;
  if (sectors === null) throw new Error('no sectors');
  const decided = Date.parse(calendar.close_ts[calendar.session_date.indexOf(session)] ?? '') + HOUR;
  let best: readonly [string, string, number] | null = null;
  let found: string | null = null;
  sectors.symbol.forEach((name, row) => {
    const [effective, known, seq] = [
      sectors.effective_date[row] ?? '',
      sectors.knowledge_ts[row] ?? '',
      sectors.seq[row] ?? 0,
    ];
    if (name !== symbol || effective > session || Date.parse(known) > decided) return;
    const later =
      best === null || effective > best[0] || (effective === best[0] && (known > best[1] || seq > best[2]));
    if (!later) return;
    best = [effective, known, seq];
    found = sectors.sector[row] ?? null;
  });
  return found;
}

/** Largest difference of the feature from the return less the mean of those that a classification puts together. */
function worstError(of: SnapshotRows, sectorOf: (symbol: string, session: string) => string | null): number {
  const groups = new Map<string, number[]>();
  of.symbol.forEach((symbol, row) => {
    const session = of.session[row] ?? '';
    const key = `${session} ${String(sectorOf(symbol, session))}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  });
  let worst = 0;
  for (const group of groups.values()) {
    const known = group.filter((row) => !Number.isNaN(of.features[2 * row] ?? NaN));
    const mean = known.reduce((sum, row) => sum + (of.features[2 * row] ?? NaN), 0) / known.length;
    for (const row of known) {
      const error = (of.features[2 * row + 1] ?? NaN) - ((of.features[2 * row] ?? NaN) - mean);
      worst = Math.max(worst, Math.abs(error));
    }
  }
  return worst;
}

describe('sectors as of a date', () => {
  it('are those that plain loops find, on every session, for gates', async () => {
    const sectorOf = await readSectorsAsOf(folder, 'XTAI');
    let changes = 0;
    for (const symbol of market.symbols.symbol) {
      let before: string | null = null;
      for (const session of market.calendar.session_date) {
        const wanted = sectorByLoops(symbol, session);
        expect(sectorOf(symbol, session), `${symbol} ${session}`).toBe(wanted);
        if (before !== null && wanted !== before) changes += 1;
        before = wanted;
      }
    }
    expect(changes).toBeGreaterThanOrEqual(3);
    expect(sectorOf('unknown', market.calendar.session_date[0] ?? '')).toBeNull();
  });

  it('are the groups of a transform by sector, and the last classification applied to the past is not', () => {
    expect(rows.session.length).toBeGreaterThan(4000);
    expect(worstError(rows, sectorByLoops)).toBeLessThan(1e-6);
    const last = new Map(
      market.symbols.symbol.map((symbol, row) => [symbol, market.symbols.sector[row] ?? '']),
    );
    expect(worstError(rows, (symbol) => last.get(symbol) ?? null)).toBeGreaterThan(1e-4);
  });

  it('leak nothing: every row can be rebuilt from copies that end at their decision', async () => {
    const report = await withMarketFolder(folder, 'XTAI', async (opened) => {
      const connection = await opened.connect();
      const input = { set: parseFeatureSet(BY_SECTOR), rows, label, asOf, sampleRows: 100, seed: 2 };
      return auditLeaks(connection, opened, input);
    });
    expect(report.leaks).toEqual([]);
    expect(report.checkedRows).toBe(rows.session.length);
  }, 120_000);

  it('are those of the symbols in a folder without the table, and only there', async () => {
    const all = ['prices', 'fundamentals', 'corporate_actions', 'membership', 'symbols', 'calendar'];
    const queries = Object.fromEntries(all.map((table) => [table, `SELECT * FROM ${table}`]));
    const undated = await rewriteFolder(folder, join(scratch, 'undated'), queries);
    const sectorOf = await readSectorsAsOf(undated, 'XTAI');
    market.symbols.symbol.forEach((symbol, row) => {
      expect(sectorOf(symbol, '2018-03-01')).toBe(market.symbols.sector[row]);
    });
    // A dated table that says nothing about a symbol yet is not filled up with what a file of today says.
    const tables = csvTables();
    const [header = '', ...lines] = tables['symbols'] ?? [];
    const partly = await writeCsvFolder(join(scratch, 'partly'), {
      ...tables,
      symbols: [`${header},sector`, ...lines.map((line) => `${line},food`)],
      sectors: [
        'symbol,effective_date,sector,knowledge_ts,seq',
        '1101,2024-01-04,steel,2024-01-04T00:00:00Z,1',
      ],
    });
    const dated = await readSectorsAsOf(partly, 'XTAI');
    expect(dated('1101', '2024-01-03')).toBeNull();
    expect(dated('1101', '2024-01-04')).toBe('steel');
    expect(dated('1102', '2024-01-10')).toBeNull();
  });
});
