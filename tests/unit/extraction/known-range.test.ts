import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LabelSpec } from '../../../contracts/spec.ts';
import { closeMarketFolders } from '../../../extraction/folder-cache.ts';
import { extractLabels, extractReturns } from '../../../extraction/session.ts';
import { rowsOf, simulatedFolder, temporaryFolder } from './small-market.ts';

const SESSIONS = 110;
/** The as-of instant lies within the history: what is learned later is there to be read by mistake. */
const DECIDED = 90;
/** First and last positions; one session, the whole history, weeks, an end that is not decided yet. */
const RANGES = [
  [0, 90],
  [1, 4],
  [37, 37],
  [40, 61],
  [88, 90],
  [89, 105],
] as const;

let scratch = '';
let folder = '';
let dates: readonly string[] = [];
let asOf = '';

beforeAll(async () => {
  scratch = await temporaryFolder();
  // Halted a tenth of the time: the last bar before a range is often days back.
  folder = await simulatedFolder(join(scratch, 'market'), { sessions: SESSIONS, haltedShare: 0.1 });
  const calendar = await rowsOf(
    `SELECT CAST(session_date AS VARCHAR) AS day, strftime(close_ts + INTERVAL 61 MINUTE, '%Y-%m-%dT%H:%M:%S.%gZ') AS decided
     FROM '${join(folder, 'calendar.parquet')}' ORDER BY session_date`,
  );
  dates = calendar.map(({ day }) => String(day));
  asOf = String(calendar[DECIDED]?.['decided']);
});

afterAll(async () => {
  await closeMarketFolders();
  await rm(scratch, { recursive: true, force: true });
});

const between = (from: number, to: number): { readonly fromSession: string; readonly toSession: string } => ({
  fromSession: dates[from] ?? '',
  toSession: dates[to] ?? '',
});

/** Columns as rows, one text per cell, so that -0, NaN and the last bit count. */
function rows(
  columns: Readonly<Record<string, ArrayLike<unknown>>>,
  within: (session: string) => boolean,
): string[] {
  const { session = [] } = columns;
  return Array.from(session, (day, row) => ({ day: String(day), row }))
    .filter(({ day }) => within(day))
    .map(({ row }) =>
      Object.entries(columns)
        .map(([name, values]) => `${name}=${Object.is(values[row], -0) ? '-0' : String(values[row])}`)
        .join(' '),
    );
}

describe('a range of sessions', () => {
  it.each(RANGES)(
    '%i to %i has the returns that the history up to it gives it, bit for bit',
    async (from, to) => {
      const source = { folder, market: 'XTAI', asOf } as const;
      // A symbol that does not trade on the last session asked for has no row there, whatever it does later.
      const whole = await extractReturns({ ...source, ...between(0, to) });
      const part = await extractReturns({ ...source, ...between(from, to) });
      const inside = (day: string): boolean => day >= (dates[from] ?? '') && day <= (dates[to] ?? '');
      const expected = rows({ ...whole }, inside);
      expect(expected.length).toBeGreaterThan(10);
      expect(rows({ ...part }, () => true)).toEqual(expected);
    },
  );

  it.each(RANGES)(
    '%i to %i has the labels that the whole history gives it, bit for bit',
    async (from, to) => {
      const source = { folder, market: 'XTAI', asOf, label: LabelSpec.parse({}) } as const;
      const whole = await extractLabels({ ...source, ...between(0, SESSIONS - 1) });
      const part = await extractLabels({ ...source, ...between(from, to) });
      const inside = (day: string): boolean => day >= (dates[from] ?? '') && day <= (dates[to] ?? '');
      const expected = rows({ ...whole }, inside);
      expect(expected.length).toBeGreaterThan(10);
      expect(rows({ ...part }, () => true)).toEqual(expected);
    },
  );
});
