-- I3: one audit row per acknowledged command, chained by hash per model. I7: notifications leave by an outbox.

create table audit (
  model text not null references models,
  seq bigint not null check (seq >= 1),
  prev_hash content_hash not null,
  hash content_hash not null,
  -- Canonical JSON of everything the row says; the hash is over this text.
  body text not null,
  actor text not null,
  command text not null,
  idempotency_key text not null unique,
  business_at timestamptz,
  recorded_at timestamptz not null,
  primary key (model, seq)
);
select contender_make_append_only('audit');

-- JSON text with sorted keys and no white space: the same value gives the same bytes.
create function contender_canonical(p_value jsonb) returns text
language plpgsql immutable parallel safe as $$
begin
  case jsonb_typeof(p_value)
    when 'object' then
      return '{' || coalesce((
        select string_agg(to_json(key)::text || ':' || contender_canonical(value), ',' order by key collate "C")
        from jsonb_each(p_value)), '') || '}';
    when 'array' then
      return '[' || coalesce((
        select string_agg(contender_canonical(value), ',' order by ordinality)
        from jsonb_array_elements(p_value) with ordinality), '') || ']';
    else
      return p_value::text;
  end case;
end $$;

create function contender_instant(p_at timestamptz) returns text
language sql immutable parallel safe
return to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

-- The first row of a chain follows this: 64 zeros.
create function contender_genesis() returns text language sql immutable return repeat('0', 64);

-- Serialises the commands of one model; every command takes it before anything else, so no two can deadlock.
create function contender_lock_model(p_model text) returns void language plpgsql as $$
begin
  perform from models where model = p_model for no key update;
  if not found then
    perform contender_refuse('MODEL_UNKNOWN', format('there is no model %s', p_model), jsonb_build_object('model', p_model));
  end if;
end $$;

create function contender_append_audit(
  p_model text, p_actor text, p_command text, p_key text, p_business_at timestamptz, p_facts jsonb
) returns bigint language plpgsql as $$
declare
  head audit;
  written_at timestamptz := date_trunc('milliseconds', clock_timestamp());
  next_seq bigint;
  previous text;
  body_text text;
begin
  select * into head from audit where model = p_model order by seq desc limit 1;
  next_seq := coalesce(head.seq, 0) + 1;
  previous := coalesce(head.hash, contender_genesis());
  body_text := contender_canonical(jsonb_build_object(
    'schema', 1, 'model', p_model, 'seq', next_seq, 'prev', previous, 'actor', p_actor, 'command', p_command,
    'idempotencyKey', p_key, 'businessAt', contender_instant(p_business_at),
    'recordedAt', contender_instant(written_at), 'facts', p_facts));
  insert into audit (model, seq, prev_hash, hash, body, actor, command, idempotency_key, business_at, recorded_at)
  values (p_model, next_seq, previous, contender_hash(body_text), body_text, p_actor, p_command, p_key,
    p_business_at, written_at);
  return next_seq;
end $$;

-- The chain holds for every writer, not only for the function above.
create function contender_audit_checked() returns trigger language plpgsql as $$
declare
  head audit;
begin
  select * into head from audit where model = new.model order by seq desc limit 1;
  if new.seq <> coalesce(head.seq, 0) + 1 or new.prev_hash <> coalesce(head.hash, contender_genesis())
     or new.hash <> contender_hash(new.body) or new.body::jsonb ->> 'prev' <> new.prev_hash
     or (new.body::jsonb ->> 'seq')::bigint <> new.seq or new.body::jsonb ->> 'model' <> new.model then
    perform contender_refuse('AUDIT_CHAIN_BROKEN', format('this row does not continue the audit chain of %s', new.model), '{}');
  end if;
  return new;
end $$;
create trigger audit_checked before insert on audit for each row execute function contender_audit_checked();

-- One row is one event for one channel. Writers use the channel `route`; the dispatcher decides who hears of it.
create table outbox (
  id bigint generated always as identity primary key,
  dedupe_key text not null,
  channel text not null,
  event jsonb not null,
  state text not null default 'pending' check (state in ('pending', 'sent', 'dead')),
  attempts int not null default 0,
  unknown_outcomes int not null default 0,
  due_at timestamptz not null default clock_timestamp(),
  lease_token uuid,
  lease_until timestamptz,
  last_error text,
  receipt text,
  created_at timestamptz not null default clock_timestamp(),
  sent_at timestamptz,
  unique (dedupe_key, channel),
  check ((lease_token is null) = (lease_until is null)),
  check ((state = 'sent') = (sent_at is not null)),
  check (state = 'pending' or lease_token is null)
);
create index outbox_due on outbox (channel, due_at, id) where state = 'pending';

-- I7: a recorded success is final, and an outbox row keeps its key and channel.
create function contender_outbox_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    perform contender_refuse('APPEND_ONLY', 'the outbox keeps what was sent', '{}');
  end if;
  if old.state = 'sent' or (old.dedupe_key, old.channel, old.created_at) is distinct from
     (new.dedupe_key, new.channel, new.created_at) or (old.attempts > 0 and old.event <> new.event)
     or new.attempts < old.attempts or new.unknown_outcomes < old.unknown_outcomes then
    perform contender_refuse('OUTBOX_FINAL', format('notification %s was sent or claimed already', old.dedupe_key),
      jsonb_build_object('dedupeKey', old.dedupe_key));
  end if;
  return new;
end $$;
create trigger outbox_change before update or delete on outbox
  for each row execute function contender_outbox_change();

-- Refused attempts: counted per minute, and no more than this many different ones in a minute, so that a flood of
-- refusals fills neither the table nor the audit.
create table refused_attempts (
  minute timestamptz not null,
  actor text not null,
  command text not null,
  code text not null,
  model text not null,
  reason text not null,
  attempts int not null default 1,
  primary key (minute, actor, command, code, model)
);

create function contender_record_refusal(p_actor text, p_command text, p_code text, p_model text, p_reason text)
returns boolean language plpgsql as $$
declare
  this_minute timestamptz := date_trunc('minute', clock_timestamp());
  most_per_minute constant int := 100;
begin
  update refused_attempts set attempts = least(attempts + 1, 1000000)
  where minute = this_minute and actor = p_actor and command = p_command and code = p_code and model = p_model;
  if found then return true; end if;
  if (select count(*) from refused_attempts where minute = this_minute) >= most_per_minute then return false; end if;
  insert into refused_attempts (minute, actor, command, code, model, reason)
  values (this_minute, left(p_actor, 120), left(p_command, 60), p_code, left(p_model, 48), left(p_reason, 500))
  on conflict (minute, actor, command, code, model) do update set attempts = least(refused_attempts.attempts + 1, 1000000);
  return true;
end $$;
