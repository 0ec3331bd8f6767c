-- Alerts as Alertmanager knows them. `alerts` stays the history of every report; an episode is one alert from its start to
-- its end; groups, their members and their timers are the state of the router, so that a restart continues where it was.

alter table alerts drop constraint alerts_severity_check;
alter table alerts add check (severity in ('INFO', 'WARNING', 'ERROR', 'CRITICAL', 'EMERGENCY'));
alter table alerts alter column model drop not null;
alter table alerts
  add column labels jsonb not null default '{}',
  -- What the alert says besides its labels: summary, description, session, facts, actions, series.
  add column content jsonb,
  add column starts_at timestamptz,
  add column ends_at timestamptz,
  add column correlation_id text not null default '',
  add column routed_at timestamptz;
-- What was recorded before there was a router has been told, if at all, by other means.
update alerts set routed_at = recorded_at;
create index alerts_unrouted on alerts (id) where routed_at is null;

create function contender_alerts_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or old.routed_at is not null
     or (old.id, old.dedupe_key, old.model, old.severity, old.kind, old.body, old.labels, old.content, old.recorded_at) is distinct from
        (new.id, new.dedupe_key, new.model, new.severity, new.kind, new.body, new.labels, new.content, new.recorded_at) then
    perform contender_refuse('APPEND_ONLY', 'alerts keeps what was reported: a report is routed once', '{}');
  end if;
  return new;
end $$;
create trigger alerts_change before update or delete on alerts
  for each row execute function contender_alerts_change();

create table alert_episodes (
  id bigint generated always as identity primary key,
  -- SHA-256 of the labels.
  fingerprint content_hash not null,
  labels jsonb not null,
  rule text not null,
  severity text not null,
  model text,
  -- It happened, as opposed to a condition that holds: it ends without a message.
  occurrence boolean not null,
  started_at timestamptz not null,
  -- Null: it fires.
  ended_at timestamptz,
  -- 'resolved': its reporter said so; 'silent': nobody reported it again in time.
  ended_by text check (ended_by in ('resolved', 'silent')),
  reports int not null default 1 check (reports >= 1),
  last_reported_at timestamptz not null,
  last_alert_id bigint not null references alerts,
  notified_at timestamptz,
  check ((ended_at is null) = (ended_by is null))
);
create unique index alert_episodes_firing on alert_episodes (fingerprint) where ended_at is null;
create index alert_episodes_by_model on alert_episodes (model, id desc);
create index alert_episodes_by_rule on alert_episodes (rule, id desc);

create table alert_groups (
  id content_hash primary key,
  route text not null,
  receiver text not null,
  labels jsonb not null,
  flush_at timestamptz not null,
  flushed boolean not null default false,
  -- Null: nobody was told yet.
  notified_at timestamptz,
  created_at timestamptz not null
);
create index alert_groups_due on alert_groups (flush_at);

create table alert_group_members (
  group_id content_hash not null references alert_groups on delete cascade,
  fingerprint content_hash not null,
  episode_id bigint not null references alert_episodes,
  -- What the last notification of the group said of it.
  told text not null default 'nothing' check (told in ('nothing', 'firing', 'resolved')),
  -- Empty: heard; else by what it is held back: 'silence 3', 'inhibited by 17', 'muted by nights'.
  suppressed_by text not null default '',
  primary key (group_id, fingerprint)
);
create index alert_group_members_episode on alert_group_members (episode_id);

-- History: each notification of a group that was decided on. Its deliveries are rows of the outbox, by dedupe key.
create table alert_notifications (
  id bigint generated always as identity primary key,
  group_id content_hash not null,
  route text not null,
  receiver text not null,
  labels jsonb not null,
  severity text not null,
  model text,
  step int not null default 0 check (step >= 0),
  firing int not null check (firing >= 0),
  resolved int not null check (resolved >= 0),
  suppressed int not null check (suppressed >= 0),
  channels text[] not null,
  dedupe_key text unique,
  decided_at timestamptz not null
);
create index alert_notifications_by_group on alert_notifications (group_id, id desc);

create table alert_notified_episodes (
  notification_id bigint not null references alert_notifications,
  episode_id bigint not null references alert_episodes,
  status text not null check (status in ('firing', 'resolved')),
  primary key (notification_id, episode_id)
);
create index alert_notified_episodes_episode on alert_notified_episodes (episode_id);
select contender_make_append_only('alert_notified_episodes');

-- History: what was held back, from when, why; one row per alert, group and reason.
create table alert_suppressions (
  group_id content_hash not null,
  episode_id bigint not null references alert_episodes,
  suppressed_by text not null check (suppressed_by <> ''),
  recorded_at timestamptz not null,
  primary key (group_id, episode_id, suppressed_by)
);
select contender_make_append_only('alert_suppressions');

do $$
begin
  if exists (select from pg_roles where rolname = 'contender_worker') then
    grant select on alert_episodes, alert_groups, alert_group_members, alert_notifications, alert_notified_episodes,
      alert_suppressions to contender_migrator, contender_worker, contender_api, contender_reader;
    grant insert, update on alert_episodes, alert_notifications to contender_worker;
    grant insert on alert_notified_episodes, alert_suppressions to contender_worker;
    grant insert, update, delete on alert_groups, alert_group_members to contender_worker;
    grant insert on alerts to contender_api;
    grant usage on all sequences in schema public to contender_worker, contender_api;
  end if;
end $$;
