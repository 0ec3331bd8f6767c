import { ContenderError } from '../contracts/error.ts';
import type { ErrorOptions } from '../contracts/error.ts';
import * as errors from './errors.ts';

/** SQLSTATE of everything that `contender_refuse` raises; HINT holds the code, DETAIL the facts. */
const REFUSAL = 'ZC000';

type ErrorClass = new (message: string, options: ErrorOptions) => ContenderError;

const REFUSALS: Readonly<Record<string, readonly [ErrorClass, string]>> = {
  MODEL_UNKNOWN: [errors.ModelUnknown, 'List the models with `contender champion`, or apply a spec first.'],
  VERSION_UNKNOWN: [errors.VersionUnknown, 'List the versions with `contender versions MODEL`.'],
  SNAPSHOT_UNKNOWN: [errors.SnapshotUnknown, 'Versions name theirs: contender lineage MODEL VERSION'],
  RETRAIN_FINISHED: [errors.RetrainFinished, 'Start another retrain.'],
  NOT_PROMOTED: [errors.PromotionMismatch, 'Finish the retrain with the outcome that the reigns show.'],
  ALREADY_PROMOTED: [errors.PromotionMismatch, 'Finish the retrain with the outcome that the reigns show.'],
  EPOCH_MOVED: [errors.EpochMoved, 'Look at the champion in force and decide again.'],
  EPOCH_FENCED: [errors.EpochFenced, 'Read the reign in force and load its champion.'],
  ALREADY_CHAMPION: [errors.AlreadyChampion, 'Nothing has to be done.'],
  NEVER_CHAMPION: [errors.NeverChampion, 'Choose one of `contender champion MODEL --history`.'],
  VERSION_DELETED: [errors.VersionDeleted, 'Choose a version that is kept.'],
  VERSION_WITHDRAWN: [errors.VersionWithdrawn, 'Start another retrain: what it makes is judged anew.'],
  CHALLENGER_OPEN: [errors.ChallengerOpen, 'It is scored already: `contender challengers MODEL`.'],
  CHALLENGERS_FULL: [
    errors.ChallengersFull,
    'End one: `contender challengers MODEL end VERSION --reason WHY`.',
  ],
  CHALLENGER_ENDED: [errors.ChallengerEnded, 'Name the version again for another shadow.'],
  CHALLENGER_NOT_PROMOTABLE: [
    errors.ChallengerNotPromotable,
    'Start a retrain: what it makes is judged and shadowed anew.',
  ],
  NO_CHAMPION: [errors.ChallengerWithoutChampion, 'Promote a first champion, or admit one on probation.'],
  MODEL_FROZEN: [errors.ModelFrozen, 'Find out why, then `contender unfreeze MODEL --reason WHY`.'],
  VERSION_IN_USE: [errors.VersionInUse, 'Wait until nothing names it any more.'],
  SNAPSHOT_IN_USE: [errors.SnapshotInUse, 'Delete the versions that name it first.'],
  ROLE_MISSING: [errors.RoleMissing, 'Use a token with the role quant-lead.'],
  DEPUTY_NOT_YET: [errors.DeputyNotYet, 'Wait until then, or ask a quant lead.'],
  OBJECTION_OPEN: [
    errors.ObjectionOpen,
    'It is withdrawn by whoever raised it, or overruled by two: `contender objection`.',
  ],
  OBJECTION_TOO_LATE: [errors.ObjectionTooLate, 'Look at the champion in force.'],
  OBJECTION_UNKNOWN: [errors.ObjectionUnknown, 'List them: `contender objection list RETRAIN`.'],
  FOUR_EYES: [errors.FourEyes, 'Another quant lead must decide.'],
  GATE_NOT_WAIVABLE: [errors.GateNotWaivable, 'Only an enforced gate that failed can be waived.'],
  EVIDENCE_MISSING: [errors.EvidenceMissing, 'Only gates, shadow and approval together promote.'],
  EVIDENCE_BROKEN: [errors.EvidenceBroken, 'Write the evidence again from the recorded verdicts.'],
  EVIDENCE_CHANGED: [errors.EvidenceChanged, 'Read the decision evidence again and sign that one.'],
  APPROVAL_EXPIRED: [errors.ApprovalExpired, 'Start another retrain and decide in time.'],
  NOT_APPROVED: [errors.NotApproved, 'Ask the quant leads for their decision.'],
  ALREADY_DECIDED: [errors.AlreadyDecided, 'A decision stands; start another retrain to decide anew.'],
  NOT_FIRST_CHAMPION: [errors.NotFirstChampion, 'Only gates, shadow and approval together promote.'],
  IDEMPOTENCY_KEY_REUSED: [errors.IdempotencyKeyReused, 'Use a new key for a new request.'],
  APPEND_ONLY: [errors.AppendOnly, 'Write a new row that says what changed.'],
  OUTBOX_FINAL: [errors.AppendOnly, 'Write a new row that says what changed.'],
  REIGN_WITHOUT_CHAMPION: [errors.ChainBypassed, 'Use the commands: they write all of it together.'],
  REIGN_UNRECORDED: [errors.ChainBypassed, 'Use the commands: they write all of it together.'],
  COMMAND_UNRECORDED: [errors.ChainBypassed, 'Use the commands: they write all of it together.'],
  SPEC_OUTRUN: [errors.SpecOutrun, 'Read the spec in force and apply again.'],
  RESTORE_UNRECONCILED: [
    errors.RestoreUnreconciled,
    'Compare it with Temporal: contender restore reconcile --reason TEXT',
  ],
  SCORE_RUN_INCOMPLETE: [
    errors.ConstraintViolated,
    'Score the symbols that are left, then complete the run.',
  ],
  LEASE_TOO_LONG: [errors.ConstraintViolated, 'Ask for a lease of a day at most.'],
  SECOND_PERSON_NEEDED: [
    errors.SecondPersonNeeded,
    'Apply it with the token of another quant lead as second person.',
  ],
  DRILL_OVER: [errors.DrillOver, 'Nothing has to be done: the drill was decided without this report.'],
  DRILL_INCOMPLETE: [errors.ConstraintViolated, 'A drill passes when every server that it waited for did.'],
  LEDGER_OUTRUN: [errors.LedgerOutrun, 'Judge again with the whole ledger.'],
  AUDIT_CHAIN_BROKEN: [
    errors.AuditBroken,
    'Compare the chain with an exported head: `contender audit verify`.',
  ],
};

const FOUR_EYES_CONSTRAINT = 'four_eyes_apart';
/** What a quant lead does and nobody else; a deputy stands in where the row may say so. */
const ROLE_CONSTRAINTS: ReadonlyMap<string, string> = new Map([
  ['a_quant_lead_decides', ', or the deputy once asked, approves or rejects'],
  ['a_quant_lead_waives', ', or the deputy once asked, waives a failed gate'],
  ['a_quant_lead_refuses', ', or the deputy once asked, refuses to waive'],
  ['a_quant_lead_objects', ' objects to a promotion'],
  ['a_quant_lead_answers', ' withdraws or overrules an objection'],
]);
const WAIVER_CONSTRAINTS = ['never_for_integrity', 'never_for_the_schema'];

/** Server shut down, crashed, starting up, too many connections, disk full, out of memory; and failed connections. */
const UNREACHABLE_STATES = /^(?:08...|57P0[1-3]|53...|58...)$/u;
/** Statement timeout, lock timeout, idle-in-transaction timeout, serialisation failure, deadlock. */
const BUSY_STATES = new Set(['57014', '55P03', '25P03', '40001', '40P01']);
const SYSTEM_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
/** Ended by an administrator, by a crash, or by the network. */
const LOST_STATES = new Set(['57P01', '57P02', '08003', '08006', 'ECONNRESET', 'EPIPE']);
/** What the driver says without a code when a connection is lost, or cannot be had in time. */
const LOST_CONNECTION =
  /connection terminated|timeout exceeded when trying to connect|connection error|client was closed|not queryable|connection timeout|driver has already been destroyed/iu;

interface DatabaseFault {
  readonly code?: unknown;
  readonly detail?: unknown;
  readonly hint?: unknown;
  readonly constraint?: unknown;
}

/** Turns what the driver threw into the project's errors, once, here. What is not the database's passes unchanged. */
export function translateError(error: unknown): unknown {
  if (error instanceof ContenderError || !(error instanceof Error)) return error;
  const fault = error as Error & DatabaseFault;
  const code = typeof fault.code === 'string' ? fault.code : '';
  if (code === REFUSAL) return refusal(fault);
  if (isUnreachable(error)) {
    return new errors.RegistryUnreachable(`the registry does not answer: ${messageOf(error)}`, {
      cause: error,
      remedy: 'See what is down with: npm run contender -- doctor',
    });
  }
  if (BUSY_STATES.has(code)) {
    return new errors.RegistryBusy(`the registry was too busy: ${error.message}`, {
      cause: error,
      remedy: 'Try again; the same command has no second effect.',
    });
  }
  if (/^2[23]...$/u.test(code)) return constraint(fault);
  return error;
}

export function isUnreachable(error: Error): boolean {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (SYSTEM_CODES.has(code) || UNREACHABLE_STATES.test(code) || LOST_CONNECTION.test(error.message))
    return true;
  return (
    error instanceof AggregateError &&
    error.errors.some((inner) => inner instanceof Error && isUnreachable(inner))
  );
}

/** The connection was there and is no more, so the outcome is unknown; as opposed to one that could not be had. */
export function isLostConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return LOST_STATES.has(code) || /connection terminated|not queryable/iu.test(error.message);
}

/** A refused connection to several addresses is an AggregateError with an empty message. */
function messageOf(error: Error): string {
  if (error.message !== '') return error.message;
  if (!(error instanceof AggregateError)) return error.name;
  return error.errors.map((inner) => (inner instanceof Error ? inner.message : String(inner))).join('; ');
}

function refusal(fault: Error & DatabaseFault): ContenderError {
  const [kind, remedy] = REFUSALS[String(fault.hint)] ?? [errors.ConstraintViolated, ''];
  return new kind(fault.message, { cause: fault, remedy, details: detailsOf(fault.detail) });
}

function detailsOf(detail: unknown): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(String(detail));
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}

function constraint(fault: Error & DatabaseFault): ContenderError {
  const name = String(fault.constraint);
  if (name === FOUR_EYES_CONSTRAINT) {
    return new errors.FourEyes('the approver requested this retrain or wrote its spec', {
      cause: fault,
      remedy: 'Another quant lead must decide.',
    });
  }
  const onlyLeads = ROLE_CONSTRAINTS.get(name);
  if (onlyLeads !== undefined) {
    return new errors.RoleMissing(`only a quant lead${onlyLeads}`, {
      cause: fault,
      remedy: 'Use a token with the role quant-lead.',
    });
  }
  if (WAIVER_CONSTRAINTS.includes(name)) {
    return new errors.GateNotWaivable('integrity, schema, parity and leak verdicts cannot be waived', {
      cause: fault,
      remedy: 'Repair the cause and retrain.',
    });
  }
  return new errors.ConstraintViolated(`the registry refused a row: ${fault.message}`, {
    cause: fault,
    remedy: 'A defect of ours: report the constraint that is named.',
    details: { constraint: name, sqlState: fault.code },
  });
}
