-- The scores of a whole universe for one session. A run is one version on one session: asked for again, it goes on where it
-- was, or is there already.

create table score_runs (
  id bigint generated always as identity primary key,
  model text not null references models,
  session date not null,
  version_id content_hash not null,
  -- The epoch in force when the run began, and whether the version was the champion then.
  epoch int not null check (epoch >= 0),
  is_champion boolean not null,
  trigger text not null check (trigger in ('manual', 'schedule')),
  requested_by text not null check (btrim(requested_by) <> ''),
  started_at timestamptz not null default clock_timestamp(),
  -- What was known then was used; set with the universe.
  as_of timestamptz,
  -- The features of the session, an artifact: a resumed run scores the very same rows.
  universe jsonb,
  symbols int check (symbols >= 1),
  -- The tables and the report as files, artifacts by name; set when the run is complete.
  files jsonb,
  completed_at timestamptz,
  unique (model, session, version_id),
  foreign key (model, version_id) references versions (model, id),
  check ((universe is null) = (symbols is null)),
  check ((universe is null) = (as_of is null)),
  check ((completed_at is null) = (files is null)),
  check (completed_at is null or universe is not null)
);

create table score_rows (
  run bigint not null references score_runs,
  symbol text not null check (symbol <> ''),
  score double precision check (abs(score) < 'infinity'::float8),
  -- Why the symbol has no score.
  skipped text check (btrim(skipped) <> ''),
  primary key (run, symbol),
  check ((score is null) <> (skipped is null))
);
select contender_make_append_only('score_rows');

create function contender_score_rows_open() returns trigger language plpgsql as $$
begin
  if exists (select from score_runs r where r.completed_at is not null and r.id in (select run from added)) then
    perform contender_refuse('APPEND_ONLY', 'a complete score run takes no more rows', '{}');
  end if;
  return null;
end $$;
create trigger score_rows_open after insert on score_rows
  referencing new table as added for each statement execute function contender_score_rows_open();

-- A run says nothing else later on: it only learns its universe, and that every symbol of it has a row.
create function contender_score_runs_change() returns trigger language plpgsql as $$
declare
  found int;
begin
  if tg_op = 'DELETE' or old.completed_at is not null
     or (old.id, old.model, old.session, old.version_id, old.epoch, old.is_champion, old.trigger, old.requested_by,
         old.started_at) is distinct from
        (new.id, new.model, new.session, new.version_id, new.epoch, new.is_champion, new.trigger, new.requested_by,
         new.started_at)
     or (old.universe is not null and (old.as_of, old.universe, old.symbols) is distinct from
        (new.as_of, new.universe, new.symbols)) then
    perform contender_refuse('APPEND_ONLY', 'a score run keeps what was written', '{}');
  end if;
  if new.completed_at is not null then
    select count(*) into found from score_rows where run = new.id;
    if found <> new.symbols then
      perform contender_refuse('SCORE_RUN_INCOMPLETE', format('%s of %s symbols have a score or a reason', found, new.symbols),
        jsonb_build_object('run', new.id));
    end if;
  end if;
  return new;
end $$;
create trigger score_runs_change before update or delete on score_runs
  for each row execute function contender_score_runs_change();
create trigger score_runs_keep before truncate on score_runs
  for each statement execute function contender_append_only();

do $$
begin
  if exists (select from pg_roles where rolname = 'contender_worker') then
    grant select on score_runs, score_rows to contender_worker, contender_api, contender_reader, contender_migrator;
    grant insert, update on score_runs to contender_worker;
    grant insert on score_rows to contender_worker;
    grant usage on all sequences in schema public to contender_worker, contender_api;
  end if;
end $$;
