import type { RetrainState } from '../contracts/retrain.ts';
import type { GateVerdict } from '../contracts/verdict.ts';
import { table } from './output.ts';

/** Verdicts for a terminal: one line a gate, with number, bound and reason. */
export function verdictTable(verdicts: readonly GateVerdict[]): string {
  return table(
    ['gate', 'verdict', 'number', 'bound', 'why'],
    verdicts.map((verdict) => [
      verdict.gate,
      verdict.enforced ? verdict.verdict : `${verdict.verdict} (reported)`,
      verdict.number === null ? '-' : figure(verdict.number),
      verdict.threshold === null ? '-' : `${verdict.comparison} ${figure(verdict.threshold)}`,
      verdict.reason,
    ]),
  );
}

export function stateText(state: RetrainState): string {
  const lines = [
    `${state.retrainId}  step ${state.step}${state.outcome === null ? '' : `  ${state.outcome}`}`,
  ];
  if (state.reason !== '') lines.push(`  ${state.reason}`);
  if (state.awaiting !== '') lines.push(`  awaited: ${state.awaiting}`);
  if (state.verdicts.length > 0) lines.push('', verdictTable(state.verdicts));
  return lines.join('\n');
}

/** Four significant digits. */
export function figure(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}
