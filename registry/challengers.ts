import { sql } from 'kysely';
import { SYSTEM_ACTOR } from '../contracts/ids.ts';
import type { Actor, ArtifactRef } from '../contracts/primitives.ts';
import type { ModelSpec } from '../contracts/spec.ts';
import type { Verdict } from '../contracts/verdict.ts';
import type { VersionIdentity } from '../contracts/version.ts';
import { runCommand } from './command.ts';
import { operations, type Sql } from './database.ts';
import { ChallengerUnknown, RoleMissing, ShadowChallengerUnfit } from './errors.ts';
import { latestSpec, unknownModel } from './specs.ts';
import { findVersion } from './versions.ts';

/** A version that is scored beside the champion and beside the challenger of an open retrain. */
export interface Challenger {
  readonly model: string;
  readonly number: number;
  readonly versionId: string;
  readonly version: number;
  /** Sessions of its shadow. */
  readonly sessions: number;
  readonly subject: string;
  readonly reason: string;
  readonly recordedAt: string;
  /** Null while it is open. */
  readonly end: ChallengerEnd | null;
}

export interface ChallengerEnd {
  readonly verdict: Verdict;
  readonly subject: string;
  readonly reason: string;
  readonly recordedAt: string;
}

/** One session of a challenger, in the form of a session of a retrain's shadow. */
export interface ChallengerDay {
  readonly session: string;
  readonly championId: string;
  readonly rows: number;
  readonly pairedRows: number;
  readonly verdict: 'continue' | 'fail';
  readonly reason: string;
  readonly predictions: ArtifactRef | null;
  readonly numbers: Readonly<Record<string, unknown>>;
}

export interface ChallengerCommand {
  readonly model: string;
  /** Number of the version. */
  readonly version: number;
  readonly actor: Actor;
  readonly reason: string;
  readonly idempotencyKey: string;
}

/** Roles that may have a version scored beside the champion. */
const CHALLENGER_ROLES = ['quant-lead', 'researcher', 'operator', 'admin'] as const;

/** Why a version cannot be held against the champion under a spec, in words; null when it can. */
export function unfitFor(
  identity: Pick<VersionIdentity, 'featureSet' | 'recipe'>,
  spec: Pick<ModelSpec, 'features' | 'label'>,
): string | null {
  if (identity.featureSet !== spec.features) {
    return `takes the feature set ${identity.featureSet}, the spec names ${spec.features}`;
  }
  const { horizonSessions, entryDelaySessions } = identity.recipe.label;
  const same =
    horizonSessions === spec.label.horizonSessions && entryDelaySessions === spec.label.entryDelaySessions;
  return same ? null : 'was trained for another label than the spec states';
}

const challengerRows = (model: string) => sql<Challenger>`
  select c.model, c.number, c.version_id, v.number as version, c.sessions, c.subject, c.reason, c.recorded_at,
    (select jsonb_build_object('verdict', e.verdict, 'subject', e.subject, 'reason', e.reason,
       'recordedAt', contender_instant(e.recorded_at))
     from challenger_ends e where e.model = c.model and e.number = c.number) as "end"
  from challengers c join versions v on v.id = c.version_id where c.model = ${model} order by c.number desc`;

export const challengerOperations = operations((database) => ({
  /**
   * Has a version scored beside the champion from the next session on, for as many sessions as a shadow has. Throws
   * ShadowChallengerUnfit, VersionWithdrawn, VersionDeleted, AlreadyChampion, ChallengerOpen, ChallengersFull, ChallengerWithoutChampion,
   * VersionUnknown, ModelUnknown, RoleMissing.
   */
  async addChallenger(input: ChallengerCommand): Promise<Challenger> {
    const { model, version: number, actor, reason, idempotencyKey } = input;
    requireRole(actor, 'add a challenger');
    const { repeated: _, ...added } = await runCommand<Challenger>(
      database,
      {
        ...{ model, command: 'add-challenger', actor: actor.subject, key: idempotencyKey, businessAt: null },
        request: { model, version: number, actor: actor.subject },
      },
      async (transaction) => {
        const inForce = await latestSpec(transaction, model);
        if (inForce === null) throw unknownModel(model);
        const version = await findVersion(transaction, model, number);
        const unfit = unfitFor(version.manifest.identity, inForce.spec);
        if (unfit !== null) {
          throw new ShadowChallengerUnfit(`version ${String(number)} of ${model} ${unfit}`, {
            remedy: 'Start a retrain under the spec in force.',
            details: { model, version: number },
          });
        }
        const { sessions } = inForce.spec.shadow;
        await transaction
          .insertInto('challengers')
          .values({
            ...{ model, versionId: version.id, sessions, subject: actor.subject, reason },
            number: sql<number>`(select coalesce(max(number), 0) + 1 from challengers where model = ${model})`,
          })
          .execute();
        const challenger = await openChallenger(transaction, model, number);
        return {
          result: challenger,
          facts: { number: challenger.number, versionId: version.id, version: number, sessions, reason },
        };
      },
    );
    return added;
  },

  /** Ends the shadow of a challenger with its verdict; one that has ended stays as it is. Throws ChallengerUnknown. */
  async endChallenger(input: ChallengerCommand & { readonly verdict: Verdict }): Promise<Challenger> {
    const { model, version: number, actor, reason, verdict, idempotencyKey } = input;
    requireRole(actor, 'end a challenger');
    const { repeated: _, ...ended } = await runCommand<Challenger>(
      database,
      {
        ...{ model, command: 'end-challenger', actor: actor.subject, key: idempotencyKey, businessAt: null },
        request: { model, version: number, actor: actor.subject, verdict },
      },
      async (transaction) => {
        const open = await openChallenger(transaction, model, number);
        await transaction
          .insertInto('challengerEnds')
          .values({ model, number: open.number, verdict, subject: actor.subject, reason })
          .execute();
        const { rows } = await challengerRows(model).execute(transaction);
        const result = rows.find((each) => each.number === open.number) ?? open;
        return {
          result,
          facts: { number: open.number, versionId: open.versionId, version: number, verdict, reason },
        };
      },
    );
    return ended;
  },

  /** Newest first, those that have ended among them. */
  async challengers({ model }: { readonly model: string }): Promise<readonly Challenger[]> {
    const { rows } = await database.run((connection) => challengerRows(model).execute(connection));
    return rows;
  },

  /** Stores a session of a challenger; the first record of a session stands. Throws ChallengerEnded. */
  async saveChallengerDay(
    input: ChallengerDay & { readonly model: string; readonly number: number },
  ): Promise<void> {
    const { predictions, numbers, ...day } = input;
    await database.run((connection) =>
      connection
        .insertInto('challengerDays')
        .values({
          ...day,
          predictions: predictions === null ? null : JSON.stringify(predictions),
          numbers: JSON.stringify(numbers),
        })
        .onConflict((conflict) => conflict.doNothing())
        .execute(),
    );
  },

  /** Sessions of a challenger, in order. */
  async challengerDays(input: {
    readonly model: string;
    readonly number: number;
  }): Promise<readonly ChallengerDay[]> {
    return database.run((connection) =>
      connection
        .selectFrom('challengerDays')
        .select([
          'session',
          'championId',
          'rows',
          'pairedRows',
          'verdict',
          'reason',
          'predictions',
          'numbers',
        ])
        .where('model', '=', input.model)
        .where('number', '=', input.number)
        .orderBy('session')
        .execute(),
    );
  },
}));

/** The newest time a version was named, open or ended; null: never. */
export async function challengerOfVersion(
  connection: Sql,
  model: string,
  version: number,
): Promise<Challenger | null> {
  const { rows } = await challengerRows(model).execute(connection);
  return rows.find((each) => each.version === version) ?? null;
}

/** The open challenger of a version number. Throws ChallengerUnknown. */
async function openChallenger(connection: Sql, model: string, version: number): Promise<Challenger> {
  const { rows } = await challengerRows(model).execute(connection);
  const open = rows.find((each) => each.version === version && each.end === null);
  if (open !== undefined) return open;
  throw new ChallengerUnknown(`version ${String(version)} of ${model} is no open challenger`, {
    remedy: `List them: contender challengers ${model}`,
    details: { model, version },
  });
}

/** The guard ends a challenger by itself; everybody else needs a role. */
function requireRole(actor: Actor, what: string): void {
  if (actor.subject === SYSTEM_ACTOR.subject) return;
  if (actor.roles.some((role) => (CHALLENGER_ROLES as readonly string[]).includes(role))) return;
  throw new RoleMissing(`${actor.subject} may not ${what}`, {
    remedy: `Use a token with one of the roles ${CHALLENGER_ROLES.join(', ')}.`,
  });
}
