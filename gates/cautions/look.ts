import type { Caution, CautionCode } from '../../contracts/caution.ts';
import { ContenderError } from '../../contracts/error.ts';
import type { GateReport } from '../../contracts/gate-report.ts';
import type { JudgeInput } from '../judge-input.ts';

/** What cautions are made from: what the gates were told, and what they found. */
export interface CautionGround {
  readonly input: JudgeInput;
  readonly report: Pick<
    GateReport,
    'verdicts' | 'modes' | 'candidate' | 'benchmark' | 'trials' | 'pairedSessions'
  >;
}

export interface Seen {
  readonly number: number;
  readonly bound: number;
  /** On which side of the bound a number stands out. */
  readonly beyond: 'above' | 'below';
  readonly reason: string;
  readonly details?: Caution['details'];
}

/**
 * One look. A number that could not be had (null, with why; or a refusal of the statistics) is recorded as not measured and
 * raises nothing; whatever is not ours is a bug and is thrown on.
 */
export function look(code: CautionCode, run: () => Seen | string): Caution {
  const seen = attempt(run);
  if (typeof seen === 'string') {
    return { code, raised: false, number: null, bound: null, reason: seen.slice(0, 500), details: {} };
  }
  const { number, bound, beyond, reason, details = {} } = seen;
  const raised = beyond === 'above' ? number > bound : number < bound;
  return { code, raised, number, bound, reason: reason.slice(0, 500), details };
}

function attempt(run: () => Seen | string): Seen | string {
  try {
    const seen = run();
    if (typeof seen === 'string' || (Number.isFinite(seen.number) && Number.isFinite(seen.bound)))
      return seen;
    return `not measured: ${seen.reason}`;
  } catch (error) {
    if (!(error instanceof ContenderError)) throw error;
    return `not measured: ${error.message}`;
  }
}
