import { z } from 'zod';
import { Actor, Instant, ModelName, Sha256 } from './primitives.ts';

/**
 * Rehearsals of the way back. A drill changes nothing that answers: neither the champion nor its epoch, nor what servers keep
 * warm. It is no rollback, and nothing about it is called one.
 */

/** How one server did. */
export const DrillServer = z
  .strictObject({
    server: z.string(),
    outcome: z
      .enum(['passed', 'failed', 'absent'])
      .describe(
        'absent: it had no valid lease when the drill began; a rollback would not wait for it either',
      ),
    code: z.string().describe('of the error; empty when it passed'),
    reason: z.string(),
    remedy: z.string(),
    loadMs: z
      .number()
      .min(0)
      .nullable()
      .describe(
        'cold: reading, verifying, loading and warming the version anew; null: it did not get so far',
      ),
    checkMs: z.number().min(0).nullable().describe('answering the recorded rows with what was loaded'),
    rows: z.int().min(0).describe('recorded rows that were answered'),
    mismatches: z.int().min(0).describe('of those, answered otherwise than recorded, by any bit'),
    warm: z
      .boolean()
      .nullable()
      .describe('whether the server keeps the version in memory beside its champion; null: it did not say'),
    warmMs: z.number().min(0).nullable().describe('answering the same rows with the one in memory'),
  })
  .meta({ id: 'DrillServer' });
export type DrillServer = z.infer<typeof DrillServer>;

export const DrillResult = z
  .enum(['passed', 'failed', 'yielded', 'skipped', 'abandoned'])
  .meta({ id: 'DrillResult' });
export type DrillResult = z.infer<typeof DrillResult>;

export const RollbackDrill = z
  .strictObject({
    id: z.int().min(1),
    model: ModelName,
    epoch: z.int().min(1).describe('in force when it was opened, and ever since'),
    champion: z.int().min(1).describe('number of the version that answers'),
    target: z.int().min(1).describe('number of the version that a rollback would go to'),
    targetId: Sha256,
    trigger: z.enum(['manual', 'schedule']),
    requestedBy: z.string(),
    reason: z.string(),
    openedAt: Instant,
    deadline: Instant.describe('a server that has not reported by then is silent'),
    result: DrillResult.nullable().describe(
      'null: it runs. yielded: a swap or a rollback came first. skipped: one was under way, or no server was there',
    ),
    endedReason: z.string(),
    endedAt: Instant.nullable(),
    waitedFor: z.array(z.string()).describe('servers with a valid lease when it was opened'),
    servers: z.array(DrillServer),
  })
  .meta({ id: 'RollbackDrill' });
export type RollbackDrill = z.infer<typeof RollbackDrill>;

/** What a server says of itself; `outcome` and the rest follow from it. */
export type DrillFinding = Omit<DrillServer, 'server' | 'outcome'>;

/** What is known of the way back of a model. */
export const DrillStanding = z
  .strictObject({
    newest: RollbackDrill.nullable().describe('the newest that the servers had a say in; null: never'),
    passedAt: Instant.nullable().describe('end of the newest that passed; null: none did'),
    underWay: z.int().min(1).nullable().describe('number of the drill that runs; null: none'),
    wayBackSince: Instant.nullable().describe('when there was first a way back; null: there is none now'),
    maxAgeDays: z.int().min(1).describe('`drill.maxAgeDays` of the spec in force'),
    overdue: z.boolean().describe('there is a way back, and no drill of it has passed for longer than that'),
  })
  .meta({ id: 'DrillStanding' });
export type DrillStanding = z.infer<typeof DrillStanding>;

export const DrillInput = z
  .strictObject({
    model: ModelName,
    trigger: z.enum(['manual', 'schedule']),
    actor: Actor,
    reason: z.string(),
    /** Null: that of the workflow run, since a schedule starts each run with the same input. */
    idempotencyKey: z.string().min(1).max(300).nullable(),
    correlationId: z.string(),
  })
  .meta({ id: 'DrillInput' });
export type DrillInput = z.infer<typeof DrillInput>;

/** What came of asking for a drill: the drill, or why there was nothing to rehearse. */
export interface DrillOutcome {
  readonly drill: RollbackDrill | null;
  readonly reason: string;
}
