import { FRONTIER_ALPHAS } from './panel-trial.ts';
import type { PanelOutcome } from './panel-trial.ts';
import { rateOf } from './tally.ts';
import type { Rate } from './tally.ts';

/** One choice of thresholds and what it would have let through, everything else as the spec has it. */
export interface FrontierPoint {
  readonly spaAlpha: number;
  readonly dsrMin: number;
  readonly pboMax: number;
  readonly noise: Rate;
  readonly edge: Rate;
}

const DSR_GRID = [0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95] as const;
const PBO_GRID = [0.05, 0.1, 0.12, 0.125, 0.15, 0.175, 0.2, 0.25] as const;

/**
 * Error rates of other thresholds on the same panels. A bootstrap p counts as below a level when its whole Monte-Carlo
 * interval is, as at the gate; the replicates were chosen for the level of the spec, so that at others a few more panels
 * stay undecided than a run at that level would leave.
 */
export function frontierTable(
  noise: readonly PanelOutcome[],
  edge: readonly PanelOutcome[],
): FrontierPoint[] {
  return FRONTIER_ALPHAS.flatMap((spaAlpha) =>
    DSR_GRID.flatMap((dsrMin) =>
      PBO_GRID.map((pboMax) => {
        const passes = (outcome: PanelOutcome): boolean => passesAt(outcome, spaAlpha, dsrMin, pboMax);
        return {
          spaAlpha,
          dsrMin,
          pboMax,
          noise: rateOf(noise.filter(passes).length, noise.length),
          edge: rateOf(edge.filter((outcome) => outcome.rightTrial && passes(outcome)).length, edge.length),
        };
      }),
    ),
  );
}

/** Points that no other beats in one rate without losing in the other, by falling strictness. */
export function efficientPoints(points: readonly FrontierPoint[]): FrontierPoint[] {
  const ordered = points.toSorted(
    (a, b) => a.noise.count - b.noise.count || b.edge.count - a.edge.count || a.spaAlpha - b.spaAlpha,
  );
  const kept: FrontierPoint[] = [];
  for (const point of ordered) {
    if (point.edge.count > (kept.at(-1)?.edge.count ?? -1)) kept.push(point);
  }
  return kept;
}

function passesAt(outcome: PanelOutcome, spaAlpha: number, dsrMin: number, pboMax: number): boolean {
  if (outcome.routeFrom === null || outcome.routeFrom > spaAlpha) return false;
  return outcome.readings.every((reading) => {
    if (!reading.enforced) return true;
    switch (reading.gate) {
      case 'spa':
      case 'stepm':
        return reading.pUpper !== null && reading.pUpper < spaAlpha;
      case 'dsr':
        return reading.number !== null && reading.number >= dsrMin;
      case 'pbo':
        return reading.number !== null && reading.number <= pboMax;
      default:
        return reading.passes;
    }
  });
}
