import type { WorldRates } from '../../gates/calibration/caution-tally.ts';
import { table } from '../output.ts';
import { rateText, worldText } from './calibration-text.ts';
import type { CautionCalibration } from './run-calibration.ts';

export function cautionText({ plan, cautions: found }: CautionCalibration): string {
  const row = (name: string, { noise, edge, promoted }: WorldRates): string[] => [
    name,
    rateText(noise),
    rateText(edge),
    promoted === null ? '-' : rateText(promoted),
  ];
  const { cautions, any, notSimulated } = found;
  return [
    worldText(plan),
    'How often a second look stands out where nothing is wrong with the data. In brackets: 95 % Clopper-Pearson interval.',
    '',
    table(
      [
        'second look',
        'noise',
        `true Sharpe ${String(plan.sharpe)}`,
        `of those promoted (${String(any.promoted?.of ?? 0)})`,
      ],
      [...cautions.map((caution) => row(caution.code, caution)), row('any of them', any)],
    ),
    '',
    `Not simulated, or of the spec alone: ${notSimulated.join(', ')}.`,
  ].join('\n');
}
