-- A database that was restored is older than the world around it: until somebody has compared it with Temporal and said
-- so, nothing is promoted. Rollbacks stay possible.

create table restores (
  id int generated always as identity primary key,
  -- When the backup was taken, and the digest of the audit's heads in it.
  taken_at timestamptz not null,
  anchor_digest content_hash not null,
  restored_at timestamptz not null default clock_timestamp(),
  reconciled_at timestamptz,
  reconciled_by text,
  reason text,
  check ((reconciled_at is null) = (reconciled_by is null)),
  check ((reconciled_at is null) = (reason is null)),
  check (reason is null or length(reason) >= 3)
);

create function contender_restores_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or old.reconciled_at is not null
     or (old.id, old.taken_at, old.anchor_digest, old.restored_at) is distinct from (new.id, new.taken_at, new.anchor_digest, new.restored_at) then
    perform contender_refuse('APPEND_ONLY', 'restores keeps what was written: a restore is reconciled once', '{}');
  end if;
  return new;
end $$;
create trigger restores_change before update or delete on restores
  for each row execute function contender_restores_change();

create function contender_reigns_reconciled() returns trigger language plpgsql as $$
begin
  if new.cause <> 'rollback' and exists (select from restores where reconciled_at is null) then
    perform contender_refuse('RESTORE_UNRECONCILED', 'this database was restored from a backup and not yet compared with what ran since', '{}');
  end if;
  return new;
end $$;
create trigger reigns_reconciled before insert on reigns
  for each row execute function contender_reigns_reconciled();

do $$
begin
  if exists (select from pg_roles where rolname = 'contender_worker') then
    grant select on restores to contender_migrator, contender_worker, contender_api, contender_reader;
  end if;
end $$;
