import type { z } from 'zod';
import { ALARM_RULES } from '../../contracts/notification.ts';
import type {
  AlarmEvent,
  FailedEvent,
  Monitor,
  MonthEndedEvent,
  ScheduleMissedEvent,
} from '../../contracts/notification.ts';
import { CONTENDER, comparisonSign, formatInstant, formatNumber } from './format.ts';
import type { Body, NextAction } from './message.ts';

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
  const due = { label: 'Was due', value: formatInstant(event.nominalAt) };
  const rest = { verdicts: [], quotes: [{ label: 'Why', text: event.reason }] };
  if (event.standing !== null) {
    return {
      headline: `${event.model}: scheduled retrain of ${formatInstant(event.nominalAt)} did not begin, another one is open`,
      needed:
        'A quant lead decides: run it with the same as-of once the open one has ended, or let it go until the next one.',
      facts: [due, { label: 'Open', value: event.standing }],
      ...rest,
      actions: [{ label: 'Run it once the open one has ended', command: event.retrainCommand }],
    };
  }
  return {
    headline: `${event.model}: scheduled retrain of ${formatInstant(event.nominalAt)} did not start within ${String(event.catchupHours)} h`,
    needed: 'A quant lead decides: run it now with the same as-of, or let it go until the next one.',
    facts: [
      due,
      {
        label: 'Next',
        value: event.nextAt === null ? 'none: paused or removed' : formatInstant(event.nextAt),
      },
    ],
    ...rest,
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

type Alarm = z.infer<typeof AlarmEvent>;

/** What is wrong is in the title: a fault of the data asks for somebody else than a signal that is gone. */
const ALARM_WORDS: Readonly<Record<Monitor, (event: Alarm) => Pick<Body, 'headline' | 'needed'>>> = {
  guard: (event) => ({
    headline: `${event.model}: guard alarm on version ${String(event.champion.number)}`,
    needed: `A quant lead must look at the champion today. Already started: ${event.action}`,
  }),
  decay: (event) => ({
    headline: `${event.model}: decay alarm on version ${String(event.champion.number)}`,
    needed: `A quant lead must look at the champion today. Already started: ${event.action}`,
  }),
  data: (event) => ({
    headline: `${event.model}: the data ${ofSession(event)} have a fault`,
    needed: `Whoever looks after the data must mend them today: the champion scores what it gets. Already started: ${event.action}`,
  }),
  software: (event) => ({
    headline: `${event.model}: version ${String(event.champion.number)} no longer scores as it was tested`,
    needed: `The engineer on call must find out why today; rolling back may be needed meanwhile. Already started: ${event.action}`,
  }),
  drift: (event) => ({
    headline: `${event.model}: features of version ${String(event.champion.number)} have drifted for days`,
    needed: `A quant lead should look at the features this week. Already started: ${event.action}`,
  }),
  results: (event) => ({
    headline: `${event.model}: no results ${ofSession(event)}`,
    needed: `The operator on call should look at the compute worker and the market data. Already started: ${event.action}`,
  }),
};

/** What these find is said in words; there is no one number to measure it by. */
const IN_WORDS: readonly Monitor[] = ['data', 'software', 'drift', 'results'];

const ofSession = ({ session }: Alarm): string => (session === null ? 'of the session' : `of ${session}`);

const SEE_HEALTH = ({ model }: Alarm): NextAction => ({
  label: 'See what was found',
  command: `${CONTENDER} health ${model}`,
});
const GO_BACK = ({ model, monitor }: Alarm): NextAction => ({
  label: 'Go back to the previous champion',
  command: `${CONTENDER} rollback ${model} --reason "${ALARM_RULES[monitor]}"`,
});

/** A rollback mends no data. */
const ALARM_ACTIONS: Readonly<Record<Monitor, (event: Alarm) => readonly NextAction[]>> = {
  guard: (event) => [GO_BACK(event)],
  decay: (event) => [
    { label: 'See why it was decided', command: `${CONTENDER} decay history ${event.model}` },
    GO_BACK(event),
  ],
  data: (event) => [SEE_HEALTH(event)],
  software: (event) => [SEE_HEALTH(event), GO_BACK(event)],
  drift: (event) => [SEE_HEALTH(event)],
  results: (event) => [{ label: 'See the results', command: `${CONTENDER} results ${event.model}` }],
};

export function composeAlarm(event: z.infer<typeof AlarmEvent>): Body {
  const champion = `version ${String(event.champion.number)}`;
  const facts = [
    ...(IN_WORDS.includes(event.monitor)
      ? []
      : [{ label: 'Measured', value: `${event.statistic}: ${formatNumber(event.number)}` }]),
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
    ...ALARM_WORDS[event.monitor](event),
    facts,
    verdicts: [],
    quotes: [{ label: 'Reason', text: event.reason }],
    actions: [
      { label: 'See where it stands', command: `${CONTENDER} status --model ${event.model}` },
      ...ALARM_ACTIONS[event.monitor](event),
    ],
  };
}
