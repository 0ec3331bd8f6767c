import { sql } from 'kysely';
import type { DrillFinding, DrillInput, RollbackDrill } from '../contracts/drill.ts';
import type { Sql } from './database.ts';
import { DrillUnknown, NoPreviousChampion } from './errors.ts';

/**
 * A swap that has not reached every server within this time is partial, not under way (activities/swap.ts): the way back is
 * worth a drill then more than ever.
 */
const SWAP_TAKES_SECONDS = 60;
/** A drill whose end is later than its deadline by this much has nobody who leads it any more. */
const ABANDONED_AFTER_SECONDS = 60;

/** A drill `d` as JSON in the shape of RollbackDrill. */
export const drillJson = sql<RollbackDrill>`jsonb_build_object(
  'id', d.id, 'model', d.model, 'epoch', d.epoch, 'champion', contender_version_number(d.champion_id),
  'target', contender_version_number(d.target_id), 'targetId', d.target_id, 'trigger', d.trigger,
  'requestedBy', d.requested_by, 'reason', d.reason, 'openedAt', contender_instant(d.opened_at),
  'deadline', contender_instant(d.deadline), 'result', d.result, 'endedReason', d.ended_reason,
  'endedAt', contender_instant(d.ended_at), 'waitedFor', to_jsonb(d.servers),
  'servers', coalesce((select jsonb_agg(jsonb_build_object(
      'server', s.server, 'outcome', s.outcome, 'code', s.code, 'reason', s.reason, 'remedy', s.remedy,
      'loadMs', s.load_ms, 'checkMs', s.check_ms, 'rows', s.rows, 'mismatches', s.mismatches,
      'warm', s.warm, 'warmMs', s.warm_ms) order by s.server)
    from rollback_drill_servers s where s.drill = d.id), '[]'))`;

export interface WayBack {
  readonly epoch: number;
  readonly championId: string;
  readonly champion: number;
  readonly targetId: string;
  readonly target: number;
  /** The reign in force is so young that servers may not have heard of it. */
  readonly young: boolean;
}

/** A server of the model, as it stands in the registry. */
export interface DrilledServer {
  readonly name: string;
  readonly leased: boolean;
  readonly leaseUntil: string;
  /** Last acknowledged; 0: none. */
  readonly epoch: number;
  /** Its lease ran out within the last day. */
  readonly lately: boolean;
}

export async function wayBack(connection: Sql, model: string): Promise<WayBack> {
  const { rows } = await sql<{ [F in keyof WayBack]: WayBack[F] | null }>`
    select c.epoch, c.champion_id, contender_version_number(c.champion_id) as champion, c.previous_id as target_id,
      contender_version_number(c.previous_id) as target,
      r.recorded_at > clock_timestamp() - make_interval(secs => ${SWAP_TAKES_SECONDS}) as young
    from champions c left join reigns r on r.model = c.model and r.epoch = c.epoch
    where c.model = ${model}`.execute(connection);
  const [row] = rows;
  if (row === undefined) throw nothingBack(model, `${model} has no champion`);
  const { epoch, championId, champion, targetId, target, young } = row;
  if (epoch === null || championId === null || champion === null) {
    throw nothingBack(model, `${model} has no champion`);
  }
  if (targetId === null || target === null) {
    throw nothingBack(model, `${model} has no previous champion to go back to`);
  }
  return { epoch, championId, champion, targetId, target, young: young === true };
}

export async function insertDrill(
  connection: Sql,
  drill: {
    readonly model: string;
    readonly way: WayBack;
    readonly trigger: DrillInput['trigger'];
    readonly requestedBy: string;
    readonly reason: string;
    readonly servers: readonly string[];
    readonly patienceSeconds: number;
    /** Why it ends at once; empty: it does not. */
    readonly skipped: string;
  },
): Promise<number> {
  const { model, way, trigger, requestedBy, reason, servers, patienceSeconds, skipped } = drill;
  const { rows } = await sql<{ id: number }>`
    insert into rollback_drills (model, epoch, champion_id, target_id, trigger, requested_by, reason, servers, deadline,
      result, ended_reason, ended_at)
    values (${model}, ${way.epoch}, ${way.championId}, ${way.targetId}, ${trigger}, ${requestedBy}, ${reason},
      ${[...servers]}::text[], clock_timestamp() + make_interval(secs => ${patienceSeconds}),
      ${skipped === '' ? null : 'skipped'}, ${skipped}, case when ${skipped} = '' then null else clock_timestamp() end)
    returning id`.execute(connection);
  return rows[0]?.id ?? 0;
}

export async function insertFinding(
  connection: Sql,
  drill: number,
  server: string,
  outcome: 'passed' | 'failed' | 'absent',
  finding: DrillFinding,
): Promise<void> {
  const { code, reason, remedy, loadMs, checkMs, rows, mismatches, warm, warmMs } = finding;
  await sql`insert into rollback_drill_servers (drill, server, outcome, code, reason, remedy, load_ms, check_ms, rows,
      mismatches, warm, warm_ms)
    values (${drill}, ${server}, ${outcome}, ${code}, ${reason.slice(0, 2000)}, ${remedy.slice(0, 2000)}, ${loadMs}, ${checkMs},
      ${rows}, ${mismatches}, ${warm}, ${warmMs})
    on conflict (drill, server) do nothing`.execute(connection);
}

export async function serversNow(connection: Sql, model: string): Promise<readonly DrilledServer[]> {
  const { rows } = await sql<DrilledServer>`
    select s.name, s.lease_until > clock_timestamp() as leased, s.lease_until, coalesce(e.epoch, 0) as epoch,
      s.lease_until > clock_timestamp() - interval '1 day' as lately
    from servers s left join server_epochs e on e.server = s.name and e.model = ${model}
    where cardinality(s.models) = 0 or ${model} = any (s.models)
    order by s.name`.execute(connection);
  return rows;
}

/** Whoever led it is gone, with its workflow: the next drill does not wait for it for ever. */
export async function endAbandoned(connection: Sql, model: string): Promise<number | null> {
  const { rows } = await sql<{
    id: number;
  }>`update rollback_drills set result = 'abandoned', ended_at = clock_timestamp(),
      ended_reason = 'nobody ended it in time; another drill was asked for'
    where model = ${model} and ended_at is null
      and deadline < clock_timestamp() - make_interval(secs => ${ABANDONED_AFTER_SECONDS})
    returning id`.execute(connection);
  return rows[0]?.id ?? null;
}

export interface OpenDrill {
  readonly id: number;
  readonly requestedBy: string;
}

export async function openDrillOf(connection: Sql, model: string): Promise<OpenDrill | null> {
  const { rows } = await sql<OpenDrill>`
    select id, requested_by from rollback_drills where model = ${model} and ended_at is null`.execute(
    connection,
  );
  return rows[0] ?? null;
}

/** How the epoch moved on from one; empty: it did not. */
export async function reignAfter(connection: Sql, model: string, epoch: number): Promise<string> {
  const { rows } = await sql<{ epoch: number; cause: string; version: number; actor: string }>`
    select epoch, cause, contender_version_number(version_id) as version, actor from reigns
    where model = ${model} and epoch > ${epoch} order by epoch limit 1`.execute(connection);
  const [next] = rows;
  if (next === undefined) return '';
  const what = next.cause === 'rollback' ? 'a rollback' : 'a swap';
  return `${what} by ${next.actor} to version ${String(next.version)} came first (epoch ${String(next.epoch)})`;
}

export async function drillBy(connection: Sql, id: number): Promise<RollbackDrill> {
  const { rows } = await sql<{ drill: RollbackDrill }>`
    select ${drillJson} as drill from rollback_drills d where d.id = ${id}`.execute(connection);
  const [row] = rows;
  if (row === undefined) throw unknownDrill(id);
  return row.drill;
}

const nothingBack = (model: string, message: string): NoPreviousChampion =>
  new NoPreviousChampion(message, {
    remedy: 'There is nothing to rehearse before the second champion.',
    details: { model },
  });

export const unknownDrill = (id: number): DrillUnknown =>
  new DrillUnknown(`there is no drill ${String(id)}`, {
    remedy: 'List them: contender drill list MODEL.',
    details: { drill: id },
  });
