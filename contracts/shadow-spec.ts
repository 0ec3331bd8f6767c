import { z } from 'zod';

/** What ends a shadow: bounds that are fixed before its first session. */
export const ShadowSpec = z
  .strictObject({
    sessions: z
      .int()
      .min(1)
      .max(60)
      .default(7)
      .describe('sessions on which both score the same rows; they show safety, never skill'),
    minPairing: z.number().min(0.5).max(1).default(0.99).describe('share of rows both versions scored'),
    maxMissing: z
      .number()
      .min(0)
      .max(0.5)
      .default(0.01)
      .describe('share of rows that the challenger may leave without a score'),
    maxLatencyMs: z
      .number()
      .gt(0)
      .max(10000)
      .default(50)
      .describe('median of scoring one universe, ms; where the champion is as slow, the machine is at fault'),
    minRankAgreement: z
      .number()
      .min(-1)
      .lt(1)
      .default(-0.5)
      .describe('Spearman to the champion on a session'),
    maxFeatureSkew: z
      .number()
      .gt(0)
      .max(100)
      .default(5)
      .describe('training standard deviations a feature mean may move'),
    maxFeatureMismatch: z
      .number()
      .min(0)
      .max(1)
      .default(0.001)
      .describe(
        'share of feature values, as they were when a session was decided, that come out otherwise a session later',
      ),
    maxTurnover: z
      .number()
      .gt(0)
      .max(1)
      .default(0.7)
      .describe(
        'mean share of the wanted names renewed from one session to the next; scores without memory renew 0.72 of a decile',
      ),
    maxSectorShare: z
      .number()
      .gt(0)
      .max(1)
      .default(0.6)
      .describe('mean share of the wanted book in its largest sector'),
    maxBetaDeviation: z
      .number()
      .gt(0)
      .max(10)
      .default(0.75)
      .describe(
        "mean distance of the wanted book's beta to the universe from 1 (long only) or 0 (long-short)",
      ),
    maxRefusedTradeShare: z
      .number()
      .min(0)
      .max(1)
      .default(0.2)
      .describe('share of the wanted paper trades that a price limit, a halt or a ban did not allow'),
    maxPaperLoss: z
      .number()
      .gt(0)
      .max(1)
      .default(0.08)
      .describe('paper loss of the challenger that ends it, a fraction'),
    maxDrawdown: z
      .number()
      .gt(0)
      .max(1)
      .default(0.1)
      .describe('fall of the paper book from its highest point, a fraction; a loss is a drawdown too'),
    maxGateAgeSessions: z
      .int()
      .min(1)
      .max(500)
      .default(63)
      .describe(
        'sessions since the as-of of its retrain after which a named challenger cannot be asked for any more: a quarter, as long as a test block of the folds',
      ),
  })
  .prefault({})
  .meta({ id: 'ShadowSpec' });
export type ShadowSpec = z.infer<typeof ShadowSpec>;

/** What the guard of a reign is held to. */
export const GuardSpec = z
  .strictObject({
    sessions: z
      .int()
      .min(1)
      .max(500)
      .default(10)
      .describe(
        'first sessions of a reign on which the previous champion must be there to go back to: if it cannot be scored, somebody is told; the guard itself lasts for the whole reign',
      ),
    autoRollback: z.boolean().default(true).describe('false: page and ask instead'),
    falseRollbackRate: z
      .number()
      .gt(0)
      .lt(0.5)
      .default(0.05)
      .describe(
        'largest chance over a whole reign that a champion as good as the previous one is rolled back; measured, it is smaller',
      ),
    failedLimit: z
      .int()
      .min(1)
      .max(50)
      .default(1)
      .describe(
        'sessions in a row with broken or turned predictions that roll back; detection takes that many sessions plus the swap',
      ),
    inconclusiveLimit: z
      .int()
      .min(1)
      .max(50)
      .default(5)
      .describe('sessions in a row that say nothing, before paging; they never roll back'),
    maxConsecutiveErrors: z
      .int()
      .min(1)
      .max(50)
      .default(3)
      .describe('sessions in a row without any measurement before paging again'),
    maxAwayMinutes: z
      .int()
      .min(1)
      .max(1440)
      .default(60)
      .describe(
        'wall minutes that a session may stay without a measurement before paging, on its own day; it is tried again until the next session',
      ),
    remindSessions: z
      .int()
      .min(1)
      .max(60)
      .default(5)
      .describe('sessions after which a cause that lasts is paged again'),
    cooldownSessions: z
      .int()
      .min(0)
      .max(60)
      .default(2)
      .describe('sessions after an automatic rollback without another; somebody is asked instead'),
    maxRollbacksPerDay: z
      .int()
      .min(1)
      .max(20)
      .default(2)
      .describe('automatic rollbacks within 24 hours; one more freezes the model and pages'),
    fallbackSide: z
      .enum(['serve', 'reduce-only', 'halt'])
      .default('reduce-only')
      .describe('what consumers are told when the predictions are broken and there is nothing to go back to'),
  })
  .prefault({})
  .meta({ id: 'GuardSpec' });
export type GuardSpec = z.infer<typeof GuardSpec>;
