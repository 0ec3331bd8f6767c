import type { ColumnType, Generated } from 'kysely';
import type { Role } from '../contracts/primitives.ts';

/** The tables of decisions, signatures and objections; `tables.ts` says how they are to be read. */
type Stamp = Generated<string>;

export interface DecisionsTable {
  hash: string;
  run: number;
  versionId: string;
  admission: 'promotion' | 'probation';
  expectedEpoch: number;
  requester: string;
  specAuthor: string;
  fourEyes: boolean;
  approvers: number;
  expiresAt: string;
  deputy: string | null;
  deputyFrom: string | null;
  recordedAt: Stamp;
}

export interface ApprovalsTable {
  evidenceHash: string;
  subject: string;
  decision: 'approve' | 'reject';
  reason: string;
  roles: Role[];
  requester: string;
  specAuthor: string;
  fourEyes: boolean;
  asDeputy: boolean;
  decidedAt: Stamp;
}

export interface ObjectionsTable {
  id: Generated<number>;
  evidenceHash: string;
  run: number;
  model: string;
  subject: string;
  roles: Role[];
  reason: string;
  /** Null: before the swap. The database says which. */
  epoch: ColumnType<number | null, never, never>;
  recordedAt: Stamp;
}

export interface ObjectionAnswersTable {
  objection: number;
  subject: string;
  answer: 'withdraw' | 'overrule';
  reason: string;
  roles: Role[];
  recordedAt: Stamp;
}
