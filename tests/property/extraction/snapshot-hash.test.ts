import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LabelSpec } from '../../../contracts/spec.ts';
import { closeMarketFolders } from '../../../extraction/folder-cache.ts';
import { extractSnapshot } from '../../../extraction/snapshot.ts';
import type { ExtractSnapshotOptions } from '../../../extraction/snapshot.ts';
import {
  rewriteFolder,
  rowsOf,
  simulatedFolder,
  temporaryFolder,
} from '../../unit/extraction/small-market.ts';

const TABLES = ['prices', 'corporate_actions', 'membership', 'symbols', 'calendar'];
const PERMUTATIONS = 8;

let scratch = '';
let folder = '';
let asOf = '';
let snapshotId = '';

async function extracted(from: string, options: Partial<ExtractSnapshotOptions> = {}): Promise<string> {
  const { manifest } = await extractSnapshot({
    folder: from,
    market: 'XTAI',
    features: { set: 'price_volume' },
    asOf,
    label: LabelSpec.parse({}),
    fromSession: null,
    outDir: join(scratch, 'out'),
    ...options,
  });
  return manifest.snapshotId;
}

beforeAll(async () => {
  scratch = await temporaryFolder();
  folder = await simulatedFolder(join(scratch, 'market'), { sessions: 100 });
  const [session] = await rowsOf(
    `SELECT strftime(close_ts + INTERVAL 60 MINUTE, '%Y-%m-%dT%H:%M:%S.%gZ') AS decided
     FROM '${join(folder, 'calendar.parquet')}' ORDER BY session_date LIMIT 1 OFFSET 89`,
  );
  asOf = String(session?.['decided']);
  snapshotId = await extracted(folder);
});

afterAll(async () => {
  await closeMarketFolders();
  await rm(scratch, { recursive: true, force: true });
});

const rewritten = (name: string, query: (table: string) => string, options = ''): Promise<string> =>
  rewriteFolder(
    folder,
    join(scratch, name),
    Object.fromEntries(TABLES.map((table) => [table, query(table)])),
    options,
  );

describe('the id of a snapshot stays the same', () => {
  it.each(Array.from({ length: PERMUTATIONS }, (_, seed) => seed))(
    'when the rows of all files are shuffled and grouped otherwise (%i)',
    async (seed) => {
      const shuffled = await rewritten(
        `shuffled-${String(seed)}`,
        (table) => `SELECT * FROM ${table} ORDER BY hash(${String(seed)}, ${table})`,
        `, ROW_GROUP_SIZE ${String(2048 * (1 + (seed % 3)))}`,
      );
      expect(await extracted(shuffled)).toBe(snapshotId);
    },
  );

  it.each([1, 2, 4])('with %i threads', async (threads) => {
    expect(await extracted(folder, { limits: { threads, memoryLimitMb: 1024 } })).toBe(snapshotId);
  });

  it.each([5, 13, 64])('when %i sessions are computed at a time', async (sessionsPerBlock) => {
    expect(await extracted(folder, { sessionsPerBlock })).toBe(snapshotId);
  });

  it('when everything learned after the as-of instant is taken away', async () => {
    const truncated = await rewritten('truncated', (table) => {
      if (table === 'calendar') return `SELECT * FROM calendar`;
      if (table === 'symbols') {
        const later = `delisting_knowledge_ts > TIMESTAMPTZ '${asOf}'`;
        return `SELECT * REPLACE (CASE WHEN NOT ${later} THEN delisted_date END AS delisted_date,
          CASE WHEN NOT ${later} THEN delisting_knowledge_ts END AS delisting_knowledge_ts) FROM symbols`;
      }
      return `SELECT * FROM ${table} WHERE knowledge_ts <= TIMESTAMPTZ '${asOf}'`;
    });
    expect(await extracted(truncated)).toBe(snapshotId);
  });

  it('when corrections of everything become known a millisecond after the as-of instant', async () => {
    const later = `TIMESTAMPTZ '${asOf}' + INTERVAL 1 MILLISECOND`;
    const corrected = await rewritten('corrected', (table) => {
      if (table === 'prices') {
        return `SELECT * FROM prices UNION ALL
          SELECT * REPLACE (${later} AS knowledge_ts, seq + 1000000 AS seq, close * 1.1 AS close, high * 1.2 AS high)
          FROM prices WHERE knowledge_ts < ${later}`;
      }
      if (table === 'membership') {
        return `SELECT * FROM membership UNION ALL
          SELECT * REPLACE ('drop' AS action, ${later} AS knowledge_ts, seq + 1000000 AS seq) FROM membership`;
      }
      return `SELECT * FROM ${table}`;
    });
    expect(await extracted(corrected)).toBe(snapshotId);
  });
});

describe('the id of a snapshot changes', () => {
  it('when one price that was known changes in its last digit', async () => {
    const changed = await rewritten('changed', (table) =>
      table === 'prices'
        ? `SELECT * REPLACE (CASE WHEN row_number() OVER (ORDER BY symbol, session_date DESC, knowledge_ts, seq) = 40
            THEN close * 1.0000001 ELSE close END AS close, high * 1.01 AS high) FROM prices`
        : `SELECT * FROM ${table}`,
    );
    expect(await extracted(changed)).not.toBe(snapshotId);
  });

  it('when the as-of instant moves by a millisecond, since the instant is part of it', async () => {
    const before = new Date(Date.parse(asOf) - 1).toISOString();
    expect(await extracted(folder, { asOf: before })).not.toBe(snapshotId);
  });
});
