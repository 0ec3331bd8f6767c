import { z } from 'zod';
import { Instant, Market, SessionDate, Sha256 } from './primitives.ts';

/** What is measured about market data; the order of a report. */
export const QUALITY_MEASURES = [
  'coverage',
  'session-coverage',
  'stale-symbols',
  'late-bars',
  'gaps',
  'outliers',
  'limit-hits',
  'duplicates',
  'restatements',
  'unrecorded-splits',
  'drift',
] as const;

export const QualityMeasureName = z.enum(QUALITY_MEASURES).meta({ id: 'QualityMeasureName' });
export type QualityMeasureName = z.infer<typeof QualityMeasureName>;

/**
 * Bounds on market data at the as-of instant of a retrain. A bound that is crossed is a warning in the report, or, when
 * `holds` names the measure, ends the retrain at its validation with that reason.
 */
export const QualitySpec = z
  .strictObject({
    minSessionCoverage: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe(
        'least share of members with a bar on any of the newest 20 sessions; a feed that lost one exchange of two falls below',
      ),
    maxStaleSymbols: z
      .number()
      .min(0)
      .max(1)
      .default(0.05)
      .describe('share of members whose newest bar is more than 5 sessions old; long halts are rarer'),
    maxLateBars: z
      .number()
      .min(0)
      .max(1)
      .default(0.05)
      .describe(
        'share of bars that came after the decision of their session; live scoring will miss as many',
      ),
    maxGaps: z
      .number()
      .min(0)
      .max(1)
      .default(0.02)
      .describe("share of sessions without a bar between a member's first and last; halts are below 1 %"),
    maxOutliers: z
      .number()
      .min(0)
      .max(1)
      .default(0.001)
      .describe(
        "share of adjusted daily returns beyond 10 robust standard deviations of their symbol's; wrong ticks, missed actions",
      ),
    maxLimitHits: z
      .number()
      .min(0)
      .max(1)
      .default(0.05)
      .describe("share of closes at the market's daily price limit; more is a crash or a wrong limit"),
    maxDuplicates: z
      .number()
      .min(0)
      .max(1)
      .default(0.001)
      .describe('share of traded bars that repeat the bar before in every figure; a feed that stands still'),
    maxRestatements: z
      .number()
      .min(0)
      .max(1)
      .default(0.1)
      .describe('share of bars with more than one version; the source corrects itself often'),
    maxUnrecordedSplits: z
      .int()
      .min(0)
      .max(100000)
      .default(0)
      .describe(
        'closes that jumped by a split ratio (2 to 20, or its inverse) without a corporate action; each is a false return',
      ),
    maxDrift: z
      .number()
      .min(0)
      .max(100)
      .default(0.5)
      .describe(
        "largest move of a feature's mean against the champion's snapshot, in its standard deviations; half of one makes most splits of a tree look at other rows",
      ),
    holds: z
      .array(QualityMeasureName)
      .max(QUALITY_MEASURES.length)
      .default(['session-coverage'])
      .describe(
        'measures whose bound ends the retrain; the others warn. coverage holds always: gates.minCoverage',
      ),
  })
  .prefault({})
  .meta({ id: 'QualitySpec' });
export type QualitySpec = z.infer<typeof QualitySpec>;

/** One example of what a measure found. */
export const QualityExample = z
  .strictObject({
    symbol: z.string().describe('empty when the example is a whole session or a feature'),
    session: z.string().describe('session date; empty when the example has none'),
    text: z.string(),
  })
  .meta({ id: 'QualityExample' });
export type QualityExample = z.infer<typeof QualityExample>;

export const QualityFinding = z
  .strictObject({
    measure: QualityMeasureName,
    verdict: z
      .enum(['pass', 'warn', 'hold', 'unmeasured'])
      .describe('hold: the bound is crossed and the spec says that this ends a retrain'),
    number: z.number().nullable().describe('null when there was nothing to measure'),
    threshold: z.number(),
    comparison: z.enum(['>=', '<=']).describe('fine when `number comparison threshold`'),
    unit: z.enum(['share', 'count', 'deviations']),
    counted: z.int().min(0).describe('cases that the number counts'),
    outOf: z.int().min(0).describe('cases looked at'),
    reason: z.string(),
    examples: z.array(QualityExample).max(10),
  })
  .meta({ id: 'QualityFinding' });
export type QualityFinding = z.infer<typeof QualityFinding>;

/** Market data of a folder as known at an instant. Canonical JSON of it is the same bytes each time. */
export const QualityReport = z
  .strictObject({
    schema: z.literal(1),
    market: Market,
    asOf: Instant,
    source: z.string(),
    adjustment: z.enum(['none', 'backward']),
    snapshotId: Sha256.nullable().describe('null when the report is about a folder alone'),
    firstSession: SessionDate,
    lastSession: SessionDate,
    sessions: z.int().min(1),
    symbols: z.int().min(0),
    memberRows: z.int().min(0),
    findings: z.array(QualityFinding),
    coverageBySession: z
      .array(z.strictObject({ session: SessionDate, members: z.int().min(0), bars: z.int().min(0) }))
      .describe('oldest first'),
  })
  .meta({ id: 'QualityReport' });
export type QualityReport = z.infer<typeof QualityReport>;
