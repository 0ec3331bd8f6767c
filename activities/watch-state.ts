import { z } from 'zod';

const Share = z.number().min(0).max(1);
const Finite = z.number().nullable();

const Condition = z.enum(['decay', 'data', 'software']);

const Drift = z.strictObject({
  name: z.string(),
  ks: Share,
  psi: z.number(),
  wasserstein: z.number().min(0),
  missing: Share,
  outOfRange: Share,
  p: Share,
  adjustedP: Share,
  drifted: z.boolean(),
});

/** What a watched session concluded, and what the next one goes on from. Does not grow with the reign. */
export const WatchState = z.strictObject({
  schema: z.literal(1),
  /** Somebody was told, or would have been: the decision is not that of the session before. */
  told: z.boolean(),
  ended: z
    .array(Condition)
    .default([])
    .describe('conditions that held after the session before and no longer do'),
  rows: z.array(z.int().min(0)).describe('members of the newest sessions, this one last'),
  columnHashes: z
    .record(z.string(), z.string())
    .describe('of each feature, to tell a feed that stands still'),
  codeAtBeginning: z.string().describe('sources that evaluate, as the reign began'),
  decay: z.strictObject({
    observations: z.int().min(0),
    mean: Finite,
    interval: z.tuple([z.number(), z.number()]).nullable(),
    sequence: z.tuple([z.number(), z.number()]),
    halfLife: Finite,
    current: Finite.describe('logarithm of the statistic without restarts'),
    reason: z.string(),
    probability: Finite,
  }),
  findings: z.array(
    z.strictObject({ check: z.string(), number: z.number(), bound: z.number(), text: z.string() }),
  ),
  drift: z
    .strictObject({
      share: Share,
      inRow: z.int().min(0).describe('sessions in a row with drifted features'),
      recentShares: z.array(Share),
      features: z.array(Drift),
      prediction: Drift.nullable(),
      label: Drift.nullable(),
    })
    .nullable()
    .describe('null: the version has no reference statistics'),
  concept: z.strictObject({
    session: z.string().nullable().describe('the newest session whose labels were taken'),
    features: z.record(z.string(), z.strictObject({ sessions: z.int().min(0), sum: z.number() })),
    drifted: z.array(
      z.strictObject({ name: z.string(), now: z.number(), before: z.number(), adjustedP: Share }),
    ),
  }),
  market: z.strictObject({
    regime: z.enum(['bull', 'bear', 'high-volatility']).nullable(),
    usual: z.array(z.enum(['bull', 'bear', 'high-volatility'])),
    state: z.strictObject({
      sessions: z.int().min(0),
      trend: z.enum(['bull', 'bear']),
      level: z.number(),
      extreme: z.number(),
      fastVariance: z.number().min(0),
      slowVariance: z.number().min(0),
      seen: z.strictObject({ bull: z.int(), bear: z.int(), 'high-volatility': z.int() }),
    }),
    limitHitShare: Share.describe('names that closed at their daily limit'),
    sectorReturns: z
      .array(z.record(z.string(), z.number()))
      .describe('mean return of each sector on the newest sessions, this one last'),
    sectorRotation: Finite.describe(
      '1 less the rank correlation of sector returns, this month against the last',
    ),
    hourlyVolume: Finite.describe('shares an hour of trading, all members; null: the folder has no volume'),
    foreignNetShare: Finite.describe(
      'net foreign purchases over volume; null: the folder has no such column',
    ),
  }),
  diagnosis: z
    .array(
      z.strictObject({ cause: z.string(), found: z.enum(['yes', 'no', 'unknown']), evidence: z.string() }),
    )
    .describe('empty while nothing is diagnosed'),
  economics: z
    .strictObject({
      probability: Share,
      sessions: z.number(),
      lossOfHolding: z.number(),
      costOfRetraining: z.number(),
      counterfactual: z.string(),
    })
    .nullable(),
  health: z.array(z.strictObject({ part: z.string(), weight: Share, score: Finite, evidence: z.string() })),
});
export type WatchState = z.infer<typeof WatchState>;
export type StoredDrift = z.infer<typeof Drift>;

/** Null for none, and for one of a release whose shape is not known: the watch then begins anew. */
export const readWatchState = (stored: unknown): WatchState | null =>
  WatchState.safeParse(stored).data ?? null;
