-- What a pin is for: the consumer is answered by the version that it has pinned, or by it only when the champion cannot answer.
-- A consumer is one that names itself in its requests; everybody else is answered by the champion.
alter table pins add column purpose text not null default 'pin' check (purpose in ('pin', 'fallback'));

create or replace function contender_pins_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    if exists (select from versions where id = new.version_id and state = 'deleted') then
      perform contender_refuse('VERSION_DELETED', 'a deleted version cannot be pinned', '{}');
    end if;
    return new;
  end if;
  if tg_op = 'DELETE' or old.released_at is not null
     or (old.id, old.model, old.consumer, old.version_id, old.purpose, old.pinned_by, old.reason, old.pinned_at) is distinct from
        (new.id, new.model, new.consumer, new.version_id, new.purpose, new.pinned_by, new.reason, new.pinned_at) then
    perform contender_refuse('APPEND_ONLY', 'pins keeps what was written: a pin is released once', '{}');
  end if;
  return new;
end $$;
