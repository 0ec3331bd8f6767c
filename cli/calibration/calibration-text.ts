import type { FrontierPoint } from '../../gates/calibration/frontier.ts';
import type { CalibrationPlan } from '../../gates/calibration/plan.ts';
import { EDGE_RETRAINS } from '../../gates/calibration/stream-tally.ts';
import { FOLLOWED_RETRAINS } from '../../gates/calibration/stream.ts';
import type { Rate } from '../../gates/calibration/tally.ts';
import { table } from '../output.ts';
import type { PanelCalibration, StreamCalibration } from './run-calibration.ts';

/** `0.35 % (0.14 to 0.72)`: a rate with its 95 % interval. */
export function rateText({ rate, lower, upper }: Rate): string {
  const percent = (value: number): string => (100 * value).toFixed(value > 0 && value < 0.1 ? 2 : 1);
  return `${percent(rate)} % (${percent(lower)} to ${percent(upper)})`;
}

/** What was simulated, in a line. */
export function worldText(plan: CalibrationPlan): string {
  const against =
    plan.route === 'first'
      ? 'no position'
      : `a champion with a true Sharpe ratio of ${String(plan.championSharpe)}`;
  return `${String(plan.panels)} panels of each world, ${String(plan.sessions)} sessions, ${String(plan.trials)} recipes, correlation ${String(plan.correlation)}, autocorrelation ${String(plan.autocorrelation)}, against ${against}, seed ${String(plan.seed)}.`;
}

export function panelText({ plan, rates, frontier }: PanelCalibration): string {
  const edge = `true Sharpe ${String(plan.sharpe)} passes`;
  const gates = table(
    ['gate', 'noise passes', edge, 'undecided'],
    [
      ...rates.gates.map((gate) => [
        gate.enforced ? gate.gate : `${gate.gate} (does not count)`,
        rateText(gate.noise),
        rateText(gate.edge),
        String(gate.inconclusive),
      ]),
      ['together', rateText(rates.together.noise), rateText(rates.together.edge), ''],
    ],
  );
  const { spaAlpha, dsrMin, pboMax } = plan.gates;
  return [
    worldText(plan),
    `Thresholds: spaAlpha ${String(spaAlpha)}, dsrMin ${String(dsrMin)}, pboMax ${String(pboMax)}, PBO over ${String(plan.gates.pboSplits)} blocks. In brackets: 95 % Clopper-Pearson interval.`,
    '',
    gates,
    '',
    'Other thresholds on the same panels; no others of the grid pass less noise and find more:',
    frontierText(frontier),
  ].join('\n');
}

function frontierText(points: readonly FrontierPoint[]): string {
  return table(
    ['spaAlpha', 'dsrMin', 'pboMax', 'noise passes', 'edge found'],
    points.map((point) => [
      point.spaAlpha,
      point.dsrMin,
      point.pboMax,
      rateText(point.noise),
      rateText(point.edge),
    ]),
  );
}

export function streamText({ plan, rates }: StreamCalibration): string {
  const year = String(EDGE_RETRAINS);
  return [
    `${String(rates.noiseStreams.of)} streams of ${String(plan.retrains)} retrains, one every ${String(plan.stepSessions)} sessions over a window of ${String(plan.sessions)}, ${String(plan.trials)} new recipes each (${String(rates.ledgerRecipes)} in the ledger at the end), seed ${String(plan.seed)}.`,
    '',
    table(
      ['what', 'rate (95 % interval)'],
      [
        [
          'noise: streams whose first champion passed its gates, not on probation',
          rateText(rates.firstByGates),
        ],
        [
          'noise: streams with any promotion after the first admission',
          `${String(rates.noiseStreams.count)} of ${String(rates.noiseStreams.of)}: ${rateText(rates.noiseStreams)}`,
        ],
        ['noise: streams that promoted a new recipe', rateText(rates.noiseNewRecipe)],
        ['noise: retrains that promoted a new recipe', rateText(rates.noiseRetrains.newRecipe)],
        ["noise: retrains that refreshed the champion's recipe", rateText(rates.noiseRetrains.refresh)],
        [
          `true Sharpe ${String(plan.sharpe)}: promoted within ${year} retrains`,
          rateText(rates.edgeWithinYear),
        ],
        [
          `true Sharpe ${String(plan.sharpe)}: promoted within ${String(plan.retrains)}`,
          rateText(rates.edgeEver),
        ],
        ['another recipe was promoted as better before it', rateText(rates.wrongRecipeFirst)],
        [
          `once promoted, refreshed within ${String(FOLLOWED_RETRAINS)} retrains`,
          rates.edgeRefreshed === null ? '-' : rateText(rates.edgeRefreshed),
        ],
      ],
    ),
  ].join('\n');
}
