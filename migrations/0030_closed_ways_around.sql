-- Closes what a connection with the rights of the worker or of the API could still write past the commands. The chain of
-- the audit, the reigns and the champions are written by functions that run as the owner; nobody else may insert there.

-- ---- I1, I3: a reign is written with its own audit row, announcement and answer, in one transaction ----

-- The row was written by the transaction that asks.
create function contender_is_of_this_transaction(p_xmin xid) returns boolean
language sql stable return p_xmin = pg_current_xact_id()::xid;

create function contender_reigns_recorded() returns trigger language plpgsql as $$
declare
  state champions;
  expected text;
begin
  select * into state from champions where model = new.model;
  if new.cause = 'rollback' then
    select r.previous_id into expected from reigns r
    where r.model = new.model and r.version_id = new.version_id order by r.epoch desc limit 1;
  else
    expected := state.champion_id;
  end if;
  if new.previous_id is distinct from expected then
    perform contender_refuse('REIGN_UNRECORDED', 'the previous champion of a reign is the one that stood before its target', '{}');
  end if;
  if not exists (
    select from audit a
    where a.model = new.model and a.seq = new.audit_seq and contender_is_of_this_transaction(a.xmin)
      and a.command = case new.cause when 'rollback' then 'rollback' else 'promote' end
      and a.body::jsonb -> 'facts' ->> 'versionId' = new.version_id
      and (a.body::jsonb -> 'facts' ->> 'epoch')::int = new.epoch) then
    perform contender_refuse('REIGN_UNRECORDED', 'a reign names the audit row that was written with it', '{}');
  end if;
  if not exists (
    select from outbox o
    where o.id = new.outbox_id and o.channel = 'route' and o.event ->> 'model' = new.model
      and contender_is_of_this_transaction(o.xmin)) then
    perform contender_refuse('REIGN_UNRECORDED', 'a reign names the announcement that was written with it', '{}');
  end if;
  return new;
end $$;
create trigger reigns_recorded before insert on reigns
  for each row execute function contender_reigns_recorded();

create or replace function contender_reign_is_champion() returns trigger language plpgsql as $$
declare
  state champions;
begin
  select * into state from champions where model = new.model;
  if state.epoch < new.epoch then
    perform contender_refuse('REIGN_WITHOUT_CHAMPION', format('epoch %s of %s was opened without its champion', new.epoch, new.model), '{}');
  end if;
  if not exists (
    select from commands c join audit a on a.idempotency_key = c.key
    where a.model = new.model and a.seq = new.audit_seq and (c.result ->> 'epoch')::int = new.epoch) then
    perform contender_refuse('REIGN_UNRECORDED', format('epoch %s of %s has no answer under an idempotency key', new.epoch, new.model), '{}');
  end if;
  return null;
end $$;

-- The row of a champion repeats its reign, the previous champion included.
create or replace function contender_champions_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    perform contender_refuse('APPEND_ONLY', 'the row of a champion stays', '{}');
  end if;
  if new.model <> old.model or new.epoch <> old.epoch + 1 then
    perform contender_refuse('EPOCH_MOVED', format('the epoch of %s goes from %s to %s only', old.model, old.epoch, old.epoch + 1),
      jsonb_build_object('model', old.model, 'currentEpoch', old.epoch));
  end if;
  if exists (select from reigns r where r.model = new.model and r.epoch = new.epoch and r.previous_id is distinct from new.previous_id) then
    perform contender_refuse('REIGN_UNRECORDED', 'the previous champion is the one of the reign', '{}');
  end if;
  return new;
end $$;

create function contender_champions_begin() returns trigger language plpgsql as $$
begin
  if new.epoch <> 0 or new.champion_id is not null or new.previous_id is not null then
    perform contender_refuse('EPOCH_MOVED', format('%s begins without a champion', new.model), '{}');
  end if;
  return new;
end $$;
create trigger champions_begin before insert on champions
  for each row execute function contender_champions_begin();

-- ---- I2: evidence that says what it must ----

create function contender_verdicts_wellformed() returns trigger language plpgsql as $$
begin
  if new.kind = 'gate' and exists (
    select from jsonb_array_elements(new.body::jsonb -> 'verdicts') v
    where coalesce(v.value ->> 'gate', '') = ''
      or coalesce(v.value ->> 'verdict', '') not in ('pass', 'fail', 'inconclusive', 'error')
      or jsonb_typeof(v.value -> 'enforced') is distinct from 'boolean') then
    perform contender_refuse('EVIDENCE_BROKEN', 'each verdict names its gate, says pass, fail, inconclusive or error, and whether it is enforced', '{}');
  end if;
  if new.kind = 'shadow' and new.verdict = 'pass' and exists (
    select from shadow_days where run = new.run and verdict = 'fail') then
    perform contender_refuse('EVIDENCE_BROKEN', 'a session of this shadow failed, so the shadow did not pass', '{}');
  end if;
  return new;
end $$;
create trigger evidence_wellformed before insert on evidence
  for each row execute function contender_verdicts_wellformed();

-- What a quant lead signs is the body; the columns that are enforced say the same.
create function contender_decisions_say() returns trigger language plpgsql as $$
declare
  body jsonb;
begin
  select e.body::jsonb into body from evidence e where e.hash = new.hash;
  if body ->> 'admission' is distinct from new.admission
     or (body ->> 'expectedEpoch')::int is distinct from new.expected_epoch
     or (body ->> 'expiresAt')::timestamptz is distinct from new.expires_at
     or (body ->> 'approvers')::int is distinct from new.approvers
     or (body ->> 'fourEyes')::boolean is distinct from new.four_eyes
     or body ->> 'requester' is distinct from new.requester
     or body ->> 'specAuthor' is distinct from new.spec_author then
    perform contender_refuse('EVIDENCE_BROKEN', 'the terms of a decision are those of the evidence that is signed', '{}');
  end if;
  if not isfinite(new.expires_at) then
    perform contender_refuse('EVIDENCE_BROKEN', 'an approval expires', '{}');
  end if;
  return new;
end $$;
create trigger decisions_say before insert on decisions
  for each row execute function contender_decisions_say();

-- A version is linked to the open retrain of its own model.
create function contender_version_links_checked() returns trigger language plpgsql as $$
declare
  owner retrains;
begin
  select * into owner from retrains where run = new.run;
  if owner.status <> 'open' then
    perform contender_refuse('RETRAIN_FINISHED', format('%s ended as %s', owner.id, owner.status),
      jsonb_build_object('retrainId', owner.id, 'outcome', owner.status));
  end if;
  if not exists (select from versions where id = new.version_id and model = owner.model and state <> 'deleted') then
    perform contender_refuse('EVIDENCE_BROKEN', format('%s cannot have made a version of another model, or a deleted one', owner.id), '{}');
  end if;
  return new;
end $$;
create trigger version_links_checked before insert on version_links
  for each row execute function contender_version_links_checked();

-- Integrity is judged, and passed, whatever the evidence says of enforcement.
create function contender_integrity_missing(p_gates text) returns text[]
language sql stable
begin atomic
  select coalesce(array_agg(needed order by needed), '{}') from unnest(array['leak', 'parity']) needed
  where not exists (
      select from evidence e, jsonb_array_elements(e.body::jsonb -> 'verdicts') v
      where e.hash = p_gates and v.value ->> 'gate' = needed)
    or exists (
      select from evidence e, jsonb_array_elements(e.body::jsonb -> 'verdicts') v
      where e.hash = p_gates and v.value ->> 'gate' = needed and v.value ->> 'verdict' <> 'pass');
end;

create function contender_reigns_sound() returns trigger language plpgsql as $$
declare
  link evidence;
  missing text[];
begin
  if new.cause = 'rollback' then
    return new;
  end if;
  select * into link from evidence where hash = (select parent from evidence where hash = new.decision_hash);
  missing := contender_integrity_missing(case link.kind when 'shadow' then link.parent else link.hash end);
  if cardinality(missing) > 0 then
    perform contender_refuse('EVIDENCE_MISSING', format('the leak audit or the parity of the artifact was not passed: %s', array_to_string(missing, ', ')),
      jsonb_build_object('gates', to_jsonb(missing)));
  end if;
  return new;
end $$;
create trigger reigns_sound before insert on reigns
  for each row execute function contender_reigns_sound();

-- ---- I3: rows of the audit whose columns and text agree; no answer without its row ----

create or replace function contender_audit_checked() returns trigger language plpgsql as $$
declare
  head audit;
  body jsonb := new.body::jsonb;
begin
  select * into head from audit where model = new.model order by seq desc limit 1;
  if new.seq <> coalesce(head.seq, 0) + 1 or new.prev_hash <> coalesce(head.hash, contender_genesis())
     or new.hash <> contender_hash(new.body)
     or (body ->> 'seq')::bigint is distinct from new.seq
     or (body ->> 'prev', body ->> 'model', body ->> 'actor', body ->> 'command', body ->> 'idempotencyKey',
         body ->> 'recordedAt', body ->> 'businessAt') is distinct from
        (new.prev_hash::text, new.model, new.actor, new.command, new.idempotency_key,
         contender_instant(new.recorded_at), contender_instant(new.business_at))
     or new.body <> contender_canonical(body)
     or new.recorded_at < head.recorded_at then
    perform contender_refuse('AUDIT_CHAIN_BROKEN', format('this row does not continue the audit chain of %s', new.model), '{}');
  end if;
  return new;
end $$;

-- As before, and time never runs backwards in a chain, whatever the clock of the machine does.
create function contender_append_audit_row(
  p_model text, p_actor text, p_command text, p_key text, p_business_at timestamptz, p_facts jsonb
) returns bigint language plpgsql as $$
declare
  head audit;
  written_at timestamptz;
  next_seq bigint;
  previous text;
  body_text text;
begin
  select * into head from audit where model = p_model order by seq desc limit 1;
  written_at := greatest(date_trunc('milliseconds', clock_timestamp()), head.recorded_at);
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

-- Only a swap says that it was one.
create or replace function contender_append_audit(
  p_model text, p_actor text, p_command text, p_key text, p_business_at timestamptz, p_facts jsonb
) returns bigint language plpgsql as $$
begin
  if p_command in ('promote', 'rollback') then
    perform contender_refuse('AUDIT_CHAIN_BROKEN', format('%s is recorded by the swap itself', p_command), '{}');
  end if;
  return contender_append_audit_row(p_model, p_actor, p_command, p_key, p_business_at, p_facts);
end $$;

-- An answer under a key is that of a command which the same transaction recorded; otherwise a key could be poisoned with
-- an answer to a command that was never carried out.
create function contender_commands_checked() returns trigger language plpgsql as $$
begin
  if not exists (
    select from audit a
    where a.idempotency_key = new.key and a.model = new.model and contender_is_of_this_transaction(a.xmin)) then
    perform contender_refuse('COMMAND_UNRECORDED', format('command %s of %s has no audit row of its own', new.key, new.model),
      jsonb_build_object('key', new.key));
  end if;
  return new;
end $$;
create trigger commands_checked before insert on commands
  for each row execute function contender_commands_checked();

-- A version is marked deleted by a command that the audit shows.
create function contender_deletion_recorded() returns trigger language plpgsql as $$
begin
  if new.state = 'deleted' and old.state <> 'deleted' and not exists (
    select from audit a
    where a.model = new.model and a.command = 'delete-version' and contender_is_of_this_transaction(a.xmin)
      and a.body::jsonb -> 'facts' ->> 'versionId' = new.id) then
    perform contender_refuse('COMMAND_UNRECORDED', format('version %s of %s is deleted by a recorded command', new.number, new.model), '{}');
  end if;
  return null;
end $$;
create constraint trigger deletion_recorded after update on versions deferrable initially deferred
  for each row execute function contender_deletion_recorded();

-- ---- I4: who signs ----

create function contender_same_person(p_one text, p_other text) returns boolean
language sql immutable return lower(btrim(p_one)) = lower(btrim(p_other));

create function contender_signatures_apart() returns trigger language plpgsql as $$
begin
  if contender_same_person(new.subject, 'system') or btrim(new.subject) = '' then
    perform contender_refuse('FOUR_EYES', 'people sign, the system does not', '{}');
  end if;
  -- The very same spelling is refused by the constraint four_eyes_apart.
  if new.four_eyes and new.subject not in (new.requester, new.spec_author)
     and (contender_same_person(new.subject, new.requester) or contender_same_person(new.subject, new.spec_author)) then
    perform contender_refuse('FOUR_EYES', format('%s requested this retrain or wrote its spec', new.subject), '{}');
  end if;
  if exists (
    select from approvals a where a.evidence_hash = new.evidence_hash and a.subject <> new.subject
      and contender_same_person(a.subject, new.subject)) then
    perform contender_refuse('FOUR_EYES', format('%s has signed under another spelling of that name', new.subject), '{}');
  end if;
  new.decided_at := clock_timestamp();
  return new;
end $$;
create trigger signatures_apart before insert on approvals
  for each row execute function contender_signatures_apart();

-- Specs follow one another; turning off what holds a promotion back is seen by the database itself.
create function contender_specs_checked() returns trigger language plpgsql as $$
declare
  earlier specs;
  looser text[] := '{}';
begin
  select * into earlier from specs where model = new.model order by number desc limit 1;
  if new.number <> coalesce(earlier.number, 0) + 1 then
    perform contender_refuse('SPEC_OUTRUN', format('the next spec of %s is number %s', new.model, coalesce(earlier.number, 0) + 1), '{}');
  end if;
  if earlier.number is not null then
    if (earlier.spec #>> '{approval,fourEyes}')::boolean and not (new.spec #>> '{approval,fourEyes}')::boolean then
      looser := looser || 'approval.fourEyes'::text;
    end if;
    if (new.spec #>> '{approval,approvers}')::int < (earlier.spec #>> '{approval,approvers}')::int then
      looser := looser || 'approval.approvers'::text;
    end if;
    if (new.spec #>> '{shadow,sessions}')::int < (earlier.spec #>> '{shadow,sessions}')::int then
      looser := looser || 'shadow.sessions'::text;
    end if;
    if (earlier.spec #>> '{guard,autoRollback}')::boolean and not (new.spec #>> '{guard,autoRollback}')::boolean then
      looser := looser || 'guard.autoRollback'::text;
    end if;
    if not new.loosened @> looser then
      perform contender_refuse('SECOND_PERSON_NEEDED', format('the spec loosens %s without saying so', array_to_string(looser, ', ')),
        jsonb_build_object('loosened', to_jsonb(looser)));
    end if;
  end if;
  if cardinality(new.loosened) > 0 and contender_same_person(new.second_person, new.author) then
    perform contender_refuse('SECOND_PERSON_NEEDED', 'the second person is the author under another spelling', '{}');
  end if;
  return new;
end $$;
create trigger specs_checked before insert on specs
  for each row execute function contender_specs_checked();

-- ---- I5: the memory of a server's epoch is not shed by renaming or deleting rows ----

create function contender_server_rows_kept() returns trigger language plpgsql as $$
begin
  if tg_table_name = 'server_epochs' then
    if tg_op = 'UPDATE' and (old.server, old.model) is distinct from (new.server, new.model) then
      perform contender_refuse('EPOCH_FENCED', 'what a server acknowledged stays under its name', '{}');
    end if;
    if tg_op = 'DELETE' and exists (select from servers where name = old.server) then
      perform contender_refuse('EPOCH_FENCED', format('%s is registered; what it acknowledged stays', old.server), '{}');
    end if;
  else
    if tg_op = 'UPDATE' and old.name <> new.name then
      perform contender_refuse('EPOCH_FENCED', 'a server keeps its name', '{}');
    end if;
    if tg_op = 'DELETE' and old.lease_until > clock_timestamp() then
      perform contender_refuse('EPOCH_FENCED', format('%s holds a lease until %s', old.name, old.lease_until), '{}');
    end if;
  end if;
  return case tg_op when 'DELETE' then old else new end;
end $$;
create trigger server_epochs_kept before update or delete on server_epochs
  for each row execute function contender_server_rows_kept();
create trigger servers_kept before update or delete on servers
  for each row execute function contender_server_rows_kept();

-- A lease without an end would keep every swap waiting.
create function contender_lease_bounded() returns trigger language plpgsql as $$
begin
  if new.lease_until > clock_timestamp() + interval '1 day' then
    perform contender_refuse('LEASE_TOO_LONG', 'a lease lasts a day at most', '{}');
  end if;
  return new;
end $$;
create trigger lease_bounded before insert or update on servers
  for each row execute function contender_lease_bounded();

-- ---- I6: a retrain begins open, at the epoch in force, under the newest spec ----

create function contender_retrains_begin() returns trigger language plpgsql as $$
declare
  state champions;
begin
  if new.status <> 'open' or new.step <> 'extract' or new.version_id is not null or new.snapshot_id is not null then
    perform contender_refuse('RETRAIN_FINISHED', format('%s has to begin at its first step', new.id),
      jsonb_build_object('retrainId', new.id, 'outcome', new.status));
  end if;
  select * into state from champions where model = new.model;
  if new.epoch <> state.epoch or new.champion_id is distinct from state.champion_id then
    perform contender_refuse('EPOCH_MOVED', format('%s is at epoch %s', new.model, state.epoch),
      jsonb_build_object('model', new.model, 'expectedEpoch', new.epoch, 'currentEpoch', state.epoch));
  end if;
  if new.spec_number <> (select max(number) from specs where model = new.model) then
    perform contender_refuse('SPEC_OUTRUN', format('%s is not the spec of %s in force', new.spec_number, new.model), '{}');
  end if;
  return new;
end $$;
create trigger retrains_begin before insert on retrains
  for each row execute function contender_retrains_begin();

-- ---- I7: only what somebody had claimed can have been sent ----

create function contender_outbox_claimed() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    if new.state <> 'pending' or new.attempts <> 0 or new.lease_token is not null then
      perform contender_refuse('OUTBOX_FINAL', 'a notification begins unsent', jsonb_build_object('dedupeKey', new.dedupe_key));
    end if;
  elsif new.state = 'sent' and old.state <> 'sent' and old.attempts = 0 then
    perform contender_refuse('OUTBOX_FINAL', format('nobody had claimed notification %s', old.dedupe_key),
      jsonb_build_object('dedupeKey', old.dedupe_key));
  end if;
  return new;
end $$;
create trigger outbox_claimed before insert or update on outbox
  for each row execute function contender_outbox_claimed();

-- ---- Grants: the chain, the reigns and the champions have one door each ----

-- As contender_swap, for a rollback alone: the API may take a champion back, and promotes nothing.
create function contender_roll_back(
  p_model text, p_version text, p_expected_epoch int, p_actor text, p_reason text, p_business_at timestamptz,
  p_key text, p_request_hash text, p_event jsonb, p_due_at timestamptz
) returns jsonb language sql
return contender_swap(p_model, p_version, p_expected_epoch, 'rollback', null, null, p_actor, p_reason, p_business_at,
  p_key, p_request_hash, p_event, p_due_at);

do $$
declare
  source text := pg_get_functiondef('contender_swap'::regproc);
begin
  -- The swap records itself through the row function; nothing else of it changes.
  if position('contender_append_audit(' in source) = 0 then
    raise exception 'contender_swap does not record itself as expected';
  end if;
  execute replace(source, 'contender_append_audit(', 'contender_append_audit_row(');
  execute format('alter function contender_append_audit(text, text, text, text, timestamptz, jsonb) security definer set search_path = %I, pg_temp', current_schema());
  execute format('alter function contender_roll_back security definer set search_path = %I, pg_temp', current_schema());
  execute format('alter function contender_swap security definer set search_path = %I, pg_temp', current_schema());
  -- The row of a champion comes with its model, whoever applies the first spec.
  execute format('alter function contender_champion_row() security definer set search_path = %I, pg_temp', current_schema());
  revoke execute on function contender_append_audit_row(text, text, text, text, timestamptz, jsonb) from public;
  revoke execute on function contender_append_audit(text, text, text, text, timestamptz, jsonb) from public;
  revoke execute on function contender_swap from public;
  revoke execute on function contender_roll_back from public;
  revoke execute on function contender_make_append_only from public;

  if exists (select from pg_roles where rolname = 'contender_worker') then
    grant execute on function contender_append_audit(text, text, text, text, timestamptz, jsonb), contender_roll_back
      to contender_worker, contender_api;
    grant execute on function contender_swap to contender_worker;
    revoke insert on audit, reigns from contender_worker, contender_api;
    revoke insert, update on champions from contender_worker, contender_api;
    revoke update on outbox from contender_api;
    revoke update (state, deleted_at, retain_until) on versions from contender_api;
  end if;
end $$;
