import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../../contracts/canonical.ts';
import { QualityReport, QualitySpec } from '../../../../contracts/quality.ts';
import type { QualityFinding, QualityMeasureName } from '../../../../contracts/quality.ts';
import { closeMarketFolders } from '../../../../extraction/folder-cache.ts';
import { qualityPage } from '../../../../extraction/quality/html.ts';
import { heldBy, qualityOfFolder } from '../../../../extraction/quality/report.ts';
import { rewriteFolder, rowsOf, simulatedFolder, temporaryFolder } from '../small-market.ts';

const TABLES = ['prices', 'corporate_actions', 'membership', 'symbols', 'calendar'];
const BOUNDS = { quality: QualitySpec.parse({}), minCoverage: 0.9 };

let scratch = '';
let honest = '';
let dates: readonly string[] = [];
let symbol = '';
let asOf = '';

beforeAll(async () => {
  scratch = await temporaryFolder();
  honest = await simulatedFolder(join(scratch, 'market'), {
    lateShare: 0,
    wrongShare: 0,
    restatedShare: 0,
    haltedShare: 0,
  });
  const rows = await rowsOf(
    `SELECT CAST(session_date AS VARCHAR) AS d, strftime(close_ts + INTERVAL 1 HOUR, '%Y-%m-%dT%H:%M:%S.%gZ') AS t
     FROM '${join(honest, 'calendar.parquet')}' c SEMI JOIN '${join(honest, 'prices.parquet')}' p USING (session_date) ORDER BY 1`,
  );
  dates = rows.map((row) => String(row['d']));
  asOf = String(rows.at(-1)?.['t']);
  const [busiest] = await rowsOf(
    `SELECT symbol FROM '${join(honest, 'prices.parquet')}' p SEMI JOIN '${join(honest, 'membership.parquet')}' m USING (symbol)
     ANTI JOIN (SELECT symbol FROM '${join(honest, 'membership.parquet')}' WHERE action = 'drop') d USING (symbol)
     GROUP BY symbol HAVING count(*) = ${String(dates.length)} ORDER BY symbol LIMIT 1`,
  );
  symbol = String(busiest?.['symbol']);
});

afterAll(async () => {
  await closeMarketFolders();
  await rm(scratch, { recursive: true, force: true });
});

const report = (folder: string, at = asOf): Promise<QualityReport> =>
  qualityOfFolder({ folder, market: 'XTAI', asOf: at, sessions: null, snapshotId: null }, BOUNDS);

async function withPrices(name: string, prices: string): Promise<string> {
  return rewriteFolder(
    honest,
    join(scratch, name),
    Object.fromEntries(
      TABLES.map((table) => [table, table === 'prices' ? prices : `SELECT * FROM ${table}`]),
    ),
  );
}

const found = ({ findings }: QualityReport, measure: QualityMeasureName): QualityFinding => {
  const finding = findings.find((candidate) => candidate.measure === measure);
  if (finding === undefined) throw new Error(`no ${measure}`);
  return finding;
};

/** Name, prices with one planted fault, measure, how many cases, the session of the first example. */
function faults(): readonly (readonly [QualityMeasureName, string, number, string])[] {
  const day = (at: number): string => dates.at(at) ?? '';
  const one = (at: number): string => `symbol = '${symbol}' AND session_date = DATE '${day(at)}'`;
  const figures = ['open', 'high', 'low', 'close', 'volume'];
  const repeated = figures.map(
    (name) => `CASE WHEN ${one(-30)} THEN lag(${name}) OVER w ELSE ${name} END AS ${name}`,
  );
  const halved = ['open', 'high', 'low', 'close'].map(
    (name) =>
      `CASE WHEN symbol = '${symbol}' AND session_date >= DATE '${day(-30)}' THEN lag_close / close / 2 * ${name} * close / lag_close ELSE ${name} END AS ${name}`,
  );
  return [
    [
      'gaps',
      `SELECT * FROM prices WHERE NOT (symbol = '${symbol}' AND session_date BETWEEN DATE '${day(-40)}' AND DATE '${day(-31)}')`,
      10,
      day(-40),
    ],
    [
      'stale-symbols',
      `SELECT * FROM prices WHERE NOT (symbol = '${symbol}' AND session_date > DATE '${day(-8)}')`,
      1,
      '',
    ],
    [
      'late-bars',
      `SELECT * REPLACE (CASE WHEN ${one(-30)} THEN knowledge_ts + INTERVAL 6 HOUR ELSE knowledge_ts END AS knowledge_ts) FROM prices`,
      1,
      day(-30),
    ],
    [
      'duplicates',
      `SELECT * REPLACE (${repeated.join(', ')}) FROM prices WINDOW w AS (PARTITION BY symbol ORDER BY session_date)`,
      1,
      day(-30),
    ],
    [
      'restatements',
      `SELECT * FROM prices UNION ALL SELECT * REPLACE (knowledge_ts + INTERVAL 1 HOUR AS knowledge_ts) FROM prices WHERE ${one(-30)}`,
      1,
      '',
    ],
    [
      'outliers',
      `SELECT * REPLACE (CASE WHEN ${one(-30)} THEN close * 1.6 ELSE close END AS close, CASE WHEN ${one(-30)} THEN high * 1.7 ELSE high END AS high) FROM prices`,
      2,
      day(-30),
    ],
    [
      'unrecorded-splits',
      `SELECT * EXCLUDE (lag_close) REPLACE (${halved.join(', ')}) FROM (SELECT *, lag(close) OVER (PARTITION BY symbol ORDER BY session_date) AS lag_close FROM prices)`,
      1,
      day(-30),
    ],
  ];
}

describe('the quality report', () => {
  it('finds nothing to hold in an honest market, and is what its contract says', async () => {
    const honestly = await report(honest);
    expect(QualityReport.parse(honestly)).toEqual(honestly);
    expect(heldBy(honestly)).toBeNull();
    for (const measure of [
      'coverage',
      'gaps',
      'duplicates',
      'restatements',
      'unrecorded-splits',
      'late-bars',
    ] as const) {
      expect(found(honestly, measure).verdict, measure).toBe('pass');
    }
    expect(found(honestly, 'coverage')).toMatchObject({ number: 1, counted: honestly.memberRows });
    expect(found(honestly, 'drift')).toMatchObject({ verdict: 'unmeasured', number: null });
  });

  it('counts each planted fault, and names where it is', async () => {
    const before = await report(honest);
    for (const [measure, prices, cases, session] of faults()) {
      const after = await report(await withPrices(`fault-${measure}`, prices));
      expect(found(after, measure).counted - found(before, measure).counted, measure).toBe(cases);
      const place = measure === 'late-bars' ? '' : symbol;
      expect(found(after, measure).examples, measure).toContainEqual(
        expect.objectContaining({ symbol: place, session }),
      );
    }
  });

  it('counts closes at the limit as a plain loop over the published prices does', async () => {
    // Ticks of 0.01 to 5 make the limit price; a close within one tick of 10 % is at it.
    const rows = await rowsOf(
      `SELECT count(*) AS n FROM (SELECT close / lag(close) OVER (PARTITION BY symbol ORDER BY session_date) - 1 AS r
       FROM '${join(honest, 'prices.parquet')}') WHERE abs(r) > 0.0949`,
    );
    const { counted } = found(await report(honest), 'limit-hits');
    expect(counted).toBeGreaterThan(0);
    expect(Math.abs(counted - Number(rows[0]?.['n']))).toBeLessThanOrEqual(Math.ceil(counted * 0.2));
  });

  it('holds a retrain when half the market is missing on a recent session, by name', async () => {
    const missing = await withPrices(
      'half',
      `SELECT * FROM prices WHERE NOT (session_date = DATE '${dates.at(-3) ?? ''}' AND hash(symbol) % 4 > 0)`,
    );
    const bad = await report(missing);
    expect(found(bad, 'session-coverage')).toMatchObject({ verdict: 'hold' });
    expect(found(bad, 'session-coverage').examples[0]).toMatchObject({ session: dates.at(-3) });
    expect(heldBy(bad)).toMatchObject({
      code: 'DATA_QUALITY_HELD',
      details: { measures: ['session-coverage'] },
    });
    const lenient = { ...BOUNDS, quality: QualitySpec.parse({ holds: ['gaps'] }) };
    const warned = await qualityOfFolder(
      { folder: missing, market: 'XTAI', asOf, sessions: null, snapshotId: null },
      lenient,
    );
    expect(heldBy(warned)).toBeNull();
    expect(found(warned, 'session-coverage').verdict).toBe('warn');
  });

  it('is the same bytes when rows are shuffled, and when more becomes known later', async () => {
    const at = `TIMESTAMPTZ '${asOf}'`;
    const shuffled = await withPrices(
      'shuffled',
      `SELECT * FROM (SELECT * FROM prices UNION ALL
        SELECT * REPLACE (${at} + INTERVAL 1 MILLISECOND AS knowledge_ts, close * 2 AS close, high * 3 AS high) FROM prices)
       ORDER BY hash(seq, knowledge_ts)`,
    );
    const same = { ...(await report(shuffled)), source: '' };
    expect(canonicalJson(same)).toBe(canonicalJson({ ...(await report(honest)), source: '' }));
  });

  it('is a page that loads and runs nothing, fits a phone, knows day and night, and escapes every name', async () => {
    const odd = await withPrices('odd', 'SELECT * FROM prices');
    const name = '<script>alert("x")</script>';
    await writeFile(join(odd, 'source.json'), JSON.stringify({ source: name }));
    const measured = await report(odd);
    const [first, ...rest] = measured.findings;
    const page = qualityPage({
      ...measured,
      findings: [
        {
          ...(first ?? found(measured, 'coverage')),
          examples: [{ symbol: '<img src=x>', session: '', text: `'&"` }],
        },
        ...rest,
      ],
    });
    expect(page).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;');
    expect(page).toContain('&lt;img src=x&gt;: &#39;&amp;&quot;');
    expect(page).not.toMatch(/<script|<img|<link|https?:|url\(|\son\w+=/u);
    expect(page).toContain('name="viewport"');
    expect(page).toContain('prefers-color-scheme: dark');
  });

  it('refuses an instant before any session was decided', async () => {
    await expect(report(honest, '2000-01-01T00:00:00.000Z')).rejects.toMatchObject({
      code: 'AS_OF_TOO_EARLY',
    });
  });
});
