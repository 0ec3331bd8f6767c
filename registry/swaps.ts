import { sql } from 'kysely';
import { SYSTEM_ACTOR } from '../contracts/ids.ts';
import type { NotificationEvent } from '../contracts/notification.ts';
import type { Actor } from '../contracts/primitives.ts';
import type { RollbackInput } from '../contracts/retrain.ts';
import { knownResult, lockModel } from './command.ts';
import { operations } from './database.ts';
import type { Database, Sql } from './database.ts';
import { AlreadyChampion, EpochMoved, NoPreviousChampion, RoleMissing } from './errors.ts';
import { hashValue } from './hash.ts';
import { newestRun } from './retrains.ts';
import { TRACE_CHANNEL } from './swap-listener.ts';
import { promotionAnnouncement, rollbackAnnouncement } from './swap-notification.ts';
import { findVersion } from './versions.ts';

export interface PromoteInput {
  readonly retrainId: string;
  readonly model: string;
  readonly versionId: string;
  readonly expectedEpoch: number;
  readonly decisionEvidenceHash: string;
  readonly kind: 'promotion' | 'probation';
  /** Instant in the market's time from which the version is champion. */
  readonly businessAt: string;
  readonly idempotencyKey: string;
  readonly correlationId: string;
}

/** As the command, with what only the control plane knows. */
export interface RollbackChampionInput extends Omit<RollbackInput, 'expectedEpoch'> {
  /** Absent or null: whatever epoch is in force. A guard names the epoch it watched: two rollbacks never stack up. */
  readonly expectedEpoch?: number | null;
  /** Absent: now on the live clock; the beginning of the reign in force for a reign of a replay. */
  readonly businessAt?: string;
}

export interface SwapOutcome {
  readonly model: string;
  readonly epoch: number;
  readonly fromVersion: number | null;
  readonly fromVersionId: string | null;
  readonly toVersion: number;
  readonly versionId: string;
  /** Wall instant of the commit. */
  readonly committedAt: string;
  readonly businessAt: string;
  /** True when the same command had been carried out before. */
  readonly repeated: boolean;
}

/** Roles that may take a champion back. */
const ROLLBACK_ROLES = ['quant-lead', 'operator', 'admin'] as const;

/** How long the announcement waits for the servers' acknowledgements before it leaves without them. */
const ANNOUNCEMENT_HELD_MS = 60_000;

export const swapOperations = operations((database) => ({
  /**
   * Makes a version champion: compare-and-set on the epoch, the whole evidence chain checked by the database, and
   * champion, previous, epoch, audit and outbox in one transaction. The same key answers the same again.
   * Throws EpochMoved (`details.currentEpoch`), EvidenceMissing, NotApproved, ApprovalExpired, RetrainFinished,
   * AlreadyChampion, VersionDeleted.
   */
  async promote(input: PromoteInput): Promise<SwapOutcome> {
    const { model, versionId, expectedEpoch, retrainId } = input;
    return database.transaction(async (transaction) => {
      const retrain = await newestRun(transaction, retrainId);
      const to = await findVersion(transaction, model, versionId);
      const from = await championOf(transaction, model);
      await tellTrace(transaction, database, model);
      return swap(transaction, {
        model,
        versionId,
        expectedEpoch,
        cause: input.kind === 'probation' ? 'probation' : 'swap',
        run: retrain.run,
        decisionHash: input.decisionEvidenceHash,
        actor: SYSTEM_ACTOR.subject,
        reason: `${input.kind} of ${retrainId}`,
        businessAt: input.businessAt,
        key: input.idempotencyKey,
        request: { model, versionId, expectedEpoch, run: retrain.run, decision: input.decisionEvidenceHash },
        announcement: promotionAnnouncement({
          model,
          epoch: expectedEpoch + 1,
          from: from.champion,
          to: { number: to.number, id: to.id },
          retrainId,
          asOf: retrain.asOf,
          correlationId: input.correlationId,
          occurredAt: new Date().toISOString(),
        }),
      });
    });
  },

  /**
   * Takes a model back to an earlier champion; valid in every state of its retrains. Throws NoPreviousChampion,
   * NeverChampion, VersionUnknown, VersionDeleted, AlreadyChampion, EpochMoved, RoleMissing.
   */
  async rollback(input: RollbackChampionInput): Promise<SwapOutcome> {
    const { model, toVersion, reason, actor, idempotencyKey } = input;
    requireRollbackRole(actor);
    const request = { model, toVersion, actor: actor.subject };
    return database.transaction(async (transaction) => {
      await lockModel(transaction, model);
      const known = await knownResult<Omit<SwapOutcome, 'repeated'>>(transaction, idempotencyKey, request);
      if (known !== null) return { ...known, repeated: true };
      const state = await championOf(transaction, model);
      const { champion: from, epoch } = state;
      if (from === null) throw noPrevious(model, `${model} has no champion`);
      const expectedEpoch = input.expectedEpoch ?? epoch;
      if (expectedEpoch !== epoch) {
        throw new EpochMoved(`epoch ${String(expectedEpoch)} of ${model} is not in force`, {
          remedy: 'Look at the champion in force and decide again.',
          details: { model, expectedEpoch, currentEpoch: epoch },
        });
      }
      const target = toVersion ?? state.previousId;
      if (target === null) throw noPrevious(model, `${model} has no previous champion to go back to`);
      const to = await findVersion(transaction, model, target);
      if (to.id === from.id) {
        throw new AlreadyChampion(`version ${String(to.number)} is the champion of ${model}`, {
          remedy: 'Nothing has to be done.',
        });
      }
      await tellTrace(transaction, database, model);
      return swap(transaction, {
        model,
        versionId: to.id,
        expectedEpoch: epoch,
        cause: 'rollback',
        run: null,
        decisionHash: null,
        actor: actor.subject,
        reason,
        businessAt: input.businessAt ?? state.defaultBusinessAt,
        key: idempotencyKey,
        request,
        announcement: rollbackAnnouncement({
          model,
          epoch: epoch + 1,
          from,
          to: { number: to.number, id: to.id },
          retrainId: null,
          asOf: null,
          correlationId: input.correlationId,
          occurredAt: new Date().toISOString(),
          cause: actor.subject === SYSTEM_ACTOR.subject ? 'guard' : 'manual',
          requestedBy: actor.subject,
          reason,
        }),
      });
    });
  },
}));

interface SwapCall {
  readonly model: string;
  readonly versionId: string;
  readonly expectedEpoch: number;
  readonly cause: 'swap' | 'rollback' | 'probation';
  readonly run: number | null;
  readonly decisionHash: string | null;
  readonly actor: string;
  readonly reason: string;
  readonly businessAt: string;
  readonly key: string;
  readonly request: unknown;
  readonly announcement: NotificationEvent;
}

async function swap(connection: Sql, call: SwapCall): Promise<SwapOutcome> {
  const heldUntil = `${String(ANNOUNCEMENT_HELD_MS)} milliseconds`;
  const event = JSON.stringify(call.announcement);
  const dueAt = sql`clock_timestamp() + ${heldUntil}::interval`;
  // Two doors: the API may take a champion back, and only the worker promotes (migrations/0030).
  const statement =
    call.cause === 'rollback'
      ? sql<{ outcome: SwapOutcome }>`
        select contender_roll_back(
          ${call.model}, ${call.versionId}, ${call.expectedEpoch}::int, ${call.actor}, ${call.reason},
          ${call.businessAt}::timestamptz, ${call.key}, ${hashValue(call.request)}, ${event}::jsonb,
          ${dueAt}) as outcome`
      : sql<{ outcome: SwapOutcome }>`
        select contender_swap(
          ${call.model}, ${call.versionId}, ${call.expectedEpoch}::int, ${call.cause}, ${call.run}::bigint,
          ${call.decisionHash}, ${call.actor}, ${call.reason}, ${call.businessAt}::timestamptz, ${call.key},
          ${hashValue(call.request)}, ${event}::jsonb, ${dueAt}) as outcome`;
  const { rows } = await statement.execute(connection);
  const [row] = rows;
  if (row === undefined) throw new Error('contender_swap gave no answer');
  return row.outcome;
}

/** Heard by the servers at the commit, just before the swap itself (registry/swap-listener.ts). */
async function tellTrace(connection: Sql, { options }: Database, model: string): Promise<void> {
  const carrier = options.trace?.() ?? null;
  if (carrier === null) return;
  await sql`select pg_notify(${TRACE_CHANNEL}, ${JSON.stringify({ model, carrier })})`.execute(connection);
}

interface ChampionState {
  readonly epoch: number;
  readonly champion: { readonly id: string; readonly number: number } | null;
  readonly previousId: string | null;
  readonly defaultBusinessAt: string;
}

async function championOf(connection: Sql, model: string): Promise<ChampionState> {
  const { rows } = await sql<{
    epoch: number;
    championId: string | null;
    number: number | null;
    previousId: string | null;
    defaultBusinessAt: string;
  }>`
    select c.epoch, c.champion_id, v.number, c.previous_id,
      -- In a replay the market has come as far as the last session that the guard of the reign decided.
      case when last_promotion.mode = 'replay' then greatest(latest.business_at,
        (select max(m.decided_at) from guard_measurements m where m.model = c.model and m.epoch = c.epoch))
        else clock_timestamp() end as default_business_at
    from champions c
    left join versions v on v.id = c.champion_id
    left join reigns latest on latest.model = c.model and latest.epoch = c.epoch
    left join lateral (
      select r.clock ->> 'mode' as mode from reigns g join retrains r on r.run = g.run
      where g.model = c.model and g.run is not null order by g.epoch desc limit 1) last_promotion on true
    where c.model = ${model}`.execute(connection);
  const [row] = rows;
  if (row === undefined) {
    return { epoch: 0, champion: null, previousId: null, defaultBusinessAt: new Date(0).toISOString() };
  }
  const { championId, number } = row;
  const champion = championId === null || number === null ? null : { id: championId, number };
  return { epoch: row.epoch, champion, previousId: row.previousId, defaultBusinessAt: row.defaultBusinessAt };
}

function requireRollbackRole(actor: Actor): void {
  if (actor.subject === SYSTEM_ACTOR.subject) return;
  if (ROLLBACK_ROLES.some((role) => actor.roles.includes(role))) return;
  throw new RoleMissing(`${actor.subject} may not roll back`, {
    remedy: `Use a token with one of the roles ${ROLLBACK_ROLES.join(', ')}.`,
  });
}

function noPrevious(model: string, message: string): NoPreviousChampion {
  return new NoPreviousChampion(message, {
    remedy: 'Name an earlier champion with --to; `contender champion MODEL --history` lists them.',
    details: { model },
  });
}
