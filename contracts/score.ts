import { z } from 'zod';
import { ModelName, SessionDate, Sha256 } from './primitives.ts';
import { CorrelationId } from './training.ts';

/** What starts the scoring of a whole universe for one session. */
export const ScoreInput = z
  .strictObject({
    model: ModelName,
    session: SessionDate.nullable().describe('null: the newest session that is decided when the run starts'),
    version: z.int().min(1).nullable().describe('null: the champion when the run starts'),
    trigger: z.enum(['manual', 'schedule']),
    requestedBy: z.string().min(1).max(200),
    correlationId: CorrelationId,
  })
  .meta({ id: 'ScoreInput' });
export type ScoreInput = z.infer<typeof ScoreInput>;

/** `scored`: every symbol has a score or a reason. The others say why nothing was scored. */
export const ScoreOutcome = z
  .enum(['scored', 'no-session', 'no-champion', 'no-data'])
  .meta({ id: 'ScoreOutcome' });
export type ScoreOutcome = z.infer<typeof ScoreOutcome>;

export const ScoreResult = z
  .strictObject({
    outcome: ScoreOutcome,
    reason: z.string(),
    run: z.int().min(1).nullable(),
    model: ModelName,
    session: SessionDate.nullable(),
    version: z.int().min(1).nullable(),
    versionId: Sha256.nullable(),
    epoch: z.int().min(0).nullable(),
    scored: z.int().min(0),
    skipped: z.int().min(0),
    resumed: z.int().min(0).describe('symbols that an earlier attempt had scored already'),
  })
  .meta({ id: 'ScoreResult' });
export type ScoreResult = z.infer<typeof ScoreResult>;
