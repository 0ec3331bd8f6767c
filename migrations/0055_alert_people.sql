-- What people do about alerts: acknowledge, silence, judge, be on call. All of it stays as history.

create table alert_acknowledgements (
  episode_id bigint primary key references alert_episodes,
  subject text not null check (length(subject) between 1 and 120),
  reason text not null default '' check (length(reason) <= 1000),
  recorded_at timestamptz not null default clock_timestamp()
);
select contender_make_append_only('alert_acknowledgements');

create table alert_judgements (
  id bigint generated always as identity primary key,
  episode_id bigint not null references alert_episodes,
  -- Was there something to act on?
  judgement text not null check (judgement in ('true', 'false')),
  subject text not null check (length(subject) between 1 and 120),
  reason text not null check (length(reason) between 3 and 1000),
  recorded_at timestamptz not null default clock_timestamp()
);
create index alert_judgements_by_episode on alert_judgements (episode_id, id desc);
select contender_make_append_only('alert_judgements');

create table silences (
  id bigint generated always as identity primary key,
  -- [{"name":"model","operator":"=","value":"tw-alpha"}]; all of them must match.
  matchers jsonb not null check (jsonb_array_length(matchers) between 1 and 16),
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  subject text not null check (length(subject) between 1 and 120),
  reason text not null check (length(reason) between 3 and 1000),
  recorded_at timestamptz not null default clock_timestamp(),
  expired_at timestamptz,
  expired_by text,
  check (starts_at < ends_at),
  -- Nobody means to silence something for ever.
  check (ends_at <= starts_at + interval '400 days'),
  check ((expired_at is null) = (expired_by is null))
);
create index silences_by_end on silences (ends_at);

create function contender_silences_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or old.expired_at is not null
     or (old.id, old.matchers, old.starts_at, old.ends_at, old.subject, old.reason, old.recorded_at) is distinct from
        (new.id, new.matchers, new.starts_at, new.ends_at, new.subject, new.reason, new.recorded_at) then
    perform contender_refuse('APPEND_ONLY', 'silences keeps what was written: a silence is ended once', '{}');
  end if;
  return new;
end $$;
create trigger silences_change before update or delete on silences
  for each row execute function contender_silences_change();

create table oncall_shifts (
  id bigint generated always as identity primary key,
  subject text not null check (length(subject) between 1 and 120),
  email text,
  phone text check (phone ~ '^\+[1-9][0-9]{6,14}$'),
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  added_by text not null,
  recorded_at timestamptz not null default clock_timestamp(),
  removed_at timestamptz,
  removed_by text,
  check (starts_at < ends_at),
  check (email is not null or phone is not null),
  check ((removed_at is null) = (removed_by is null))
);
create index oncall_shifts_by_end on oncall_shifts (ends_at) where removed_at is null;

create function contender_oncall_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or old.removed_at is not null
     or (old.id, old.subject, old.email, old.phone, old.starts_at, old.ends_at, old.added_by) is distinct from
        (new.id, new.subject, new.email, new.phone, new.starts_at, new.ends_at, new.added_by) then
    perform contender_refuse('APPEND_ONLY', 'oncall_shifts keeps what was written: a shift is removed once', '{}');
  end if;
  return new;
end $$;
create trigger oncall_change before update or delete on oncall_shifts
  for each row execute function contender_oncall_change();

-- One escalation per group from its first loud notification until everything in it is acknowledged or over.
create table alert_escalations (
  notification_id bigint primary key references alert_notifications,
  group_id content_hash not null,
  policy text not null,
  started_at timestamptz not null,
  -- Null: the workflow that keeps its timers is not yet known to run.
  workflow_at timestamptz,
  ended_at timestamptz,
  ended_by text check (ended_by in ('acknowledged', 'resolved', 'exhausted')),
  check ((ended_at is null) = (ended_by is null))
);
create unique index alert_escalations_open on alert_escalations (group_id) where ended_at is null;

do $$
begin
  if exists (select from pg_roles where rolname = 'contender_worker') then
    grant select on alert_acknowledgements, alert_judgements, silences, oncall_shifts, alert_escalations
      to contender_migrator, contender_worker, contender_api, contender_reader;
    grant insert on alert_acknowledgements, alert_judgements to contender_worker, contender_api;
    grant insert, update on silences, oncall_shifts to contender_worker, contender_api;
    grant insert, update on alert_escalations to contender_worker;
    grant usage on all sequences in schema public to contender_worker, contender_api;
  end if;
end $$;
