-- The trial ledger. A trial is announced before it is fitted and its outcome is written beside that, so that one which
-- failed, was cancelled or belonged to a refused retrain cannot be missing; rows are chained by hash. The number of
-- distinct recipes is what the deflated Sharpe ratio deflates by, and the database itself refuses a gate report that was
-- made with fewer.

alter table trials disable trigger append_only;

alter table trials
  add column state text,
  -- Why it was abandoned; empty otherwise.
  add column code text not null default '',
  -- Its own daily net returns out of sample, in the artifact store.
  add column returns jsonb,
  add column seq bigint,
  add column prev_hash content_hash,
  add column hash content_hash,
  -- Canonical JSON of everything the row says; the hash is over this text.
  add column body text;

create function contender_trial_body(p_row trials) returns text language sql stable
return contender_canonical(jsonb_build_object(
  'schema', 1, 'model', p_row.model, 'seq', p_row.seq, 'prev', p_row.prev_hash, 'trialId', p_row.trial_id,
  'recipeHash', p_row.recipe_hash, 'recipe', p_row.recipe, 'state', p_row.state, 'code', p_row.code,
  'asOf', contender_instant(p_row.as_of), 'run', p_row.run, 'predictions', p_row.predictions,
  'returns', p_row.returns, 'summary', p_row.summary, 'recordedAt', contender_instant(p_row.recorded_at)));

-- Rows of before this file join the chain in the order in which they were written.
do $$
declare
  old trials;
  previous text;
  at_seq bigint;
  of_model text := '';
begin
  for old in select * from trials order by model, recorded_at, trial_id, abandoned loop
    if old.model <> of_model then
      of_model := old.model;
      previous := contender_genesis();
      at_seq := 0;
    end if;
    at_seq := at_seq + 1;
    old.state := case when old.abandoned then 'abandoned' else 'scored' end;
    old.code := case when old.abandoned then 'UNKNOWN' else '' end;
    old.seq := at_seq;
    old.prev_hash := previous;
    old.body := contender_trial_body(old);
    previous := contender_hash(old.body);
    update trials set state = old.state, code = old.code, seq = old.seq, prev_hash = old.prev_hash, hash = previous,
      body = old.body
    where model = old.model and trial_id = old.trial_id and abandoned = old.abandoned;
  end loop;
end $$;

alter table trials drop constraint trials_pkey;
alter table trials drop column abandoned;
alter table trials
  alter column state set not null,
  alter column seq set not null,
  alter column prev_hash set not null,
  alter column hash set not null,
  alter column body set not null,
  add primary key (model, trial_id, state),
  add unique (model, seq),
  add constraint states_of_a_trial check (state in ('announced', 'scored', 'abandoned', 'rescored')),
  add constraint scored_with_predictions check ((state in ('scored', 'rescored')) = (predictions is not null)),
  add constraint abandoned_for_a_reason check ((state = 'abandoned') = (code <> '')),
  -- Not valid: rows of before this file carry no series.
  add constraint scored_with_returns check ((predictions is null) = (returns is null)) not valid;

alter table trials enable trigger append_only;

-- A recipe of the ledger fitted again on the folds of a later retrain (`rescored`) is no new attempt.
create function contender_chain_trial() returns trigger language plpgsql as $$
declare
  head trials;
begin
  perform contender_lock_model(new.model);
  select * into head from trials where model = new.model order by seq desc limit 1;
  new.seq := coalesce(head.seq, 0) + 1;
  new.prev_hash := coalesce(head.hash, contender_genesis());
  new.recorded_at := date_trunc('milliseconds', clock_timestamp());
  new.body := contender_trial_body(new);
  new.hash := contender_hash(new.body);
  return new;
end $$;
create trigger chain_trial before insert on trials for each row execute function contender_chain_trial();

-- From here on recipes are counted anew: what made the earlier ones has changed. Loosens a gate, hence two people.
create table structural_changes (
  model text not null references models,
  number int not null check (number >= 1),
  -- Newest row of the ledger when it was declared; later rows count.
  ledger_seq bigint not null check (ledger_seq >= 0),
  recipes_before int not null check (recipes_before >= 0),
  actor text not null,
  second_person text not null,
  reason text not null check (length(reason) >= 10),
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (model, number),
  constraint structural_change_needs_a_second_person check (second_person <> actor)
);
select contender_make_append_only('structural_changes');

-- The stream of tests that an error budget over retrains pays for: one row per judged retrain.
create table budget_tests (
  model text not null references models,
  method text not null check (method in ('lord', 'alpha-investing')),
  level double precision not null check (level > 0 and level < 1),
  -- 1, 2, 3 in the stream of this method and level.
  test int not null check (test >= 1),
  -- Hash of the scores that were judged: judging the same once more is the same test.
  test_key content_hash not null,
  run bigint not null references retrains,
  alpha double precision not null check (alpha > 0 and alpha < 1),
  -- None: the retrain did not ask whether a new recipe is better.
  p double precision check (p between 0 and 1),
  discovery boolean not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (model, method, level, test),
  unique (model, method, level, test_key),
  constraint a_discovery_is_below_its_level check (not discovery or (p is not null and p < alpha))
);
select contender_make_append_only('budget_tests');

-- A level is computed from the tests before it; one that came in between makes it stale.
create function contender_next_budget_test() returns trigger language plpgsql as $$
declare
  held int;
begin
  perform contender_lock_model(new.model);
  select coalesce(max(test), 0) into held from budget_tests
  where model = new.model and method = new.method and level = new.level;
  if new.test <> held + 1 then
    perform contender_refuse('LEDGER_OUTRUN',
      format('test %s of the error budget of %s does not follow test %s', new.test, new.model, held),
      jsonb_build_object('model', new.model, 'test', new.test, 'held', held));
  end if;
  return new;
end $$;
create trigger next_budget_test before insert on budget_tests
  for each row execute function contender_next_budget_test();

-- Distinct recipes tried since the last declared structural change: N of the deflated Sharpe ratio.
create function contender_ledger_count(p_model text) returns int language sql stable
return (
  select count(distinct recipe_hash)::int from trials
  where model = p_model and state <> 'rescored'
    and seq > coalesce((select max(ledger_seq) from structural_changes where model = p_model), 0));

create function contender_gate_report_counted() returns trigger language plpgsql as $$
declare
  owner_model text;
  held int;
  counted numeric;
begin
  select model into owner_model from retrains where run = new.run;
  held := contender_ledger_count(owner_model);
  counted := coalesce((new.body::jsonb #>> '{trials,counted}')::numeric, 0);
  if counted < held then
    perform contender_refuse('LEDGER_OUTRUN',
      format('the gates counted %s trials, the ledger of %s holds %s distinct recipes', counted, owner_model, held),
      jsonb_build_object('model', owner_model, 'counted', counted, 'ledgerRecipes', held));
  end if;
  return new;
end $$;
create trigger gate_report_counted before insert on gate_reports
  for each row execute function contender_gate_report_counted();

do $$
begin
  if not exists (select from pg_roles where rolname = 'contender_worker') then
    raise notice 'nothing is granted: the roles were not created';
    return;
  end if;
  grant select on structural_changes, budget_tests
    to contender_migrator, contender_worker, contender_api, contender_reader;
  grant insert on structural_changes, budget_tests to contender_worker;
  grant insert on structural_changes to contender_api;
end $$;
