import { sql } from 'kysely';
import type { RawBuilder, Selectable } from 'kysely';
import type { NotificationEvent } from '../contracts/notification.ts';
import type { RetrainInput, RetrainOutcome, RetrainStep } from '../contracts/retrain.ts';
import type { ModelSpec } from '../contracts/spec.ts';
import type { Verdict } from '../contracts/verdict.ts';
import { runCommand } from './command.ts';
import { operations } from './database.ts';
import type { Sql } from './database.ts';
import { RetrainFinished, RetrainOpen, RetrainUnknown } from './errors.ts';
import { ledgerHead } from './ledger-chain.ts';
import { insertNotification } from './outbox.ts';
import { latestSpec, unknownModel } from './specs.ts';
import type { RetrainsTable } from './tables.ts';

/** One run of a retrain. A workflow id may be run again: `retrainId` then means its newest run. */
export interface RetrainRecord extends Omit<Selectable<RetrainsTable>, 'id' | 'status'> {
  readonly retrainId: string;
  readonly status: 'open' | RetrainOutcome;
}

export interface CreateRetrainInput extends RetrainInput {
  readonly retrainId: string;
}

export interface CreatedRetrain {
  readonly run: number;
  readonly specNumber: number;
  readonly spec: ModelSpec;
  /** Epoch of the model when the retrain began; 0 before the first champion. */
  readonly epoch: number;
  readonly champion: PinnedChampion | null;
  /** Workflow id of the open retrain that this emergency ended. */
  readonly superseded: string | null;
}

export interface PinnedChampion {
  readonly versionId: string;
  readonly number: number;
  readonly epoch: number;
  readonly recipeHash: string;
  /** It was admitted on probation and has not been confirmed by a promotion since. */
  readonly probation: boolean;
}

export interface FinishRetrainInput {
  readonly retrainId: string;
  readonly outcome: RetrainOutcome;
  readonly step: RetrainStep;
  readonly reason: string;
  /** Stable code of the refusal or failure; empty when there is none. */
  readonly code: string;
  readonly verdict: Verdict | null;
  /** Leaves in the same transaction; null: nobody is told. */
  readonly notification: NotificationEvent | null;
}

export interface FinishedRetrain {
  /** The final state in force: that of the first finish, and `promoted` whenever a reign was opened. */
  readonly outcome: RetrainOutcome;
  /** False: it was final before. */
  readonly changed: boolean;
}

export const retrainOperations = operations((database) => ({
  /**
   * Opens a retrain and pins spec, epoch and champion. The same id and correlation id is the same run. Throws
   * RetrainOpen (`details.retrainId`) when another one is open and this is no emergency, ModelUnknown.
   */
  async createRetrain(input: CreateRetrainInput): Promise<CreatedRetrain & { readonly repeated: boolean }> {
    const { model, retrainId, correlationId, requester } = input;
    return runCommand(
      database,
      {
        model,
        actor: requester.subject,
        command: 'start-retrain',
        key: `start:${retrainId}:${correlationId}`,
        businessAt: input.asOf,
        request: { retrainId, correlationId, model, asOf: input.asOf, trigger: input.trigger },
      },
      async (transaction) => {
        const inForce = await latestSpec(transaction, model);
        if (inForce === null) throw unknownModel(model);
        const state = await pinnedChampion(transaction, model);
        const { rows } = await sql<{ run: number }>`
          select nextval(pg_get_serial_sequence('retrains', 'run')) as run`.execute(transaction);
        const run = rows[0]?.run ?? 0;
        const superseded = await endOpenRetrain(transaction, input, run);
        await transaction
          .insertInto('retrains')
          .values({
            run,
            id: retrainId,
            correlationId,
            model,
            asOf: input.asOf,
            trigger: input.trigger,
            requester: requester.subject,
            specNumber: inForce.number,
            clock: JSON.stringify(input.clock),
            emergency: input.emergency,
            allowProbation: input.allowProbation,
            triggerReason: input.reason,
            epoch: state.epoch,
            championId: state.champion?.versionId ?? null,
          })
          .execute();
        const pinned = { specNumber: inForce.number, epoch: state.epoch };
        return {
          result: { run, ...pinned, spec: inForce.spec, champion: state.champion, superseded },
          facts: { retrainId, run, trigger: input.trigger, reason: input.reason, superseded, ...pinned },
        };
      },
    );
  },

  /** Says which step runs. Repeating it changes nothing. Throws RetrainFinished, RetrainUnknown. */
  async setRetrainStep(input: { readonly retrainId: string; readonly step: RetrainStep }): Promise<void> {
    await database.transaction(async (transaction) => {
      const retrain = await openRetrain(transaction, input.retrainId);
      if (retrain.step === input.step) return;
      await transaction
        .updateTable('retrains')
        .set({ step: input.step, stepAt: sql<string>`clock_timestamp()` })
        .where('run', '=', retrain.run)
        .execute();
    });
  },

  /** Writes the final state, once (I6). A retrain that opened a reign ends as promoted, whatever is said. */
  async finishRetrain(input: FinishRetrainInput): Promise<FinishedRetrain> {
    const retrain = await database.run((connection) => newestRun(connection, input.retrainId));
    const { model, run } = retrain;
    const request = {
      model,
      actor: 'system',
      command: 'finish-retrain',
      key: `finish:${String(run)}`,
      businessAt: retrain.asOf,
      request: { run },
    };
    const finished = await runCommand<FinishedRetrain>(database, request, async (transaction) => {
      const current = await newestRun(transaction, input.retrainId);
      if (current.status !== 'open')
        return { result: { outcome: current.status, changed: false }, facts: null };
      const reign = await transaction
        .selectFrom('reigns')
        .select('epoch')
        .where('run', '=', run)
        .executeTakeFirst();
      const outcome = reign === undefined ? input.outcome : 'promoted';
      const { step, reason, code, verdict } = input;
      await transaction
        .updateTable('retrains')
        .set({ status: outcome, step, reason, code, verdict, finishedAt: sql<string>`clock_timestamp()` })
        .where('run', '=', run)
        .execute();
      if (input.notification !== null) await insertNotification(transaction, input.notification);
      return {
        result: { outcome, changed: true },
        facts: {
          ...{ retrainId: input.retrainId, run, outcome, step, reason, code, verdict },
          ledger: await ledgerHead(transaction, model),
        },
      };
    });
    return { outcome: finished.outcome, changed: finished.changed && !finished.repeated };
  },

  /** Throws RetrainUnknown. */
  async getRetrain({ retrainId }: { readonly retrainId: string }): Promise<RetrainRecord> {
    return database.run((connection) => newestRun(connection, retrainId));
  },

  /** Newest first. */
  async listRetrains(input: {
    readonly model: string | null;
    readonly limit: number;
  }): Promise<readonly RetrainRecord[]> {
    return database.run(async (connection) => {
      let query = connection.selectFrom('retrains').selectAll().orderBy('run', 'desc').limit(input.limit);
      if (input.model !== null) query = query.where('model', '=', input.model);
      return (await query.execute()).map(asRecord);
    });
  },

  async openRetrains(): Promise<readonly RetrainRecord[]> {
    const rows = await database.run((connection) =>
      connection.selectFrom('retrains').selectAll().where('status', '=', 'open').orderBy('run').execute(),
    );
    return rows.map(asRecord);
  },
}));

function asRecord({ id, ...row }: Selectable<RetrainsTable>): RetrainRecord {
  return { retrainId: id, ...row };
}

/** The newest run of a workflow id. Throws RetrainUnknown. */
export async function newestRun(connection: Sql, retrainId: string): Promise<RetrainRecord> {
  const row = await connection
    .selectFrom('retrains')
    .selectAll()
    .where('id', '=', retrainId)
    .orderBy('run', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (row !== undefined) return asRecord(row);
  throw new RetrainUnknown(`there is no retrain ${retrainId}`, {
    remedy: 'List the retrains with `contender status`.',
    details: { retrainId },
  });
}

/** As `newestRun`; throws RetrainFinished when it has a final state. */
export async function openRetrain(connection: Sql, retrainId: string): Promise<RetrainRecord> {
  const retrain = await newestRun(connection, retrainId);
  if (retrain.status === 'open') return retrain;
  throw new RetrainFinished(`${retrainId} ended as ${retrain.status}`, {
    remedy: 'Start another retrain.',
    details: { retrainId, outcome: retrain.status },
  });
}

async function pinnedChampion(
  connection: Sql,
  model: string,
): Promise<{ epoch: number; champion: PinnedChampion | null }> {
  const row = await connection
    .selectFrom('champions as c')
    .innerJoin('versions as v', 'v.id', 'c.championId')
    .select(['c.epoch', 'v.id as versionId', 'v.number', 'v.recipeHash'])
    .select(probationOf('v').as('probation'))
    .where('c.model', '=', model)
    .executeTakeFirst();
  return row === undefined ? { epoch: 0, champion: null } : { epoch: row.epoch, champion: row };
}

/** A version is on probation while the newest reign that was decided for it, rollbacks aside, was a probation. */
export function probationOf(versionAlias: string): RawBuilder<boolean> {
  return sql<boolean>`coalesce((
    select r.cause = 'probation' from reigns r
    where r.version_id = ${sql.ref(`${versionAlias}.id`)} and r.cause <> 'rollback'
    order by r.epoch desc limit 1), false)`;
}

/** One retrain of a model at a time: `open` is the one that stands. */
export const anotherIsOpen = ({
  retrainId,
  model,
  step,
}: Pick<RetrainRecord, 'retrainId' | 'model' | 'step'>): RetrainOpen =>
  new RetrainOpen(`${retrainId} of ${model} is open, at step ${step}`, {
    remedy: 'Wait for it, cancel it, or start an emergency retrain with a reason.',
    details: { retrainId, step },
  });

async function endOpenRetrain(
  connection: Sql,
  input: CreateRetrainInput,
  successor: number,
): Promise<string | null> {
  const open = await connection
    .selectFrom('retrains as r')
    .select(['r.run', 'r.id', 'r.step'])
    .select((eb) =>
      eb.exists(eb.selectFrom('reigns').select('epoch').whereRef('reigns.run', '=', 'r.run')).as('promoted'),
    )
    .where('r.model', '=', input.model)
    .where('r.status', '=', 'open')
    .executeTakeFirst();
  if (open === undefined) return null;
  if (!input.emergency) throw anotherIsOpen({ ...open, retrainId: open.id, model: input.model });
  const ended = { finishedAt: sql<string>`clock_timestamp()` };
  await connection
    .updateTable('retrains')
    .set(
      open.promoted === true
        ? { ...ended, status: 'promoted' }
        : {
            ...ended,
            status: 'superseded',
            supersededBy: successor,
            reason: `superseded by ${input.retrainId}: ${input.reason}`,
          },
    )
    .where('run', '=', open.run)
    .execute();
  return open.promoted === true ? null : open.id;
}
