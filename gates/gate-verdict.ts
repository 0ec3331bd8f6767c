import { ContenderError } from '../contracts/error.ts';
import type { GateName, GateVerdict, Verdict } from '../contracts/verdict.ts';
import { SampleTooShort } from '../stats/errors.ts';

export type Comparison = GateVerdict['comparison'];
export type Details = GateVerdict['details'];

const MAX_REASON = 500;

export function holds(number: number, comparison: Comparison, threshold: number): boolean {
  switch (comparison) {
    case '>=':
      return number >= threshold;
    case '<=':
      return number <= threshold;
    case '>':
      return number > threshold;
    case '<':
      return number < threshold;
    case '==':
      return number === threshold;
  }
}

export interface Measured {
  readonly gate: GateName;
  readonly number: number;
  readonly threshold: number;
  readonly comparison: Comparison;
  readonly reason: string;
  readonly details?: Details;
}

/** A verdict from a number and its bound. A number or bound that is not finite is an `error`, never a comparison. */
export function measured(measure: Measured): GateVerdict {
  const { gate, number, threshold, comparison, reason, details = {} } = measure;
  if (!Number.isFinite(number)) {
    return unmeasured(
      gate,
      'error',
      `the measurement is ${String(number)}: ${reason}`,
      comparison,
      threshold,
    );
  }
  if (!Number.isFinite(threshold)) {
    return unmeasured(gate, 'error', `the bound is ${String(threshold)}: ${reason}`, comparison, null);
  }
  const verdict: Verdict = holds(number, comparison, threshold) ? 'pass' : 'fail';
  return { gate, verdict, number, threshold, comparison, enforced: true, reason: clip(reason), details };
}

/** A verdict without a number: there was nothing, or too little, to measure. */
export function unmeasured(
  gate: GateName,
  verdict: Exclude<Verdict, 'pass'>,
  reason: string,
  comparison: Comparison,
  threshold: number | null,
): GateVerdict {
  const bound = threshold !== null && Number.isFinite(threshold) ? threshold : null;
  return {
    gate,
    verdict,
    number: null,
    threshold: bound,
    comparison,
    enforced: true,
    reason: clip(reason),
    details: {},
  };
}

/** A measurement that no real quantity can have, such as a share above one: an error of the measuring, not a fail. */
export function broken(gate: GateName, what: string, comparison: Comparison, threshold: number): GateVerdict {
  return unmeasured(
    gate,
    'error',
    `${what} cannot be right: the measurement is broken`,
    comparison,
    threshold,
  );
}

/**
 * Runs one gate. Too small a sample is `inconclusive`; any other refusal of the statistics (a value that is not a
 * number, a constant series, unpaired lengths) is `error` with its sentence. Whatever is not ours is a bug and is thrown on.
 */
export function guarded(
  gate: GateName,
  comparison: Comparison,
  threshold: number,
  run: () => GateVerdict,
): GateVerdict {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof ContenderError)) throw error;
    const verdict = error instanceof SampleTooShort ? 'inconclusive' : 'error';
    return unmeasured(gate, verdict, error.message, comparison, threshold);
  }
}

/** The order in which verdicts outweigh each other: what could not be measured is looked into before what failed. */
const PRECEDENCE: readonly Verdict[] = ['error', 'fail', 'inconclusive'];

/**
 * One verdict for all. It is `pass` only when there is an enforced gate and every enforced gate passes; else the
 * first of error, fail, inconclusive that any enforced gate has. Nothing judged is an `error`.
 */
export function overallVerdict(verdicts: readonly GateVerdict[]): Verdict {
  const enforced = verdicts.filter((verdict) => verdict.enforced);
  if (enforced.length === 0) return 'error';
  const worst = PRECEDENCE.find((kind) => enforced.some((verdict) => verdict.verdict === kind));
  return worst ?? 'pass';
}

function clip(reason: string): string {
  return reason.length <= MAX_REASON ? reason : `${reason.slice(0, MAX_REASON - 1)}…`;
}
