-- A challenger that passed its shadow beside a retrain may be asked for by name. The retrain that asks makes nothing: it takes over
-- the gates of the retrain that made the version and the shadow that was measured, and needs signatures like any other.

create table adoptions (
  run bigint primary key references retrains,
  model text not null,
  number int not null,
  version_id content_hash not null,
  -- The retrain that made the version, and the gates that judged it there.
  source_run bigint not null references retrains,
  gate_evidence content_hash not null,
  recorded_at timestamptz not null default clock_timestamp(),
  foreign key (model, number) references challengers (model, number),
  foreign key (model, version_id) references versions (model, id),
  foreign key (gate_evidence, source_run, version_id) references evidence (hash, run, version_id)
);
select contender_make_append_only('adoptions');

create function contender_adoption_allowed() returns trigger language plpgsql as $$
declare
  owner retrains;
  source retrains;
  gates evidence;
  facts jsonb;
  refused text;
begin
  select * into owner from retrains where run = new.run;
  select * into source from retrains where run = new.source_run;
  select * into gates from evidence where hash = new.gate_evidence;
  facts := jsonb_build_object('model', new.model, 'version', contender_version_number(new.version_id));
  if owner.status <> 'open' then
    perform contender_refuse('RETRAIN_FINISHED', format('%s ended as %s', owner.id, owner.status),
      jsonb_build_object('retrainId', owner.id, 'outcome', owner.status));
  end if;
  if (select state from versions where id = new.version_id) = 'deleted' then
    perform contender_refuse('VERSION_DELETED', format('version %s was deleted', new.version_id), facts);
  end if;
  if exists (select from withdrawals w where w.version_id = new.version_id and w.recorded_at >= source.started_at) then
    perform contender_refuse('VERSION_WITHDRAWN',
      format('version %s of %s was withdrawn by a rollback after it was made', facts ->> 'version', new.model), facts);
  end if;
  refused := case
    when owner.model <> new.model or source.model <> new.model or owner.version_id is not null
      then 'is asked for by a retrain of another model, or of another version'
    when not exists (select from challengers where model = new.model and number = new.number and version_id = new.version_id)
      or not exists (select from challenger_ends where model = new.model and number = new.number and verdict = 'pass')
      then 'has no shadow that passed'
    when owner.champion_id is null or source.champion_id is distinct from owner.champion_id
      or exists (select from challenger_days where model = new.model and number = new.number and champion_id <> owner.champion_id)
      then 'was held against another champion than the one in force'
    when gates.kind <> 'gate' or gates.verdict <> 'pass'
      or exists (select from evidence e where e.run = gates.run and e.version_id = gates.version_id and e.kind = 'gate'
        and e.recorded_at > gates.recorded_at)
      then 'was not passed by the gates of the retrain that made it'
  end;
  if refused is not null then
    perform contender_refuse('CHALLENGER_NOT_PROMOTABLE',
      format('version %s of %s %s', facts ->> 'version', new.model, refused), facts);
  end if;
  return new;
end $$;
create trigger adoption_allowed before insert on adoptions for each row execute function contender_adoption_allowed();

-- Evidence is about the version that its retrain made, or took over.
create or replace function contender_evidence_checked() returns trigger language plpgsql as $$
declare
  owner retrains;
  parent_kind text;
begin
  select * into owner from retrains where run = new.run;
  if owner.status <> 'open' then
    perform contender_refuse('RETRAIN_FINISHED', format('%s ended as %s; evidence comes too late', owner.id, owner.status),
      jsonb_build_object('retrainId', owner.id, 'outcome', owner.status));
  end if;
  if not exists (select from version_links where run = new.run and version_id = new.version_id)
     and not exists (select from adoptions where run = new.run and version_id = new.version_id) then
    perform contender_refuse('EVIDENCE_BROKEN', format('%s did not make version %s', owner.id, new.version_id), '{}');
  end if;
  select kind into parent_kind from evidence where hash = new.parent;
  if (new.kind = 'shadow' and parent_kind <> 'gate') or (new.kind = 'decision' and parent_kind = 'decision') then
    perform contender_refuse('EVIDENCE_BROKEN', format('%s evidence cannot follow %s evidence', new.kind, parent_kind), '{}');
  end if;
  if new.kind = 'gate' then
    if jsonb_typeof(new.body::jsonb -> 'verdicts') is distinct from 'array'
       or jsonb_array_length(new.body::jsonb -> 'verdicts') = 0 then
      perform contender_refuse('EVIDENCE_BROKEN', 'gate evidence carries the verdict of every gate', '{}');
    end if;
    if new.verdict = 'pass' and exists (
      select from jsonb_array_elements(new.body::jsonb -> 'verdicts') v
      where (v.value ->> 'enforced')::boolean and v.value ->> 'verdict' <> 'pass') then
      perform contender_refuse('EVIDENCE_BROKEN', 'an enforced gate did not pass, so the gates did not', '{}');
    end if;
  end if;
  return new;
end $$;

-- What was taken over is what was recorded: the verdicts of the gates, and the sessions of the shadow.
create function contender_adopted_gates() returns trigger language plpgsql as $$
declare
  adopted adoptions;
begin
  select * into adopted from adoptions where run = new.run;
  if found and new.kind = 'gate' and (new.verdict is distinct from 'pass'
      or new.body::jsonb -> 'verdicts' is distinct from
        (select body::jsonb -> 'verdicts' from evidence where hash = adopted.gate_evidence)) then
    perform contender_refuse('EVIDENCE_BROKEN', 'gates that are taken over say what they said', '{}');
  end if;
  return new;
end $$;
create trigger evidence_adopted before insert on evidence for each row execute function contender_adopted_gates();

create function contender_adopted_shadow() returns trigger language plpgsql as $$
declare
  adopted adoptions;
begin
  select * into adopted from adoptions where run = new.run;
  if found and not exists (
    select from challenger_days d
    where d.model = adopted.model and d.number = adopted.number and d.session = new.session
      and (d.champion_id, d.rows, d.paired_rows, d.verdict, d.reason, d.numbers)
        is not distinct from (new.champion_id, new.rows, new.paired_rows, new.verdict, new.reason, new.numbers)
      and d.predictions is not distinct from new.predictions and new.version_id = adopted.version_id) then
    perform contender_refuse('EVIDENCE_BROKEN', format('the challenger was not measured so on %s', new.session), '{}');
  end if;
  return new;
end $$;
create trigger shadow_adopted before insert on shadow_days for each row execute function contender_adopted_shadow();

do $$
begin
  if exists (select from pg_roles where rolname = 'contender_worker') then
    grant select on adoptions to contender_worker, contender_api, contender_reader, contender_migrator;
    grant insert on adoptions to contender_worker;
  end if;
end $$;
