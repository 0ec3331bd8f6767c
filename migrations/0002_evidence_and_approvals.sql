-- The chain of evidence that an approval signs: gates, then shadow, then decision; each record holds the hash of the
-- one before it, so that a change anywhere gives another hash and voids every signature.

create table gate_reports (
  hash content_hash primary key,
  run bigint not null references retrains,
  version_id content_hash not null references versions,
  body text not null,
  recorded_at timestamptz not null default clock_timestamp(),
  constraint hash_is_that_of_the_body check (hash = contender_hash(body))
);
create index gate_reports_by_run on gate_reports (run);
select contender_make_append_only('gate_reports');

create table evidence (
  hash content_hash primary key,
  run bigint not null references retrains,
  version_id content_hash not null references versions,
  kind text not null check (kind in ('gate', 'shadow', 'decision')),
  parent content_hash references evidence,
  -- A decision has none: people answer it.
  verdict text check (verdict in ('pass', 'fail', 'inconclusive', 'error')),
  body text not null,
  recorded_at timestamptz not null default clock_timestamp(),
  unique (hash, run, version_id),
  foreign key (parent, run, version_id) references evidence (hash, run, version_id),
  constraint hash_is_that_of_the_body check (hash = contender_hash(body)),
  constraint body_says_what_the_columns_say check (
    body::jsonb ->> 'kind' = kind
    and body::jsonb ->> 'versionId' = version_id
    and (body::jsonb ->> 'parent') is not distinct from parent
    and (body::jsonb ->> 'verdict') is not distinct from verdict),
  constraint the_chain_begins_with_the_gates check ((kind = 'gate') = (parent is null)),
  constraint a_decision_is_not_a_verdict check ((kind = 'decision') = (verdict is null))
);
create index evidence_by_run on evidence (run, recorded_at);
select contender_make_append_only('evidence');

-- A fail that two quant leads accept with a reason. Never for what integrity, parity or the leak audit says.
create table waivers (
  evidence_hash content_hash not null references evidence,
  gate text not null constraint never_for_integrity check (gate not in ('leak', 'parity', 'integrity')),
  subject text not null,
  reason text not null check (length(reason) >= 3),
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (evidence_hash, gate, subject)
);
select contender_make_append_only('waivers');

-- What a decision evidence asks for, next to its body.
create table decisions (
  hash content_hash primary key references evidence,
  run bigint not null references retrains,
  version_id content_hash not null references versions,
  admission text not null check (admission in ('promotion', 'probation')),
  expected_epoch int not null check (expected_epoch >= 0),
  requester text not null,
  spec_author text not null,
  four_eyes boolean not null,
  approvers int not null check (approvers between 1 and 5),
  -- Wall time.
  expires_at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  foreign key (hash, run, version_id) references evidence (hash, run, version_id),
  unique (hash, requester, spec_author, four_eyes),
  constraint probation_needs_two check (admission = 'promotion' or approvers >= 2)
);
create index decisions_by_run on decisions (run, recorded_at desc);
select contender_make_append_only('decisions');

create table approvals (
  evidence_hash content_hash not null,
  subject text not null,
  decision text not null check (decision in ('approve', 'reject')),
  reason text not null check (length(reason) >= 3),
  roles text[] not null,
  -- Copies that the foreign key binds to the decision, so that four-eyes is a constraint of this very row.
  requester text not null,
  spec_author text not null,
  four_eyes boolean not null,
  decided_at timestamptz not null default clock_timestamp(),
  primary key (evidence_hash, subject),
  foreign key (evidence_hash, requester, spec_author, four_eyes)
    references decisions (hash, requester, spec_author, four_eyes),
  constraint four_eyes_apart check (not four_eyes or (subject <> requester and subject <> spec_author)),
  constraint a_quant_lead_decides check ('quant-lead' = any (roles))
);
select contender_make_append_only('approvals');

create function contender_unwaived_gates(p_evidence text) returns text[]
language sql stable
begin atomic
  select coalesce(array_agg(verdict.value ->> 'gate' order by verdict.value ->> 'gate'), '{}')
  from evidence e, jsonb_array_elements(e.body::jsonb -> 'verdicts') verdict
  where e.hash = p_evidence
    and (verdict.value ->> 'enforced')::boolean
    and verdict.value ->> 'verdict' <> 'pass'
    and (select count(distinct w.subject) from waivers w
         where w.evidence_hash = e.hash and w.gate = verdict.value ->> 'gate') < 2;
end;

-- Evidence is written while its retrain is open, about the version it made, in order; and gates that did not pass
-- cannot be summed up as a pass.
create function contender_evidence_checked() returns trigger language plpgsql as $$
declare
  owner retrains;
  parent_kind text;
begin
  select * into owner from retrains where run = new.run;
  if owner.status <> 'open' then
    perform contender_refuse('RETRAIN_FINISHED', format('%s ended as %s; evidence comes too late', owner.id, owner.status),
      jsonb_build_object('retrainId', owner.id, 'outcome', owner.status));
  end if;
  if not exists (select from version_links where run = new.run and version_id = new.version_id) then
    perform contender_refuse('EVIDENCE_BROKEN', format('%s did not make version %s', owner.id, new.version_id), '{}');
  end if;
  select kind into parent_kind from evidence where hash = new.parent;
  if (new.kind = 'shadow' and parent_kind <> 'gate') or (new.kind = 'decision' and parent_kind = 'decision') then
    perform contender_refuse('EVIDENCE_BROKEN', format('%s evidence cannot follow %s evidence', new.kind, parent_kind), '{}');
  end if;
  if new.kind = 'gate' then
    if jsonb_typeof(new.body::jsonb -> 'verdicts') is distinct from 'array'
       or jsonb_array_length(new.body::jsonb -> 'verdicts') = 0 then
      perform contender_refuse('EVIDENCE_BROKEN', 'gate evidence carries the verdict of every gate', '{}');
    end if;
    if new.verdict = 'pass' and exists (
      select from jsonb_array_elements(new.body::jsonb -> 'verdicts') v
      where (v.value ->> 'enforced')::boolean and v.value ->> 'verdict' <> 'pass') then
      perform contender_refuse('EVIDENCE_BROKEN', 'an enforced gate did not pass, so the gates did not', '{}');
    end if;
  end if;
  return new;
end $$;
create trigger evidence_checked before insert on evidence
  for each row execute function contender_evidence_checked();

-- The copies of a decision are those of the retrain and of the spec it pinned.
create function contender_decisions_checked() returns trigger language plpgsql as $$
declare
  owner retrains;
  pinned specs;
begin
  select * into owner from retrains where run = new.run;
  select * into pinned from specs where model = owner.model and number = owner.spec_number;
  if new.requester <> owner.requester or new.spec_author <> pinned.author
     or new.four_eyes <> (pinned.spec -> 'approval' ->> 'fourEyes')::boolean
     or new.approvers < (pinned.spec -> 'approval' ->> 'approvers')::int then
    perform contender_refuse('EVIDENCE_BROKEN', 'a decision names the requester, spec author and approvals of its retrain', '{}');
  end if;
  return new;
end $$;
create trigger decisions_checked before insert on decisions
  for each row execute function contender_decisions_checked();

create function contender_latest_decision(p_run bigint) returns text
language sql stable
begin atomic
  select hash from decisions where run = p_run order by recorded_at desc, hash limit 1;
end;

-- I4: an approval signs the newest decision evidence of an open retrain, before it expires.
create function contender_approvals_checked() returns trigger language plpgsql as $$
declare
  decision decisions;
  owner retrains;
  newest text;
begin
  select * into decision from decisions where hash = new.evidence_hash;
  if not found then
    perform contender_refuse('EVIDENCE_CHANGED', format('%s is no decision evidence', new.evidence_hash), '{}');
  end if;
  select * into owner from retrains where run = decision.run;
  newest := contender_latest_decision(decision.run);
  if owner.status <> 'open' then
    perform contender_refuse('RETRAIN_FINISHED', format('%s ended as %s', owner.id, owner.status),
      jsonb_build_object('retrainId', owner.id, 'outcome', owner.status));
  end if;
  if newest <> new.evidence_hash then
    perform contender_refuse('EVIDENCE_CHANGED', format('the decision evidence is %s, not %s', newest, new.evidence_hash),
      jsonb_build_object('evidenceHash', newest));
  end if;
  if clock_timestamp() >= decision.expires_at then
    perform contender_refuse('APPROVAL_EXPIRED', format('the approval expired at %s', decision.expires_at),
      jsonb_build_object('expiresAt', decision.expires_at));
  end if;
  if new.decision = 'approve' and exists (
    select from approvals a where a.evidence_hash = new.evidence_hash and a.decision = 'reject') then
    perform contender_refuse('ALREADY_DECIDED', 'another quant lead has rejected it', '{}');
  end if;
  return new;
end $$;
create trigger approvals_checked before insert on approvals
  for each row execute function contender_approvals_checked();
