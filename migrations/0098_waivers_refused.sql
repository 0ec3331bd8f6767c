-- Whoever may waive a failed gate may refuse to, with a reason: one person's word ends the waiting, and the retrain with it. It
-- stands under the gate evidence that was read, as a waiver does, and it is an answer of the hold, of which there is one. Once
-- each failed gate has two waivers it comes too late; once it stands, nothing is waived, sealed, shadowed or signed any more.

alter table gate_hold_answers
  add column evidence_hash content_hash references evidence,
  add column roles text[] not null default '{}',
  add column as_deputy boolean not null default false,
  drop constraint gate_hold_answers_answer_check,
  add constraint gate_hold_answers_answer_check check (answer in ('retry', 'stop', 'waived', 'expired', 'refused')),
  drop constraint an_answer_fits_its_cause,
  add constraint an_answer_fits_its_cause check (
    (answer not in ('waived', 'refused') or cause = 'waivable-fail') and (answer <> 'retry' or cause = 'error')),
  add constraint a_refusal_names_its_evidence check ((answer = 'refused') = (evidence_hash is not null)),
  add constraint a_quant_lead_refuses check (answer <> 'refused' or 'quant-lead' = any (roles) or as_deputy);

-- Who refused to waive the gates of a run; null: nobody.
create function contender_waivers_refused_by(p_run bigint) returns text
language sql stable
begin atomic
  select subject from gate_hold_answers where run = p_run and answer = 'refused' limit 1;
end;

create function contender_refusals_people(p_run bigint, p_hold gate_holds, p_subject text, p_as_deputy boolean)
returns void language plpgsql as $$
declare
  owner retrains;
  pinned specs;
begin
  select * into owner from retrains where run = p_run;
  select * into pinned from specs where model = owner.model and number = owner.spec_number;
  if contender_same_person(p_subject, 'system') or btrim(p_subject) = '' then
    perform contender_refuse('FOUR_EYES', 'people refuse to waive, the system does not', '{}');
  end if;
  if contender_same_person(p_subject, owner.requester)
     or (contender_same_person(p_subject, pinned.author) and (pinned.spec #>> '{approval,fourEyes}')::boolean) then
    perform contender_refuse('FOUR_EYES', format('%s requested this retrain or wrote its spec', p_subject), '{}');
  end if;
  if not p_as_deputy then
    return;
  end if;
  if p_hold.deputy is null or not contender_same_person(p_subject, p_hold.deputy) then
    perform contender_refuse('ROLE_MISSING', format('%s is not a quant lead, nor the deputy', p_subject), '{}');
  end if;
  if clock_timestamp() < p_hold.deputy_from then
    perform contender_refuse('DEPUTY_NOT_YET', format('%s may refuse as deputy from %s on', p_subject, p_hold.deputy_from),
      jsonb_build_object('from', p_hold.deputy_from));
  end if;
end $$;

create function contender_refusals_checked() returns trigger language plpgsql as $$
declare
  owner retrains;
  hold gate_holds;
  gates evidence;
  stands text;
begin
  if new.answer <> 'refused' then
    return new;
  end if;
  select * into owner from retrains where run = new.run;
  -- The last waiver waits for this transaction, or this one for the last waiver: one of the two is first.
  perform contender_lock_model(owner.model);
  select * into owner from retrains where run = new.run;
  if owner.status <> 'open' then
    perform contender_refuse('RETRAIN_FINISHED', format('%s ended as %s', owner.id, owner.status),
      jsonb_build_object('retrainId', owner.id, 'outcome', owner.status));
  end if;
  select answer into stands from gate_hold_answers where (run, round, cause) = (new.run, new.round, new.cause);
  if found then
    perform contender_refuse('ALREADY_DECIDED', format('the gates were answered: %s', stands), '{}');
  end if;
  select * into gates from evidence where run = new.run and kind = 'gate' order by recorded_at desc, hash limit 1;
  if gates.body::jsonb ? 'waives' then
    perform contender_refuse('EVIDENCE_CHANGED', 'the waivers under this evidence are sealed', '{}');
  end if;
  if gates.hash is distinct from new.evidence_hash then
    perform contender_refuse('EVIDENCE_CHANGED', format('the gate evidence is %s, not %s', gates.hash, new.evidence_hash),
      jsonb_build_object('evidenceHash', gates.hash));
  end if;
  select * into hold from gate_holds where (run, round, cause) = (new.run, new.round, new.cause);
  perform contender_refusals_people(new.run, hold, new.subject, new.as_deputy);
  if not exists (
    select from jsonb_array_elements(gates.body::jsonb -> 'verdicts') v
    where (v.value ->> 'enforced')::boolean and v.value ->> 'verdict' <> 'pass'
      and (select count(distinct lower(btrim(w.subject))) from waivers w
           where w.evidence_hash = gates.hash and w.gate = v.value ->> 'gate') < 2) then
    perform contender_refuse('ALREADY_DECIDED', 'each failed gate was waived by two people: object to the promotion instead', '{}');
  end if;
  return new;
end $$;
create trigger refusals_checked before insert on gate_hold_answers
  for each row execute function contender_refusals_checked();

create function contender_waivers_unrefused() returns trigger language plpgsql as $$
declare
  owner retrains;
  refuser text;
begin
  select r.* into owner from retrains r join evidence e on e.run = r.run where e.hash = new.evidence_hash;
  perform contender_lock_model(owner.model);
  refuser := contender_waivers_refused_by(owner.run);
  if refuser is not null then
    perform contender_refuse('ALREADY_DECIDED', format('%s refused to waive the gates of this retrain', refuser), '{}');
  end if;
  return new;
end $$;
create trigger waivers_unrefused before insert on waivers for each row execute function contender_waivers_unrefused();

create function contender_evidence_unrefused() returns trigger language plpgsql as $$
declare
  refuser text := contender_waivers_refused_by(new.run);
begin
  if refuser is not null then
    perform contender_refuse('ALREADY_DECIDED', format('%s refused to waive the gates of this retrain', refuser), '{}');
  end if;
  return new;
end $$;
create trigger evidence_unrefused before insert on evidence for each row execute function contender_evidence_unrefused();
