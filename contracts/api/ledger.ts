import { z } from 'zod';
import { Instant, ModelName, Sha256 } from '../primitives.ts';
import { WatchAction, WatchDecision } from '../live.ts';
import { pageOf, Reason } from './text.ts';

const Share = z.number().min(0).max(1);

export const ErrorBudgetState = z
  .strictObject({
    model: ModelName,
    spaAlpha: Share.describe('at which each retrain tests without a budget'),
    budget: z
      .strictObject({
        method: z.enum(['lord', 'alpha-investing']),
        level: Share.describe('of the stream as a whole'),
        test: z.int().min(1).describe('number of the next test'),
        alpha: z.number().min(0).describe('level that the rule gives the next test'),
        used: z.number().min(0).describe('level at which it is made: no higher than spaAlpha'),
        wealth: z.number().describe('what is left'),
        discoveries: z.int().min(0),
      })
      .nullable()
      .describe('null: the spec spends none'),
    tests: z.array(
      z.strictObject({
        test: z.int().min(1),
        testKey: z.string(),
        alpha: z.number().min(0),
        p: z.number().nullable().describe('of StepM; null: it was not asked'),
        discovery: z.boolean(),
      }),
    ),
  })
  .meta({ id: 'ErrorBudgetState' });

export const StructuralChange = z
  .strictObject({
    model: ModelName,
    number: z.int().min(1),
    ledgerSeq: z.int().min(0).describe('newest row of the ledger when it was declared; later rows count'),
    recipesBefore: z.int().min(0).describe('recipes that counted until then'),
    actor: z.string(),
    secondPerson: z.string(),
    reason: z.string(),
    recordedAt: Instant,
  })
  .meta({ id: 'StructuralChange' });
export const StructuralChangeList = z
  .strictObject({ items: z.array(StructuralChange) })
  .meta({ id: 'StructuralChangeList' });

export const DeclareStructuralChange = z
  .strictObject({
    reason: Reason.refine(
      (text) => text.trim().length >= 10,
      'says what has changed, in ten letters at least',
    ),
    secondToken: z
      .string()
      .min(1)
      .max(16_384)
      .describe('identity token of another quant lead of the model, who agrees; it is not kept'),
  })
  .meta({ id: 'DeclareStructuralChange' });

/** One session of a reign as it was watched. */
export const WatchedSession = z
  .strictObject({
    model: ModelName,
    epoch: z.int().min(0),
    session: z.string(),
    decidedAt: Instant,
    versionId: Sha256,
    knownThrough: z.string().nullable().describe('newest session whose label is known; null: none yet'),
    alarm: z.boolean(),
    standing: z.boolean(),
    statistic: z.number().nullable(),
    threshold: z.number().nullable(),
    onset: z.string().nullable(),
    diagnosis: z.string().nullable(),
    decision: WatchDecision,
    action: WatchAction,
    reason: z.string(),
    health: z.number().nullable().describe('0 to 100; null: unknown'),
  })
  .meta({ id: 'WatchedSession' });
export const WatchedSessionPage = pageOf(WatchedSession, 'WatchedSessionPage');
