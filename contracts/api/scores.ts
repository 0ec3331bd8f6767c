import { z } from 'zod';
import { ArtifactRef, AskedSession, Instant, SessionDate, Sha256 } from '../primitives.ts';

/** Body of the operation that has a whole universe scored. */
export const StartScoring = z
  .strictObject({
    session: AskedSession.nullable().default(null).describe('null: the newest session that is decided'),
    version: z.int().min(1).max(2_147_483_647).nullable().default(null).describe('null: the champion'),
  })
  .meta({ id: 'StartScoring' });

export const StartedScoring = z
  .strictObject({
    workflowId: z.string().describe('of the run; a run of the same session and version is joined'),
  })
  .meta({ id: 'StartedScoring' });

/** A universe that was scored, or is being scored. */
const ScoreRunRow = z
  .strictObject({
    id: z.int(),
    session: SessionDate,
    version: z.int().describe('number'),
    versionId: Sha256,
    epoch: z.int().describe('in force when the run began'),
    isChampion: z.boolean(),
    trigger: z.enum(['manual', 'schedule']),
    requestedBy: z.string(),
    startedAt: Instant,
    asOf: Instant.nullable().describe('null until the features are there'),
    symbols: z.int().nullable().describe('of the universe; null until the features are there'),
    done: z.int().describe('symbols that have a score or a reason so far'),
    skipped: z.int(),
    files: z
      .strictObject({ predictions: ArtifactRef, skipped: ArtifactRef, report: ArtifactRef })
      .nullable()
      .describe('in the artifact store, once complete'),
    completedAt: Instant.nullable(),
  })
  .meta({ id: 'ScoreRun' });
export const ScoreRunList = z.strictObject({ items: z.array(ScoreRunRow) }).meta({ id: 'ScoreRunList' });
