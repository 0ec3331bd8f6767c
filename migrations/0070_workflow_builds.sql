-- The workflow code of each build that ever ran here. A retrain ends on the code it began with, also when the release that
-- brought this code is no longer installed.
create table workflow_builds (
  -- SHA-256 of the bundled code without its source map.
  build_id content_hash primary key,
  bundle jsonb not null check (bundle ->> 'sha256' ~ '^[0-9a-f]{64}$'),
  first_seen_at timestamptz not null default clock_timestamp(),
  -- A worker ran it last at this instant; garbage collection keeps it for 60 days from then on.
  needed_at timestamptz not null default clock_timestamp()
);

create function contender_workflow_builds_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or (old.build_id, old.bundle, old.first_seen_at) is distinct from (new.build_id, new.bundle, new.first_seen_at) then
    perform contender_refuse('APPEND_ONLY', 'workflow_builds keeps what was written: only needed_at moves', '{}');
  end if;
  return new;
end $$;
create trigger workflow_builds_change before update or delete on workflow_builds
  for each row execute function contender_workflow_builds_change();

do $$
begin
  if exists (select from pg_roles where rolname = 'contender_worker') then
    grant select on workflow_builds to contender_migrator, contender_worker, contender_api, contender_reader;
    grant insert, update (needed_at) on workflow_builds to contender_worker;
  end if;
end $$;
