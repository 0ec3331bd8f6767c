import type { z } from 'zod';
import type {
  AlarmEvent,
  FailedEvent,
  MonthEndedEvent,
  ScheduleMissedEvent,
} from '../../contracts/notification.ts';
import { CONTENDER, comparisonSign, formatInstant, formatNumber } from './format.ts';
import type { Body } from './message.ts';

export function composeFailed(event: z.infer<typeof FailedEvent>): Body {
  const quotes = [{ label: 'What went wrong', text: event.reason }];
  if (event.remedy !== null) quotes.push({ label: 'What to do', text: event.remedy });
  return {
    headline: `${event.model}: retrain failed at step ${event.step} with ${event.code}`,
    needed:
      'The engineer on call must repair the cause and start the retrain again. The champion is untouched.',
    facts: [
      { label: 'Step', value: event.step },
      { label: 'Code', value: event.code },
    ],
    verdicts: [],
    quotes,
    actions: [{ label: 'Start it again after the repair', command: event.retrainCommand }],
  };
}

export function composeScheduleMissed(event: z.infer<typeof ScheduleMissedEvent>): Body {
  return {
    headline: `${event.model}: scheduled retrain of ${formatInstant(event.nominalAt)} did not start within ${String(event.catchupHours)} h`,
    needed: 'A quant lead decides: run it now with the same as-of, or let it go until the next one.',
    facts: [
      { label: 'Was due', value: formatInstant(event.nominalAt) },
      {
        label: 'Next',
        value: event.nextAt === null ? 'none: paused or removed' : formatInstant(event.nextAt),
      },
    ],
    verdicts: [],
    quotes: [{ label: 'Why', text: event.reason }],
    actions: [{ label: 'Run it now', command: event.retrainCommand }],
  };
}

export function composeMonthEnded(event: z.infer<typeof MonthEndedEvent>): Body {
  return {
    headline: `${event.model}: report of ${event.month}`,
    needed:
      'Nothing is needed. What the champion earned, what was retrained, and the rules of the market are in the report.',
    facts: [
      { label: 'Month', value: event.month },
      { label: 'Sessions measured', value: String(event.sessions) },
      { label: 'Reigns that began', value: String(event.reigns) },
    ],
    verdicts: [],
    quotes: [],
    actions: [{ label: 'Write the report to a file', command: event.reportCommand }],
  };
}

export function composeAlarm(event: z.infer<typeof AlarmEvent>): Body {
  const champion = `version ${String(event.champion.number)}`;
  const facts = [
    { label: 'Measured', value: `${event.statistic}: ${formatNumber(event.number)}` },
    ...(event.threshold === null
      ? []
      : [
          {
            label: 'Healthy when',
            value: `${comparisonSign(event.comparison)} ${formatNumber(event.threshold)}`,
          },
        ]),
    { label: 'Champion', value: `${champion} (${event.champion.id.slice(0, 12)})` },
    { label: 'Already started', value: event.action },
  ];
  if (event.emergencyRetrain !== null) {
    facts.push({ label: 'Emergency retrain', value: event.emergencyRetrain });
  }
  return {
    headline: `${event.model}: ${event.monitor} alarm on ${champion}`,
    needed: `A quant lead must look at the champion today. Already started: ${event.action}`,
    facts,
    verdicts: [],
    quotes: [{ label: 'Reason', text: event.reason }],
    actions: [
      { label: 'See where it stands', command: `${CONTENDER} status --model ${event.model}` },
      {
        label: 'Go back to the previous champion',
        command: `${CONTENDER} rollback ${event.model} --reason "${event.monitor} alarm"`,
      },
    ],
  };
}
