-- The person whom a spec names as deputy also stands in where leads waive a gate or agree to a loosened spec: as one of the
-- people needed, under the same four eyes, once the leads have had the time that the spec gives them. And the same person under
-- another spelling of the name is no second one there either.

-- ---- Waivers ----

alter table gate_holds
  add column deputy text check (length(btrim(deputy)) between 1 and 120),
  -- Wall time.
  add column deputy_from timestamptz,
  add constraint a_deputy_has_a_time check ((deputy is null) = (deputy_from is null)),
  add constraint a_deputy_waives_only check (deputy is null or cause = 'waivable-fail');

create function contender_gate_holds_deputy() returns trigger language plpgsql as $$
declare
  named text;
begin
  select s.spec #>> '{approval,deputy}' into named
  from retrains r join specs s on s.model = r.model and s.number = r.spec_number where r.run = new.run;
  if new.deputy is not null and new.deputy is distinct from named then
    perform contender_refuse('EVIDENCE_BROKEN', 'the deputy at the gates is the one whom the spec names', '{}');
  end if;
  return new;
end $$;
create trigger gate_holds_deputy before insert on gate_holds
  for each row execute function contender_gate_holds_deputy();

alter table waivers
  add column as_deputy boolean not null default false,
  drop constraint a_quant_lead_waives,
  add constraint a_quant_lead_waives check ('quant-lead' = any (roles) or as_deputy);

create function contender_waivers_people() returns trigger language plpgsql as $$
declare
  owner retrains;
  pinned specs;
  hold gate_holds;
begin
  select r.* into owner from retrains r join evidence e on e.run = r.run where e.hash = new.evidence_hash;
  select * into pinned from specs where model = owner.model and number = owner.spec_number;
  if contender_same_person(new.subject, 'system') or btrim(new.subject) = '' then
    perform contender_refuse('FOUR_EYES', 'people waive, the system does not', '{}');
  end if;
  if contender_same_person(new.subject, owner.requester)
     or (contender_same_person(new.subject, pinned.author) and (pinned.spec #>> '{approval,fourEyes}')::boolean) then
    perform contender_refuse('FOUR_EYES', format('%s requested this retrain or wrote its spec', new.subject), '{}');
  end if;
  if exists (
    select from waivers w where w.evidence_hash = new.evidence_hash and w.gate = new.gate and w.subject <> new.subject
      and contender_same_person(w.subject, new.subject)) then
    perform contender_refuse('FOUR_EYES', format('%s has waived it under another spelling of that name', new.subject), '{}');
  end if;
  if not new.as_deputy then
    return new;
  end if;
  select * into hold from gate_holds where run = owner.run and cause = 'waivable-fail' order by round desc limit 1;
  if hold.deputy is null or not contender_same_person(new.subject, hold.deputy) then
    perform contender_refuse('ROLE_MISSING', format('%s is not a quant lead, nor the deputy', new.subject), '{}');
  end if;
  if clock_timestamp() < hold.deputy_from then
    perform contender_refuse('DEPUTY_NOT_YET', format('%s may waive as deputy from %s on', new.subject, hold.deputy_from),
      jsonb_build_object('from', hold.deputy_from));
  end if;
  return new;
end $$;
create trigger waivers_people before insert on waivers for each row execute function contender_waivers_people();

-- As before, with people told apart by who they are and not by how they are spelled.
create or replace function contender_unwaived_gates(p_evidence text) returns text[]
language sql stable
begin atomic
  select coalesce(array_agg(verdict.value ->> 'gate' order by verdict.value ->> 'gate'), '{}')
  from evidence e, jsonb_array_elements(e.body::jsonb -> 'verdicts') verdict
  where e.hash = p_evidence
    and (verdict.value ->> 'enforced')::boolean
    and verdict.value ->> 'verdict' <> 'pass'
    and (verdict.value ->> 'verdict' <> 'fail'
      or verdict.value ->> 'gate' in ('leak', 'parity', 'integrity', 'schema')
      or (select count(distinct lower(btrim(w.subject))) from waivers w
          where w.evidence_hash = e.body::jsonb ->> 'waives' and w.gate = verdict.value ->> 'gate') < 2);
end;

-- ---- Loosened specs ----

alter table spec_proposals
  -- Of the spec in force, whose deputy stands in; what is proposed names nobody yet.
  add column deputy text check (length(btrim(deputy)) between 1 and 120),
  -- Wall time.
  add column deputy_from timestamptz,
  add column decided_as_deputy boolean not null default false,
  add constraint a_deputy_has_a_time check ((deputy is null) = (deputy_from is null)),
  add constraint only_a_decision_is_a_deputys check (not decided_as_deputy or decision is not null);

-- A deputy who agreed to who signs, and how many, would choose their own powers.
create function contender_deputy_may_agree(p_loosened text[]) returns boolean
language sql immutable
begin atomic
  select not exists (select from unnest(p_loosened) field where field = 'spec' or field like 'approval.%');
end;

create function contender_spec_proposal_deputy() returns trigger language plpgsql as $$
declare
  named text;
begin
  select s.spec #>> '{approval,deputy}' into named from specs s where s.model = new.model and s.number = new.base_number;
  if new.deputy is not null and new.deputy is distinct from named then
    perform contender_refuse('EVIDENCE_BROKEN', 'the deputy of a proposal is the one whom the spec in force names', '{}');
  end if;
  if new.deputy_from <= new.proposed_at then
    perform contender_refuse('EVIDENCE_BROKEN', 'the leads are asked before their deputy', '{}');
  end if;
  return new;
end $$;
create trigger spec_proposal_deputy before insert on spec_proposals
  for each row execute function contender_spec_proposal_deputy();

create function contender_require_deputy_of(p_proposal spec_proposals, p_subject text) returns void language plpgsql as $$
begin
  if p_proposal.deputy is null or not contender_same_person(p_subject, p_proposal.deputy)
     or not contender_deputy_may_agree(p_proposal.loosened) then
    perform contender_refuse('ROLE_MISSING', format('%s is not a quant lead, nor the deputy for this', p_subject), '{}');
  end if;
  if clock_timestamp() < p_proposal.deputy_from then
    perform contender_refuse('DEPUTY_NOT_YET', format('%s may decide as deputy from %s on', p_subject, p_proposal.deputy_from),
      jsonb_build_object('from', p_proposal.deputy_from));
  end if;
end $$;

create or replace function contender_spec_proposal_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    perform contender_refuse('APPEND_ONLY', 'a proposal stays', '{}');
  end if;
  if old.decision is not null
     or (old.model, old.base_number, old.spec, old.hash, old.author, old.loosened, old.reason, old.proposed_at, old.expires_at,
         old.deputy, old.deputy_from)
        is distinct from
        (new.model, new.base_number, new.spec, new.hash, new.author, new.loosened, new.reason, new.proposed_at, new.expires_at,
         new.deputy, new.deputy_from) then
    perform contender_refuse('ALREADY_DECIDED', format('proposal %s was decided: %s', old.id, coalesce(old.decision, 'open')), '{}');
  end if;
  if new.decision = 'agree' and contender_same_person(new.decided_by, new.author) then
    perform contender_refuse('SECOND_PERSON_NEEDED', 'the author of a spec does not agree to it as second person', '{}');
  end if;
  if new.decided_as_deputy then
    perform contender_require_deputy_of(new, new.decided_by);
  end if;
  return new;
end $$;

alter table specs
  -- The second person is no quant lead but the deputy of the spec before; an open proposal shows that they were asked.
  add column second_as_deputy boolean not null default false,
  add constraint a_deputy_is_a_second_person check (not second_as_deputy or second_person is not null);

create function contender_specs_second_as_deputy() returns trigger language plpgsql as $$
declare
  proposal spec_proposals;
begin
  if not new.second_as_deputy then
    return new;
  end if;
  select * into proposal from spec_proposals p
  where p.model = new.model and p.base_number = new.number - 1 and p.hash = new.hash and p.decision is null
    and p.expires_at > clock_timestamp()
  order by p.id desc limit 1;
  if not found then
    perform contender_refuse('SECOND_PERSON_NEEDED', 'a deputy agrees to what was proposed, while it is open',
      jsonb_build_object('loosened', to_jsonb(new.loosened)));
  end if;
  if not proposal.loosened @> new.loosened then
    perform contender_refuse('SECOND_PERSON_NEEDED', 'the spec loosens more than was proposed',
      jsonb_build_object('loosened', to_jsonb(new.loosened)));
  end if;
  perform contender_require_deputy_of(proposal, new.second_person);
  return new;
end $$;
create trigger specs_second_as_deputy before insert on specs
  for each row execute function contender_specs_second_as_deputy();

-- ---- Structural changes ----

create function contender_structural_changes_people() returns trigger language plpgsql as $$
begin
  if contender_same_person(new.second_person, new.actor) or contender_same_person(new.second_person, 'system') then
    perform contender_refuse('SECOND_PERSON_NEEDED', 'the second person is the first under another spelling', '{}');
  end if;
  return new;
end $$;
create trigger structural_changes_people before insert on structural_changes
  for each row execute function contender_structural_changes_people();
