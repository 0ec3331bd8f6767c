-- What versions do after they were chosen: results of every session, and what was concluded from them.

alter table retrains drop constraint retrains_trigger_check;
alter table retrains add constraint retrains_trigger_check
  check (trigger in ('schedule', 'decay', 'drift', 'manual'));

-- Rows from before were the champion's, written when its label had matured.
alter table live_results add column role text not null default 'champion'
  check (role in ('champion', 'previous', 'challenger'));
alter table live_results add column status text not null default 'matured'
  check (status in ('awaiting', 'overdue', 'matured', 'no-ic', 'never-matured', 'unscored'));
alter table live_results add constraint live_results_rank_ic check (rank_ic between -1 and 1);
-- A session without a rank IC is never shown as one that has matured with one.
alter table live_results add constraint live_results_matured check ((rank_ic is not null) = (status = 'matured')) not valid;
create index live_results_by_epoch on live_results (model, epoch, session);

-- Reference statistics of a version: what its features, scores and labels were like in training. Immutable as the version is.
create table version_references (
  model text not null,
  version_id content_hash not null,
  artifact jsonb not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (model, version_id),
  foreign key (model, version_id) references versions (model, id)
);
select contender_make_append_only('version_references');

-- One session of a reign as it was watched: decay, diagnosis, drift, health, and what was decided, with its counterfactual.
create table watch_records (
  model text not null,
  epoch int not null,
  session date not null,
  -- The market's time at which the session was decided.
  decided_at timestamptz not null,
  version_id content_hash not null,
  -- The newest session whose label is known; null: none yet.
  known_through date,
  -- The rule has raised an alarm; the alarm still stands after the decision.
  alarm boolean not null,
  standing boolean not null,
  -- Logarithm of the statistic, and its threshold; null without a usable baseline.
  statistic double precision,
  threshold double precision,
  -- First session of the decay, as estimated.
  onset date,
  diagnosis text check (diagnosis ~ '^[a-z-]+$'),
  decision text not null check (decision in
    ('watch', 'repair-data', 'retrain', 'cooldown', 'standing', 'not-worth', 'released', 'drift-retrain')),
  -- What was done at once.
  action text not null check (action in ('none', 'reduce-only', 'halt', 'roll-back', 'safe-version', 'serve')),
  reason text not null,
  health double precision check (health between 0 and 100),
  state jsonb not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (model, epoch, session),
  foreign key (model, epoch) references reigns (model, epoch),
  foreign key (model, version_id) references versions (model, id)
);
create index watch_records_newest on watch_records (model, decided_at desc);
create index watch_decisions on watch_records (model, decided_at desc) where decision <> 'watch';
select contender_make_append_only('watch_records');

do $$
begin
  if exists (select from pg_roles where rolname = 'contender_worker') then
    grant select on version_references, watch_records
      to contender_worker, contender_api, contender_reader, contender_migrator;
    grant insert on version_references, watch_records to contender_worker;
  end if;
end $$;
