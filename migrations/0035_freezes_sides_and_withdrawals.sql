-- What holds a model still, what its consumers are told to do, and which versions a rollback has withdrawn.

-- A frozen model keeps its champion: nothing is promoted and nothing rolls back by itself. People may still roll back.
create table model_freezes (
  model text not null references models,
  number int not null check (number >= 1),
  frozen boolean not null,
  epoch int not null check (epoch >= 0),
  subject text not null check (btrim(subject) <> ''),
  reason text not null check (length(reason) >= 3),
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (model, number)
);
select contender_make_append_only('model_freezes');

-- What consumers do with the answers. models.fallback_action holds the newest one, so that it can be read in one place.
create table model_sides (
  model text not null references models,
  number int not null check (number >= 1),
  action text not null check (action in ('serve', 'reduce-only', 'halt')),
  epoch int not null check (epoch >= 0),
  subject text not null check (btrim(subject) <> ''),
  reason text not null check (length(reason) >= 3),
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (model, number)
);
select contender_make_append_only('model_sides');

create function contender_is_frozen(p_model text) returns boolean
language sql stable return coalesce(
  (select frozen from model_freezes where model = p_model order by number desc limit 1), false);

-- Both lists are dense and change only what was otherwise: repeating a command adds nothing.
create function contender_controls_numbered() returns trigger language plpgsql as $$
declare
  last int;
begin
  execute format('select coalesce(max(number), 0) from %I where model = $1', tg_table_name) into last using new.model;
  if new.number <> last + 1 then
    perform contender_refuse('EPOCH_MOVED', format('the next entry of %s is number %s', new.model, last + 1),
      jsonb_build_object('model', new.model));
  end if;
  return new;
end $$;
create trigger model_freezes_numbered before insert on model_freezes
  for each row execute function contender_controls_numbered();
create trigger model_sides_numbered before insert on model_sides
  for each row execute function contender_controls_numbered();

create function contender_side_in_force() returns trigger language plpgsql as $$
begin
  update models set fallback_action = new.action where model = new.model;
  return null;
end $$;
create trigger model_sides_in_force after insert on model_sides
  for each row execute function contender_side_in_force();

-- models.fallback_action says nothing that model_sides does not explain.
create function contender_side_explained() returns trigger language plpgsql as $$
begin
  if new.fallback_action <> old.fallback_action and new.fallback_action is distinct from
     (select action from model_sides where model = new.model order by number desc limit 1) then
    perform contender_refuse('COMMAND_UNRECORDED', format('the side of %s is changed by a recorded command', new.model), '{}');
  end if;
  return null;
end $$;
create trigger side_explained after update on models
  for each row execute function contender_side_explained();

-- A version that a rollback took away. It may answer again by a rollback that names it; a promotion needs another retrain.
create table withdrawals (
  model text not null references models,
  version_id content_hash not null,
  -- The reign that replaced it.
  epoch int not null,
  subject text not null,
  reason text not null,
  recorded_at timestamptz not null,
  primary key (model, epoch),
  foreign key (model, version_id) references versions (model, id),
  foreign key (model, epoch) references reigns (model, epoch)
);
create index withdrawals_by_version on withdrawals (version_id, recorded_at desc);
select contender_make_append_only('withdrawals');

insert into withdrawals (model, version_id, epoch, subject, reason, recorded_at)
select model, from_version_id, epoch, actor, reason, recorded_at from reigns
where cause = 'rollback' and from_version_id is not null;

create function contender_withdraw() returns trigger language plpgsql as $$
begin
  if new.cause = 'rollback' and new.from_version_id is not null then
    insert into withdrawals (model, version_id, epoch, subject, reason, recorded_at)
    values (new.model, new.from_version_id, new.epoch, new.actor, new.reason, new.recorded_at);
  end if;
  return null;
end $$;
create trigger reigns_withdraw after insert on reigns for each row execute function contender_withdraw();

create function contender_reigns_controlled() returns trigger language plpgsql as $$
declare
  began timestamptz;
begin
  if contender_is_frozen(new.model) and (new.cause <> 'rollback' or new.actor = 'system') then
    perform contender_refuse('MODEL_FROZEN', format('%s is frozen: %s', new.model,
        (select reason from model_freezes where model = new.model order by number desc limit 1)),
      jsonb_build_object('model', new.model));
  end if;
  if new.cause <> 'rollback' then
    select started_at into began from retrains where run = new.run;
    if exists (select from withdrawals w where w.version_id = new.version_id and w.recorded_at >= began) then
      perform contender_refuse('VERSION_WITHDRAWN',
        format('version %s of %s was withdrawn after this retrain began', contender_version_number(new.version_id), new.model),
        jsonb_build_object('model', new.model, 'version', contender_version_number(new.version_id)));
    end if;
  end if;
  return new;
end $$;
create trigger reigns_controlled before insert on reigns for each row execute function contender_reigns_controlled();

-- One measurement of a reign's guard: the verdict, and the state from which the next session goes on. The state does not
-- grow with the reign, so a session costs the same on the first day and after two years.
create table guard_measurements (
  model text not null,
  epoch int not null,
  session date not null,
  -- The market's time at which the session was decided.
  decided_at timestamptz not null,
  verdict text not null check (verdict in ('pass', 'fail', 'inconclusive')),
  action text not null check (action in ('none', 'hold', 'rollback')),
  cause text not null check (cause ~ '^[a-z-]+$'),
  reason text not null,
  -- The number of the cause, and its bound; null where the cause has none.
  number double precision,
  threshold double precision,
  -- Measurements in a row, this one included.
  failed_in_row int not null check (failed_in_row >= 0),
  inconclusive_in_row int not null check (inconclusive_in_row >= 0),
  state jsonb not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (model, epoch, session),
  foreign key (model, epoch) references reigns (model, epoch),
  check ((verdict = 'fail') = (failed_in_row > 0)),
  check ((verdict = 'inconclusive') = (inconclusive_in_row > 0)),
  check (action <> 'rollback' or verdict = 'fail')
);
create index guard_rollbacks on guard_measurements (model, decided_at desc) where action = 'rollback';
select contender_make_append_only('guard_measurements');

do $$
begin
  execute format('alter function contender_withdraw() security definer set search_path = %I, pg_temp', current_schema());
  execute format('alter function contender_reigns_controlled() security definer set search_path = %I, pg_temp', current_schema());
  execute format('alter function contender_side_in_force() security definer set search_path = %I, pg_temp', current_schema());
  if exists (select from pg_roles where rolname = 'contender_worker') then
    grant select on model_freezes, model_sides, withdrawals, guard_measurements
      to contender_worker, contender_api, contender_reader, contender_migrator;
    grant insert on model_freezes, model_sides to contender_worker, contender_api;
    grant insert on guard_measurements to contender_worker;
  end if;
end $$;
