-- What garbage collection may never take: beside what I8 names so far, the last champions that are kept warm, what a
-- consumer has pinned, and what the audit of the last year names.

-- A consumer holds on to a version. The pin in force is the one that was not released.
create table pins (
  id int generated always as identity primary key,
  model text not null references models,
  consumer text not null check (consumer ~ '^[a-z][a-z0-9-]{1,47}$'),
  version_id content_hash not null,
  pinned_by text not null,
  reason text not null check (length(reason) >= 3),
  pinned_at timestamptz not null default clock_timestamp(),
  released_at timestamptz,
  released_by text,
  foreign key (model, version_id) references versions (model, id),
  check ((released_at is null) = (released_by is null))
);
create unique index one_pin_per_consumer on pins (model, consumer) where released_at is null;
create index pins_by_version on pins (version_id) where released_at is null;

create function contender_pins_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    if exists (select from versions where id = new.version_id and state = 'deleted') then
      perform contender_refuse('VERSION_DELETED', 'a deleted version cannot be pinned', '{}');
    end if;
    return new;
  end if;
  if tg_op = 'DELETE' or old.released_at is not null
     or (old.id, old.model, old.consumer, old.version_id, old.pinned_by, old.reason, old.pinned_at) is distinct from
        (new.id, new.model, new.consumer, new.version_id, new.pinned_by, new.reason, new.pinned_at) then
    perform contender_refuse('APPEND_ONLY', 'pins keeps what was written: a pin is released once', '{}');
  end if;
  return new;
end $$;
create trigger pins_change before insert or update or delete on pins
  for each row execute function contender_pins_change();

create or replace function contender_deletion_blocker(p_version text) returns text
language sql stable
begin atomic
  select case
    when exists (select from champions where champion_id = p_version) then 'it is the champion'
    when exists (select from champions where previous_id = p_version) then 'it is the previous champion'
    -- Three former champions are kept warm (registry/champions.ts).
    when exists (
      select from versions v, lateral (
        select g.version_id from (select version_id, epoch from reigns where model = v.model order by epoch desc limit 50) g
        group by g.version_id order by max(g.epoch) desc limit 4) recent
      where v.id = p_version and recent.version_id = v.id) then 'it is one of the last champions'
    when exists (select from pins where version_id = p_version and released_at is null) then 'a consumer has pinned it'
    when exists (select from retrains r where r.status = 'open' and (r.version_id = p_version or r.champion_id = p_version))
      then 'an open retrain names it'
    when exists (select from version_links l join retrains r using (run) where l.version_id = p_version and r.status = 'open')
      then 'an open retrain made it'
    when exists (select from versions where id = p_version and retain_until > clock_timestamp())
      then 'it is in retention'
    when exists (
      select from versions v join audit a on a.model = v.model
      where v.id = p_version and a.recorded_at > clock_timestamp() - interval '365 days' and position(v.id in a.body) > 0)
      then 'the audit of the last year names it'
  end;
end;

-- Every rollback asks for the last promotion; however many rollbacks came since, it is the first entry here.
create index reigns_promoted on reigns (model, epoch desc) where run is not null;

-- The row of a snapshot stays, as lineage; its bytes may go.
alter table snapshots add column collected_at timestamptz;

create function contender_snapshot_blocker(p_snapshot text) returns text
language sql stable
begin atomic
  select case
    when exists (select from versions where snapshot_id = p_snapshot and state <> 'deleted') then 'a version was trained on it'
    when exists (select from retrains where snapshot_id = p_snapshot and status = 'open') then 'an open retrain names it'
    when exists (select from retrains where snapshot_id = p_snapshot and finished_at > clock_timestamp() - interval '365 days')
      then 'a retrain of the last year names it'
    when exists (select from snapshots where id = p_snapshot and recorded_at > clock_timestamp() - interval '365 days')
      then 'it is in retention'
  end;
end;

create function contender_snapshots_change() returns trigger language plpgsql as $$
declare
  blocker text := contender_snapshot_blocker(old.id);
begin
  if (old.id, old.market, old.as_of, old.manifest, old.ref, old.recorded_at) is distinct from
     (new.id, new.market, new.as_of, new.manifest, new.ref, new.recorded_at) then
    perform contender_refuse('APPEND_ONLY', 'a snapshot keeps what it was', '{}');
  end if;
  if new.collected_at is not null and blocker is not null then
    perform contender_refuse('SNAPSHOT_IN_USE', format('snapshot %s stays: %s', old.id, blocker), '{}');
  end if;
  return new;
end $$;
create trigger snapshots_change before update on snapshots
  for each row execute function contender_snapshots_change();

do $$
begin
  if exists (select from pg_roles where rolname = 'contender_worker') then
    grant select on pins to contender_migrator, contender_worker, contender_api, contender_reader;
    grant insert, update (released_at, released_by) on pins to contender_worker, contender_api;
    grant usage on all sequences in schema public to contender_worker, contender_api;
    grant update (collected_at) on snapshots to contender_worker;
  end if;
end $$;
