import { canonicalJson } from '../contracts/canonical.ts';
import type { Database, Sql } from './database.ts';
import { hashText } from './hash.ts';
import type { TrialsTable } from './tables.ts';
import type { Selectable } from 'kysely';

export interface LedgerHead {
  readonly seq: number;
  readonly hash: string;
}

const GENESIS = '0'.repeat(64);
const PAGE_ROWS = 2000;

/** Newest row of a model's ledger; null while there is none. */
export async function ledgerHead(connection: Sql, model: string): Promise<LedgerHead | null> {
  const head = await connection
    .selectFrom('trials')
    .select(['seq', 'hash'])
    .where('model', '=', model)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return head ?? null;
}

export interface LedgerWalk {
  readonly rows: number;
  /** The first row that is missing or was changed; null when the whole chain verifies. */
  readonly fault: { readonly seq: number; readonly reason: string } | null;
}

/** Walks the ledger of a model: every hash, every link, no gap, and every head (row to hash) that the audit has seen. */
export async function walkLedger(
  database: Database,
  model: string,
  seen: ReadonlyMap<number, string>,
): Promise<LedgerWalk> {
  let head: LedgerHead = { seq: 0, hash: GENESIS };
  for (;;) {
    const after = head.seq;
    const page = await database.run((connection) =>
      connection
        .selectFrom('trials')
        .selectAll()
        .where('model', '=', model)
        .where('seq', '>', after)
        .orderBy('seq')
        .limit(PAGE_ROWS)
        .execute(),
    );
    for (const row of page) {
      const reason = faultOf(row, head) ?? contradiction(row, seen.get(row.seq));
      if (reason !== null) return { rows: head.seq, fault: { seq: row.seq, reason } };
      head = { seq: row.seq, hash: row.hash };
    }
    if (page.length < PAGE_ROWS) break;
  }
  const newest = Math.max(0, ...seen.keys());
  if (newest <= head.seq) return { rows: head.seq, fault: null };
  const reason = `the audit has seen row ${String(newest)}, the ledger ends at ${String(head.seq)}: rows were cut off`;
  return { rows: head.seq, fault: { seq: head.seq + 1, reason } };
}

function contradiction(row: Selectable<TrialsTable>, seen: string | undefined): string | null {
  return seen === undefined || seen === row.hash
    ? null
    : 'the audit has seen another row here: the ledger was rewritten';
}

/** Why a row does not continue the chain after `head`, or null. */
function faultOf(row: Selectable<TrialsTable>, head: LedgerHead): string | null {
  if (row.seq !== head.seq + 1) return `row ${String(head.seq + 1)} is missing`;
  if (row.prevHash !== head.hash) return 'it does not follow the row before it';
  if (hashText(row.body) !== row.hash) return 'its text was changed after it was written';
  const { model, seq, prevHash: prev, trialId, recipeHash, recipe, state, code, asOf, run } = row;
  const { predictions, returns, summary, recordedAt } = row;
  const columns = { model, seq, prev, trialId, recipeHash, recipe, state, code, asOf, run };
  const said = canonicalJson({ schema: 1, ...columns, predictions, returns, summary, recordedAt });
  const agrees = canonicalJson(JSON.parse(row.body)) === said;
  return agrees ? null : 'its columns say something else than its text';
}
