import type {
  CountedRate,
  Delays,
  GuardCalibration,
} from '../../monitoring/calibration/guard-calibration.ts';
import { table } from '../output.ts';

const percent = (value: number): string => `${(100 * value).toFixed(value > 0 && value < 0.1 ? 2 : 1)} %`;

/** `85 of 10000: 0.85 % (0.68 % to 1.05 %)`: a rate with its 95 % interval. */
const rateText = ({ count, of, rate, lower, upper }: CountedRate): string =>
  `${String(count)} of ${String(of)}: ${percent(rate)} (${percent(lower)} to ${percent(upper)})`;

const delayCells = ({ median, ninetyPercent, within10, within60, withinReign }: Delays): string[] => [
  median === null ? '-' : String(median),
  ninetyPercent === null ? '-' : String(ninetyPercent),
  percent(within10),
  percent(within60),
  percent(withinReign),
];

export function guardCalibrationText(calibration: GuardCalibration): string {
  const { plan, quiet } = calibration;
  const { world } = plan;
  const causes = Object.entries(calibration.falseRollbackCauses)
    .map(([cause, count]) => `${cause} ${String(count)}`)
    .join(', ');
  const rates = table(
    ['equal models', 'counted', 'stated'],
    [
      [
        `rolled back${causes === '' ? '' : ` (${causes})`}`,
        rateText(calibration.falseRollbacks),
        percent(calibration.statedRate),
      ],
      ['called better by the shadow', rateText(calibration.betterInShadow), 'never'],
      [
        'called better in the reign',
        rateText(calibration.betterInReign),
        percent(calibration.statedBetterRate),
      ],
      ['a plain drawdown bound would roll back', rateText(calibration.plainDrawdownBound), ''],
      [
        `${String(quiet.models)} quiet models, ${String(quiet.sessions)} sessions each: rolled back`,
        rateText(quiet.falseRollbacks),
        percent(calibration.statedRate),
      ],
    ],
  );
  const delays = table(
    ['bad champion', 'rule', 'median', '90 %', 'within 10', 'within 60', 'in the reign'],
    calibration.badChampions.flatMap(({ kind, guard, fixed }) => [
      [kind, 'guard', ...delayCells(guard)],
      ['', `${fixed.rule} > ${fixed.threshold.toPrecision(3)}`, ...delayCells(fixed.delays)],
    ]),
  );
  return [
    `Shadows of ${String(plan.shadowSessions)} sessions, reigns of ${String(plan.reignSessions)}, looked at daily; scores of the first ${String(plan.scoredSessions)} sessions simulated; seed ${String(plan.seed)}.`,
    `Correlation of a pair ${String(world.lowestCorrelation)} to ${String(world.highestCorrelation)}, Sharpe ${String(world.sharpe)}, volatility ${percent(world.annualisedVolatility)}, rank IC ${String(world.meanIc)} with deviation ${String(world.icDeviation)}, labels over ${String(world.horizonSessions)} sessions, Student noise of ${String(world.tailDegrees)} degrees, autocorrelation ${String(world.autocorrelation)}.`,
    'In brackets: 95 % Clopper-Pearson interval.',
    '',
    rates,
    '',
    'Sessions from the swap to the rollback. Below the guard: the fixed threshold that finds most, fitted to the same false alarms on these very pairs.',
    delays,
  ].join('\n');
}
