import type { SessionDrift } from './drift/session-drift.ts';

/** Something about a session's data that a model cannot be blamed for. */
export interface DataFinding {
  readonly check:
    'rows' | 'missing-feature' | 'constant-feature' | 'out-of-range' | 'stale' | 'overdue-labels';
  readonly number: number;
  readonly bound: number;
  readonly text: string;
}

export interface SessionDataInput {
  readonly rows: number;
  /** Rows of the sessions before, newest last; empty on the first. */
  readonly rowsBefore: readonly number[];
  readonly minCoverage: number;
  readonly features: readonly SessionDrift[];
  /** Features of which most values are, bit for bit, those of the session before. */
  readonly unchanged: readonly string[];
  /** Labels that are due and have not come, in sessions beyond the due one; 0: none. */
  readonly overdueSessions: number;
  readonly allowedOverdueSessions: number;
}

/** A feature that loses this much more of its values than on any session of training has lost its source, not its meaning. */
const MISSING_MORE = 0.5;
/** A count of rare events is zero in every row now and then; a feature that never was is broken. */
const RARELY_CONSTANT = 0.002;
/** Cross-sectional features move within what training saw; a unit that changed puts most values outside. */
const OUT_OF_RANGE = 0.5;
/** Fundamentals stand still for weeks; when this share of all features does, the feed does. */
const STALE_SHARE = 0.9;
const USUAL_WINDOW = 20;

/** Faults of the data of one session. Empty: what the model gets looks like what it was given before. */
export function checkSessionData(input: SessionDataInput): DataFinding[] {
  const { rows, rowsBefore, minCoverage, features, unchanged } = input;
  const findings: DataFinding[] = [];
  const usual = median(rowsBefore.slice(-USUAL_WINDOW));
  if (rows === 0 || (usual !== null && rows < minCoverage * usual)) {
    const bound = minCoverage * (usual ?? 1);
    findings.push({
      ...{ check: 'rows', number: rows, bound },
      text: `${String(rows)} rows, at least ${bound.toFixed(1)} of the usual ${String(usual ?? 'ones')} are needed`,
    });
  }
  for (const { name, missing, mostMissing, becameConstant, constantSessions, outOfRange } of features) {
    if (missing - mostMissing > MISSING_MORE) {
      findings.push({
        ...{ check: 'missing-feature', number: missing, bound: mostMissing + MISSING_MORE },
        text: `${name} is missing in ${percent(missing)} of the rows, in training in ${percent(mostMissing)} at most`,
      });
    } else if (becameConstant && rows > 1 && constantSessions < RARELY_CONSTANT) {
      findings.push({
        ...{ check: 'constant-feature', number: constantSessions, bound: RARELY_CONSTANT },
        text: `${name} has the same value in every row, in training on ${percent(constantSessions)} of the sessions`,
      });
    } else if (outOfRange > OUT_OF_RANGE) {
      findings.push({
        ...{ check: 'out-of-range', number: outOfRange, bound: OUT_OF_RANGE },
        text: `${percent(outOfRange)} of ${name} lies outside what training saw`,
      });
    }
  }
  const stale = features.length === 0 ? 0 : unchanged.length / features.length;
  if (stale >= STALE_SHARE) {
    findings.push({
      ...{ check: 'stale', number: stale, bound: STALE_SHARE },
      text: `${percent(stale)} of the features have the values of the session before`,
    });
  }
  if (input.overdueSessions > input.allowedOverdueSessions) {
    findings.push({
      ...{ check: 'overdue-labels', number: input.overdueSessions, bound: input.allowedOverdueSessions },
      text: `labels are overdue for ${String(input.overdueSessions)} sessions`,
    });
  }
  return findings;
}

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
