import type { DuckDBConnection } from '@duckdb/node-api';
import type { Market } from '../../contracts/primitives.ts';
import type { QualityExample, QualityMeasureName } from '../../contracts/quality.ts';
import { instantLiteral, queryRow, queryRows } from '../duckdb.ts';
import { createKnownBars, createReturns } from '../forward-labels.ts';

/** What a measure saw: `number` is counted / outOf unless it says otherwise. */
export interface Measurement {
  readonly measure: QualityMeasureName;
  readonly counted: number;
  readonly outOf: number;
  readonly number: number | null;
  readonly examples: readonly QualityExample[];
}

export interface MeasuredRange {
  readonly market: Market;
  readonly asOf: string;
  /** Positions in the calendar of the first and the last session, both decided at asOf. */
  readonly fromIndex: number;
  readonly toIndex: number;
}

/** Examples listed of each measure. */
const EXAMPLES = 10;
/** A month of sessions: what a model that is trained now will be asked about next looks like this. */
const RECENT_SESSIONS = 20;
/** The oracle's rule for a stale price: more than a week of sessions. */
const STALE_SESSIONS = 5;
/**
 * Robust standard deviation is 1.4826 times the median absolute deviation (Rousseeuw and Croux, "Alternatives to the
 * median absolute deviation", JASA 1993). Ten of them, and at least five percent, leave the fat tails of daily returns alone.
 */
const OUTLIER_DEVIATIONS = 10;
const MAD_TO_DEVIATION = 1.4826;
const LEAST_OUTLIER = 0.05;
/** New shares per old share that companies choose; 3 for 2 and the like cannot be told from a bad day. */
const SPLIT_RATIOS = [2, 3, 4, 5, 6, 7, 8, 10, 15, 20];
/** The day's own move on top of the split. */
const SPLIT_TOLERANCE = 0.03;

/**
 * Creates the temporary tables that the measures read: `quality_grid`, a row per member and session with the bar that was
 * visible when the session was decided, if any, and the newest one known at asOf; `quality_bars`, the newest version of
 * each bar with the bar before it.
 */
export async function createQualityTables(connection: DuckDBConnection, range: MeasuredRange): Promise<void> {
  const { market, asOf, fromIndex, toIndex } = range;
  const span = `BETWEEN ${String(fromIndex)} AND ${String(toIndex)}`;
  await createKnownBars(connection, asOf);
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE quality_grid AS
     SELECT m.symbol, s.idx, s.session_date, p.symbol IS NOT NULL AS decided, k.symbol IS NOT NULL AS known,
       min(CASE WHEN k.symbol IS NOT NULL THEN s.idx END) OVER (PARTITION BY m.symbol) AS first_idx,
       max(CASE WHEN k.symbol IS NOT NULL THEN s.idx END) OVER (PARTITION BY m.symbol) AS last_idx
     FROM member_spans m JOIN sessions s ON s.idx BETWEEN m.from_idx AND m.to_idx AND s.idx ${span}
     LEFT JOIN price_states p ON p.symbol = m.symbol AND p.idx = s.idx AND p.effect = s.idx
     LEFT JOIN known_bars k ON k.symbol = m.symbol AND k.idx = s.idx`,
  );
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE quality_bars AS
     SELECT *, lag(idx) OVER w AS previous_idx, lag(session_date) OVER w AS previous_date, lag(open) OVER w AS previous_open,
       lag(high) OVER w AS previous_high, lag(low) OVER w AS previous_low, lag(close) OVER w AS previous_close,
       lag(volume) OVER w AS previous_volume
     FROM (SELECT t.symbol, t.session_date, s.idx, t.open, t.high, t.low, t.close, t.volume,
         count(*) OVER (PARTITION BY t.symbol, s.idx) AS versions
       FROM prices t JOIN sessions s ON s.session_date = t.session_date AND s.idx ${span}
       WHERE t.knowledge_ts <= ${instantLiteral(asOf)} AND t.symbol IN (SELECT symbol FROM quality_grid)
       QUALIFY row_number() OVER (PARTITION BY t.symbol, s.idx ORDER BY t.knowledge_ts DESC, t.seq DESC) = 1)
     WINDOW w AS (PARTITION BY symbol ORDER BY idx)`,
  );
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE quality_actions AS
     SELECT DISTINCT symbol, ex_date FROM corporate_actions WHERE knowledge_ts <= ${instantLiteral(asOf)}`,
  );
  await createReturns(connection, market, 'quality_grid', { fromIndex, toIndex });
}

/** A query of (counted, outOf), and one of examples (symbol, session, text), the worst first. */
interface MeasureQuery {
  readonly measure: QualityMeasureName;
  readonly counts: string;
  readonly examples: string;
}

/** Measures every count that a folder alone can give, in the order of the report. */
export async function measureBars(
  connection: DuckDBConnection,
  range: MeasuredRange,
): Promise<readonly Measurement[]> {
  const measurements: Measurement[] = [];
  for (const { measure, counts, examples } of queries(range)) {
    const [counted, outOf, number] = await queryRow(connection, counts);
    const rows = await queryRows(
      connection,
      `SELECT symbol, CAST(session AS VARCHAR), text FROM (${examples}) LIMIT ${String(EXAMPLES)}`,
    );
    const total = Number(outOf ?? 0);
    const cases = Number(counted ?? 0);
    measurements.push({
      measure,
      counted: cases,
      outOf: total,
      number:
        number === undefined ? (total === 0 ? null : cases / total) : number === null ? null : Number(number),
      examples: rows.map(([symbol, session, text]) => ({
        symbol: String(symbol ?? ''),
        session: String(session ?? ''),
        text: String(text ?? ''),
      })),
    });
  }
  return measurements;
}

const percent = (value: string): string => `printf('%.1f', 100 * (${value})) || ' %'`;

function queries(range: MeasuredRange): readonly MeasureQuery[] {
  return [...coverageQueries(range), ...valueQueries(), ...splitQuery()];
}

function coverageQueries({ toIndex }: MeasuredRange): readonly MeasureQuery[] {
  const bySession = `SELECT session_date, count(*) AS members, count(*) FILTER (decided) AS bars FROM quality_grid`;
  const recent = `${bySession} WHERE idx > ${String(toIndex - RECENT_SESSIONS)} GROUP BY session_date`;
  const newest = `SELECT symbol, ${String(toIndex)} - max(CASE WHEN known THEN idx END) AS age FROM quality_grid
    WHERE symbol IN (SELECT symbol FROM quality_grid WHERE idx = ${String(toIndex)}) GROUP BY symbol`;
  const stale = `(age IS NULL OR age > ${String(STALE_SESSIONS)})`;
  return [
    {
      measure: 'coverage',
      counts: 'SELECT count(*) FILTER (decided), count(*) FROM quality_grid',
      examples: `SELECT symbol, NULL AS session, count(*) || ' sessions without a bar at their decision' AS text
        FROM quality_grid WHERE NOT decided GROUP BY symbol ORDER BY count(*) DESC, symbol`,
    },
    {
      measure: 'session-coverage',
      counts: `SELECT bars, members, bars / members FROM (${recent}) ORDER BY bars / members, session_date LIMIT 1`,
      examples: `SELECT '' AS symbol, session_date AS session, bars || ' of ' || members || ' members have a bar' AS text
        FROM (${recent}) WHERE bars < members ORDER BY bars / members, session_date`,
    },
    {
      measure: 'stale-symbols',
      counts: `SELECT count(*) FILTER (${stale}), count(*) FROM (${newest})`,
      examples: `SELECT symbol, NULL AS session, coalesce('newest bar is ' || age || ' sessions old', 'no bar at all') AS text
        FROM (${newest}) WHERE ${stale} ORDER BY age DESC NULLS FIRST, symbol`,
    },
    {
      measure: 'late-bars',
      counts: 'SELECT count(*) FILTER (known AND NOT decided), count(*) FILTER (known) FROM quality_grid',
      examples: `SELECT '' AS symbol, session_date AS session, count(*) || ' bars came after the decision' AS text
        FROM quality_grid WHERE known AND NOT decided GROUP BY session_date ORDER BY count(*) DESC, session_date`,
    },
    {
      measure: 'gaps',
      counts: `SELECT count(*) FILTER (NOT known), count(*) FROM quality_grid WHERE idx BETWEEN first_idx AND last_idx`,
      examples: `SELECT symbol, min(session_date) AS session, count(*) || ' sessions in a row without a bar' AS text
        FROM (SELECT *, idx - row_number() OVER (PARTITION BY symbol ORDER BY idx) AS run FROM quality_grid
          WHERE NOT known AND idx BETWEEN first_idx AND last_idx)
        GROUP BY symbol, run ORDER BY count(*) DESC, symbol, session`,
    },
  ];
}

function valueQueries(): readonly MeasureQuery[] {
  const members = `SELECT r.*, abs(r.ret - median(r.ret) OVER (PARTITION BY r.symbol)) AS distance FROM daily_returns r
    SEMI JOIN quality_grid g ON g.symbol = r.symbol AND g.idx = r.session_index
    SEMI JOIN (SELECT symbol, idx FROM quality_bars WHERE previous_idx = idx - 1) b ON b.symbol = r.symbol AND b.idx = r.session_index
    WHERE isfinite(r.ret)`;
  const scaled = `SELECT *, ${String(MAD_TO_DEVIATION)} * median(distance) OVER (PARTITION BY symbol) AS deviation FROM (${members})`;
  const far = `distance > greatest(${String(OUTLIER_DEVIATIONS)} * deviation, ${String(LEAST_OUTLIER)})`;
  const locked = `SELECT r.* FROM daily_returns r SEMI JOIN quality_grid g ON g.symbol = r.symbol AND g.idx = r.session_index
    WHERE r.tradable`;
  const member = 'SEMI JOIN quality_grid g ON g.symbol = b.symbol AND g.idx = b.idx';
  const same = ['open', 'high', 'low', 'close', 'volume']
    .map((name) => `b.${name} = b.previous_${name}`)
    .join(' AND ');
  return [
    {
      measure: 'outliers',
      counts: `SELECT count(*) FILTER (${far}), count(*) FROM (${scaled})`,
      examples: `SELECT symbol, session, ${percent('ret')} || ' in one session, ' || printf('%.0f', distance / greatest(deviation, 1e-9))
          || ' robust standard deviations' AS text
        FROM (${scaled}) WHERE ${far} ORDER BY distance DESC, symbol, session`,
    },
    {
      measure: 'limit-hits',
      counts: `SELECT count(*) FILTER (limit_lock <> 0), count(*) FROM (${locked})`,
      examples: `SELECT '' AS symbol, session, count(*) FILTER (limit_lock > 0) || ' closes at the upper limit, '
          || count(*) FILTER (limit_lock < 0) || ' at the lower' AS text
        FROM (${locked}) WHERE limit_lock <> 0 GROUP BY session ORDER BY count(*) DESC, session`,
    },
    {
      measure: 'duplicates',
      counts: `SELECT count(*) FILTER (b.previous_idx = b.idx - 1 AND b.volume > 0 AND ${same}), count(*) FILTER (b.volume > 0)
        FROM quality_bars b ${member}`,
      examples: `SELECT b.symbol, b.session_date AS session, 'repeats the bar of ' || b.previous_date AS text
        FROM quality_bars b ${member}
        WHERE b.previous_idx = b.idx - 1 AND b.volume > 0 AND ${same} ORDER BY b.session_date DESC, b.symbol`,
    },
    {
      measure: 'restatements',
      counts: `SELECT count(*) FILTER (b.versions > 1), count(*) FROM quality_bars b ${member}`,
      examples: `SELECT b.symbol, NULL AS session, count(*) || ' bars with more than one version' AS text
        FROM quality_bars b ${member} WHERE b.versions > 1 GROUP BY b.symbol ORDER BY count(*) DESC, b.symbol`,
    },
  ];
}

/** A jump of the published close by a split ratio that no action known at asOf explains, and that the open had already. */
function splitQuery(): readonly MeasureQuery[] {
  const near = (ratio: string): string =>
    SPLIT_RATIOS.map((split) => `abs(${ratio} / ${String(split)} - 1) < ${String(SPLIT_TOLERANCE)}`).join(
      ' OR ',
    );
  const jumps = `SELECT b.*, b.previous_close / b.close AS ratio FROM quality_bars b
    SEMI JOIN quality_grid g ON g.symbol = b.symbol AND g.idx = b.idx
    WHERE b.previous_close IS NOT NULL`;
  const split = `SELECT j.*, CASE WHEN ratio >= 1 THEN round(ratio) || ' for 1' ELSE '1 for ' || round(1 / ratio) END AS guess
    FROM (${jumps}) j
    WHERE (CASE WHEN ratio >= 1 THEN ${near('ratio')} ELSE ${near('(1 / ratio)')} END)
      AND abs(j.open / j.previous_close * ratio - 1) < 0.15
      AND NOT EXISTS (SELECT 1 FROM quality_actions a WHERE a.symbol = j.symbol AND a.ex_date > j.previous_date AND a.ex_date <= j.session_date)`;
  return [
    {
      measure: 'unrecorded-splits',
      counts: `SELECT count(*), (SELECT count(*) FROM (${jumps})), count(*) FROM (${split})`,
      examples: `SELECT symbol, session_date AS session,
          'close went from ' || previous_close || ' to ' || close || ', as in a split of ' || CAST(guess AS VARCHAR) || '; no action is recorded' AS text
        FROM (${split}) ORDER BY session_date DESC, symbol`,
    },
  ];
}
