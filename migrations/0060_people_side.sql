-- What the control API remembers: browser sessions, requests under an idempotency key, tokens that were called back, and
-- specs that wait for a second person.

create table api_sessions (
  -- SHA-256 of the secret in the cookie: whoever reads this table cannot sign in with it.
  id content_hash primary key,
  subject text not null check (length(subject) between 1 and 120),
  grants text[] not null check (cardinality(grants) >= 1),
  issuer text not null,
  token_id text not null,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  ended_at timestamptz,
  check (expires_at <= created_at + interval '24 hours')
);
create index api_sessions_expired on api_sessions (expires_at);

create table revoked_tokens (
  issuer text not null,
  token_id text not null,
  revoked_by text not null,
  reason text not null check (length(reason) >= 3),
  revoked_at timestamptz not null default clock_timestamp(),
  primary key (issuer, token_id)
);
select contender_make_append_only('revoked_tokens');

create table api_requests (
  -- Who, what and the key that was sent, hashed: the same key of another person or another operation is another request.
  key content_hash primary key,
  request_hash content_hash not null,
  started_at timestamptz not null default clock_timestamp(),
  status int check (status between 200 and 299),
  answer jsonb,
  finished_at timestamptz,
  check ((status is null) = (finished_at is null))
);
create index api_requests_started on api_requests (started_at);

create table spec_proposals (
  id bigint generated always as identity primary key,
  model text not null references models,
  -- The spec in force when it was proposed; another one since makes the proposal void.
  base_number int not null check (base_number >= 1),
  spec jsonb not null,
  hash content_hash not null,
  author text not null,
  loosened text[] not null check (cardinality(loosened) >= 1),
  reason text not null check (length(reason) >= 3),
  proposed_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  decision text check (decision in ('agree', 'reject')),
  decided_by text,
  decided_reason text,
  decided_at timestamptz,
  check ((decision is null) = (decided_by is null) and (decision is null) = (decided_at is null)),
  check (expires_at > proposed_at)
);
create index spec_proposals_by_model on spec_proposals (model, id desc);
create unique index spec_proposals_open on spec_proposals (model, hash, base_number) where decision is null;

create function contender_spec_proposal_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    perform contender_refuse('APPEND_ONLY', 'a proposal stays', '{}');
  end if;
  if old.decision is not null
     or (old.model, old.base_number, old.spec, old.hash, old.author, old.loosened, old.reason, old.proposed_at, old.expires_at)
        is distinct from
        (new.model, new.base_number, new.spec, new.hash, new.author, new.loosened, new.reason, new.proposed_at, new.expires_at) then
    perform contender_refuse('ALREADY_DECIDED', format('proposal %s was decided: %s', old.id, coalesce(old.decision, 'open')), '{}');
  end if;
  if new.decision = 'agree' and contender_same_person(new.decided_by, new.author) then
    perform contender_refuse('SECOND_PERSON_NEEDED', 'the author of a spec does not agree to it as second person', '{}');
  end if;
  return new;
end $$;
create trigger spec_proposal_change before update or delete on spec_proposals
  for each row execute function contender_spec_proposal_change();

do $$
begin
  if exists (select from pg_roles where rolname = 'contender_worker') then
    grant select on spec_proposals to contender_worker, contender_api, contender_reader, contender_migrator;
    grant select on revoked_tokens to contender_worker, contender_api;
    grant select, insert, update, delete on api_sessions, api_requests to contender_api;
    grant insert on revoked_tokens to contender_api, contender_worker;
    grant insert, update on spec_proposals to contender_api, contender_worker;
  end if;
end $$;
