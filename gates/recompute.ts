import { GATE_UNITS } from '../contracts/gate-catalogue.ts';
import type { RecordedGateReport } from '../contracts/gate-report.ts';
import { assembleReport, unitsAsked } from './judge.ts';
import type { JudgeInput } from './judge-input.ts';
import { judgeUnit } from './units.ts';
import type { UnitError, UnitOutcome } from './units.ts';

/** What the record adds to a report: where its inputs lie, and which units gave no answer. */
export type ReportRecord = Pick<RecordedGateReport, 'codeVersion' | 'inputs' | 'unitErrors' | 'round'>;

/** The report as it is stored. */
export function recordedReport(
  input: JudgeInput,
  outcomes: readonly UnitOutcome[],
  record: Omit<ReportRecord, 'unitErrors'>,
): RecordedGateReport {
  const unitErrors = outcomes.flatMap((outcome) => (outcome.kind === 'error' ? [outcome.error] : []));
  return { ...assembleReport(input, outcomes), ...record, unitErrors: [...unitErrors] };
}

/**
 * Judges a stored input again, as the record says it was judged. That a unit ran out of time is a fact of that day, not of
 * its input: it is taken from the record. Equal code gives equal bytes.
 */
export function recompute(recorded: RecordedGateReport, input: JudgeInput): RecordedGateReport {
  const outcomes = unitsAsked(input).map((unit): UnitOutcome => {
    const error = recorded.unitErrors.find((entry) => entry.unit === unit);
    if (error === undefined) return { kind: 'judged', result: judgeUnit(unit, input) };
    return { kind: 'error', error: { ...error, unit } satisfies UnitError };
  });
  const unknown = recorded.unitErrors.filter(({ unit }) => !GATE_UNITS.some((known) => known === unit));
  const { codeVersion, inputs, round } = recorded;
  const again = recordedReport(input, outcomes, { codeVersion, inputs, round });
  return { ...again, unitErrors: [...again.unitErrors, ...unknown] };
}
