-- Servers with their leases and epochs, and what was measured of versions at work. Leases are wall time.

create table servers (
  name text primary key,
  address text not null,
  -- Empty: every model.
  models text[] not null default '{}',
  lease_until timestamptz not null,
  registered_at timestamptz not null default clock_timestamp()
);

create table server_epochs (
  server text not null references servers on delete cascade,
  model text not null,
  epoch int not null,
  version_id content_hash not null,
  acknowledged_at timestamptz not null default clock_timestamp(),
  primary key (server, model),
  -- A server acknowledges an epoch with the hash of that epoch's champion, or not at all.
  foreign key (model, epoch, version_id) references reigns (model, epoch, version_id)
);

-- I5: a server's epoch never falls.
create function contender_server_epoch_rises() returns trigger language plpgsql as $$
begin
  if new.epoch < old.epoch then
    perform contender_refuse('EPOCH_FENCED', format('%s answers for %s at epoch %s already', old.server, old.model, old.epoch),
      jsonb_build_object('server', old.server, 'model', old.model, 'currentEpoch', old.epoch));
  end if;
  return new;
end $$;
create trigger server_epoch_rises before update on server_epochs
  for each row execute function contender_server_epoch_rises();

create table shadow_days (
  run bigint not null references retrains,
  session date not null,
  version_id content_hash not null references versions,
  champion_id content_hash references versions,
  rows int not null check (rows >= 0),
  paired_rows int not null check (paired_rows between 0 and rows),
  verdict text not null check (verdict in ('continue', 'fail')),
  reason text not null,
  -- Where the paired predictions lie, and the numbers of the day.
  predictions jsonb,
  numbers jsonb not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (run, session)
);
select contender_make_append_only('shadow_days');

create table predictions (
  model text not null references models,
  version_id content_hash not null,
  session date not null,
  kind text not null check (kind in ('shadow', 'guard', 'live', 'batch')),
  artifact jsonb not null,
  rows int not null check (rows >= 0),
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (model, version_id, session, kind),
  foreign key (model, version_id) references versions (model, id)
);

create table live_results (
  model text not null references models,
  version_id content_hash not null,
  session date not null,
  epoch int not null,
  -- Null: could not be computed on that session.
  rank_ic double precision,
  net_return double precision,
  turnover double precision,
  numbers jsonb not null default '{}',
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (model, version_id, session),
  foreign key (model, version_id) references versions (model, id)
);

create table alerts (
  id bigint generated always as identity primary key,
  dedupe_key text not null unique,
  model text not null,
  severity text not null check (severity in ('INFO', 'WARNING', 'ERROR', 'CRITICAL')),
  kind text not null,
  body text not null,
  recorded_at timestamptz not null default clock_timestamp()
);
create index alerts_by_model on alerts (model, id desc);
