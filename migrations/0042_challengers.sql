-- Challengers that are scored beside the one of an open retrain: versions of earlier retrains, each with a shadow record of its
-- own against the champion. They inform; a promotion still takes the evidence of a retrain.

create table challengers (
  model text not null references models,
  number int not null check (number >= 1),
  version_id content_hash not null,
  -- Sessions of its shadow, as the spec said when it was named.
  sessions int not null check (sessions between 1 and 60),
  subject text not null check (btrim(subject) <> ''),
  reason text not null check (length(reason) >= 3),
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (model, number),
  foreign key (model, version_id) references versions (model, id)
);
select contender_make_append_only('challengers');
create trigger challengers_numbered before insert on challengers
  for each row execute function contender_controls_numbered();

create table challenger_ends (
  model text not null,
  number int not null,
  verdict text not null check (verdict in ('pass', 'fail', 'inconclusive', 'error')),
  subject text not null check (btrim(subject) <> ''),
  reason text not null check (length(reason) >= 3),
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (model, number),
  foreign key (model, number) references challengers (model, number)
);
select contender_make_append_only('challenger_ends');

create table challenger_days (
  model text not null,
  number int not null,
  session date not null,
  champion_id content_hash not null references versions,
  rows int not null check (rows >= 0),
  paired_rows int not null check (paired_rows between 0 and rows),
  verdict text not null check (verdict in ('continue', 'fail')),
  reason text not null,
  predictions jsonb,
  numbers jsonb not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (model, number, session),
  foreign key (model, number) references challengers (model, number)
);
select contender_make_append_only('challenger_days');

create function contender_challenger_allowed() returns trigger language plpgsql as $$
declare
  version versions;
  facts jsonb := jsonb_build_object('model', new.model);
begin
  select * into version from versions where id = new.version_id;
  facts := facts || jsonb_build_object('version', version.number);
  if version.state = 'deleted' then
    perform contender_refuse('VERSION_DELETED', format('version %s of %s was deleted', version.number, new.model), facts);
  end if;
  if exists (select from champions where model = new.model and champion_id = new.version_id) then
    perform contender_refuse('ALREADY_CHAMPION', format('version %s of %s is the champion', version.number, new.model), facts);
  end if;
  if not exists (select from champions where model = new.model and champion_id is not null) then
    perform contender_refuse('NO_CHAMPION', format('%s has no champion to hold a challenger against', new.model), facts);
  end if;
  if exists (select from withdrawals w where w.version_id = new.version_id and w.recorded_at >= coalesce(
      (select max(linked_at) from version_links l where l.version_id = new.version_id), '-infinity')) then
    perform contender_refuse('VERSION_WITHDRAWN',
      format('version %s of %s was withdrawn by a rollback and not made again since', version.number, new.model), facts);
  end if;
  if exists (select from challengers c where c.model = new.model and c.version_id = new.version_id
      and not exists (select from challenger_ends e where e.model = c.model and e.number = c.number)) then
    perform contender_refuse('CHALLENGER_OPEN', format('version %s of %s is in its shadow already', version.number, new.model), facts);
  end if;
  -- With the challenger of an open retrain they are three.
  if (select count(*) from challengers c where c.model = new.model
      and not exists (select from challenger_ends e where e.model = c.model and e.number = c.number)) >= 2 then
    perform contender_refuse('CHALLENGERS_FULL', format('%s has two challengers beside its retrains already', new.model), facts);
  end if;
  return new;
end $$;
create trigger challengers_allowed before insert on challengers
  for each row execute function contender_challenger_allowed();

-- What has ended takes no further session.
create function contender_challenger_open() returns trigger language plpgsql as $$
begin
  if exists (select from challenger_ends where model = new.model and number = new.number) then
    perform contender_refuse('CHALLENGER_ENDED', format('challenger %s of %s has ended', new.number, new.model),
      jsonb_build_object('model', new.model));
  end if;
  return new;
end $$;
create trigger challenger_days_open before insert on challenger_days
  for each row execute function contender_challenger_open();

do $$
begin
  if exists (select from pg_roles where rolname = 'contender_worker') then
    grant select on challengers, challenger_ends, challenger_days
      to contender_worker, contender_api, contender_reader, contender_migrator;
    grant insert on challengers, challenger_ends to contender_worker, contender_api;
    grant insert on challenger_days to contender_worker;
  end if;
end $$;
