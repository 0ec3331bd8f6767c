import type pg from 'pg';

export type Command = 'swap' | 'rollback';
/** `worker` holds the role of a worker, `api` that of the API: whichever of the two gave the command. */
export type Victim = 'worker' | 'api' | 'server-a' | 'postgres';

/** Moments of a swap or rollback, in their order. */
export const POINTS = [
  'before-the-lock',
  'before-the-audit-row',
  'after-the-audit-row',
  'after-the-announcement',
  'before-the-reign',
  'after-the-reign',
  'after-the-champion',
  'after-the-answer',
  'at-the-commit',
  'committed-but-not-told',
  'before-the-first-acknowledgement',
  'between-the-acknowledgements',
  'after-the-last-acknowledgement',
  'before-the-retrain-ends',
] as const;
export type Point = (typeof POINTS)[number];

export interface Cell {
  readonly command: Command;
  readonly point: Point;
  readonly victim: Victim;
}

export const cellName = ({ command, point, victim }: Cell): string => `${command}/${point}/${victim}`;

/** A rollback ends no retrain, and the API promotes nothing. */
export const CELLS: readonly Cell[] = (['swap', 'rollback'] as const).flatMap((command) =>
  POINTS.filter((point) => command === 'swap' || point !== 'before-the-retrain-ends').flatMap((point) =>
    (command === 'swap'
      ? (['worker', 'server-a', 'postgres'] as const)
      : (['worker', 'api', 'server-a', 'postgres'] as const)
    ).map((victim) => ({ command, point, victim })),
  ),
);

/** The point at which a trigger stops a statement, by the table and moment of the trigger. */
const STOPS: readonly {
  readonly point: Point;
  readonly table: string;
  readonly when: string;
  readonly only?: string;
}[] = [
  { point: 'before-the-audit-row', table: 'audit', when: 'before insert' },
  { point: 'after-the-audit-row', table: 'audit', when: 'after insert' },
  { point: 'after-the-announcement', table: 'outbox', when: 'after insert' },
  { point: 'before-the-reign', table: 'reigns', when: 'before insert' },
  { point: 'after-the-reign', table: 'reigns', when: 'after insert' },
  { point: 'after-the-champion', table: 'champions', when: 'after update' },
  { point: 'after-the-answer', table: 'commands', when: 'after insert' },
  { point: 'at-the-commit', table: 'reigns', when: 'deferred' },
  {
    point: 'before-the-first-acknowledgement',
    table: 'server_epochs',
    when: 'before insert or update',
    only: `new.server = 'server-a'`,
  },
  {
    point: 'between-the-acknowledgements',
    table: 'server_epochs',
    when: 'before insert or update',
    only: `new.server = 'server-b'`,
  },
  {
    point: 'before-the-retrain-ends',
    table: 'retrains',
    when: 'before update',
    only: `new.status <> 'open'`,
  },
];

const LOCK_CLASS = 7_041_777;
const numberOf = (point: Point): number => POINTS.indexOf(point);

/** Triggers that wait at a point for as long as the harness holds its lock; without it they cost nothing. */
export async function installPoints(client: pg.Client): Promise<void> {
  await client.query(`create function chaos_point() returns trigger language plpgsql as $$
    begin
      perform pg_advisory_xact_lock_shared(${String(LOCK_CLASS)}, tg_argv[0]::int);
      return new;
    end $$`);
  for (const { point, table, when, only } of STOPS) {
    const number = String(numberOf(point));
    const kind = when === 'deferred' ? 'constraint trigger' : 'trigger';
    const moment =
      when === 'deferred' ? `after insert on ${table} deferrable initially deferred` : `${when} on ${table}`;
    const condition = only === undefined ? '' : `when (${only})`;
    await client.query(
      `create ${kind} zz_chaos_${number} ${moment} for each row ${condition} execute function chaos_point('${number}')`,
    );
  }
}

/** Makes the next one who comes to the point wait. `committed-but-not-told` waits at the commit first. */
export async function holdPoint(client: pg.Client, point: Point, model: string): Promise<void> {
  if (point === 'before-the-lock') {
    await client.query('begin');
    await client.query('select from models where model = $1 for no key update', [model]);
    return;
  }
  await client.query('select pg_advisory_lock($1, $2)', [LOCK_CLASS, numberOf(stopOf(point))]);
}

export async function releasePoint(client: pg.Client, point: Point): Promise<void> {
  if (point === 'before-the-lock') await client.query('rollback');
  else await client.query('select pg_advisory_unlock($1, $2)', [LOCK_CLASS, numberOf(stopOf(point))]);
}

const stopOf = (point: Point): Point => (point === 'committed-but-not-told' ? 'at-the-commit' : point);

/** Whether somebody waits at the point now. */
export async function somebodyWaits(client: pg.Client, point: Point): Promise<boolean> {
  const { rows } =
    point === 'before-the-lock'
      ? await client.query(
          `select from pg_locks where locktype in ('transactionid', 'tuple') and not granted limit 1`,
        )
      : await client.query(
          `select from pg_locks where locktype = 'advisory' and not granted and classid = $1 and objid = $2 limit 1`,
          [LOCK_CLASS, numberOf(stopOf(point))],
        );
  return rows.length > 0;
}
