-- Who decides in the place of a quant lead. The spec names one person; the decision evidence repeats the name and the time from
-- which it counts, so that what is signed says who else may sign. Four eyes hold for a deputy as for a lead.

alter table decisions
  add column deputy text check (length(btrim(deputy)) between 1 and 120),
  -- Wall time.
  add column deputy_from timestamptz,
  add constraint a_deputy_has_a_time check ((deputy is null) = (deputy_from is null));

create function contender_decisions_deputy() returns trigger language plpgsql as $$
declare
  body jsonb;
  named text;
begin
  select e.body::jsonb into body from evidence e where e.hash = new.hash;
  if body ->> 'deputy' is distinct from new.deputy
     or (body ->> 'deputyFrom')::timestamptz is distinct from new.deputy_from then
    perform contender_refuse('EVIDENCE_BROKEN', 'the deputy of a decision is that of the evidence that is signed', '{}');
  end if;
  select s.spec #>> '{approval,deputy}' into named
  from retrains r join specs s on s.model = r.model and s.number = r.spec_number where r.run = new.run;
  if new.deputy is not null and new.deputy is distinct from named then
    perform contender_refuse('EVIDENCE_BROKEN', 'the deputy of a decision is the one whom its spec names', '{}');
  end if;
  return new;
end $$;
create trigger decisions_deputy before insert on decisions
  for each row execute function contender_decisions_deputy();

alter table approvals
  add column as_deputy boolean not null default false,
  drop constraint a_quant_lead_decides,
  add constraint a_quant_lead_decides check ('quant-lead' = any (roles) or as_deputy);

create function contender_deputy_signs() returns trigger language plpgsql as $$
declare
  decision decisions;
begin
  if not new.as_deputy then
    return new;
  end if;
  select * into decision from decisions where hash = new.evidence_hash;
  if not found then
    return new;
  end if;
  if decision.deputy is null or not contender_same_person(new.subject, decision.deputy) then
    perform contender_refuse('ROLE_MISSING', format('%s is not a quant lead, nor the deputy', new.subject), '{}');
  end if;
  if clock_timestamp() < decision.deputy_from then
    perform contender_refuse('DEPUTY_NOT_YET', format('%s may decide as deputy from %s on', new.subject, decision.deputy_from),
      jsonb_build_object('from', decision.deputy_from));
  end if;
  return new;
end $$;
create trigger deputy_signs before insert on approvals
  for each row execute function contender_deputy_signs();

-- Naming a deputy, or another one, takes two people, whatever the author says is loosened.
create function contender_specs_deputy() returns trigger language plpgsql as $$
declare
  earlier specs;
begin
  select * into earlier from specs where model = new.model order by number desc limit 1;
  if earlier.number is not null
     and (earlier.spec #>> '{approval,deputy}') is distinct from (new.spec #>> '{approval,deputy}')
     and not 'approval.deputy' = any (new.loosened) then
    perform contender_refuse('SECOND_PERSON_NEEDED', 'the spec changes approval.deputy without saying so',
      jsonb_build_object('loosened', to_jsonb(array['approval.deputy'])));
  end if;
  return new;
end $$;
create trigger specs_deputy before insert on specs for each row execute function contender_specs_deputy();
