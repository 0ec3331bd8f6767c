import { z } from 'zod';
import { Caution } from './caution.ts';
import { ArtifactRef, Instant, SessionDate, Sha256 } from './primitives.ts';
import { GateName, GateVerdict, Verdict } from './verdict.ts';

/**
 * How a candidate came to be, which decides what it must show. `first`: the model has no champion, the benchmark is no
 * position. `new-recipe`: it must be better than the champion's recipe refitted on the same folds. `refresh`: the
 * champion's recipe on newer data, which must be no worse than the champion as it answers today.
 */
export const JudgeRoute = z.enum(['first', 'new-recipe', 'refresh']).meta({ id: 'JudgeRoute' });
export type JudgeRoute = z.infer<typeof JudgeRoute>;

/** What a person compares by eye. Null where a number does not exist (a Sharpe ratio of no position). */
export const PerformanceNumbers = z
  .strictObject({
    name: z.string().min(1),
    annualisedSharpe: z.number().nullable().describe('net of cost'),
    annualisedReturn: z
      .number()
      .nullable()
      .describe('arithmetic mean of daily net returns x sessions per year'),
    annualisedVolatility: z.number().nullable(),
    maximumDrawdown: z.number().nullable().describe('fraction of equity'),
    meanRankIc: z.number().nullable().describe('mean daily Spearman rank IC'),
    annualisedTurnover: z.number().nullable().describe('one-sided, multiples of equity a year'),
    annualisedCost: z.number().nullable().describe('fraction of equity a year'),
  })
  .meta({ id: 'PerformanceNumbers' });
export type PerformanceNumbers = z.infer<typeof PerformanceNumbers>;

/** Everything the gates say about one candidate. */
export const GateReport = z
  .strictObject({
    schema: z.literal(2),
    route: JudgeRoute,
    overall: Verdict.describe('of the enforced gates: error before fail before inconclusive before pass'),
    verdicts: z.array(GateVerdict).min(1),
    modes: z.record(GateName, z.enum(['enforce', 'dry-run', 'off'])).describe('of every gate, as resolved'),
    notAsked: z
      .array(z.strictObject({ gate: GateName, reason: z.string().min(1) }))
      .describe('gates of other routes, and those switched off'),
    pairedSessions: z.strictObject({
      count: z.int().min(0),
      first: SessionDate.nullable(),
      last: SessionDate.nullable(),
    }),
    candidate: PerformanceNumbers,
    benchmark: PerformanceNumbers,
    bootstrap: z.strictObject({
      blockSessions: z
        .number()
        .min(1)
        .nullable()
        .describe('mean block length; null when nothing was resampled'),
      replicates: z.int().min(0),
      seed: z.int().min(0),
    }),
    trials: z.strictObject({
      judged: z.int().min(0).describe('trials of this retrain on the paired sessions'),
      ledgerRecipes: z.int().min(0).describe('distinct recipes since the last declared structural change'),
      ledgerRecipesEver: z.int().min(0).describe('distinct recipes ever tried'),
      counted: z.int().min(0).describe('N of the deflated Sharpe ratio, the conservative end'),
      effectiveLowest: z.number().nullable().describe('smallest published estimate of the effective number'),
      sameAsBenchmark: z
        .array(z.string())
        .describe('recipes left out of SPA: their returns are the benchmark'),
      rescored: z.int().min(0).describe('recipes of earlier retrains scored on these dates, for PBO and DSR'),
      rescorable: z.int().min(0).describe('recipes of earlier retrains that could be'),
      rescoreMax: z.int().min(0).describe('most that are; drawn one from each stratum of their ranking'),
      notRescored: z.array(z.strictObject({ recipeHash: Sha256, reason: z.string().min(1) })),
      leftOut: z.array(z.strictObject({ reason: z.string().min(1), recipes: z.int().min(1) })),
      ledgerHead: Sha256.nullable().describe('newest row of the ledger'),
      structuralChange: z
        .strictObject({
          number: z.int().min(1),
          declaredAt: Instant,
          actor: z.string().min(1),
          secondPerson: z.string().min(1),
          reason: z.string().min(1),
          recipesBefore: z.int().min(0),
        })
        .nullable()
        .describe('since when recipes are counted; null: since ever'),
    }),
    errorBudget: z
      .strictObject({
        method: z.enum(['lord', 'alpha-investing']),
        level: z.number().gt(0).lt(1),
        test: z.int().min(1).describe('number of this test in the stream of retrains'),
        discoveries: z.int().min(0).describe('before it'),
        alpha: z.number().gt(0).lt(1).describe('level that the budget grants'),
        used: z.number().gt(0).lt(1).describe('level that SPA and StepM were held to'),
        wealth: z.number().describe('left before this test'),
        left: z.number().describe('left after it, unless it is a discovery'),
      })
      .nullable()
      .describe('null: the budget over retrains is off'),
    dailyDifference: z
      .strictObject({
        sessions: z.int().min(2),
        mean: z.number().describe('of candidate minus champion, a day, net of cost, a fraction'),
        deviation: z.number().min(0).describe('from day to day, of the same'),
        sessionsPerYear: z.number().min(1).max(366),
      })
      .nullable()
      .default(null)
      .describe(
        "how far the two books lie apart: a new recipe beside the champion's on the paired sessions, a refresh beside the champion's own file after its last label; null: there is nothing beside it, or the report is of a release that did not say",
      ),
    cautions: z
      .array(Caution)
      .nullable()
      .default(null)
      .describe('what deserves a second look, deciding nothing; null: judged by a release that did not look'),
  })
  .meta({ id: 'GateReport' });
export type GateReport = z.infer<typeof GateReport>;

/** A group of gates that gave no answer: out of time, or its data out of reach. */
export const GateUnitError = z
  .strictObject({ unit: z.string().min(1), code: z.string().min(1), reason: z.string().min(1).max(1000) })
  .meta({ id: 'GateUnitError' });
export type GateUnitError = z.infer<typeof GateUnitError>;

/** The report with everything that is needed to make it again: stored as canonical JSON under its hash. */
export const RecordedGateReport = GateReport.extend({
  codeVersion: Sha256.describe('hash of the sources that judge'),
  inputs: z.strictObject({
    judged: ArtifactRef.describe('everything the gates were told, canonical JSON'),
    snapshotId: Sha256,
    scores: Sha256.describe('returns and rank IC of every trial'),
    specNumber: z.int().min(1),
    loosened: z.array(z.string()).describe('safety fields that this spec made looser than the one before it'),
    secondPerson: z.string().nullable().describe('who agreed to that; null when nothing was loosened'),
  }),
  unitErrors: z.array(GateUnitError).describe('recorded facts: judging again takes them as they are'),
  round: z.int().min(1).describe('how often the gates were run; above 1 after an operator asked to retry'),
}).meta({ id: 'RecordedGateReport' });
export type RecordedGateReport = z.infer<typeof RecordedGateReport>;
