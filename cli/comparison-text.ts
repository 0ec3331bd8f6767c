import { z } from 'zod';
import {
  type ComparisonReading,
  type MeasureReading,
  readComparison,
} from '../monitoring/comparison/comparison-reading.ts';
import type { ComparisonState } from '../monitoring/comparison/running-comparison.ts';
import type { GuardMeasurement } from '../registry/guard-measurements.ts';
import { table } from './output.ts';

const Stored = z.object({
  comparison: z.custom<ComparisonState>((value) => value instanceof Object && 'opponents' in value),
});

/** The comparison of a reign as of its newest measured session. */
export interface ReignComparison {
  readonly epoch: number;
  readonly session: string;
  readonly guard: { readonly action: string; readonly reason: string };
  readonly comparison: ComparisonReading;
}

/** Null when the guard has not measured the reign yet, or an earlier release did. */
export function reignComparison(
  epoch: number,
  measurement: GuardMeasurement | undefined,
): ReignComparison | null {
  const stored = Stored.safeParse(measurement?.state);
  if (measurement === undefined || !stored.success) return null;
  const { session, action, reason } = measurement;
  return { epoch, session, guard: { action, reason }, comparison: readComparison(stored.data.comparison) };
}

const OPPONENTS = {
  previous: 'the previous champion',
  universe: 'the universe',
  frozen: 'never retrained',
} as const;

export function reignComparisonText({ epoch, session, guard, comparison }: ReignComparison): string {
  const rows = comparison.opponents.flatMap(({ opponent, returns, ic, claim }) =>
    [returns, ic].map((measure) => [
      OPPONENTS[opponent],
      measure.measure === 'ic' ? 'rank IC' : 'net returns',
      measure.pairs,
      ratio(measure),
      `${measure.eWorse.toPrecision(3)} of ${measure.worseBound.toPrecision(3)}`,
      `${measure.eBetter.toPrecision(3)} of ${measure.betterBound.toPrecision(3)}`,
      claim,
    ]),
  );
  return [
    `Comparison of epoch ${String(epoch)} after ${session}: guard ${guard.action} (${guard.reason})`,
    table(['against', 'by', 'sessions', 'information ratio (95 %)', 'e worse', 'e better', 'claim'], rows),
  ].join('\n');
}

function ratio({ annualised }: MeasureReading): string {
  if (annualised === null) return 'not yet';
  const { estimate, lower, upper } = annualised;
  return `${estimate.toFixed(2)} (${lower.toFixed(1)} to ${upper.toFixed(1)})`;
}
