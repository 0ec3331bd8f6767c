-- Versions that somebody registers instead of a retrain: one door for them, which the API has as well, and no way from there to a
-- reign. Their identity has schema 2; the audit row of the command stands in the same transaction.

create function contender_import_version(
  p_model text, p_id text, p_identity text, p_manifest jsonb, p_recipe_hash text, p_retain_days int
) returns int language plpgsql as $$
declare
  v_number int;
begin
  if p_identity::jsonb ->> 'schema' is distinct from '2' then
    perform contender_refuse('COMMAND_UNRECORDED', 'what a retrain makes is registered by its retrain', '{}');
  end if;
  if not exists (select from snapshots where id = p_identity::jsonb ->> 'snapshotId' and collected_at is null) then
    perform contender_refuse('SNAPSHOT_UNKNOWN', format('there is no snapshot %s', p_identity::jsonb ->> 'snapshotId'), '{}');
  end if;
  perform contender_lock_model(p_model);
  select coalesce(max(number), 0) + 1 into v_number from versions where model = p_model;
  insert into versions (id, model, number, identity, manifest, snapshot_id, recipe_hash, retain_until)
  values (p_id, p_model, v_number, p_identity, p_manifest, p_identity::jsonb ->> 'snapshotId', p_recipe_hash,
    clock_timestamp() + make_interval(days => p_retain_days));
  return v_number;
end $$;

create function contender_import_recorded() returns trigger language plpgsql as $$
begin
  if new.identity::jsonb ->> 'schema' = '2' and not exists (
    select from audit a
    where a.model = new.model and a.command = 'register-version' and contender_is_of_this_transaction(a.xmin)
      and a.body::jsonb -> 'facts' ->> 'versionId' = new.id) then
    perform contender_refuse('COMMAND_UNRECORDED', format('version %s of %s is registered by a recorded command', new.number, new.model), '{}');
  end if;
  return null;
end $$;
create constraint trigger import_recorded after insert on versions deferrable initially deferred
  for each row execute function contender_import_recorded();

-- No gate has judged it, so nothing links it to a retrain, and no reign is opened with it.
create function contender_import_unjudged() returns trigger language plpgsql as $$
begin
  if exists (select from versions where id = new.version_id and identity::jsonb ->> 'schema' = '2') then
    perform contender_refuse('EVIDENCE_MISSING', 'a registered version was made by no retrain and judged by no gate', '{}');
  end if;
  return new;
end $$;
create trigger import_unjudged before insert on version_links
  for each row execute function contender_import_unjudged();
create trigger import_unjudged before insert on reigns
  for each row execute function contender_import_unjudged();

do $$
begin
  execute format('alter function contender_import_version(text, text, text, jsonb, text, int) security definer set search_path = %I, pg_temp', current_schema());
  revoke execute on function contender_import_version(text, text, text, jsonb, text, int) from public;
  if exists (select from pg_roles where rolname = 'contender_worker') then
    grant execute on function contender_import_version(text, text, text, jsonb, text, int) to contender_worker, contender_api;
  end if;
end $$;
