-- Least privilege, where the migrating user may create roles: processes connect as members of one of these. What is
-- append-only is so by trigger for everybody; the grants keep the API and readers away from the rest.

do $$
declare
  role_name text;
begin
  if not (select rolcreaterole or rolsuper from pg_roles where rolname = current_user) then
    raise notice 'roles are not created: % may not', current_user;
    return;
  end if;
  foreach role_name in array array['contender_migrator', 'contender_worker', 'contender_api', 'contender_reader'] loop
    begin
      execute format('create role %I nologin', role_name);
    exception when duplicate_object or unique_violation then
      -- Roles belong to the whole server: another database of it, or a racing migration, has made it.
      null;
    end;
  end loop;

  grant usage on schema public to contender_migrator, contender_worker, contender_api, contender_reader;
  grant create on schema public to contender_migrator;
  grant select on all tables in schema public to contender_migrator, contender_worker, contender_api, contender_reader;
  grant usage on all sequences in schema public to contender_worker, contender_api;

  -- Append-only: INSERT, nothing else.
  grant insert on audit, reigns, trials, specs, commands, evidence, gate_reports, decisions, approvals, waivers,
    version_links, shadow_days to contender_worker;
  grant insert, update on models, champions, versions, retrains, outbox, refused_attempts, servers, server_epochs,
    predictions, live_results, alerts to contender_worker;
  grant insert, delete on snapshots to contender_worker;
  grant delete on servers, server_epochs, refused_attempts to contender_worker;

  -- The API writes what people command: specs, signatures, rollbacks. It makes no versions and no evidence.
  grant insert on audit, reigns, specs, commands, approvals, waivers to contender_api;
  grant insert, update on models, champions, outbox, refused_attempts to contender_api;
  grant update (state, deleted_at, retain_until) on versions to contender_api;
end $$;
