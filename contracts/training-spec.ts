import { z } from 'zod';

/** `rank` is LambdaMART within each session on five grades of the label, `binary` the upper half of a session against the lower. */
export const TrainingObjective = z.enum(['regression', 'rank', 'binary']).meta({ id: 'TrainingObjective' });
export type TrainingObjective = z.infer<typeof TrainingObjective>;

/** By feature: 1 where the score may only rise with it, -1 where it may only fall. */
export const MonotoneConstraints = z
  .record(z.string().min(1).max(100), z.union([z.literal(1), z.literal(-1)]))
  .meta({ id: 'MonotoneConstraints' });
export type MonotoneConstraints = z.infer<typeof MonotoneConstraints>;

export const TrainingSpec = z
  .strictObject({
    objective: TrainingObjective.default('regression').describe(
      'what a fit minimises: squared error of the rank label, LambdaMART within a session, or the upper half against the lower',
    ),
    monotone: MonotoneConstraints.default({}).describe(
      'by feature, 1 or -1: the score may only rise or only fall with it; features not named are free',
    ),
    weightHalfLifeSessions: z
      .int()
      .min(0)
      .max(5000)
      .default(0)
      .describe('sessions after which a training row weighs half as much; 0: all weigh the same'),
    trials: z.int().min(1).max(500).default(20).describe('recipes tried by the search of one retrain'),
    search: z
      .enum(['random', 'tpe'])
      .default('random')
      .describe(
        'random: every recipe is drawn before anything is fitted, so that none leans on the returns that gates judge and all may run at once; tpe: ten are drawn, then each generation is proposed by a tree-structured Parzen estimator from how the earlier ones did',
      ),
    generation: z
      .int()
      .min(1)
      .max(50)
      .default(4)
      .describe('of tpe: trials proposed together; four keep two sidecars of two fits busy'),
    draws: z
      .enum(['monthly', 'fixed'])
      .default('monthly')
      .describe(
        'monthly: each as-of month tries recipes of its own beside the default one, so that a search is not the same twenty for ever; fixed: the seed alone decides',
      ),
    trainSessions: z
      .int()
      .min(60)
      .max(5000)
      .default(750)
      .describe('sessions of a training window: three years'),
    testSessions: z.int().min(10).max(500).default(63).describe('sessions of a test block: a quarter'),
    folds: z
      .enum(['walk_forward', 'combinatorial'])
      .default('walk_forward')
      .describe(
        'walk_forward: each block is predicted by a fit on what came before it, as it would have been; combinatorial: purged cross-validation, several paths through the same sessions, with fits on what came after as well',
      ),
    groups: z
      .int()
      .min(4)
      .max(8)
      .default(6)
      .describe('of a combinatorial plan: equal stretches the sessions are cut into'),
    testGroups: z
      .int()
      .min(1)
      .max(2)
      .default(2)
      .describe('of a combinatorial plan: groups tested together; 2 of 6 are 15 fits a trial and 5 paths'),
    minFolds: z.int().min(1).max(50).default(2).describe('walk-forward folds needed for any statistic'),
    maxFolds: z.int().min(1).max(50).default(12).describe('newest folds used; bounds the cost of a retrain'),
    embargoSessions: z.int().min(0).max(100).default(7).describe('only where training follows a test block'),
    seed: z.int().min(0).max(2147483647).default(7),
    maxMinutes: z
      .int()
      .min(1)
      .max(1440)
      .default(30)
      .describe('hard stop of the whole training step, wall minutes'),
  })
  .prefault({})
  .meta({ id: 'TrainingSpec' });
export type TrainingSpec = z.infer<typeof TrainingSpec>;
