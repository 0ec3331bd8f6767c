import type { ReignComparison } from '../contracts/api/comparison.ts';
import { table } from './output.ts';

type Measure = ReignComparison['opponents'][number]['returns'];

const OPPONENTS = {
  previous: 'the previous champion',
  universe: 'the universe',
  frozen: 'never retrained',
} as const;

/** The comparison of a reign as of its newest measured session, for people. */
export function reignComparisonText(reading: ReignComparison): string {
  const { model, epoch, version, since, sessions, labels, guard, opponents } = reading;
  const head = `Comparison of ${model}, epoch ${String(epoch)} (version ${String(version)}, since ${since.slice(0, 10)})`;
  if (guard === null) return `${head}: no session measured yet`;
  const counted = `${String(sessions)} session${sessions === 1 ? '' : 's'} measured, labels: ${String(labels.matured)} matured, ${String(labels.awaited)} awaited`;
  const guarded = `After ${guard.session}: guard ${guard.action} (${guard.reason}); ${counted}.`;
  if (opponents.length === 0) return [head, guarded].join('\n');
  const rows = opponents.flatMap(({ opponent, returns, ic, claim }) =>
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
    head,
    guarded,
    table(['against', 'by', 'sessions', 'information ratio (95 %)', 'e worse', 'e better', 'claim'], rows),
  ].join('\n');
}

function ratio({ annualised }: Measure): string {
  if (annualised === null) return 'not yet';
  const { estimate, lower, upper } = annualised;
  return `${estimate.toFixed(2)} (${lower.toFixed(1)} to ${upper.toFixed(1)})`;
}
