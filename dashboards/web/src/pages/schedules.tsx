import type { ReactNode } from 'react';
import { useSchedules } from '../api/queries.ts';
import type { ScheduleView } from '../api/schemas.ts';
import { DataTable } from '../components/data-table.tsx';
import { Heading } from '../components/heading.tsx';
import { Recorded } from '../components/marks.tsx';
import { Empty, Loaded } from '../components/states.tsx';
import { READER_ZONE, useFormat } from '../format.ts';
import { useI18n } from '../i18n/text.ts';
import type { TextId } from '../i18n/text.ts';
import { Link, paths, useSearch } from '../routing.tsx';

const KINDS = ['retrain', 'drill', 'scoring'] as const satisfies readonly ScheduleView['kind'][];
/** Of drills and scores alone; the others are states of a retrain. */
const OWN_OUTCOMES: readonly string[] = [
  ...['open', 'passed', 'yielded', 'skipped', 'abandoned', 'complete', 'nothing'],
];

/** What happens by itself, of every model; of one kind, if the address says so. */
export function SchedulesPage(): ReactNode {
  const { t } = useI18n();
  const [address, change] = useSearch();
  const kind = KINDS.find((one) => one === address.get('kind')) ?? null;
  const read = useSchedules(kind);
  return (
    <>
      <Heading title={t('nav.schedules')} />
      <p className="inline">
        <label htmlFor="schedules-kind">{t('schedules.kind')}</label>{' '}
        <select
          id="schedules-kind"
          value={kind ?? ''}
          onChange={(event) => {
            change({ kind: event.target.value });
          }}
        >
          <option value="">{t('schedules.kind.all')}</option>
          {KINDS.map((one) => (
            <option key={one} value={one}>
              {t(`schedules.kind.${one}`)}
            </option>
          ))}
        </select>
      </p>
      <Loaded read={read}>
        {({ items, older }) =>
          items.length === 0 ? (
            <Empty title={t(kind === null ? 'schedules.none' : 'schedules.none.such')}>
              <p>{t('schedules.none.what')}</p>
            </Empty>
          ) : (
            <ScheduleTable items={items} older={older} />
          )
        }
      </Loaded>
    </>
  );
}

function ScheduleTable({
  items,
  older,
}: {
  readonly items: readonly ScheduleView[];
  readonly older: (() => void) | null;
}): ReactNode {
  const { t } = useI18n();
  const outcome = useOutcome();
  return (
    <DataTable
      id="schedules"
      name={t('nav.schedules')}
      rows={items}
      older={older}
      keyOf={({ model, kind }) => `${model} ${kind}`}
      columns={[
        {
          id: 'model',
          title: t('model'),
          value: ({ model }) => model,
          show: ({ model }) => <Link to={paths.model(model)}>{model}</Link>,
        },
        { id: 'kind', title: t('schedules.kind'), value: ({ kind }) => t(`schedules.kind.${kind}`) },
        {
          id: 'next',
          title: t('schedules.next'),
          value: ({ next, paused }) => (paused ? null : (next[0] ?? null)),
          show: (row) => <NextTimes row={row} />,
        },
        {
          id: 'last',
          title: t('schedules.last'),
          value: ({ last }) => (last === null ? '' : `${last.at} ${outcome(last)}`),
          show: ({ last, zone }) => <LastRun last={last} zone={zone} />,
        },
        { id: 'cron', title: t('schedules.cron'), value: ({ cron, zone }) => `${cron} (${zone})` },
        {
          id: 'field',
          title: t('schedules.field'),
          value: ({ field }) => field,
          show: ({ field }) => <code>{field}</code>,
        },
        {
          id: 'paused',
          title: t('state'),
          value: ({ paused }) => (paused ? t('schedules.paused') : t('schedules.active')),
        },
        { id: 'note', title: t('reason'), value: ({ note }) => note },
        {
          id: 'missed',
          title: t('schedules.missed'),
          value: ({ missedCatchup }) => missedCatchup,
          numeric: true,
        },
      ]}
    />
  );
}

/** By the clock of the market, and by the reader's own where it shows another time. */
function NextTimes({ row: { next, zone, paused } }: { readonly row: ScheduleView }): ReactNode {
  const { t } = useI18n();
  const { instant, zoned } = useFormat();
  const [first, second] = next;
  if (paused) return '–';
  return (
    <>
      {zoned(first, zone, READER_ZONE)}
      {second === undefined ? null : (
        <span className="note"> · {t('schedules.then', { at: instant(second, zone) })}</span>
      )}
    </>
  );
}

function LastRun({ last, zone }: { readonly last: ScheduleView['last']; readonly zone: string }): ReactNode {
  const { t } = useI18n();
  const { zoned } = useFormat();
  const outcome = useOutcome();
  if (last === null) return t('schedules.last.never');
  const ended = outcome(last);
  return (
    <>
      {zoned(last.at, zone, READER_ZONE)} ·{' '}
      {last.reference.startsWith('retrain:') ? (
        <Link to={paths.retrain(last.reference)}>{ended}</Link>
      ) : (
        ended
      )}
      {last.reason === '' ? null : (
        <>
          {': '}
          <Recorded text={last.reason} />
        </>
      )}
    </>
  );
}

function useOutcome(): (last: NonNullable<ScheduleView['last']>) => string {
  const { t } = useI18n();
  return ({ outcome }) =>
    t(`${OWN_OUTCOMES.includes(outcome) ? 'schedules.outcome' : 'status'}.${outcome}` as TextId);
}
