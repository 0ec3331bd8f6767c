import type { DuckDBConnection } from '@duckdb/node-api';
import type { Market } from '../../contracts/primitives.ts';
import { QUALITY_MEASURES } from '../../contracts/quality.ts';
import type {
  QualityFinding,
  QualityMeasureName,
  QualityReport,
  QualitySpec,
} from '../../contracts/quality.ts';
import { instantLiteral, queryNumber, queryRows } from '../duckdb.ts';
import type { EngineLimits } from '../duckdb.ts';
import { AsOfTooEarly, DataQualityHeld } from '../errors.ts';
import type { DriftMeasurement } from '../feature-drift.ts';
import { withMarketFolder } from '../folder-cache.ts';
import type { MarketFolder } from '../market-folder.ts';
import { lastDecidedIndex, sessionIndex } from '../snapshot-span.ts';
import { createQualityTables, measureBars } from './measures.ts';
import type { Measurement } from './measures.ts';

export interface QualityBounds {
  readonly quality: QualitySpec;
  /** `gates.minCoverage` of the spec. */
  readonly minCoverage: number;
}

/** What a report is about, and what only a snapshot can tell. */
export interface QualitySubject {
  readonly asOf: string;
  /** First and last session; null: the whole calendar up to asOf. */
  readonly sessions: { readonly first: string; readonly last: string } | null;
  readonly snapshotId: string | null;
  /** Against the champion's snapshot; null when there is nothing to compare. */
  readonly drift: DriftMeasurement | null;
}

/** Bound, its direction, and the unit of each measure. */
const RULES: {
  readonly [M in QualityMeasureName]: {
    readonly bound: (bounds: QualityBounds) => number;
    readonly comparison: '>=' | '<=';
    readonly unit: QualityFinding['unit'];
    readonly says: (counted: string, outOf: string) => string;
  };
} = {
  coverage: {
    bound: ({ minCoverage }) => minCoverage,
    comparison: '>=',
    unit: 'share',
    says: (counted, outOf) => `${counted} of ${outOf} member rows have a bar at their decision`,
  },
  'session-coverage': {
    bound: ({ quality }) => quality.minSessionCoverage,
    comparison: '>=',
    unit: 'share',
    says: (counted, outOf) =>
      `on the worst of the newest 20 sessions ${counted} of ${outOf} members have a bar`,
  },
  'stale-symbols': {
    bound: ({ quality }) => quality.maxStaleSymbols,
    comparison: '<=',
    unit: 'share',
    says: (counted, outOf) => `${counted} of ${outOf} members have had no bar for more than 5 sessions`,
  },
  'late-bars': {
    bound: ({ quality }) => quality.maxLateBars,
    comparison: '<=',
    unit: 'share',
    says: (counted, outOf) => `${counted} of ${outOf} bars came after the decision of their session`,
  },
  gaps: {
    bound: ({ quality }) => quality.maxGaps,
    comparison: '<=',
    unit: 'share',
    says: (counted, outOf) => `${counted} of ${outOf} sessions between a first and a last bar have none`,
  },
  outliers: {
    bound: ({ quality }) => quality.maxOutliers,
    comparison: '<=',
    unit: 'share',
    says: (counted, outOf) =>
      `${counted} of ${outOf} adjusted daily returns lie beyond 10 robust standard deviations`,
  },
  'limit-hits': {
    bound: ({ quality }) => quality.maxLimitHits,
    comparison: '<=',
    unit: 'share',
    says: (counted, outOf) => `${counted} of ${outOf} closes stand at the daily price limit`,
  },
  duplicates: {
    bound: ({ quality }) => quality.maxDuplicates,
    comparison: '<=',
    unit: 'share',
    says: (counted, outOf) => `${counted} of ${outOf} traded bars repeat the bar before in every figure`,
  },
  restatements: {
    bound: ({ quality }) => quality.maxRestatements,
    comparison: '<=',
    unit: 'share',
    says: (counted, outOf) => `${counted} of ${outOf} bars have more than one version`,
  },
  'unrecorded-splits': {
    bound: ({ quality }) => quality.maxUnrecordedSplits,
    comparison: '<=',
    unit: 'count',
    says: (counted, outOf) =>
      `${counted} of ${outOf} closes jumped by a split ratio without a corporate action`,
  },
  drift: {
    bound: ({ quality }) => quality.maxDrift,
    comparison: '<=',
    unit: 'deviations',
    says: (counted, outOf) => `${counted} of ${outOf} features moved beyond the bound`,
  },
};

/**
 * Measures the data of an opened folder as known at an instant. The same folder and instant give the same report,
 * whatever the order of the files and whatever became known later.
 *
 * @throws AsOfTooEarly when no session was decided by then
 */
export async function measureQuality(
  connection: DuckDBConnection,
  folder: MarketFolder,
  subject: QualitySubject,
  bounds: QualityBounds,
): Promise<QualityReport> {
  const { calendar, market, notes } = folder;
  const { asOf, sessions } = subject;
  const last = lastDecidedIndex(calendar, asOf);
  const fromIndex =
    sessions === null ? await firstBarIndex(connection, asOf) : sessionIndex(calendar, sessions.first);
  const toIndex = sessions === null ? last : Math.min(last, sessionIndex(calendar, sessions.last));
  if (fromIndex === null || toIndex < fromIndex) {
    throw new AsOfTooEarly(`as of ${asOf} no session of ${folder.path} had been decided`, {
      remedy: 'Choose a later as-of instant.',
      details: { asOf },
    });
  }
  await createQualityTables(connection, { market, asOf, fromIndex, toIndex });
  const measured = await measureBars(connection, { market, asOf, fromIndex, toIndex });
  const coverage = await queryRows(
    connection,
    `SELECT CAST(session_date AS VARCHAR), count(*), count(*) FILTER (decided) FROM quality_grid GROUP BY 1 ORDER BY 1`,
  );
  return {
    schema: 1,
    market,
    asOf,
    source: notes.source,
    adjustment: notes.adjustment,
    snapshotId: subject.snapshotId,
    firstSession: calendar.at(fromIndex).date,
    lastSession: calendar.at(toIndex).date,
    sessions: toIndex - fromIndex + 1,
    symbols: (await queryNumber(connection, 'SELECT count(DISTINCT symbol) FROM quality_grid')) ?? 0,
    memberRows: (await queryNumber(connection, 'SELECT count(*) FROM quality_grid')) ?? 0,
    findings: [...measured, driftMeasured(subject.drift, bounds.quality.maxDrift)].map((measurement) =>
      judge(measurement, bounds),
    ),
    coverageBySession: coverage.map(([session, members, bars]) => ({
      session: String(session),
      members: Number(members),
      bars: Number(bars),
    })),
  };
}

async function firstBarIndex(connection: DuckDBConnection, asOf: string): Promise<number | null> {
  return queryNumber(
    connection,
    `SELECT min(s.idx) FROM prices t JOIN sessions s ON s.session_date = t.session_date
     WHERE t.knowledge_ts <= ${instantLiteral(asOf)}`,
  );
}

function driftMeasured(drift: DriftMeasurement | null, bound: number): Measurement {
  if (drift === null) return { measure: 'drift', counted: 0, outOf: 0, number: null, examples: [] };
  return {
    measure: 'drift',
    counted: drift.features.filter(({ moved }) => moved > bound).length,
    outOf: drift.features.length,
    number: drift.features[0]?.moved ?? null,
    examples: drift.features.slice(0, 10).map(({ name, moved, was, is }) => ({
      symbol: '',
      session: '',
      text: `${name}: mean ${was.toPrecision(4)} in the champion's snapshot, ${is.toPrecision(4)} now, moved by ${moved.toFixed(3)}`,
    })),
  };
}

function judge(measurement: Measurement, bounds: QualityBounds): QualityFinding {
  const { measure, counted, outOf, number } = measurement;
  const rule = RULES[measure];
  const threshold = rule.bound(bounds);
  const fine = number !== null && (rule.comparison === '>=' ? number >= threshold : number <= threshold);
  // coverage is a gate of the model as well, which alone decides there.
  const holds = measure === 'coverage' || bounds.quality.holds.includes(measure);
  return {
    measure,
    verdict: number === null ? 'unmeasured' : fine ? 'pass' : holds ? 'hold' : 'warn',
    number,
    threshold,
    comparison: rule.comparison,
    unit: rule.unit,
    counted,
    outOf,
    reason: number === null ? 'there was nothing to measure' : rule.says(String(counted), String(outOf)),
    examples: [...measurement.examples],
  };
}

/** The report of a folder, for people. */
export async function qualityOfFolder(
  options: {
    readonly folder: string;
    readonly market: Market;
    readonly asOf: string;
    readonly sessions: QualitySubject['sessions'];
    readonly snapshotId: string | null;
    readonly limits?: EngineLimits;
  },
  bounds: QualityBounds,
): Promise<QualityReport> {
  return withMarketFolder(
    options.folder,
    options.market,
    async (folder) => {
      const connection = await folder.connect();
      try {
        return await measureQuality(connection, folder, { ...options, drift: null }, bounds);
      } finally {
        connection.closeSync();
      }
    },
    options.limits,
  );
}

/** The refusal of data whose report holds; null when it may be used. `coverage` has a gate of its own. */
export function heldBy(
  report: QualityReport,
  measures: readonly QualityMeasureName[] = QUALITY_MEASURES,
): DataQualityHeld | null {
  const held = report.findings.filter(
    ({ measure, verdict }) => verdict === 'hold' && measures.includes(measure),
  );
  if (held.length === 0) return null;
  const reasons = held.map(({ measure, reason, number, comparison, threshold }) => {
    const figure =
      number === null
        ? ''
        : `, ${String(Number(number.toPrecision(4)))} where ${comparison} ${String(threshold)} is needed`;
    return `${measure}: ${reason}${figure}`;
  });
  return new DataQualityHeld(`the data are held: ${reasons.join('; ')}`, {
    remedy: 'Look at the quality report; repair the source, or change the `quality` section of the spec.',
    details: { measures: held.map(({ measure }) => measure), asOf: report.asOf },
  });
}
