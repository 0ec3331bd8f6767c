import { hashText, hashValue } from './hash.ts';
import { operations } from './database.ts';
import type { Database } from './database.ts';
import { walkLedger } from './ledger-chain.ts';
import type { AuditTable } from './tables.ts';

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

const GENESIS = '0'.repeat(64);
const PAGE_ROWS = 5000;

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
    const anchored = anchorFault(input.anchor);
    const names = await database.run((connection) =>
      connection.selectFrom('models').select('model').orderBy('model').execute(),
    );
    const models = names
      .map(({ model }) => model)
      .filter((model) => input.model === null || model === input.model);
    const expected = (input.anchor?.heads ?? []).filter(
      ({ model }) => input.model === null || model === input.model,
    );
    const heads: AuditHead[] = [];
    let rows = 0;
    let ledgerRows = 0;
    let firstBad = anchored;
    for (const model of [...new Set([...models, ...expected.map((head) => head.model)])].sort()) {
      if (firstBad !== null) break;
      const chain = await walk(database, model, expected.find((head) => head.model === model) ?? null);
      rows += chain.rows;
      firstBad = chain.fault;
      if (chain.head !== null) heads.push(chain.head);
      if (firstBad !== null) break;
      const ledger = await walkLedger(database, model);
      ledgerRows += ledger.rows;
      if (ledger.fault !== null) {
        const { seq, reason } = ledger.fault;
        firstBad = { model, seq, reason: `trial ledger: ${reason}` };
      }
    }
    return {
      rows,
      ledgerRows,
      models: models.length,
      ok: firstBad === null,
      firstBad,
      anchor: anchorOf(heads),
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

interface Walk {
  readonly rows: number;
  readonly head: AuditHead | null;
  readonly fault: AuditFault | null;
}

async function walk(database: Database, model: string, anchored: AuditHead | null): Promise<Walk> {
  let head: AuditHead = { model, seq: 0, hash: GENESIS };
  let rows = 0;
  for (;;) {
    const after = head.seq;
    const page = await database.run((connection) =>
      connection
        .selectFrom('audit')
        .selectAll()
        .where('model', '=', model)
        .where('seq', '>', after)
        .orderBy('seq')
        .limit(PAGE_ROWS)
        .execute(),
    );
    for (const row of page) {
      const reason = faultOf(row, head) ?? (row.seq === anchored?.seq ? anchorMismatch(row, anchored) : null);
      if (reason !== null) return { rows, head: null, fault: { model, seq: row.seq, reason } };
      head = { model, seq: row.seq, hash: row.hash };
      rows += 1;
    }
    if (page.length < PAGE_ROWS) break;
  }
  if (anchored !== null && head.seq < anchored.seq) {
    const reason = `the anchor has seen row ${String(anchored.seq)}, the chain ends at ${String(head.seq)}: rows were cut off`;
    return { rows, head: null, fault: { model, seq: head.seq + 1, reason } };
  }
  return { rows, head: rows === 0 ? null : head, fault: null };
}

/** Why a row does not continue the chain after `head`, or null. */
export function faultOf(row: AuditTable, head: AuditHead): string | null {
  if (row.seq !== head.seq + 1) return `row ${String(head.seq + 1)} is missing`;
  if (row.prevHash !== head.hash) return 'it does not follow the row before it';
  if (hashText(row.body) !== row.hash) return 'its text was changed after it was written';
  const body = parsed(row.body);
  const { model, seq, prev, actor, command, idempotencyKey } = body;
  const agrees =
    model === row.model &&
    seq === row.seq &&
    prev === row.prevHash &&
    actor === row.actor &&
    command === row.command &&
    idempotencyKey === row.idempotencyKey &&
    body['recordedAt'] === row.recordedAt &&
    body['businessAt'] === row.businessAt;
  return agrees ? null : 'its columns say something else than its text';
}

interface AuditBody {
  readonly [field: string]: unknown;
  readonly model?: unknown;
  readonly seq?: unknown;
  readonly prev?: unknown;
  readonly actor?: unknown;
  readonly command?: unknown;
  readonly idempotencyKey?: unknown;
}

function parsed(text: string): AuditBody {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function anchorMismatch(row: AuditTable, anchored: AuditHead): string | null {
  return row.hash === anchored.hash
    ? null
    : `the anchor has seen ${anchored.hash} here: the chain was rewritten`;
}

function anchorOf(heads: readonly AuditHead[]): AuditAnchor {
  return { schema: 1, heads, digest: hashValue(heads) };
}

function anchorFault(anchor: AuditAnchor | null): AuditFault | null {
  if (anchor === null || anchor.digest === hashValue(anchor.heads)) return null;
  return { model: '', seq: 0, reason: 'the anchor itself was changed: its digest is not that of its heads' };
}
