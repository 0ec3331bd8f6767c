import { sql } from 'kysely';
import { SYSTEM_ACTOR } from '../contracts/ids.ts';
import type { DrillFinding, DrillInput, DrillStanding, RollbackDrill } from '../contracts/drill.ts';
import { DrillSpec } from '../contracts/spec.ts';
import { insertAlert } from './alerts/reports.ts';
import { runCommand } from './command.ts';
import { operations } from './database.ts';
import { drillAlert, heldAlert } from './drill-alert.ts';
import {
  drillBy,
  drillJson,
  endAbandoned,
  insertDrill,
  insertFinding,
  openDrillOf,
  reignAfter,
  serversNow,
  unknownDrill,
  wayBack,
} from './drill-rows.ts';
import type { DrilledServer, OpenDrill, WayBack } from './drill-rows.ts';
import { judgeDrill } from './drill-verdict.ts';
import { DrillOpen, NoServers, RoleMissing, SwapUnderWay } from './errors.ts';
import { DRILL_CHANNEL } from './swap-listener.ts';

/** Roles that may have the way back rehearsed: those that may go it. */
const DRILL_ROLES = ['quant-lead', 'operator', 'admin'] as const;

/** Of a model without a spec that says otherwise. */
const { maxAgeDays: MAX_AGE_DAYS } = DrillSpec.parse({});

export const drillOperations = operations((database) => ({
  /**
   * Opens a drill of the way back and tells the servers; the same key gives the same drill. One that a schedule asks for is
   * recorded as skipped where a person is refused. Throws NoPreviousChampion, DrillOpen, SwapUnderWay, NoServers, RoleMissing.
   */
  async openDrill(
    input: Omit<DrillInput, 'idempotencyKey' | 'correlationId'> & {
      readonly idempotencyKey: string;
      readonly patienceSeconds: number;
    },
  ): Promise<RollbackDrill> {
    const { model, trigger, actor, reason, idempotencyKey, patienceSeconds } = input;
    requireDrillRole(input);
    const { id } = await runCommand<{ id: number }>(
      database,
      {
        ...{ model, actor: actor.subject, command: 'open-drill', key: idempotencyKey, businessAt: null },
        request: { model, trigger, subject: actor.subject },
      },
      async (transaction) => {
        const abandoned = await endAbandoned(transaction, model);
        const open = await openDrillOf(transaction, model);
        if (open !== null) throw drillOpen(model, open);
        const way = await wayBack(transaction, model);
        const servers = await serversNow(transaction, model);
        const skipped = obstacle(model, way, servers, trigger);
        const id = await insertDrill(transaction, {
          ...{ model, way, trigger, reason, patienceSeconds, skipped },
          requestedBy: actor.subject,
          servers: servers.filter(({ leased }) => leased).map(({ name }) => name),
        });
        if (skipped === '') {
          await sql`select pg_notify(${DRILL_CHANNEL}, ${JSON.stringify({ model })})`.execute(transaction);
        }
        const { epoch, champion, target } = way;
        const facts = { drill: id, epoch, champion, target, trigger, reason, abandoned };
        return { result: { id }, facts: skipped === '' ? facts : { ...facts, skipped } };
      },
    );
    return database.run((connection) => drillBy(connection, id));
  },

  /** What a server found. The first word of a server stands. Throws DrillOver. */
  async reportDrill(input: {
    readonly drill: number;
    readonly server: string;
    readonly finding: DrillFinding;
  }): Promise<void> {
    const { drill, server, finding } = input;
    await database.run((connection) =>
      insertFinding(connection, drill, server, finding.code === '' ? 'passed' : 'failed', finding),
    );
  },

  /** Throws DrillUnknown. */
  async drill({ id }: { readonly id: number }): Promise<RollbackDrill> {
    return database.run((connection) => drillBy(connection, id));
  },

  /** The drill that was opened under a key; null: none was, whichever else may run. */
  async drillOfKey({ key }: { readonly key: string }): Promise<RollbackDrill | null> {
    const { rows } = await database.run((connection) =>
      sql<{ drill: RollbackDrill }>`select ${drillJson} as drill from commands k
        join rollback_drills d on d.id = (k.result ->> 'id')::bigint
        where k.key = ${key} and k.command = 'open-drill'`.execute(connection),
    );
    return rows[0]?.drill ?? null;
  },

  /**
   * Whether there is anything left to wait for: a server that was waited for, has a lease and has not reported, while the epoch
   * stands and the time runs. Throws DrillUnknown.
   */
  async drillAwaits({ id }: { readonly id: number }): Promise<boolean> {
    const { rows } = await database.run((connection) =>
      sql<{ awaits: boolean }>`
        select d.ended_at is null and d.epoch = c.epoch and d.deadline > clock_timestamp() and exists (
          select from servers v where v.name = any (d.servers) and v.lease_until > clock_timestamp()
            and not exists (select from rollback_drill_servers s where s.drill = d.id and s.server = v.name)) as awaits
        from rollback_drills d join champions c on c.model = d.model where d.id = ${id}`.execute(connection),
    );
    const [row] = rows;
    if (row === undefined) throw unknownDrill(id);
    return row.awaits;
  },

  /** Ends a drill by what the servers reported; repeating it changes nothing. Throws DrillUnknown. */
  async endDrill({ id }: { readonly id: number }): Promise<RollbackDrill> {
    const { model, requestedBy } = await database.run((connection) => drillBy(connection, id));
    await runCommand(
      database,
      {
        ...{ model, actor: requestedBy, command: 'end-drill', key: endKey(id), businessAt: null },
        request: { id },
      },
      async (transaction) => {
        // A report that comes now waits, and is told that the drill is over.
        await sql`select from rollback_drills where id = ${id} for update`.execute(transaction);
        const drill = await drillBy(transaction, id);
        if (drill.result !== null) return { result: {}, facts: null };
        const moved = await reignAfter(transaction, model, drill.epoch);
        const verdict = judgeDrill(drill, await serversNow(transaction, model), moved);
        for (const { server, outcome, ...finding } of verdict.silent) {
          await insertFinding(transaction, id, server, outcome, finding);
        }
        await sql`update rollback_drills set result = ${verdict.result}, ended_reason = ${verdict.reason},
          ended_at = clock_timestamp() where id = ${id}`.execute(transaction);
        const ended = await drillBy(transaction, id);
        const alert = drillAlert(ended);
        if (alert !== null) await insertAlert(transaction, alert);
        if (ended.result === 'passed' && ended.endedAt !== null) {
          await insertAlert(transaction, heldAlert(model, ended.endedAt));
        }
        return { result: {}, facts: endFacts(ended) };
      },
    );
    return database.run((connection) => drillBy(connection, id));
  },

  /** Newest first; `before`: only those with a lower id. */
  async drillPage(input: {
    readonly model: string;
    readonly before: number | null;
    readonly limit: number;
  }): Promise<readonly RollbackDrill[]> {
    const { model, before, limit } = input;
    const { rows } = await database.run((connection) =>
      sql<{ drill: RollbackDrill }>`select ${drillJson} as drill from rollback_drills d
        where d.model = ${model} and (${before}::bigint is null or d.id < ${before}::bigint)
        order by d.id desc limit ${limit}`.execute(connection),
    );
    return rows.map(({ drill }) => drill);
  },

  /** What is known of the way back of a model, and whether that is too old. */
  async drillStanding({ model }: { readonly model: string }): Promise<DrillStanding> {
    const { rows } = await database.run((connection) =>
      sql<DrillStanding & { model: string }>`${standingOf(sql`c.model = ${model}`)}`.execute(connection),
    );
    const [row] = rows;
    if (row === undefined) {
      const nothing = { newest: null, passedAt: null, underWay: null, wayBackSince: null };
      return { ...nothing, maxAgeDays: MAX_AGE_DAYS, overdue: false };
    }
    const { model: _, ...standing } = row;
    return standing;
  },

  /** The same of every model that has a way back, by name. */
  async drillStandings(): Promise<readonly (DrillStanding & { readonly model: string })[]> {
    const { rows } = await database.run((connection) =>
      sql<
        DrillStanding & { model: string }
      >`${standingOf(sql`c.previous_id is not null`)} order by model`.execute(connection),
    );
    return rows;
  },
}));

const standingOf = (condition: ReturnType<typeof sql>) => sql`
  select *, way_back_since is not null
      and coalesce(passed_at, way_back_since) < clock_timestamp() - make_interval(days => max_age_days) as overdue
  from (select c.model,
    (select ${drillJson} from rollback_drills d where d.model = c.model and d.result in ('passed', 'failed')
      order by d.id desc limit 1) as newest,
    (select ended_at from rollback_drills where model = c.model and result = 'passed' order by id desc limit 1)
      as passed_at,
    (select id from rollback_drills where model = c.model and ended_at is null) as under_way,
    case when c.previous_id is null then null else (select min(recorded_at) from reigns
      where model = c.model and previous_id is not null) end as way_back_since,
    coalesce((select (spec #>> '{drill,maxAgeDays}')::int from specs where model = c.model
      order by number desc limit 1), ${MAX_AGE_DAYS}::int) as max_age_days
  from champions c where ${condition}) standing`;

const endKey = (id: number): string => `drill:${String(id)}:end`;

/**
 * Why nothing can be rehearsed now; empty: it can. A person is refused, a schedule has it recorded.
 * @throws SwapUnderWay, NoServers
 */
function obstacle(
  model: string,
  { epoch, young }: WayBack,
  servers: readonly DrilledServer[],
  trigger: DrillInput['trigger'],
): string {
  const leased = servers.filter((server) => server.leased);
  const behind = leased.filter((server) => server.epoch < epoch).map(({ name }) => name);
  if (young && behind.length > 0) {
    const said = `a change to epoch ${String(epoch)} has not reached ${behind.join(', ')} yet`;
    if (trigger === 'schedule') return said;
    throw new SwapUnderWay(`${said}; ${model} is not drilled meanwhile`, {
      remedy: 'Ask again when every server has acknowledged: contender champion MODEL.',
      details: { model, epoch, missing: behind },
    });
  }
  if (leased.length > 0) return '';
  const said = `no server with a valid lease answers for ${model}`;
  if (trigger === 'schedule') return said;
  throw new NoServers(said, {
    remedy: 'Start one: contender serve, or contender up; then drill again.',
    details: { model },
  });
}

function endFacts(drill: RollbackDrill): Readonly<Record<string, unknown>> {
  const { id, epoch, champion, target, result, endedReason, servers } = drill;
  const by = servers.map(({ server, outcome, code, loadMs }) => ({ server, outcome, code, loadMs }));
  return { drill: id, epoch, champion, target, result, reason: endedReason, servers: by };
}

function requireDrillRole({ actor, trigger }: Pick<DrillInput, 'actor' | 'trigger'>): void {
  if (trigger === 'schedule' && actor.subject === SYSTEM_ACTOR.subject) return;
  if (DRILL_ROLES.some((role) => actor.roles.includes(role))) return;
  throw new RoleMissing(`${actor.subject} may not have the way back rehearsed`, {
    remedy: `Use a token with one of the roles ${DRILL_ROLES.join(', ')}.`,
  });
}

const drillOpen = (model: string, { id, requestedBy }: OpenDrill): DrillOpen =>
  new DrillOpen(`drill ${String(id)} of ${model} runs, asked for by ${requestedBy}`, {
    remedy: 'Wait for it: contender drill list MODEL.',
    details: { model, drill: id, requestedBy },
  });
