import pg from 'pg';
import { ChainWalk } from './audit-chain.ts';
import type { ChainRow } from './audit-chain.ts';
import { BinaryRows, instantOf, integerOf } from './binary-rows.ts';
import type { BinaryRow } from './binary-rows.ts';
import { copyOut } from './copy-stream.ts';
import { openClient, operations } from './database.ts';
import type { RegistryOptions } from './database.ts';
import { hashValue } from './hash.ts';
import { walkLedger } from './ledger-chain.ts';
import type { AuditTable } from './tables.ts';
import { translateError } from './translate-error.ts';

export interface AuditHead {
  readonly model: string;
  readonly seq: number;
  readonly hash: string;
}

/** The newest row of every chain, anchored together: kept outside, it proves that nothing was cut off. */
export interface AuditAnchor {
  readonly schema: 1;
  readonly heads: readonly AuditHead[];
  /** SHA-256 of the canonical JSON of `heads`. */
  readonly digest: string;
}

export interface AuditFault {
  readonly model: string;
  readonly seq: number;
  readonly reason: string;
}

export interface AuditVerification {
  readonly rows: number;
  /** Rows of the trial ledgers that were walked with the chains. */
  readonly ledgerRows: number;
  readonly models: number;
  readonly ok: boolean;
  readonly firstBad: AuditFault | null;
  readonly anchor: AuditAnchor;
}

export const auditOperations = operations((database) => ({
  /** Heads of all chains, to be kept somewhere else. */
  async auditAnchor(): Promise<AuditAnchor> {
    const rows = await database.run((connection) =>
      connection
        .selectFrom('audit')
        .distinctOn('model')
        .select(['model', 'seq', 'hash'])
        .orderBy('model')
        .orderBy('seq', 'desc')
        .execute(),
    );
    return anchorOf(rows);
  },

  /**
   * Walks the chains from their beginning: every hash, every link, no gap; with an anchor also that nothing it has seen
   * was cut off or rewritten. The trial ledger of each model is walked with its chain. Stops at the first fault.
   */
  async verifyAudit(input: {
    /** null: every model. */
    readonly model: string | null;
    /** An anchor exported earlier; null: none. */
    readonly anchor: AuditAnchor | null;
  }): Promise<AuditVerification> {
    const names = await database.run((connection) =>
      connection.selectFrom('models').select('model').orderBy('model').execute(),
    );
    const models = names
      .map(({ model }) => model)
      .filter((model) => input.model === null || model === input.model);
    const expected = (input.anchor?.heads ?? []).filter(
      ({ model }) => input.model === null || model === input.model,
    );
    const walk = new ChainWalk(expected);
    let firstBad = anchorFault(input.anchor);
    if (firstBad === null) {
      await walkChains(database.options, input.model, walk);
      firstBad = walk.fault;
    }
    let ledgerRows = 0;
    for (const model of models) {
      if (firstBad !== null) break;
      const ledger = await walkLedger(database, model, walk.ledgers.get(model) ?? new Map());
      ledgerRows += ledger.rows;
      if (ledger.fault !== null) {
        const { seq, reason } = ledger.fault;
        firstBad = { model, seq, reason: `trial ledger: ${reason}` };
      }
    }
    return {
      rows: walk.rows,
      ledgerRows,
      models: models.length,
      ok: firstBad === null,
      firstBad,
      anchor: anchorOf(walk.heads),
    };
  },

  /** The newest rows of a chain, newest first. */
  async auditTrail(input: {
    readonly model: string;
    readonly limit: number;
  }): Promise<readonly AuditTable[]> {
    return database.run((connection) =>
      connection
        .selectFrom('audit')
        .selectAll()
        .where('model', '=', input.model)
        .orderBy('seq', 'desc')
        .limit(input.limit)
        .execute(),
    );
  },

  /** Writes a refused attempt to its own, rate-limited log; false when this minute is full. */
  async recordRefusedAttempt(input: {
    readonly actor: string;
    readonly command: string;
    readonly code: string;
    readonly model: string;
    readonly reason: string;
  }): Promise<{ readonly recorded: boolean }> {
    const recorded = await database.run((connection) =>
      connection
        .selectNoFrom((eb) =>
          eb
            .fn<boolean>('contender_record_refusal', [
              eb.val(input.actor),
              eb.val(input.command),
              eb.val(input.code),
              eb.val(input.model),
              eb.val(input.reason),
            ])
            .as('recorded'),
        )
        .executeTakeFirstOrThrow(),
    );
    return { recorded: recorded.recorded };
  },
}));

/** Streams the chains through the walk, over a connection of its own: there may be millions of rows. */
async function walkChains(options: RegistryOptions, model: string | null, walk: ChainWalk): Promise<void> {
  const client = openClient({ ...options, statementTimeoutMs: 0 });
  client.on('error', () => undefined);
  const rows = new BinaryRows((fields) => {
    walk.row(chainRow(fields));
  });
  const only = model === null ? '' : `where model = ${pg.escapeLiteral(model)}`;
  try {
    await client.connect();
    await copyOut(
      client,
      `copy (select model, seq, prev_hash, hash, body, actor, command, idempotency_key, business_at, recorded_at
             from audit ${only} order by model, seq) to stdout (format binary)`,
      (chunk) => {
        rows.push(chunk);
        return null;
      },
    );
    walk.end();
  } catch (error) {
    throw translateError(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The query gives ten columns, of which the business time alone may be null. */
function chainRow(fields: BinaryRow): ChainRow {
  const field = (index: number): Buffer => fields[index] ?? NOTHING;
  const text = (index: number): string => field(index).toString('utf8');
  const businessAt = fields[8] ?? null;
  return {
    model: text(0),
    seq: integerOf(field(1)),
    prevHash: text(2),
    hash: text(3),
    body: field(4),
    actor: text(5),
    command: text(6),
    idempotencyKey: text(7),
    businessAt: businessAt === null ? null : instantOf(businessAt),
    recordedAt: instantOf(field(9)),
  };
}

const NOTHING = Buffer.alloc(8);

/** Heads of chains, anchored together. */
export function anchorOf(heads: readonly AuditHead[]): AuditAnchor {
  return { schema: 1, heads, digest: hashValue(heads) };
}

function anchorFault(anchor: AuditAnchor | null): AuditFault | null {
  if (anchor === null || anchor.digest === hashValue(anchor.heads)) return null;
  return { model: '', seq: 0, reason: 'the anchor itself was changed: its digest is not that of its heads' };
}
