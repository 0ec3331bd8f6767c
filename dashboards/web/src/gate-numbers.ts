import type { GateVerdict } from './api/schemas.ts';
import type { Format } from './formats.ts';

/** In what the number of a gate and its bound are given. */
type GateUnit = 'share' | 'count' | 'milliseconds' | 'megabytes' | 'times' | 'plain';

const UNITS: Readonly<Record<GateVerdict['gate'], GateUnit>> = {
  leak: 'count',
  coverage: 'share',
  schema: 'count',
  parity: 'count',
  latency: 'milliseconds',
  resources: 'megabytes',
  'rank-ic': 'plain',
  spa: 'plain',
  stepm: 'plain',
  dsr: 'plain',
  pbo: 'plain',
  'sharpe-improvement': 'plain',
  'non-inferiority': 'plain',
  drawdown: 'share',
  'final-fit': 'plain',
  turnover: 'times',
  'cost-cover': 'times',
  'position-concentration': 'share',
  'sector-concentration': 'share',
  feasibility: 'share',
  recovery: 'plain',
  capacity: 'share',
};

const SIGNS: Readonly<Record<GateVerdict['comparison'], string>> = {
  '>=': '≥',
  '<=': '≤',
  '>': '>',
  '<': '<',
  '==': '=',
};

/** A number of a gate in its unit. */
export function gateNumber(gate: GateVerdict['gate'], value: number | null, format: Format): string {
  if (value === null) return format.number(null);
  switch (UNITS[gate]) {
    case 'share':
      return format.percent(value, 1);
    case 'count':
      return format.count(value);
    case 'milliseconds':
      return `${format.short(value)} ms`;
    case 'megabytes':
      return `${format.short(value)} MB`;
    case 'times':
      return `${format.short(value)} ×`;
    case 'plain':
      return format.number(value);
  }
}

/** What the number is held against: `≥ 0.950`. */
export function gateBound(verdict: GateVerdict, format: Format): string {
  const { gate, threshold, comparison } = verdict;
  return threshold === null ? '–' : `${SIGNS[comparison]} ${gateNumber(gate, threshold, format)}`;
}

/** By how much a number lies on the right side of its bound, as a share of the bound; null when that says nothing. */
export function marginOf({ number, threshold, comparison }: GateVerdict): number | null {
  if (number === null || threshold === null || threshold === 0) return null;
  const sign = comparison.startsWith('>') ? 1 : -1;
  return comparison === '==' ? null : (sign * (number - threshold)) / Math.abs(threshold);
}
