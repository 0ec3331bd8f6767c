import type pg from 'pg';
import type { RetrainStep } from '../../../contracts/retrain.ts';
import type { Link } from './link.ts';

/** The transaction that records what a step made, and who gives it. */
export interface StepCommit {
  readonly table: string;
  readonly event: 'insert' | 'update';
  /** Which rows of the table. */
  readonly only: string;
  readonly committer: 'control' | 'compute';
  /** Finds a row once the commit of the model $1 stands. */
  readonly stands: string;
}

const ofRun = (table: string, also = 'true'): string =>
  `select from ${table} t join retrains r on r.run = t.run where r.model = $1 and ${also}`;

export const COMMITS: Readonly<Record<RetrainStep, StepCommit>> = {
  extract: {
    ...{ table: 'retrains', event: 'update', committer: 'compute' },
    only: 'new.snapshot_id is distinct from old.snapshot_id',
    stands: 'select from retrains where model = $1 and snapshot_id is not null',
  },
  // Validation leaves artifacts only: what is recorded is that the retrain has left the step.
  validate: {
    ...{ table: 'retrains', event: 'update', committer: 'control' },
    only: `old.step = 'validate' and new.step = 'train'`,
    stands: `select from retrains where model = $1 and step not in ('extract', 'validate')`,
  },
  train: {
    ...{ table: 'trials', event: 'insert', committer: 'compute' },
    only: `new.state <> 'announced'`,
    stands: `select from trials where model = $1 and state <> 'announced'`,
  },
  package: {
    ...{ table: 'version_links', event: 'insert', committer: 'compute', only: 'true' },
    stands: ofRun('version_links'),
  },
  judge: {
    ...{ table: 'evidence', event: 'insert', committer: 'compute' },
    only: `new.kind = 'gate'`,
    stands: ofRun('evidence', `t.kind = 'gate'`),
  },
  shadow: {
    ...{ table: 'shadow_days', event: 'insert', committer: 'compute', only: 'true' },
    stands: ofRun('shadow_days'),
  },
  approve: {
    ...{ table: 'approvals', event: 'insert', committer: 'control', only: 'true' },
    stands: `select from approvals a join decisions t on t.hash = a.evidence_hash
      join retrains r on r.run = t.run where r.model = $1`,
  },
  swap: {
    ...{ table: 'reigns', event: 'insert', committer: 'control', only: 'true' },
    stands: 'select from reigns where model = $1',
  },
};

type Stop = 'before' | 'in';
const LOCK_CLASS = 7_041_778;
const POLL_SECONDS = 0.02;
const pointName = (step: RetrainStep, stop: Stop): string => `${step}/${stop}`;

/**
 * Triggers at both sides of every commit that wait for as long as `chaos_holds` has a row for their model and point. The row
 * outlives a kill of Postgres. A model without one passes. The wait is bounded by the statement timeout of the workers: what
 * waits longer is tried again by Temporal and waits again.
 */
export async function installPoints(client: pg.Client): Promise<void> {
  await client.query(
    `create table chaos_holds (number int primary key generated always as identity, model text, point text, held bool)`,
  );
  await client.query(`create function chaos_retrain_point() returns trigger
    language plpgsql security definer as $$
    declare
      row_of jsonb := to_jsonb(new);
      stopped int;
    begin
      select h.number into stopped from chaos_holds h where h.held and h.point = tg_argv[0]
        and h.model = coalesce(row_of ->> 'model',
          (select model from retrains where run = (row_of ->> 'run')::bigint),
          (select r.model from decisions d join retrains r on r.run = d.run
           where d.hash = row_of ->> 'evidence_hash'));
      if found then
        -- Shows that somebody stands here; shared, since a second attempt may stand beside the first.
        perform pg_advisory_xact_lock_shared(${String(LOCK_CLASS)}, stopped);
        while exists (select from chaos_holds h where h.number = stopped and h.held) loop
          perform pg_sleep(${String(POLL_SECONDS)});
        end loop;
      end if;
      return new;
    end $$`);
  for (const [step, { table, event, only }] of Object.entries(COMMITS)) {
    const point = (stop: Stop): string => `chaos_retrain_point('${pointName(step as RetrainStep, stop)}')`;
    await client.query(
      `create trigger zz_chaos_before_${step} before ${event} on ${table}
       for each row when (${only}) execute function ${point('before')}`,
    );
    await client.query(
      `create constraint trigger zz_chaos_in_${step} after ${event} on ${table} deferrable initially deferred
       for each row when (${only}) execute function ${point('in')}`,
    );
  }
}

/** Lets go of every point, for a system that goes on with a folder in which some were held. */
export async function releaseAll(link: Link): Promise<void> {
  await link.query('update chaos_holds set held = false');
}

/** One hold of one model at one point. */
export class Hold {
  readonly #link: Link;
  readonly #number: number;

  private constructor(link: Link, number: number) {
    this.#link = link;
    this.#number = number;
  }

  static async place(link: Link, model: string, step: RetrainStep, stop: Stop): Promise<Hold> {
    const [row] = await link.query<{ number: number }>(
      'insert into chaos_holds (model, point, held) values ($1, $2, true) returning number',
      [model, pointName(step, stop)],
    );
    return new Hold(link, row?.number ?? 0);
  }

  /** Whether somebody stands at the point now. */
  async isReached(): Promise<boolean> {
    const rows = await this.#link.query(
      `select from pg_locks where locktype = 'advisory' and granted and classid = $1 and objid = $2 limit 1`,
      [LOCK_CLASS, this.#number],
    );
    return rows.length > 0;
  }

  async release(): Promise<void> {
    await this.#link.query('update chaos_holds set held = false where number = $1', [this.#number]);
  }
}
