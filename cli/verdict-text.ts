import type { RetrainState } from '../contracts/retrain.ts';
import type { GateVerdict, Waiver } from '../contracts/verdict.ts';
import { table } from './output.ts';

/** Verdicts for a terminal: one line a gate, with number, bound and reason. */
export function verdictTable(verdicts: readonly GateVerdict[], waivers: readonly Waiver[] = []): string {
  return table(
    ['gate', 'verdict', 'number', 'bound', 'why'],
    verdicts.map((verdict) => [
      verdict.gate,
      `${verdict.verdict}${verdict.enforced ? '' : ' (reported)'}${waivedText(verdict.gate, waivers)}`,
      verdict.number === null ? '-' : figure(verdict.number),
      verdict.threshold === null ? '-' : `${verdict.comparison} ${figure(verdict.threshold)}`,
      verdict.reason,
    ]),
  );
}

function waivedText(gate: string, waivers: readonly Waiver[]): string {
  const by = waivers.filter((waiver) => waiver.gate === gate).map(({ subject }) => subject);
  return by.length === 0 ? '' : `, waived by ${by.join(' and ')}`;
}

export function stateText(state: RetrainState): string {
  const lines = [
    `${state.retrainId}  step ${state.step}${state.outcome === null ? '' : `  ${state.outcome}`}`,
  ];
  if (state.reason !== '') lines.push(`  ${state.reason}`);
  if (state.awaiting !== '') lines.push(`  awaited: ${state.awaiting}`);
  if (state.verdicts.length > 0) lines.push('', verdictTable(state.verdicts, state.waivers));
  return lines.join('\n');
}

/** Four significant digits. */
export function figure(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}
