import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LabelSpec } from '../../../contracts/spec.ts';
import { closeMarketFolders } from '../../../extraction/folder-cache.ts';
import { extractLabels, extractReturns, extractSession } from '../../../extraction/session.ts';
import { extractSnapshot } from '../../../extraction/snapshot.ts';
import { readReturns, readRows } from '../../../extraction/table-files.ts';
import type { SnapshotReturns, SnapshotRows } from '../../../extraction/columnar-tables.ts';
import { adjustedClose, membersAt, readNaiveMarket, visibleBar } from './naive-reference.ts';
import type { NaiveMarket } from './naive-reference.ts';
import { simulatedFolder, temporaryFolder } from './small-market.ts';

const LAG_MS = 60 * 60_000;
const LOOKBACK = 21;
const FEATURES = `-- feature-set: plain
-- views: 1
-- lookback: ${String(LOOKBACK)}
-- bars: close, ret[20], volume_raw[5], seen
-- column return_5: return over 5 sessions
-- column deviation_20: standard deviation of 20 returns
-- column volume_5: mean volume of 5 sessions
-- column bars_21: visible bars of 21 sessions
SELECT symbol, session_index, close[-1] / close[-6] - 1 AS return_5, deviation_of(ret, 15) AS deviation_20,
  mean_of(volume_raw, 1) AS volume_5, list_count(seen) AS bars_21 FROM windows;
`;

const label = LabelSpec.parse({});
let scratch = '';
let folder = '';
let naive: NaiveMarket;
let rows: SnapshotRows;
let returns: SnapshotReturns;
let asOf = '';
let lastLabelSession = '';

beforeAll(async () => {
  scratch = await temporaryFolder();
  folder = await simulatedFolder(join(scratch, 'market'), { sessions: 100, symbols: 24 });
  naive = await readNaiveMarket(folder);
  asOf = new Date((naive.sessions[90]?.close ?? 0) + LAG_MS).toISOString();
  const snapshot = await extractSnapshot({
    folder,
    market: 'XTAI',
    features: { sql: FEATURES },
    asOf,
    label,
    fromSession: null,
    outDir: join(scratch, 'snapshot'),
  });
  rows = await readRows(snapshot.rowsPath);
  returns = await readReturns(snapshot.returnsPath);
  ({ lastLabelSession } = snapshot.manifest.shape);
});

afterAll(async () => {
  await closeMarketFolders();
  await rm(scratch, { recursive: true, force: true });
});

const date = (index: number): string => naive.sessions[index]?.date ?? '';
const rowTime = (index: number): number => (naive.sessions[index]?.close ?? NaN) + LAG_MS;

/** The rows that a session must have: members with a visible bar, each with its naive features. */
function naiveSession(index: number): Map<string, readonly (number | null)[]> {
  const at = rowTime(index);
  const session = date(index);
  const result = new Map<string, readonly (number | null)[]>();
  for (const symbol of membersAt(naive, at, session)) {
    if (visibleBar(naive, symbol, session, at) === null) continue;
    const close = (back: number): number | null =>
      adjustedClose(naive, symbol, date(index - back), at, session);
    const ratio = (a: number | null, b: number | null): number | null =>
      a === null || b === null ? null : a / b - 1;
    const daily = Array.from({ length: 20 }, (_, back) => ratio(close(back), close(back + 1))).filter(
      (value) => value !== null,
    );
    const volumes = Array.from(
      { length: 5 },
      (_, back) => visibleBar(naive, symbol, date(index - back), at)?.volume,
    );
    const known = volumes.filter((value) => value !== undefined);
    const bars = Array.from({ length: LOOKBACK }, (_, back) => close(back)).filter(
      (value) => value !== null,
    ).length;
    result.set(symbol, [
      ratio(close(0), close(5)),
      daily.length < 15 ? null : deviation(daily),
      known.reduce((sum, value) => sum + value, 0) / known.length,
      bars,
    ]);
  }
  return result;
}

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

describe('a snapshot agrees with plain loops', () => {
  it('in its rows and features, on every session', () => {
    let row = 0;
    for (let index = LOOKBACK - 1; index <= 90; index += 1) {
      for (const [symbol, values] of naiveSession(index)) {
        expect([rows.session[row], rows.symbol[row], rows.sessionIndex[row]]).toEqual([
          date(index),
          symbol,
          index,
        ]);
        values.forEach((value, feature) => {
          const found = rows.features[row * 4 + feature] ?? NaN;
          if (value === null) expect(found).toBeNaN();
          else expect(Math.abs(found - value)).toBeLessThanOrEqual(2e-6 * Math.max(1e-3, Math.abs(value)));
        });
        row += 1;
      }
    }
    expect(row).toBe(rows.session.length);
  });

  it('in its labels: ranks of the forward return as known at the as-of instant, null from the embargo on', () => {
    const at = Date.parse(asOf);
    expect(lastLabelSession).toBe(date(84));
    for (let from = 0; from < rows.session.length;) {
      const index = rows.sessionIndex[from] ?? 0;
      let to = from;
      while (rows.sessionIndex[to] === index) to += 1;
      const forward = rows.symbol.slice(from, to).map((symbol) => {
        const [entry, exit] = [index + 1, index + 6].map((day) =>
          adjustedClose(naive, symbol, date(day), at, date(90)),
        );
        if (index > 84 || entry === undefined || exit === undefined || entry === null || exit === null)
          return null;
        return exit / entry - 1;
      });
      const known = forward.filter((value) => value !== null);
      forward.forEach((value, offset) => {
        const found = rows.label[from + offset] ?? NaN;
        if (value === null) {
          expect(found).toBeNaN();
          return;
        }
        const below = known.filter((other) => other < value - 1e-12).length;
        const above = known.filter((other) => other > value + 1e-12).length;
        expect(found).toBeCloseTo((below - above) / (2 * (known.length - 1)), 6);
      });
      from = to;
    }
  });

  it('in its returns: adjusted close over the last known close before', () => {
    const at = Date.parse(asOf);
    let checked = 0;
    for (let row = 0; row < returns.session.length; row += 1) {
      const index = returns.sessionIndex[row] ?? 0;
      const symbol = returns.symbol[row] ?? '';
      const bar = visibleBar(naive, symbol, date(index), at);
      expect(returns.tradable[row]).toBe(bar !== null && bar.volume > 0 ? 1 : 0);
      let back = index - 1;
      while (back >= 0 && visibleBar(naive, symbol, date(back), at) === null) back -= 1;
      if (bar === null) {
        expect(returns.ret[row]).toBe(0);
        continue;
      }
      const now = adjustedClose(naive, symbol, date(index), at, date(90));
      const before = back < 0 ? null : adjustedClose(naive, symbol, date(back), at, date(90));
      if (now === null || before === null) expect(returns.ret[row]).toBeNaN();
      else expect(returns.ret[row]).toBeCloseTo(now / before - 1, 10);
      checked += 1;
    }
    expect(checked).toBeGreaterThan(1000);
  });
});

describe('what is asked for alone', () => {
  it('has the very bits of the snapshot: features of a session', async () => {
    for (const index of [LOOKBACK - 1, 45, 70, 90]) {
      const session = date(index);
      const alone = await extractSession({
        folder,
        market: 'XTAI',
        features: { sql: FEATURES },
        session,
        asOf,
      });
      const from = rows.session.indexOf(session);
      const to = rows.session.lastIndexOf(session) + 1;
      expect(alone.symbols).toEqual(rows.symbol.slice(from, to));
      expect(Buffer.from(alone.features.buffer)).toEqual(
        Buffer.from(rows.features.slice(from * 4, to * 4).buffer),
      );
    }
  });

  it('has the very bits of the snapshot: labels and returns of a range', async () => {
    const range = {
      folder,
      market: 'XTAI',
      asOf,
      fromSession: date(LOOKBACK - 1),
      toSession: date(90),
    } as const;
    const labels = await extractLabels({ ...range, label });
    expect(labels.symbol).toEqual(rows.symbol);
    expect(Buffer.from(labels.label.buffer)).toEqual(Buffer.from(rows.label.buffer));
    const all = await extractReturns(range);
    const inUniverse = new Set(rows.symbol);
    const kept = Array.from(all.ret).filter((_, row) => inUniverse.has(all.symbol[row] ?? ''));
    expect(kept).toEqual(Array.from(returns.ret));
  });

  it('sees less when asked before the decision time: a bar published later is not there', async () => {
    const session = date(60);
    const close = naive.sessions[60]?.close ?? 0;
    const early = await extractSession({
      folder,
      market: 'XTAI',
      features: { sql: FEATURES },
      session,
      asOf: new Date(close).toISOString(),
    });
    expect(early.symbols).toEqual([]);
  });
});
