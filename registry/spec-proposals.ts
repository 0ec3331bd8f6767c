import { sql } from 'kysely';
import { type ApprovalDeputy, namedDeputy } from '../contracts/deputy.ts';
import { samePerson, type ModelScope } from '../contracts/identity.ts';
import type { Actor, Market } from '../contracts/primitives.ts';
import type { ModelSpec } from '../contracts/spec.ts';
import { storedSpec } from '../contracts/stored-spec.ts';
import { runCommand } from './command.ts';
import { operations } from './database.ts';
import type { Sql } from './database.ts';
import {
  AlreadyDecided,
  ProposalChanged,
  ProposalExpired,
  ProposalUnknown,
  RoleMissing,
  SecondPersonNeeded,
  SpecOutrun,
} from './errors.ts';
import { hashValue } from './hash.ts';
import { inScope } from './scope.ts';
import { loosenedFields } from './spec-loosening.ts';
import { insertProposalAnnouncements } from './spec-proposal-notification.ts';
import { agreeing, latestSpec, specOperations, storeSpecWithin, unknownModel } from './specs.ts';
import type { Agreement, AppliedSpec, ApplySpecInput, SpecRecord } from './specs.ts';

/** A spec that loosens something and waits for a second quant lead. */
export interface SpecProposal {
  readonly id: number;
  readonly model: string;
  /** Number of the spec in force when it was proposed. */
  readonly baseNumber: number;
  readonly spec: ModelSpec;
  readonly hash: string;
  readonly author: string;
  readonly loosened: readonly string[];
  readonly reason: string;
  /** ISO instants, wall time. */
  readonly proposedAt: string;
  readonly expiresAt: string;
  /** Who may decide in the place of a second lead, and from when; null: nobody. */
  readonly deputy: ApprovalDeputy | null;
  /** `open` while nobody has decided and its time runs; `outrun`: another spec came into force. */
  readonly state: 'open' | 'agreed' | 'rejected' | 'expired' | 'outrun';
  readonly decidedBy: string | null;
  readonly decidedAsDeputy: boolean;
  readonly decidedReason: string | null;
  readonly decidedAt: string | null;
}

export type ProposedSpec =
  | { readonly kind: 'applied'; readonly applied: AppliedSpec }
  | { readonly kind: 'proposed'; readonly proposal: SpecProposal };

/** A working week: long enough for somebody on leave to be stood in for. */
const OPEN_DAYS = 7;

const columns = sql`p.id, p.model, p.base_number, p.spec, p.hash, p.author, p.loosened, p.reason, p.proposed_at,
  p.expires_at, p.decided_by, p.decided_as_deputy,
  case when p.deputy is null or not contender_deputy_may_agree(p.loosened) then null
    else jsonb_build_object('subject', p.deputy, 'from', contender_instant(p.deputy_from)) end as deputy,
  p.decided_reason, p.decided_at,
  case when p.decision = 'agree' then 'agreed' when p.decision = 'reject' then 'rejected'
    when p.base_number <> (select max(number) from specs where model = p.model) then 'outrun'
    when p.expires_at <= clock_timestamp() then 'expired' else 'open' end as state`;

export const specProposalOperations = operations((database) => {
  const specs = specOperations(database);
  return {
    /**
     * Applies a spec; when it loosens something and nobody second is there, keeps it as a proposal instead. The same
     * proposal twice is one. `expectedNumber` null: whatever spec is in force. `deadline`: wall instant that many sessions of a
     * market from now, when the deputy of the spec in force may decide in the place of a lead. Throws SpecOutrun.
     */
    async applyOrProposeSpec(input: {
      readonly spec: ModelSpec;
      readonly actor: Actor;
      readonly reason: string;
      readonly expectedNumber: number | null;
      readonly deadline: (market: Market, sessions: number) => Promise<string>;
    }): Promise<ProposedSpec> {
      const { spec, actor, reason, expectedNumber } = input;
      const { model } = spec;
      const current = await database.run((connection) => latestSpec(connection, model));
      if (expectedNumber !== null && (current?.number ?? 0) !== expectedNumber) {
        throw outrun(model, expectedNumber, current?.number ?? 0);
      }
      const loosened = current === null ? [] : loosenedFields(current.spec, spec);
      if (current === null || loosened.length === 0 || current.hash === hashValue(spec)) {
        const applied = await specs.applySpec({ spec, actor, secondPerson: null, reason });
        return { kind: 'applied', applied };
      }
      const hash = hashValue(spec);
      const baseNumber = current.number;
      const deputy = await deputyOf(current, loosened, input.deadline);
      await runCommand(
        database,
        {
          ...{ model, actor: actor.subject, command: 'propose-spec', businessAt: null },
          key: `propose-spec:${model}:${String(baseNumber)}:${hash}`,
          request: { model, baseNumber, hash },
        },
        async (transaction) => {
          const inForce = await latestSpec(transaction, model);
          if (inForce?.number !== baseNumber) throw outrun(model, baseNumber, inForce?.number ?? 0);
          await sql`insert into spec_proposals (model, base_number, spec, hash, author, loosened, reason, expires_at, deputy, deputy_from)
            values (${model}, ${baseNumber}, ${JSON.stringify(spec)}::jsonb, ${hash}, ${actor.subject},
              ${[...loosened]}::text[], ${reason}, clock_timestamp() + make_interval(days => ${OPEN_DAYS}),
              ${deputy?.subject ?? null}, ${deputy?.from ?? null}::timestamptz)
            on conflict do nothing`.execute(transaction);
          const made = await newestProposal(transaction, model, hash, baseNumber);
          if (made.state === 'open') await insertProposalAnnouncements(transaction, made);
          return { result: {}, facts: { baseNumber, specHash: hash, loosened, reason } };
        },
      );
      const proposal = await database.run((connection) =>
        newestProposal(connection, model, hash, baseNumber),
      );
      return { kind: 'proposed', proposal };
    },

    /** Newest first; `before`: only those with a lower id. */
    async listSpecProposals(input: {
      readonly scope: ModelScope;
      readonly model: string | null;
      readonly before: number | null;
      readonly limit: number;
    }): Promise<readonly SpecProposal[]> {
      const { rows } = await database.run((connection) =>
        sql<SpecProposal>`select ${columns} from spec_proposals p
          where ${inScope('p.model', input.scope)}
            and (${input.model}::text is null or p.model = ${input.model})
            and (${input.before}::bigint is null or p.id < ${input.before}::bigint)
          order by p.id desc limit ${input.limit}`.execute(connection),
      );
      return rows;
    },

    /** Who may decide a proposal in the place of a second lead; null: nobody, or there is no such proposal. */
    async deputyOfProposal({ id }: { readonly id: number }): Promise<string | null> {
      const { rows } = await database.run((connection) =>
        sql<{ deputy: string | null }>`
          select deputy from spec_proposals where id = ${id} and contender_deputy_may_agree(loosened)`.execute(
          connection,
        ),
      );
      return rows[0]?.deputy ?? null;
    },

    /** Throws ProposalUnknown. */
    async specProposal({ id }: { readonly id: number }): Promise<SpecProposal> {
      return database.run((connection) => findProposal(connection, id));
    },

    /**
     * A second quant lead agrees, and the spec is in force, both or neither; or rejects it. So does the deputy whom the spec in
     * force names, once the leads have had their sessions, unless it loosens who signs (`approval`). `hash`: of the proposed spec
     * that was read; null: whatever it holds. Throws ProposalUnknown, ProposalChanged, ProposalExpired, SpecOutrun,
     * AlreadyDecided, RoleMissing, DeputyNotYet, SecondPersonNeeded for the author.
     */
    async decideSpecProposal(input: {
      readonly id: number;
      readonly actor: Actor;
      readonly decision: 'agree' | 'reject';
      readonly hash: string | null;
      readonly reason: string;
    }): Promise<SpecProposal> {
      const { id, actor, decision, hash, reason } = input;
      const proposal = await database.run((connection) => findProposal(connection, id));
      const asDeputy = !actor.roles.includes('quant-lead');
      if (asDeputy && !isNamed(proposal, actor.subject)) {
        throw new RoleMissing(`${actor.subject} is not a quant lead, nor the deputy for this`, {
          remedy: 'Use a token with the role quant-lead.',
        });
      }
      refuseOther(proposal, hash);
      refuseClosed(proposal, actor.subject, decision);
      await runCommand(
        database,
        {
          ...{ model: proposal.model, actor: actor.subject, businessAt: null },
          command: `${decision}-spec-proposal`,
          key: `decide-spec-proposal:${String(id)}:${actor.subject}:${decision}`,
          request: { id, decision },
        },
        async (transaction) => {
          // Under the lock: somebody may have decided since.
          refuseClosed(await findProposal(transaction, id), actor.subject, decision);
          if (decision === 'agree') {
            const applied = {
              spec: storedSpec(proposal.spec),
              actor: { subject: proposal.author, roles: [] },
              secondPerson: actor,
              reason: proposal.reason,
            };
            await storeSpecWithin(transaction, applied, asDeputy ? agreeingDeputy : agreeing);
          }
          await sql`update spec_proposals set decision = ${decision}, decided_by = ${actor.subject},
            decided_reason = ${reason}, decided_at = clock_timestamp(), decided_as_deputy = ${asDeputy} where id = ${id}`.execute(
            transaction,
          );
          const facts = { proposal: id, specHash: proposal.hash, decision, reason };
          return { result: {}, facts: asDeputy ? { ...facts, asDeputy } : facts };
        },
      );
      return database.run((connection) => findProposal(connection, id));
    },
  };
});

/** Null: the spec in force names nobody, or what is loosened is not for a deputy. */
async function deputyOf(
  { spec }: SpecRecord,
  loosened: readonly string[],
  deadline: (market: Market, sessions: number) => Promise<string>,
): Promise<ApprovalDeputy | null> {
  const named = namedDeputy(spec.approval);
  if (named === null || loosened.some((field) => field === 'spec' || field.startsWith('approval.')))
    return null;
  return { subject: named.subject, from: await deadline(spec.market, named.afterSessions) };
}

const isNamed = ({ deputy }: SpecProposal, subject: string): boolean =>
  deputy !== null && samePerson(deputy.subject, subject);

/** Whether it is the deputy, and their time has come, the database holds against the open proposal. */
function agreeingDeputy({ actor, secondPerson }: ApplySpecInput, loosened: readonly string[]): Agreement {
  if (secondPerson !== null && !samePerson(secondPerson.subject, actor.subject)) {
    return { secondPerson: secondPerson.subject, asDeputy: loosened.length > 0 };
  }
  throw new SecondPersonNeeded('the author of a spec does not agree to it as second person', {
    remedy: 'Ask a quant lead.',
    details: { loosened },
  });
}

async function newestProposal(
  connection: Sql,
  model: string,
  hash: string,
  baseNumber: number,
): Promise<SpecProposal> {
  const { rows } = await sql<SpecProposal>`select ${columns} from spec_proposals p
    where p.model = ${model} and p.hash = ${hash} and p.base_number = ${baseNumber} order by p.id desc limit 1`.execute(
    connection,
  );
  return first(rows, 0);
}

async function findProposal(connection: Sql, id: number): Promise<SpecProposal> {
  const { rows } = await sql<SpecProposal>`
    select ${columns} from spec_proposals p where p.id = ${id}`.execute(connection);
  return first(rows, id);
}

function first(rows: readonly SpecProposal[], id: number): SpecProposal {
  const [row] = rows;
  if (row !== undefined) return row;
  throw unknownProposal(id);
}

export const unknownProposal = (id: number): ProposalUnknown =>
  new ProposalUnknown(`there is no proposal ${String(id)}`, {
    remedy: 'List them: contender proposals list',
  });

/** Numbers begin again where a registry does: after a restore, an old page may show another proposal of this one's number. */
function refuseOther({ id, hash }: SpecProposal, read: string | null): void {
  if (read === null || read === hash) return;
  throw new ProposalChanged(
    `proposal ${String(id)} holds the spec ${hash.slice(0, 12)}, not ${read.slice(0, 12)}`,
    {
      remedy: 'Open it again, read what it changes, and decide anew.',
      details: { read, holds: hash },
    },
  );
}

/** The same person may say the same again; anything else on a closed proposal is refused. */
function refuseClosed(proposal: SpecProposal, subject: string, decision: 'agree' | 'reject'): void {
  const { id, state, decidedBy, model, baseNumber } = proposal;
  if (state === 'open') return;
  if (state === 'expired') {
    throw new ProposalExpired(`proposal ${String(id)} expired at ${proposal.expiresAt}`, {
      remedy: 'Propose it again.',
    });
  }
  if (state === 'outrun') throw outrun(model, baseNumber, null);
  const same = decidedBy === subject && state === (decision === 'agree' ? 'agreed' : 'rejected');
  if (same) return;
  throw new AlreadyDecided(`proposal ${String(id)} was ${state} by ${decidedBy ?? 'somebody'}`, {
    remedy: 'Propose it again to decide anew.',
    details: { state, decidedBy },
  });
}

function outrun(model: string, expected: number, current: number | null): SpecOutrun {
  const now = current === null ? 'another one' : current === 0 ? 'none' : `number ${String(current)}`;
  return current === 0 && expected > 0
    ? unknownAs(model)
    : new SpecOutrun(`spec ${String(expected)} of ${model} is not in force, ${now} is`, {
        remedy: 'Read the spec in force and apply again.',
        details: { model, expected, current },
      });
}

const unknownAs = (model: string): never => {
  throw unknownModel(model);
};
