import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AsOfTooEarly, MarketColumnMissing } from '../../../extraction/errors.ts';
import { closeMarketFolders } from '../../../extraction/folder-cache.ts';
import { writeJoinedTable } from '../../../extraction/joined-table.ts';
import { simulatedFolder, rowsOf, temporaryFolder } from './small-market.ts';

let scratch: string;
let folder: string;

beforeAll(async () => {
  scratch = await temporaryFolder();
  folder = await simulatedFolder(join(scratch, 'market'), { symbols: 30, dynamics: 'taiwan' });
});

afterAll(async () => {
  await closeMarketFolders();
  await rm(scratch, { recursive: true, force: true });
});

const request = {
  market: 'XTAI',
  asOf: '2018-05-31T08:00:00.000Z',
  priceColumns: ['close', 'foreign_net_shares'],
  statementColumns: ['eps'],
  maxAgeSessions: 0,
} as const;

describe('a joined table', () => {
  it('holds the bar that each member knew on each decided session, and the newest statement', async () => {
    const file = join(scratch, 'panel.parquet');
    const { rows } = await writeJoinedTable({ ...request, folder, file });
    // By another route: the newest version by a window over all that was known an hour after the close.
    const [wanted] = await rowsOf(
      `SELECT count(*)::INTEGER AS n, sum(p.close::FLOAT::DOUBLE) AS total FROM (
         SELECT symbol, session_date, close FROM '${join(folder, 'prices.parquet')}'
         WHERE knowledge_ts <= event_ts + INTERVAL 1 HOUR AND event_ts + INTERVAL 1 HOUR <= TIMESTAMPTZ '2018-05-31T08:00:00Z'
         QUALIFY row_number() OVER (PARTITION BY symbol, session_date ORDER BY knowledge_ts DESC, seq DESC) = 1) p
       WHERE (SELECT max_by(m.action, {'d': m.effective_date, 'k': m.knowledge_ts, 's': m.seq})
         FROM '${join(folder, 'membership.parquet')}' m
         WHERE m.symbol = p.symbol AND m.effective_date <= p.session_date
           AND m.knowledge_ts <= p.session_date + INTERVAL '6 hours 30 minutes') = 'add'`,
    );
    const [written] = await rowsOf(
      `SELECT count(*)::INTEGER AS n, sum(close::DOUBLE) AS total, count(eps)::INTEGER AS eps,
         count(DISTINCT (symbol, session))::INTEGER AS keys, max(session) AS last, typeof(any_value(close)) AS type FROM '${file}'`,
    );
    expect(written).toMatchObject({ n: rows, keys: rows, eps: rows, last: '2018-05-31', type: 'FLOAT' });
    expect(wanted?.['n']).toBe(rows);
    expect(Number(written?.['total'])).toBeCloseTo(Number(wanted?.['total']), 4);
    expect(rows).toBeGreaterThan(2000);
  });

  it('is refused for a column that the folder lacks and for an instant before the first decision', async () => {
    const file = join(scratch, 'none.parquet');
    const unknown = writeJoinedTable({ ...request, folder, file, priceColumns: ['vwap'] });
    await expect(unknown).rejects.toThrow(MarketColumnMissing);
    const early = writeJoinedTable({ ...request, folder, file, asOf: '2018-01-01T00:00:00.000Z' });
    await expect(early).rejects.toThrow(AsOfTooEarly);
    expect(existsSync(file)).toBe(false);
  });
});
