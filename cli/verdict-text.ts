import type { ClockSpec } from '../contracts/clock.ts';
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

/** What a retrain says of itself, below whether its market is of today. `clock`: null: the registry did not say. */
export function stateText(state: RetrainState, clock: ClockSpec | null): string {
  const lines = [
    `${state.retrainId}  step ${state.step}${state.outcome === null ? '' : `  ${state.outcome}`}`,
    ...clockLines(clock),
  ];
  if (state.reason !== '') lines.push(`  ${state.reason}`);
  if (state.awaiting !== '') lines.push(`  awaited: ${state.awaiting}`);
  if (state.verdicts.length > 0) lines.push('', verdictTable(state.verdicts, state.waivers));
  return lines.join('\n');
}

/** Nobody may take the dates of a market that is played again for today's; nothing on the live clock. */
function clockLines(clock: ClockSpec | null): readonly string[] {
  if (clock === null) return ['  whether it is a replay is not known: the registry does not say'];
  if (clock.mode === 'live') return [];
  const { secondsPerSession: pace, approvalSecondsPerSession: desk } = clock;
  return [
    `  replay: history is played again, a session every ${figure(pace)} s, and every ${figure(desk)} s while people decide;`,
    '  sessions and dates of the market are of that past, deadlines are real',
  ];
}

/** Four significant digits. */
export function figure(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}
