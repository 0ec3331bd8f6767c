import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { useMarketOf, useSchedules } from '../api/queries.ts';
import type { ScheduleView } from '../api/schemas.ts';
import { hasRole, useSession } from '../api/session.ts';
import { DataTable } from '../components/data-table.tsx';
import type { Column } from '../components/data-table.tsx';
import { FocusKept } from '../components/focus-kept.tsx';
import { Heading } from '../components/heading.tsx';
import { Recorded } from '../components/marks.tsx';
import { ScheduleButtons, ScheduleDialog, useScheduleIntent } from '../components/schedule-command.tsx';
import { Empty, Loaded } from '../components/states.tsx';
import { READER_ZONE, useFormat } from '../format.ts';
import { useI18n } from '../i18n/text.ts';
import type { TextId } from '../i18n/text.ts';
import { Link, paths, useSearch } from '../routing.tsx';
import { actOf, actText, SCHEDULE_ROLES } from '../schedule-act.ts';
import type { ChosenSchedule } from '../schedule-act.ts';

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
  const [triggered, setTriggered] = useState(false);
  const read = useSchedules(kind, triggered);
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
        {({ items, older }) => (
          <FocusKept>
            {items.length === 0 ? (
              <Empty title={t(kind === null ? 'schedules.none' : 'schedules.none.such')}>
                <p>{t('schedules.none.what')}</p>
              </Empty>
            ) : (
              <ScheduleTable items={items} older={older} />
            )}
            <ChosenAct
              items={items}
              onTriggered={() => {
                setTriggered(true);
              }}
            />
          </FocusKept>
        )}
      </Loaded>
    </>
  );
}

/** Whether the reader may pause, resume and start: the server decides for itself. */
function useMay(): (row: ScheduleView) => boolean {
  const who = useSession().data ?? null;
  const marketOf = useMarketOf();
  return ({ model }) => hasRole(who, model, marketOf(model), SCHEDULE_ROLES);
}

/** The form that the address asks for, where the reader may do what it does. */
function ChosenAct({
  items,
  onTriggered,
}: {
  readonly items: readonly ScheduleView[];
  readonly onTriggered: () => void;
}): ReactNode {
  const [address, change] = useSearch();
  const may = useMay();
  const intent = useScheduleIntent();
  const asked = address.get('act') ?? '';
  const shown = actOf(asked, items);
  // A schedule that is gone by the time it is commanded is refused, which has to stay readable when its row is gone too.
  const [kept, keep] = useState<{ readonly asked: string; readonly chosen: ChosenSchedule } | null>(null);
  useEffect(() => {
    const chosen = actOf(asked, items);
    if (chosen !== null) keep({ asked, chosen });
  }, [asked, items]);
  const chosen = shown ?? (kept?.asked === asked ? kept.chosen : null);
  if (chosen === null || !may(chosen.row)) return null;
  const { action, row } = chosen;
  return (
    <ScheduleDialog
      key={actText({ action, ...row })}
      {...{ action, row, intent, onTriggered }}
      onClose={() => {
        change({ act: '' });
      }}
    />
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
  const acts = useActColumns(items);
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
          value: ({ last, kind }) => (last === null ? '' : `${last.at} ${outcome(kind, last)}`),
          show: (row) => <LastRun row={row} />,
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
        ...acts,
      ]}
    />
  );
}

/** The buttons; no column for whoever may press none. */
function useActColumns(items: readonly ScheduleView[]): readonly Column<ScheduleView>[] {
  const { t } = useI18n();
  const [, change] = useSearch();
  const may = useMay();
  if (!items.some(may)) return [];
  return [
    {
      id: 'act',
      title: t('schedules.act'),
      value: () => null,
      show: (row) =>
        may(row) ? (
          <ScheduleButtons
            row={row}
            onChoose={(action) => {
              change({ act: actText({ action, ...row }) });
            }}
          />
        ) : (
          '–'
        ),
    },
  ];
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

function LastRun({ row: { kind, last, zone } }: { readonly row: ScheduleView }): ReactNode {
  const { t } = useI18n();
  const { zoned } = useFormat();
  const outcome = useOutcome();
  if (last === null) return t('schedules.last.never');
  const ended = outcome(kind, last);
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

function useOutcome(): (kind: ScheduleView['kind'], last: NonNullable<ScheduleView['last']>) => string {
  const { t } = useI18n();
  return (kind, { outcome }) =>
    // A retrain leaves a record unless it was refused.
    outcome === 'nothing' && kind === 'retrain'
      ? t('schedules.outcome.nothing.retrain')
      : t(`${OWN_OUTCOMES.includes(outcome) ? 'schedules.outcome' : 'status'}.${outcome}` as TextId);
}
