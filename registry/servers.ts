import { sql } from 'kysely';
import { operations } from './database.ts';
import type { Sql } from './database.ts';

export interface ServerRecord {
  readonly name: string;
  readonly address: string;
  /** Empty: every model. */
  readonly models: readonly string[];
  readonly leaseUntil: string;
  /** The lease had not run out when this was read. */
  readonly leased: boolean;
  /** Epoch and hash last acknowledged for the model asked about; null before the first acknowledgement. */
  readonly epoch: number | null;
  readonly versionId: string | null;
  readonly acknowledgedAt: string | null;
}

export interface SwapStatus {
  readonly model: string;
  readonly epoch: number;
  /** `complete` when every server with a valid lease has acknowledged this epoch or a later one. */
  readonly status: 'complete' | 'partial';
  readonly acknowledged: readonly { readonly server: string; readonly epoch: number }[];
  readonly missing: readonly { readonly server: string; readonly epoch: number }[];
  /** Wall instant of the last acknowledgement; null before the first. */
  readonly lastAcknowledgedAt: string | null;
}

/** A change of champion whose acknowledgements were awaited to the last server with a valid lease. */
export interface MeasuredSwap {
  readonly epoch: number;
  /** Wall instant of the commit. */
  readonly at: string;
  /** From the commit to the last acknowledgement. */
  readonly tookMs: number;
  /** Servers that acknowledged. */
  readonly servers: number;
}

export interface MeasuredSwaps {
  /** The newest rollback on record that was measured; null: none was. */
  readonly rollback: MeasuredSwap | null;
  readonly promotion: MeasuredSwap | null;
}

export const serverOperations = operations((database) => ({
  /** Takes, or takes back, a server's lease. */
  async registerServer(input: {
    readonly name: string;
    readonly address: string;
    readonly models: readonly string[];
    readonly leaseSeconds: number;
  }): Promise<void> {
    await database.run((connection) =>
      sql`insert into servers (name, address, models, lease_until)
        values (${input.name}, ${input.address}, ${[...input.models]}::text[],
          clock_timestamp() + make_interval(secs => ${input.leaseSeconds}))
        on conflict (name) do update set address = excluded.address, models = excluded.models,
          lease_until = excluded.lease_until, registered_at = clock_timestamp()`.execute(connection),
    );
  },

  /** False when the lease is unknown: register again. */
  async renewLease(input: { readonly name: string; readonly leaseSeconds: number }): Promise<boolean> {
    const { rows } = await database.run((connection) =>
      sql`update servers set lease_until = clock_timestamp() + make_interval(secs => ${input.leaseSeconds})
        where name = ${input.name} returning name`.execute(connection),
    );
    return rows.length > 0;
  },

  /** Gives the lease back, so that no swap waits for a server that left in good order. */
  async deregisterServer({ name }: { readonly name: string }): Promise<void> {
    await database.run((connection) =>
      sql`update servers set lease_until = clock_timestamp() where name = ${name}`.execute(connection),
    );
  },

  /**
   * A server answers with the champion of an epoch. Throws EpochFenced when it had acknowledged a later one (I5), and
   * REGISTRY_CONSTRAINT when the hash is not that of the epoch's champion.
   */
  async acknowledgeEpoch(input: {
    readonly server: string;
    readonly model: string;
    readonly epoch: number;
    readonly versionId: string;
  }): Promise<void> {
    await database.run((connection) =>
      sql`insert into server_epochs (server, model, epoch, version_id)
        values (${input.server}, ${input.model}, ${input.epoch}, ${input.versionId})
        on conflict (server, model) do update set epoch = excluded.epoch, version_id = excluded.version_id,
          acknowledged_at = case when server_epochs.epoch = excluded.epoch then server_epochs.acknowledged_at
            else clock_timestamp() end`.execute(connection),
    );
  },

  /** Servers that answer for a model, by name, those with a lease that ran out included. */
  async serversOf({ model }: { readonly model: string }): Promise<readonly ServerRecord[]> {
    return database.run((connection) => serversFor(connection, model));
  },

  /** Whether a swap has reached every server with a valid lease, by name. */
  async swapStatus(input: { readonly model: string; readonly epoch: number }): Promise<SwapStatus> {
    const { model, epoch } = input;
    const all = await database.run((connection) => serversFor(connection, model));
    const servers = all.filter(({ leased }) => leased);
    const asAck = ({ name, epoch: loaded }: ServerRecord) => ({ server: name, epoch: loaded ?? 0 });
    const acknowledged = servers.filter((server) => (server.epoch ?? 0) >= epoch);
    const missing = servers.filter((server) => (server.epoch ?? 0) < epoch);
    const times = acknowledged.flatMap(({ acknowledgedAt }) =>
      acknowledgedAt === null ? [] : [acknowledgedAt],
    );
    return {
      model,
      epoch,
      status: missing.length === 0 ? 'complete' : 'partial',
      acknowledged: acknowledged.map(asAck),
      missing: missing.map(asAck),
      lastAcknowledgedAt: times.sort().at(-1) ?? null,
    };
  },

  /** How long the newest rollback and the newest promotion of a model took to reach its servers, as their announcements recorded. */
  async measuredSwaps({ model }: { readonly model: string }): Promise<MeasuredSwaps> {
    const { rows } = await database.run((connection) =>
      sql<MeasuredSwap & { readonly back: boolean }>`
        select distinct on (back) r.cause = 'rollback' as back, r.epoch, r.recorded_at as at,
          (o.event ->> 'tookMs')::float8 as took_ms, jsonb_array_length(o.event -> 'acknowledged') as servers
        from reigns r join outbox o on o.id = r.outbox_id
        where r.model = ${model} and o.event ->> 'kind' in ('swapped', 'rolled-back')
          and jsonb_array_length(o.event -> 'acknowledged') > 0
        order by back, r.epoch desc`.execute(connection),
    );
    const measured = (wanted: boolean): MeasuredSwap | null => {
      const found = rows.find(({ back }) => back === wanted);
      if (found === undefined) return null;
      const { epoch, at, tookMs, servers } = found;
      return { epoch, at, tookMs, servers };
    };
    return { rollback: measured(true), promotion: measured(false) };
  },

  /** Forgets servers whose lease ran out long ago; how many. */
  async forgetServers(input: { readonly expiredForSeconds: number }): Promise<number> {
    const { rows } = await database.run((connection) =>
      sql`delete from servers
        where lease_until < clock_timestamp() - make_interval(secs => ${input.expiredForSeconds})
        returning name`.execute(connection),
    );
    return rows.length;
  },
}));

async function serversFor(connection: Sql, model: string): Promise<readonly ServerRecord[]> {
  const { rows } = await sql<ServerRecord>`
    select s.name, s.address, s.models, s.lease_until, s.lease_until > clock_timestamp() as leased,
      e.epoch, e.version_id, e.acknowledged_at
    from servers s left join server_epochs e on e.server = s.name and e.model = ${model}
    where cardinality(s.models) = 0 or ${model} = any (s.models)
    order by s.name`.execute(connection);
  return rows;
}
