import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Actor } from '../../../contracts/primitives.ts';
import type { RegistryBench } from '../../integration/registry/registry-bench.ts';
import type { Candidate } from '../../integration/registry/world.ts';

/** What people and programs do about one promotion, in any order and at the same time. `who` and `evidence` are looked up when it happens. */
export type Move =
  | {
      readonly kind: 'sign';
      readonly who: Person;
      readonly decision: 'approve' | 'reject';
      readonly evidence: Which;
    }
  | { readonly kind: 'object'; readonly who: Person; readonly evidence: Which }
  | { readonly kind: 'answer'; readonly who: Person; readonly answer: 'withdraw' | 'overrule' }
  | { readonly kind: 'change-evidence'; readonly expiresMs: number; readonly deputyMs: number }
  | { readonly kind: 'promote'; readonly evidence: Which }
  | { readonly kind: 'cancel' };

export type Which = 'newest' | 'first';
export type Person = keyof typeof PEOPLE;

/** Ana asked for the retrain and wrote its spec; Dora is the deputy; Vic looks. Two spellings are one person. */
export const PEOPLE = {
  ana: { subject: 'ana', roles: ['researcher', 'quant-lead'] },
  lee: { subject: 'lee', roles: ['quant-lead'] },
  LEE: { subject: ' LEE', roles: ['quant-lead'] },
  kim: { subject: 'kim', roles: ['quant-lead'] },
  mia: { subject: 'mia', roles: ['quant-lead'] },
  dora: { subject: 'Dora', roles: ['viewer'] },
  vic: { subject: 'vic', roles: ['viewer'] },
} as const satisfies Record<string, { subject: string; roles: readonly Actor['roles'][number][] }>;

const actorOf = (who: Person): Actor => ({ subject: PEOPLE[who].subject, roles: [...PEOPLE[who].roles] });

/** One promotion that people race for. */
export class Race {
  readonly candidate: Candidate;
  readonly #bench: RegistryBench;
  readonly #shadow: string;
  readonly #decisions: string[] = [];
  /** Codes of what was refused, and `done`. */
  readonly outcomes: string[] = [];

  private constructor(bench: RegistryBench, candidate: Candidate, shadow: string) {
    this.#bench = bench;
    this.candidate = candidate;
    this.#shadow = shadow;
  }

  static async start(bench: RegistryBench, approvers: number): Promise<Race> {
    const { world } = bench;
    const model = await world.model({ approval: { deputy: 'dora', approvers } });
    const candidate = await world.candidate(model, 1, { requester: actorOf('ana') });
    const race = new Race(bench, candidate, await world.shadowed(candidate));
    await race.#perform({ kind: 'change-evidence', expiresMs: 600_000, deputyMs: -1000 });
    return race;
  }

  /** All of these at once. */
  async together(moves: readonly Move[]): Promise<void> {
    const ended = await Promise.allSettled(moves.map((move) => this.#perform(move)));
    for (const one of ended) {
      if (one.status === 'fulfilled') this.outcomes.push('done');
      else this.outcomes.push((one.reason as { code?: string }).code ?? String(one.reason));
    }
  }

  #evidence(which: Which): string {
    return (which === 'first' ? this.#decisions[0] : this.#decisions.at(-1)) ?? '';
  }

  async #perform(move: Move): Promise<void> {
    const { registry, world } = this.#bench;
    const { retrainId } = this.candidate;
    switch (move.kind) {
      case 'sign': {
        const { decision, who, evidence } = move;
        const signed = {
          decision,
          actor: actorOf(who),
          evidenceHash: this.#evidence(evidence),
          reason: 'read it',
        };
        await registry.recordApproval({ retrainId, decision: signed });
        return;
      }
      case 'object':
        await registry.raiseObjection({
          ...{ retrainId, evidenceHash: this.#evidence(move.evidence), actor: actorOf(move.who) },
          ...{ reason: 'March', idempotencyKey: randomUUID() },
        });
        return;
      case 'answer': {
        const [objection = 0] = (await registry.objectionsOf({ retrainId })).map(({ id }) => id);
        await registry.answerObjection({
          ...{ retrainId, objection, answer: move.answer, actor: actorOf(move.who), reason: 'looked at it' },
        });
        return;
      }
      case 'change-evidence': {
        const after = (ms: number): string => new Date(Date.now() + ms).toISOString();
        const { evidenceHash } = await world.decision(this.candidate, this.#shadow, {
          expiresAt: after(move.expiresMs),
          deputyFrom: after(move.deputyMs),
          facts: { note: randomUUID() },
        });
        this.#decisions.push(evidenceHash);
        return;
      }
      case 'promote':
        await world.promote(this.candidate, this.#evidence(move.evidence), {
          idempotencyKey: `race:${randomUUID()}`,
        });
        return;
      case 'cancel':
        await registry.finishRetrain({
          ...{ retrainId, outcome: 'cancelled', step: 'approve', reason: 'cancelled', code: '' },
          ...{ verdict: null, notification: null },
        });
    }
  }
}

/**
 * What must never be, as the rows themselves tell it: an independent formulation of I1 to I7 (docs/architecture.md), without a function of the registry.
 * One line for each breach; empty when all holds.
 */
export async function breaches(root: pg.Client, model: string): Promise<readonly string[]> {
  const { rows } = await root.query<{ breach: string }>(BREACHES, [model]);
  return rows.map(({ breach }) => breach);
}

const BREACHES = `
with swap as (
  select r.*, d.approvers, d.requester, d.spec_author, d.expires_at, d.deputy, d.deputy_from
  from reigns r join decisions d on d.hash = r.decision_hash where r.model = $1 and r.cause <> 'rollback'),
signature as (
  select a.*, lower(trim(a.subject)) as person from approvals a join decisions d on d.hash = a.evidence_hash
  join retrains t on t.run = d.run where t.model = $1)
select 'swapped more than once' as breach where (select count(*) from swap) > 1
union all
select 'too few people signed: ' || s.epoch from swap s where (
  select count(distinct g.person) from signature g
  where g.evidence_hash = s.decision_hash and g.decision = 'approve' and g.decided_at <= s.recorded_at) < s.approvers
union all
select 'swapped over a rejection' from swap s where exists (
  select from signature g where g.evidence_hash = s.decision_hash and g.decision = 'reject' and g.decided_at <= s.recorded_at)
union all
select 'signed by whoever asked: ' || g.person from signature g
where g.person in (lower(trim(g.requester)), lower(trim(g.spec_author)))
union all
select 'signed by somebody without the right: ' || g.person from signature g join decisions d on d.hash = g.evidence_hash
where not 'quant-lead' = any (g.roles)
  and (not g.as_deputy or d.deputy is null or g.person <> lower(trim(d.deputy)) or g.decided_at < d.deputy_from)
union all
select 'signed twice: ' || person from signature group by evidence_hash, person having count(*) > 1
union all
select 'signed after the expiry: ' || g.person from signature g join decisions d on d.hash = g.evidence_hash
where g.decided_at >= d.expires_at
union all
select 'swapped after the expiry' from swap s where s.recorded_at >= s.expires_at
union all
select 'swapped over an objection: ' || o.subject from swap s join objections o on o.evidence_hash = s.decision_hash
where o.epoch is null and o.recorded_at < s.recorded_at
  and not exists (select from objection_answers a where a.objection = o.id and a.answer = 'withdraw' and a.recorded_at <= s.recorded_at)
  and (select count(distinct lower(trim(a.subject))) from objection_answers a
       where a.objection = o.id and a.answer = 'overrule' and a.recorded_at <= s.recorded_at) < 2
union all
select 'an objection resolved by the wrong person: ' || a.subject from objection_answers a join objections o on o.id = a.objection
where o.model = $1 and (a.answer = 'withdraw') <> (lower(trim(a.subject)) = lower(trim(o.subject)))
union all
select 'one person objects twice at once: ' || lower(trim(subject)) from objections o
where o.model = $1 and not exists (select from objection_answers a where a.objection = o.id)
group by evidence_hash, lower(trim(subject)) having count(*) > 1
union all
select 'a swap of a retrain that was cancelled' from swap s join retrains t on t.run = s.run where t.status = 'cancelled'
union all
select 'epoch and reigns differ' from champions c where c.model = $1 and c.epoch <> (select count(*) from reigns where model = $1)
union all
select 'told of a swap more than once' where (
  select count(*) from outbox where event ->> 'model' = $1 and event ->> 'kind' = 'swapped' and channel = 'route') > 1
union all
select 'an audit row is missing or doubled: ' || want.command from (
  select 'approve' as command, count(*) as n from signature where decision = 'approve'
  union all select 'reject', count(*) from signature where decision = 'reject'
  union all select 'object', count(*) from objections where model = $1
  union all select 'promote', count(*) from swap) want
where want.n <> (select count(*) from audit a where a.model = $1 and a.command = want.command)`;
