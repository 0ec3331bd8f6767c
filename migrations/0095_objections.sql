-- A quant lead's objection to a promotion that others signed. Before the swap it holds the swap until whoever objected withdraws
-- it, or two other leads overrule it; what nobody resolves in time is not promoted. After the swap, while the reign lasts, it
-- stands in the record and pages. Safety comes first: to object is easy, to go on over an objection takes two.

create table objections (
  id bigint generated always as identity primary key,
  evidence_hash content_hash not null references decisions (hash),
  run bigint not null references retrains,
  model text not null references models,
  subject text not null check (length(btrim(subject)) >= 1),
  roles text[] not null,
  reason text not null check (length(reason) >= 3),
  -- The reign it speaks against; null: it was raised before the swap, which it holds.
  epoch int,
  recorded_at timestamptz not null default clock_timestamp(),
  constraint a_quant_lead_objects check ('quant-lead' = any (roles))
);
create index objections_by_evidence on objections (evidence_hash);
create index objections_by_run on objections (run, id);
select contender_make_append_only('objections');

create table objection_answers (
  objection bigint not null references objections,
  subject text not null check (length(btrim(subject)) >= 1),
  answer text not null check (answer in ('withdraw', 'overrule')),
  reason text not null check (length(reason) >= 3),
  roles text[] not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (objection, subject),
  constraint a_quant_lead_answers check ('quant-lead' = any (roles))
);
select contender_make_append_only('objection_answers');

-- Neither withdrawn nor overruled by two.
create function contender_objection_stands(p_objection bigint) returns boolean
language sql stable
begin atomic
  select not exists (select from objection_answers a where a.objection = p_objection and a.answer = 'withdraw')
    and (select count(*) from objection_answers a where a.objection = p_objection and a.answer = 'overrule') < 2;
end;

create function contender_objections_checked() returns trigger language plpgsql as $$
declare
  decision decisions;
  owner retrains;
  reign reigns;
  newest text;
begin
  select * into decision from decisions where hash = new.evidence_hash;
  if not found then
    perform contender_refuse('EVIDENCE_CHANGED', format('%s is no decision evidence', new.evidence_hash), '{}');
  end if;
  select * into owner from retrains where run = decision.run;
  -- A swap of the model waits for this transaction, or this one for the swap: it is before it or after it.
  perform contender_lock_model(owner.model);
  select * into owner from retrains where run = decision.run;
  new.run := decision.run;
  new.model := owner.model;
  new.epoch := null;
  new.recorded_at := clock_timestamp();
  if contender_same_person(new.subject, 'system') then
    perform contender_refuse('FOUR_EYES', 'people object, the system does not', '{}');
  end if;
  select * into reign from reigns where decision_hash = new.evidence_hash and cause <> 'rollback';
  if found then
    if (select epoch from champions where model = owner.model) <> reign.epoch then
      perform contender_refuse('OBJECTION_TOO_LATE', format('the reign of epoch %s that it led to is over', reign.epoch),
        jsonb_build_object('epoch', reign.epoch));
    end if;
    new.epoch := reign.epoch;
    return new;
  end if;
  if owner.status <> 'open' then
    perform contender_refuse('RETRAIN_FINISHED', format('%s ended as %s', owner.id, owner.status),
      jsonb_build_object('retrainId', owner.id, 'outcome', owner.status));
  end if;
  newest := contender_latest_decision(decision.run);
  if newest <> new.evidence_hash then
    perform contender_refuse('EVIDENCE_CHANGED', format('the decision evidence is %s, not %s', newest, new.evidence_hash),
      jsonb_build_object('evidenceHash', newest));
  end if;
  return new;
end $$;
create trigger objections_checked before insert on objections
  for each row execute function contender_objections_checked();

create function contender_objection_answers_checked() returns trigger language plpgsql as $$
declare
  objection objections;
  decision decisions;
begin
  select * into objection from objections where id = new.objection;
  if not found then
    perform contender_refuse('OBJECTION_UNKNOWN', format('there is no objection %s', new.objection), '{}');
  end if;
  perform contender_lock_model(objection.model);
  select * into decision from decisions where hash = objection.evidence_hash;
  if not contender_objection_stands(objection.id) then
    perform contender_refuse('ALREADY_DECIDED', format('objection %s was resolved', objection.id), '{}');
  end if;
  if contender_same_person(new.subject, 'system') then
    perform contender_refuse('FOUR_EYES', 'people resolve an objection, the system does not', '{}');
  end if;
  if new.answer = 'withdraw' and not contender_same_person(new.subject, objection.subject) then
    perform contender_refuse('FOUR_EYES', format('only %s withdraws this objection; two others overrule it', objection.subject), '{}');
  end if;
  if new.answer = 'overrule' then
    if contender_same_person(new.subject, objection.subject) then
      perform contender_refuse('FOUR_EYES', 'whoever objected withdraws, and does not overrule', '{}');
    end if;
    if decision.four_eyes and (contender_same_person(new.subject, decision.requester)
       or contender_same_person(new.subject, decision.spec_author)) then
      perform contender_refuse('FOUR_EYES', format('%s requested this retrain or wrote its spec', new.subject), '{}');
    end if;
    if exists (select from objection_answers a where a.objection = new.objection and a.subject <> new.subject
        and contender_same_person(a.subject, new.subject)) then
      perform contender_refuse('FOUR_EYES', format('%s has overruled it under another spelling of that name', new.subject), '{}');
    end if;
  end if;
  new.recorded_at := clock_timestamp();
  return new;
end $$;
create trigger objection_answers_checked before insert on objection_answers
  for each row execute function contender_objection_answers_checked();

-- I2: nothing is promoted over an objection that stands.
create function contender_reigns_unopposed() returns trigger language plpgsql as $$
declare
  standing record;
begin
  if new.cause = 'rollback' then
    return new;
  end if;
  select o.id, o.subject into standing from objections o
  where o.evidence_hash = new.decision_hash and o.epoch is null and contender_objection_stands(o.id)
  order by o.id limit 1;
  if found then
    perform contender_refuse('OBJECTION_OPEN', format('%s objects (%s): withdrawn by them or overruled by two, or nothing is promoted', standing.subject, standing.id),
      jsonb_build_object('objection', standing.id, 'subject', standing.subject));
  end if;
  return new;
end $$;
create trigger reigns_unopposed before insert on reigns
  for each row execute function contender_reigns_unopposed();

do $$
begin
  if exists (select from pg_roles where rolname = 'contender_worker') then
    grant insert on objections, objection_answers to contender_worker, contender_api;
    grant select on objections, objection_answers to contender_worker, contender_api, contender_reader, contender_migrator;
  end if;
end $$;
