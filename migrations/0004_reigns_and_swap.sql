-- I1 and I2: who is champion, and the one way to change it.

create table reigns (
  model text not null references models,
  epoch int not null check (epoch >= 1),
  version_id content_hash not null,
  from_version_id content_hash,
  -- The champion a plain rollback from this reign goes to.
  previous_id content_hash,
  cause text not null check (cause in ('swap', 'rollback', 'probation')),
  run bigint references retrains,
  decision_hash content_hash references decisions,
  actor text not null,
  reason text not null,
  -- When the reign begins in the market's time, and when the registry learnt of it. The end is derived: it is the
  -- beginning of the next reign. Neither runs backwards within a model.
  business_at timestamptz not null,
  recorded_at timestamptz not null,
  audit_seq bigint not null,
  outbox_id bigint not null references outbox,
  primary key (model, epoch),
  unique (model, epoch, version_id),
  foreign key (model, version_id) references versions (model, id),
  foreign key (model, from_version_id) references versions (model, id),
  foreign key (model, previous_id) references versions (model, id),
  foreign key (model, audit_seq) references audit (model, seq),
  constraint a_promotion_names_its_evidence check (
    (cause = 'rollback') = (decision_hash is null) and (cause = 'rollback' or run is not null)),
  constraint a_rollback_has_a_reason check (cause <> 'rollback' or length(reason) >= 3)
);
create index reigns_by_business_time on reigns (model, business_at desc, epoch desc);
create index reigns_by_system_time on reigns (model, recorded_at desc, epoch desc);
create index reigns_by_version on reigns (version_id, epoch desc);
-- Whether a version is on probation is asked with every reading of a champion, however often it was rolled back to.
create index reigns_decided on reigns (version_id, epoch desc) where cause <> 'rollback';
select contender_make_append_only('reigns');

-- One row per model, so there is at most one champion at every read; the foreign key binds it to its reign.
create table champions (
  model text primary key references models,
  epoch int not null default 0 check (epoch >= 0),
  champion_id content_hash,
  previous_id content_hash,
  foreign key (model, epoch, champion_id) references reigns (model, epoch, version_id),
  foreign key (model, previous_id) references versions (model, id),
  check ((epoch = 0) = (champion_id is null)),
  check (previous_id is null or previous_id <> champion_id)
);

create function contender_champion_row() returns trigger language plpgsql as $$
begin
  insert into champions (model) values (new.model);
  return null;
end $$;
create trigger champion_row after insert on models for each row execute function contender_champion_row();

create function contender_champions_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    perform contender_refuse('APPEND_ONLY', 'the row of a champion stays', '{}');
  end if;
  if new.model <> old.model or new.epoch <> old.epoch + 1 then
    perform contender_refuse('EPOCH_MOVED', format('the epoch of %s goes from %s to %s only', old.model, old.epoch, old.epoch + 1),
      jsonb_build_object('model', old.model, 'currentEpoch', old.epoch));
  end if;
  return new;
end $$;
create trigger champions_change before update or delete on champions
  for each row execute function contender_champions_change();

-- A reign that is opened is the champion's when the transaction ends.
create function contender_reign_is_champion() returns trigger language plpgsql as $$
begin
  if (select epoch from champions where model = new.model) < new.epoch then
    perform contender_refuse('REIGN_WITHOUT_CHAMPION', format('epoch %s of %s was opened without its champion', new.epoch, new.model), '{}');
  end if;
  return null;
end $$;
create constraint trigger reign_is_champion after insert on reigns deferrable initially deferred
  for each row execute function contender_reign_is_champion();

-- I2: the whole evidence chain, or a refusal that names the missing link.
create function contender_require_promotable(p_model text, p_version text, p_run bigint, p_decision text, p_cause text)
returns void language plpgsql as $$
declare
  state champions;
  owner retrains;
  decision decisions;
  link evidence;
  gates evidence;
  open_gates text[];
  signatures int;
begin
  select * into state from champions where model = p_model;
  select * into owner from retrains where run = p_run;
  select * into decision from decisions where hash = p_decision;
  if decision.hash is null or owner.run is null or decision.run <> p_run or owner.model <> p_model then
    perform contender_refuse('EVIDENCE_MISSING', format('no decision evidence of this retrain allows version %s of %s', p_version, p_model), '{}');
  end if;
  if owner.status <> 'open' then
    perform contender_refuse('RETRAIN_FINISHED', format('%s ended as %s', owner.id, owner.status),
      jsonb_build_object('retrainId', owner.id, 'outcome', owner.status));
  end if;
  if contender_latest_decision(p_run) <> p_decision or decision.version_id <> p_version then
    perform contender_refuse('EVIDENCE_CHANGED', format('the decision evidence of %s is no longer %s', owner.id, p_decision),
      jsonb_build_object('evidenceHash', contender_latest_decision(p_run)));
  end if;
  if decision.expected_epoch <> state.epoch then
    perform contender_refuse('EPOCH_MOVED',
      format('%s was decided at epoch %s; the model is at epoch %s', owner.id, decision.expected_epoch, state.epoch),
      jsonb_build_object('model', p_model, 'expectedEpoch', decision.expected_epoch, 'currentEpoch', state.epoch));
  end if;
  if (p_cause = 'probation') <> (decision.admission = 'probation') then
    perform contender_refuse('EVIDENCE_MISSING', format('the decision evidence is for a %s', decision.admission), '{}');
  end if;
  if p_cause = 'probation' and state.champion_id is not null then
    perform contender_refuse('NOT_FIRST_CHAMPION', format('%s has a champion; probation is for the first one', p_model), '{}');
  end if;

  select * into link from evidence where hash = (select parent from evidence where hash = p_decision);
  if link.kind = 'shadow' then
    select * into gates from evidence where hash = link.parent;
  else
    gates := link;
  end if;
  open_gates := contender_unwaived_gates(gates.hash);
  if p_cause = 'swap' then
    if link.kind is distinct from 'shadow' or link.verdict <> 'pass' then
      perform contender_refuse('EVIDENCE_MISSING', format('version %s has no shadow that passed', p_version), '{}');
    end if;
    if gates.verdict <> 'pass' and (gates.verdict <> 'fail' or cardinality(open_gates) > 0) then
      perform contender_refuse('EVIDENCE_MISSING', format('gates neither passed nor waived: %s', array_to_string(open_gates, ', ')),
        jsonb_build_object('gates', to_jsonb(open_gates)));
    end if;
  elsif open_gates && array['leak', 'parity', 'integrity'] then
    perform contender_refuse('EVIDENCE_MISSING', 'a leak or a broken artifact is never admitted', jsonb_build_object('gates', to_jsonb(open_gates)));
  end if;

  if clock_timestamp() >= decision.expires_at then
    perform contender_refuse('APPROVAL_EXPIRED', format('the approval expired at %s', decision.expires_at),
      jsonb_build_object('expiresAt', decision.expires_at));
  end if;
  if exists (select from approvals a where a.evidence_hash = p_decision and a.decision = 'reject') then
    perform contender_refuse('NOT_APPROVED', format('%s was rejected', owner.id), '{}');
  end if;
  select count(*) into signatures from approvals a where a.evidence_hash = p_decision and a.decision = 'approve';
  if signatures < decision.approvers then
    perform contender_refuse('NOT_APPROVED', format('%s of %s signatures are given', signatures, decision.approvers),
      jsonb_build_object('given', signatures, 'needed', decision.approvers));
  end if;
end $$;

create function contender_reigns_checked() returns trigger language plpgsql as $$
declare
  state champions;
  last reigns;
begin
  select * into state from champions where model = new.model for update;
  select * into last from reigns where model = new.model order by epoch desc limit 1;
  if new.epoch <> state.epoch + 1 then
    perform contender_refuse('EPOCH_MOVED', format('%s is at epoch %s', new.model, state.epoch),
      jsonb_build_object('model', new.model, 'expectedEpoch', new.epoch - 1, 'currentEpoch', state.epoch));
  end if;
  if (select v.state from versions v where v.id = new.version_id) = 'deleted' then
    perform contender_refuse('VERSION_DELETED', format('version %s was deleted', new.version_id), '{}');
  end if;
  if new.business_at < last.business_at or new.recorded_at <= last.recorded_at then
    perform contender_refuse('REIGN_BACKWARDS', 'a reign begins after the one before it', '{}');
  end if;
  if new.from_version_id is distinct from state.champion_id then
    perform contender_refuse('EPOCH_MOVED', 'the champion is another one',
      jsonb_build_object('model', new.model, 'currentEpoch', state.epoch));
  end if;
  if new.cause = 'rollback' then
    if not exists (select from reigns where model = new.model and version_id = new.version_id) then
      perform contender_refuse('NEVER_CHAMPION', format('version %s was never champion of %s', new.version_id, new.model), '{}');
    end if;
  else
    perform contender_require_promotable(new.model, new.version_id, new.run, new.decision_hash, new.cause);
  end if;
  return new;
end $$;
create trigger reigns_checked before insert on reigns for each row execute function contender_reigns_checked();

create function contender_version_number(p_id text) returns int
language sql stable return (select number from versions where id = p_id);

-- Promotion or rollback: compares the epoch and moves champion, previous, epoch, audit and outbox together.
-- The same key gives the first answer again. `p_due_at` holds the notification back while the servers are being waited for.
create function contender_swap(
  p_model text, p_version text, p_expected_epoch int, p_cause text, p_run bigint, p_decision text, p_actor text,
  p_reason text, p_business_at timestamptz, p_key text, p_request_hash text, p_event jsonb, p_due_at timestamptz
) returns jsonb language plpgsql as $$
declare
  known commands;
  state champions;
  last reigns;
  next_epoch int;
  next_previous text;
  begins_at timestamptz;
  learnt_at timestamptz;
  seq bigint;
  message bigint;
  answer jsonb;
begin
  perform contender_lock_model(p_model);
  select * into known from commands where key = p_key;
  if found then
    if known.request_hash <> p_request_hash then
      perform contender_refuse('IDEMPOTENCY_KEY_REUSED', format('key %s belongs to another request', p_key), jsonb_build_object('key', p_key));
    end if;
    return known.result || jsonb_build_object('repeated', true);
  end if;

  select * into state from champions where model = p_model for update;
  if state.epoch <> p_expected_epoch then
    perform contender_refuse('EPOCH_MOVED',
      format('epoch %s of %s was expected; it is at epoch %s', p_expected_epoch, p_model, state.epoch),
      jsonb_build_object('model', p_model, 'expectedEpoch', p_expected_epoch, 'currentEpoch', state.epoch));
  end if;
  if state.champion_id = p_version then
    perform contender_refuse('ALREADY_CHAMPION', format('version %s is the champion of %s', contender_version_number(p_version), p_model), '{}');
  end if;
  if not exists (select from versions where model = p_model and id = p_version) then
    perform contender_refuse('VERSION_UNKNOWN', format('%s has no version %s', p_model, p_version), '{}');
  end if;

  next_epoch := state.epoch + 1;
  select * into last from reigns where model = p_model order by epoch desc limit 1;
  -- A rollback goes back to where its target stood: the version it left is not what the next rollback returns to.
  if p_cause = 'rollback' then
    select r.previous_id into next_previous from reigns r
    where r.model = p_model and r.version_id = p_version order by r.epoch desc limit 1;
  else
    next_previous := state.champion_id;
  end if;
  begins_at := greatest(p_business_at, last.business_at);
  -- Whole milliseconds, as every instant that leaves the registry: asking with a recorded time finds what it recorded.
  learnt_at := greatest(date_trunc('milliseconds', clock_timestamp()), last.recorded_at + interval '1 millisecond');

  seq := contender_append_audit(p_model, p_actor, case p_cause when 'rollback' then 'rollback' else 'promote' end, p_key,
    p_business_at, jsonb_build_object(
      'cause', p_cause, 'epoch', next_epoch, 'versionId', p_version, 'version', contender_version_number(p_version),
      'fromVersionId', state.champion_id, 'fromVersion', contender_version_number(state.champion_id),
      'retrainId', (select id from retrains where run = p_run), 'decisionEvidence', p_decision, 'reason', p_reason,
      'approvedBy', (select coalesce(jsonb_agg(subject order by subject), '[]') from approvals
                     where evidence_hash = p_decision and decision = 'approve')));
  insert into outbox (dedupe_key, channel, event, due_at)
  values (p_event ->> 'dedupeKey', 'route', p_event, p_due_at) returning id into message;
  insert into reigns (model, epoch, version_id, from_version_id, previous_id, cause, run, decision_hash, actor, reason,
    business_at, recorded_at, audit_seq, outbox_id)
  values (p_model, next_epoch, p_version, state.champion_id, next_previous, p_cause, p_run, p_decision, p_actor, p_reason,
    begins_at, learnt_at, seq, message);
  update champions set epoch = next_epoch, champion_id = p_version, previous_id = next_previous where model = p_model;

  answer := jsonb_build_object(
    'model', p_model, 'epoch', next_epoch, 'versionId', p_version, 'toVersion', contender_version_number(p_version),
    'fromVersionId', state.champion_id, 'fromVersion', contender_version_number(state.champion_id),
    'committedAt', contender_instant(learnt_at), 'businessAt', contender_instant(begins_at));
  insert into commands (key, model, command, request_hash, result)
  values (p_key, p_model, p_cause, p_request_hash, answer);
  perform pg_notify('contender_swap',
    jsonb_build_object('model', p_model, 'epoch', next_epoch, 'versionId', p_version)::text);
  return answer || jsonb_build_object('repeated', false);
end $$;

-- I8: what answers, could answer by a rollback, or is being decided about, cannot be deleted.
create function contender_deletion_blocker(p_version text) returns text
language sql stable
begin atomic
  select case
    when exists (select from champions where champion_id = p_version) then 'it is the champion'
    when exists (select from champions where previous_id = p_version) then 'it is the previous champion'
    when exists (select from retrains r where r.status = 'open' and (r.version_id = p_version or r.champion_id = p_version))
      then 'an open retrain names it'
    when exists (select from version_links l join retrains r using (run) where l.version_id = p_version and r.status = 'open')
      then 'an open retrain made it'
    when exists (select from versions where id = p_version and retain_until > clock_timestamp())
      then 'it is in retention'
  end;
end;

create function contender_versions_deletable() returns trigger language plpgsql as $$
declare
  blocker text := contender_deletion_blocker(new.id);
begin
  if new.state = 'deleted' and old.state <> 'deleted' and blocker is not null then
    perform contender_refuse('VERSION_IN_USE', format('version %s of %s stays: %s', new.number, new.model, blocker),
      jsonb_build_object('model', new.model, 'version', new.number, 'because', blocker));
  end if;
  return new;
end $$;
create trigger versions_deletable before update on versions
  for each row execute function contender_versions_deletable();

-- Snapshots of a kept version, or of an open retrain, stay as well.
create function contender_snapshots_deletable() returns trigger language plpgsql as $$
begin
  if exists (select from versions where snapshot_id = old.id and (state <> 'deleted' or retain_until > clock_timestamp()))
     or exists (select from retrains where snapshot_id = old.id and status = 'open') then
    perform contender_refuse('SNAPSHOT_IN_USE', format('snapshot %s stays: a version or an open retrain names it', old.id), '{}');
  end if;
  return old;
end $$;
create trigger snapshots_deletable before delete on snapshots
  for each row execute function contender_snapshots_deletable();

-- A retrain is promoted when, and only when, it opened a reign.
create function contender_retrain_promoted() returns trigger language plpgsql as $$
begin
  if new.status = 'promoted' and not exists (select from reigns where run = new.run) then
    perform contender_refuse('NOT_PROMOTED', format('%s has opened no reign', new.id), '{}');
  end if;
  if new.status not in ('open', 'promoted') and exists (select from reigns where run = new.run) then
    perform contender_refuse('ALREADY_PROMOTED', format('%s has opened a reign', new.id), '{}');
  end if;
  return new;
end $$;
create trigger retrain_promoted before update on retrains
  for each row execute function contender_retrain_promoted();
