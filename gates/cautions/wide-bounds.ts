import type { Caution } from '../../contracts/caution.ts';
import type { GatesSpec } from '../../contracts/spec.ts';
import type { GateName } from '../../contracts/verdict.ts';
import { counted } from '../wording.ts';
import { look } from './look.ts';
import type { CautionGround } from './look.ts';

type NumberField = {
  readonly [Field in keyof GatesSpec]: GatesSpec[Field] extends number ? Field : never;
}[keyof GatesSpec];

/** A bound that refuses nothing, and from where on it is one. */
interface HarmlessBound {
  readonly gate: GateName;
  readonly field: NumberField;
  readonly from: number;
  /** On which side of `from`, itself included, the bound refuses nothing. */
  readonly towards: 'up' | 'down';
}

/**
 * From these values on a bound refuses nothing that a real candidate could show, or passes noise at least every other time.
 * A spec that has them was written for something else than judging (a demonstration, a test), or forgotten so.
 */
const HARMLESS: readonly HarmlessBound[] = [
  // No forecast at all has a mean of 0 and a lower 95 % bound of about -0.015 over two years.
  { gate: 'rank-ic', field: 'rankIcMin', from: -0.02, towards: 'down' },
  // A p-value of noise is as often above one half as below it; the field ends there. A quarter is no test any more.
  { gate: 'spa', field: 'spaAlpha', from: 0.25, towards: 'up' },
  { gate: 'stepm', field: 'spaAlpha', from: 0.25, towards: 'up' },
  // As likely luck as not.
  { gate: 'dsr', field: 'dsrMin', from: 0.5, towards: 'down' },
  // What recipes without any skill have.
  { gate: 'pbo', field: 'pboMax', from: 0.5, towards: 'up' },
  // A whole Sharpe ratio worse than the champion.
  { gate: 'non-inferiority', field: 'nonInferiorityMargin', from: 1, towards: 'up' },
  // A fall deeper by a fifth of the book.
  { gate: 'drawdown', field: 'maxDrawdownTolerance', from: 0.2, towards: 'up' },
  // Every other row without a bar.
  { gate: 'coverage', field: 'minCoverage', from: 0.5, towards: 'down' },
  // The largest values that the fields can have.
  { gate: 'latency', field: 'maxLatencyMs', from: 10_000, towards: 'up' },
  { gate: 'resources', field: 'maxModelMegabytes', from: 4096, towards: 'up' },
  // The whole book on every session of a year.
  { gate: 'turnover', field: 'maxAnnualTurnover', from: 252, towards: 'up' },
  // A gross return that does no more than pay its costs.
  { gate: 'cost-cover', field: 'minCostCover', from: 1, towards: 'down' },
  // Half of the book in one name, all of it in one sector.
  { gate: 'position-concentration', field: 'maxPositionShare', from: 0.5, towards: 'up' },
  { gate: 'sector-concentration', field: 'maxSectorShare', from: 1, towards: 'up' },
  { gate: 'feasibility', field: 'maxRefusedTradeShare', from: 0.5, towards: 'up' },
  // As much as the name trades on an ordinary session.
  { gate: 'capacity', field: 'maxParticipation', from: 1, towards: 'up' },
];

/** Gates that count and could refuse nothing, and gates that the spec switched off. */
export function wideBounds({ input, report }: CautionGround): Caution[] {
  const asked = new Set(report.verdicts.filter(({ enforced }) => enforced).map(({ gate }) => gate));
  const wide = HARMLESS.filter((bound) => asked.has(bound.gate) && isHarmless(bound, input.gates)).map(
    ({ gate, field }) => ({ gate, field, value: input.gates[field] }),
  );
  const off = Object.entries(report.modes)
    .filter(([, mode]) => mode === 'off')
    .map(([gate]) => gate);
  const named = wide.map(({ gate, field, value }) => `${gate} (${field} ${String(value)})`).join(', ');
  return [
    look('wide-bounds', () => ({
      number: wide.length,
      bound: 0,
      beyond: 'above',
      reason:
        wide.length === 0
          ? 'every bound that counts could refuse something'
          : `${counted(wide.length, 'gate')} with a bound that refuses next to nothing: ${named}`,
      details: { gates: wide },
    })),
    look('switched-off', () => ({
      number: off.length,
      bound: 0,
      beyond: 'above',
      reason:
        off.length === 0
          ? 'the spec switches no gate off'
          : `${counted(off.length, 'gate')} switched off by the spec: ${off.join(', ')}`,
      details: { gates: off },
    })),
  ];
}

function isHarmless({ field, from, towards }: HarmlessBound, gates: GatesSpec): boolean {
  const value = gates[field];
  return towards === 'up' ? value >= from : value <= from;
}
