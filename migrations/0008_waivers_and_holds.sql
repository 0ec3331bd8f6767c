-- Waivers that change what an approval signs, and retrains that wait because a gate could not be judged.

-- A waiver stands under the evidence of the gates. When two leads have waived each fail, that evidence is sealed: a second
-- gate evidence repeats the verdicts, lists every waiver and names the first (`waives`). What is promoted goes back to the
-- sealed one, so a waiver changes every hash after it and voids the signatures there were.
alter table waivers add column roles text[] not null default '{quant-lead}';
alter table waivers alter column roles drop default;
alter table waivers add constraint a_quant_lead_waives check ('quant-lead' = any (roles));
alter table waivers add constraint never_for_the_schema check (gate <> 'schema');

create function contender_waivers_checked() returns trigger language plpgsql as $$
declare
  gates evidence;
  owner retrains;
  pinned specs;
begin
  select * into gates from evidence where hash = new.evidence_hash;
  if gates.kind <> 'gate' or gates.body::jsonb ? 'waives' then
    perform contender_refuse('EVIDENCE_BROKEN', 'a waiver stands under the evidence of the gates themselves', '{}');
  end if;
  select * into owner from retrains where run = gates.run;
  select * into pinned from specs where model = owner.model and number = owner.spec_number;
  if owner.status <> 'open' then
    perform contender_refuse('RETRAIN_FINISHED', format('%s ended as %s', owner.id, owner.status),
      jsonb_build_object('retrainId', owner.id, 'outcome', owner.status));
  end if;
  if new.subject = owner.requester then
    perform contender_refuse('FOUR_EYES', format('%s requested this retrain and cannot waive its gates', new.subject), '{}');
  end if;
  if new.subject = pinned.author and (pinned.spec -> 'approval' ->> 'fourEyes')::boolean then
    perform contender_refuse('FOUR_EYES', format('%s wrote the spec and cannot waive its gates', new.subject), '{}');
  end if;
  if not exists (
    select from jsonb_array_elements(gates.body::jsonb -> 'verdicts') v
    where v.value ->> 'gate' = new.gate and (v.value ->> 'enforced')::boolean and v.value ->> 'verdict' = 'fail') then
    perform contender_refuse('GATE_NOT_WAIVABLE', format('%s is no enforced gate that failed', new.gate), jsonb_build_object('gate', new.gate));
  end if;
  if exists (select from evidence e where e.run = gates.run and e.kind = 'gate' and e.body::jsonb ->> 'waives' = new.evidence_hash) then
    perform contender_refuse('EVIDENCE_CHANGED', 'the waivers under this evidence are sealed', '{}');
  end if;
  return new;
end $$;
create trigger waivers_checked before insert on waivers for each row execute function contender_waivers_checked();

-- The waivers under an evidence as its sealed successor must list them.
create function contender_waivers_under(p_evidence text) returns jsonb
language sql stable
begin atomic
  select coalesce(jsonb_agg(jsonb_build_object('gate', gate, 'subject', subject, 'reason', reason)
    order by gate collate "C", subject collate "C"), '[]')
  from waivers where evidence_hash = p_evidence;
end;

create function contender_evidence_sealed() returns trigger language plpgsql as $$
declare
  base evidence;
begin
  if new.kind <> 'gate' or not new.body::jsonb ? 'waives' then
    return new;
  end if;
  select * into base from evidence where hash = new.body::jsonb ->> 'waives';
  if base.hash is null or base.kind <> 'gate' or base.body::jsonb ? 'waives'
     or base.run <> new.run or base.version_id <> new.version_id then
    perform contender_refuse('EVIDENCE_BROKEN', 'waivers are sealed over the gate evidence of the same version', '{}');
  end if;
  if base.verdict <> 'fail' or new.verdict <> 'fail' or base.body::jsonb -> 'verdicts' <> new.body::jsonb -> 'verdicts' then
    perform contender_refuse('EVIDENCE_BROKEN', 'waiving changes no verdict', '{}');
  end if;
  if (new.body::jsonb -> 'waivers') is distinct from contender_waivers_under(base.hash) then
    perform contender_refuse('EVIDENCE_BROKEN', 'sealed evidence lists the waivers that were recorded, all of them', '{}');
  end if;
  return new;
end $$;
create trigger evidence_sealed before insert on evidence for each row execute function contender_evidence_sealed();

-- Enforced gates that stand in the way. Only a fail can be waived, only by two people, and only where the evidence says so.
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
      or (select count(distinct w.subject) from waivers w
          where w.evidence_hash = e.body::jsonb ->> 'waives' and w.gate = verdict.value ->> 'gate') < 2);
end;

-- An admission on probation may miss statistics, never the schema.
create function contender_decisions_admit() returns trigger language plpgsql as $$
begin
  if new.admission = 'probation' and exists (
    select from evidence d join evidence g on g.hash = d.parent, jsonb_array_elements(g.body::jsonb -> 'verdicts') v
    where d.hash = new.hash and g.kind = 'gate' and v.value ->> 'gate' = 'schema' and v.value ->> 'verdict' <> 'pass') then
    perform contender_refuse('EVIDENCE_MISSING', 'a broken schema is never admitted', '{}');
  end if;
  return new;
end $$;
create trigger decisions_admit before insert on decisions for each row execute function contender_decisions_admit();

-- A retrain that waits for people at its gates: for an operator, because a gate could not be judged, or for quant leads,
-- because what failed may be waived.
create table gate_holds (
  run bigint not null references retrains,
  round int not null check (round >= 1),
  cause text not null check (cause in ('error', 'waivable-fail')),
  -- What could not be judged, or what failed: gate or unit, code, reason.
  objections jsonb not null check (jsonb_typeof(objections) = 'array' and jsonb_array_length(objections) > 0),
  -- Wall time.
  expires_at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (run, round, cause)
);
select contender_make_append_only('gate_holds');

create table gate_hold_answers (
  run bigint not null,
  round int not null,
  cause text not null,
  answer text not null check (answer in ('retry', 'stop', 'waived', 'expired')),
  subject text not null,
  reason text not null check (length(reason) >= 3),
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (run, round, cause),
  foreign key (run, round, cause) references gate_holds,
  constraint an_answer_fits_its_cause check (
    (answer <> 'waived' or cause = 'waivable-fail') and (answer <> 'retry' or cause = 'error'))
);
select contender_make_append_only('gate_hold_answers');

-- The page of plots of a report, in the artifact store.
create table gate_pages (
  report_hash content_hash primary key references gate_reports,
  page jsonb not null,
  recorded_at timestamptz not null default clock_timestamp()
);
select contender_make_append_only('gate_pages');

do $$
begin
  if exists (select from pg_roles where rolname = 'contender_worker') then
    grant insert on gate_holds, gate_hold_answers, gate_pages to contender_worker;
    grant select on gate_holds, gate_hold_answers, gate_pages to contender_worker, contender_api, contender_reader, contender_migrator;
  end if;
end $$;
