import { z } from 'zod';
import { SessionDate } from './primitives.ts';

/** Part that a version has on a session: it answers, it answered before, or it is in shadow. */
export const LiveRole = z.enum(['champion', 'previous', 'challenger']);
export type LiveRole = z.infer<typeof LiveRole>;

/**
 * Where the result of a session stands. `awaiting`: its label is not due. `overdue`: due, and not there. `matured`: it has a
 * rank IC. `no-ic`: labels came, but scores or labels are constant. `never-matured`: given up after the spec's patience.
 * `unscored`: the version could not be scored.
 */
export const LiveStatus = z.enum(['awaiting', 'overdue', 'matured', 'no-ic', 'never-matured', 'unscored']);
export type LiveStatus = z.infer<typeof LiveStatus>;

export const WatchDecision = z.enum([
  'watch',
  'repair-data',
  'retrain',
  'cooldown',
  'standing',
  'not-worth',
  'released',
  'drift-retrain',
]);
export type WatchDecision = z.infer<typeof WatchDecision>;

export const WatchAction = z.enum(['none', 'reduce-only', 'halt', 'roll-back', 'safe-version', 'serve']);
export type WatchAction = z.infer<typeof WatchAction>;

const fraction = z.number().nullable();

/** What a session's result holds beside rank IC, net return and turnover. */
export const LiveNumbers = z
  .strictObject({
    rows: z.int().min(0).describe('members of the session'),
    scored: z.int().min(0).describe('members with a finite score'),
    coverage: z.number().min(0).max(1).describe('scored over rows; 0 without rows'),
    latencyMs: z
      .number()
      .min(0)
      .nullable()
      .describe('to read the features and score them; null: scored before'),
    error: z.string().describe('why the version could not be scored; empty when it was'),
    gap: z.string().describe('why there is no rank IC; empty when there is one, or its label is not due'),
    labelDueSession: SessionDate.nullable().describe('the session at whose close the label can be known'),
    knownAt: SessionDate.nullable().describe('the session after which it was known'),
    pairs: z.int().min(0).describe('rows with a score and a label'),
    sectorNeutralIc: fraction.describe('rank IC of scores and labels less the mean of their sector'),
    sectorIc: z.record(z.string(), z.number()).describe('rank IC within a sector of five names at least'),
    icByHorizon: z
      .array(z.strictObject({ horizonSessions: z.int().min(1), ic: fraction }))
      .describe('rank IC against returns over other horizons; null until they have matured'),
    rmse: fraction.describe('root mean square of score less label'),
    grossReturn: fraction.describe('paper book, before costs'),
    cost: fraction,
    drawdown: fraction.describe('of the paper book below its highest since the version took this part'),
    dataFault: z
      .boolean()
      .describe("a fault of the session's data was found: its IC is no evidence of decay"),
  })
  .meta({ id: 'LiveNumbers' });
export type LiveNumbers = z.infer<typeof LiveNumbers>;
