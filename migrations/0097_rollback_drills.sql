-- Rehearsals of the way back: every server loads the version that a rollback would go to anew, checks its bytes and its answers,
-- and lets go of it again. Nothing that answers changes: neither champions nor reigns know of a drill.

create table rollback_drills (
  id bigint generated always as identity primary key,
  model text not null references models,
  -- In force when it was opened: a drill is about this way back, and over once the epoch moves.
  epoch int not null check (epoch >= 1),
  champion_id content_hash not null,
  target_id content_hash not null,
  trigger text not null check (trigger in ('manual', 'schedule')),
  requested_by text not null check (btrim(requested_by) <> ''),
  reason text not null,
  -- Those with a valid lease when it was opened; each of them is waited for.
  servers text[] not null,
  opened_at timestamptz not null default clock_timestamp(),
  deadline timestamptz not null,
  -- Null while it runs. `yielded`: a swap or a rollback came first. `skipped`: one was under way, or nobody was there to rehearse.
  -- `abandoned`: whoever led it never came back.
  result text check (result in ('passed', 'failed', 'yielded', 'skipped', 'abandoned')),
  ended_reason text not null default '',
  ended_at timestamptz,
  foreign key (model, epoch, champion_id) references reigns (model, epoch, version_id),
  foreign key (model, target_id) references versions (model, id),
  constraint a_drill_goes_elsewhere check (target_id <> champion_id),
  constraint a_drill_ends_with_a_result check ((result is null) = (ended_at is null)),
  constraint a_drill_has_a_deadline check (deadline > opened_at)
);
-- One at a time: two would take the memory of two versions on every server.
create unique index rollback_drills_open on rollback_drills (model) where ended_at is null;
create index rollback_drills_by_model on rollback_drills (model, id desc);

create table rollback_drill_servers (
  drill bigint not null references rollback_drills,
  server text not null check (server <> ''),
  -- `absent`: no valid lease when the drill began, so that no rollback would wait for it either.
  outcome text not null check (outcome in ('passed', 'failed', 'absent')),
  -- Of the error; empty when it passed.
  code text not null,
  reason text not null,
  remedy text not null,
  -- Reading, verifying, loading and warming the version anew; null: it did not get so far.
  load_ms double precision check (load_ms >= 0),
  -- Answering the recorded rows with what was loaded.
  check_ms double precision check (check_ms >= 0),
  rows int not null check (rows >= 0),
  mismatches int not null check (mismatches >= 0),
  -- Whether the server keeps the version warm beside its champion; null: it did not say.
  warm boolean,
  -- Answering the same rows with the warm one.
  warm_ms double precision check (warm_ms >= 0),
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (drill, server),
  constraint a_failure_has_a_code check ((outcome = 'passed') = (code = '')),
  constraint a_pass_is_whole check (outcome <> 'passed'
    or (load_ms is not null and check_ms is not null and rows > 0 and mismatches = 0 and warm is not null))
);
select contender_make_append_only('rollback_drill_servers');

create function contender_drill_servers_open() returns trigger language plpgsql as $$
begin
  -- A report and the end of its drill do not pass each other by.
  perform from rollback_drills where id = new.drill and ended_at is null for share;
  if not found then
    perform contender_refuse('DRILL_OVER', format('drill %s is over', new.drill), jsonb_build_object('drill', new.drill));
  end if;
  return new;
end $$;
create trigger drill_servers_open before insert on rollback_drill_servers
  for each row execute function contender_drill_servers_open();

-- A drill says nothing else later on: it only learns how it ended, once, and it passed only if every server that it waited for did.
create function contender_rollback_drills_change() returns trigger language plpgsql as $$
declare
  missing text[];
begin
  if tg_op = 'DELETE' or old.ended_at is not null
     or (old.id, old.model, old.epoch, old.champion_id, old.target_id, old.trigger, old.requested_by, old.reason, old.servers,
         old.opened_at, old.deadline) is distinct from
        (new.id, new.model, new.epoch, new.champion_id, new.target_id, new.trigger, new.requested_by, new.reason, new.servers,
         new.opened_at, new.deadline) then
    perform contender_refuse('APPEND_ONLY', 'rollback_drills keeps what was written: a drill ends once', '{}');
  end if;
  if new.result = 'passed' then
    select coalesce(array_agg(name), '{}') into missing from unnest(new.servers) name
    where not exists (select from rollback_drill_servers s where s.drill = new.id and s.server = name and s.outcome = 'passed');
    if cardinality(missing) > 0 or cardinality(new.servers) = 0 then
      perform contender_refuse('DRILL_INCOMPLETE', format('drill %s did not pass on %s', new.id, array_to_string(missing, ', ')),
        jsonb_build_object('drill', new.id, 'servers', to_jsonb(missing)));
    end if;
  end if;
  return new;
end $$;
create trigger rollback_drills_change before update or delete on rollback_drills
  for each row execute function contender_rollback_drills_change();
create trigger rollback_drills_keep before truncate on rollback_drills
  for each statement execute function contender_append_only();

do $$
begin
  if exists (select from pg_roles where rolname = 'contender_worker') then
    grant select on rollback_drills, rollback_drill_servers
      to contender_worker, contender_api, contender_reader, contender_migrator;
    grant insert, update on rollback_drills to contender_worker;
    grant insert on rollback_drill_servers to contender_worker;
    grant usage on all sequences in schema public to contender_worker, contender_api;
  end if;
end $$;
