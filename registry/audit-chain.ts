import { hash } from 'node:crypto';
import type { AuditFault, AuditHead } from './audit.ts';
import type { LedgerHead } from './ledger-chain.ts';

/** A row of the audit as it is stored. */
export interface ChainRow {
  readonly model: string;
  readonly seq: number;
  readonly prevHash: string;
  readonly hash: string;
  /** UTF-8 bytes of the text that the hash is over. */
  readonly body: Buffer;
  readonly actor: string;
  readonly command: string;
  readonly idempotencyKey: string;
  readonly businessAt: string | null;
  readonly recordedAt: string;
}

const GENESIS = '0'.repeat(64);
/** Commands whose row says where the trial ledger stood, so that rows cut off the ledger's end are missed. */
const ANCHORING: ReadonlySet<string> = new Set(['finish-retrain', 'declare-structural-change']);

/**
 * Walks chains row by row, a model after the other: every hash, every link, no gap, columns that say what the text says,
 * and everything that an anchor has seen. The text is compared as it stands: its keys are sorted, so what the columns say
 * stands before and after the facts, and only the facts are parsed. Remembers the first fault and passes over the rest.
 */
export class ChainWalk {
  rows = 0;
  fault: AuditFault | null = null;
  readonly heads: AuditHead[] = [];
  /** What the audit has seen of the trial ledgers: hash by row, by model. */
  readonly ledgers = new Map<string, Map<number, string>>();
  readonly #anchored: ReadonlyMap<string, AuditHead>;
  #head: AuditHead = { model: '', seq: 0, hash: GENESIS };

  constructor(anchored: readonly AuditHead[]) {
    this.#anchored = new Map(anchored.map((head) => [head.model, head]));
  }

  /** The next row; those of a model follow one another. */
  row(row: ChainRow): void {
    if (this.fault !== null) return;
    if (row.model !== this.#head.model && !this.#begin(row.model)) return;
    const reason = this.#faultOf(row);
    if (reason !== null) {
      this.fault = { model: row.model, seq: row.seq, reason };
      return;
    }
    this.#head = { model: row.model, seq: row.seq, hash: row.hash };
    this.rows += 1;
  }

  /** After the last row: chains that end before their anchor, and anchored ones that are not there at all. */
  end(): void {
    if (this.fault !== null || !this.#begin('')) return;
    const walked = new Set(this.heads.map(({ model }) => model));
    const vanished = [...this.#anchored.values()].find(({ model }) => !walked.has(model));
    if (vanished !== undefined) this.fault = cutOff(vanished, 0);
  }

  /** Closes the chain before; false when it ends too early. */
  #begin(model: string): boolean {
    if (this.#head.seq > 0) {
      const anchored = this.#anchored.get(this.#head.model);
      if (anchored !== undefined && this.#head.seq < anchored.seq) {
        this.fault = cutOff(anchored, this.#head.seq);
        return false;
      }
      this.heads.push(this.#head);
    }
    this.#head = { model, seq: 0, hash: GENESIS };
    return true;
  }

  #faultOf(row: ChainRow): string | null {
    const { seq } = row;
    if (seq !== this.#head.seq + 1) return `row ${String(this.#head.seq + 1)} is missing`;
    if (row.prevHash !== this.#head.hash) return 'it does not follow the row before it';
    if (hash('sha256', row.body, 'hex') !== row.hash) return 'its text was changed after it was written';
    const facts = factsOf(row);
    if (facts === null) return 'its columns say something else than its text';
    const anchored = this.#anchored.get(row.model);
    if (anchored?.seq === seq && anchored.hash !== row.hash) {
      return `the anchor has seen ${anchored.hash} here: the chain was rewritten`;
    }
    if (ANCHORING.has(row.command)) this.#remember(row.model, facts);
    return null;
  }

  #remember(model: string, facts: unknown): void {
    const { ledger } = facts as { readonly ledger?: LedgerHead | null };
    // Rows of releases before the chain say nothing of a ledger.
    if (ledger === undefined || ledger === null) return;
    const seen = this.ledgers.get(model) ?? new Map<number, string>();
    seen.set(ledger.seq, ledger.hash);
    this.ledgers.set(model, seen);
  }
}

/** The facts of a row whose text says what its columns say; null when it does not. */
function factsOf(row: ChainRow): unknown {
  const text = row.body.toString('utf8');
  const before = `{"actor":${JSON.stringify(row.actor)},"businessAt":${JSON.stringify(row.businessAt)},"command":${JSON.stringify(row.command)},"facts":`;
  const after = `,"idempotencyKey":${JSON.stringify(row.idempotencyKey)},"model":"${row.model}","prev":"${row.prevHash}","recordedAt":"${row.recordedAt}","schema":1,"seq":${String(row.seq)}}`;
  if (text.length < before.length + after.length || !text.startsWith(before) || !text.endsWith(after)) {
    return null;
  }
  try {
    const facts: unknown = JSON.parse(text.slice(before.length, text.length - after.length));
    return typeof facts === 'object' ? facts : null;
  } catch {
    return null;
  }
}

function cutOff(anchored: AuditHead, end: number): AuditFault {
  const reason = `the anchor has seen row ${String(anchored.seq)}, the chain ends at ${String(end)}: rows were cut off`;
  return { model: anchored.model, seq: end + 1, reason };
}
