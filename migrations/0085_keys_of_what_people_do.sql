-- A judgement, a silence and a shift had no key: one whose answer was lost at the commit was written twice when it was repeated.
-- Rows from before this migration have none.
alter table alert_judgements add column idempotency_key text unique check (length(idempotency_key) between 1 and 200);
alter table silences add column idempotency_key text unique check (length(idempotency_key) between 1 and 200);
alter table oncall_shifts add column idempotency_key text unique check (length(idempotency_key) between 1 and 200);

create or replace function contender_silences_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or old.expired_at is not null
     or (old.id, old.matchers, old.starts_at, old.ends_at, old.subject, old.reason, old.recorded_at, old.idempotency_key)
        is distinct from
        (new.id, new.matchers, new.starts_at, new.ends_at, new.subject, new.reason, new.recorded_at, new.idempotency_key) then
    perform contender_refuse('APPEND_ONLY', 'silences keeps what was written: a silence is ended once', '{}');
  end if;
  return new;
end $$;

create or replace function contender_oncall_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or old.removed_at is not null
     or (old.id, old.subject, old.email, old.phone, old.starts_at, old.ends_at, old.added_by, old.idempotency_key)
        is distinct from
        (new.id, new.subject, new.email, new.phone, new.starts_at, new.ends_at, new.added_by, new.idempotency_key) then
    perform contender_refuse('APPEND_ONLY', 'oncall_shifts keeps what was written: a shift is removed once', '{}');
  end if;
  return new;
end $$;
