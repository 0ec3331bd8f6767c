import type { ReactNode } from 'react';
import { useSchedules } from '../api/queries.ts';
import { DataTable } from '../components/data-table.tsx';
import { Heading } from '../components/heading.tsx';
import { Empty, Loaded } from '../components/states.tsx';
import { useFormat } from '../format.ts';
import { useI18n } from '../i18n/text.ts';
import { Link, paths } from '../routing.tsx';

export function SchedulesPage(): ReactNode {
  const { t } = useI18n();
  const { instant } = useFormat();
  const read = useSchedules();
  return (
    <>
      <Heading title={t('nav.schedules')} />
      <Loaded read={read}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t('schedules.none')}>
              <p>{t('schedules.none.what')}</p>
            </Empty>
          ) : (
            <DataTable
              id="schedules"
              name={t('nav.schedules')}
              rows={items}
              keyOf={({ model }) => model}
              columns={[
                {
                  id: 'model',
                  title: t('model'),
                  value: ({ model }) => model,
                  show: ({ model }) => <Link to={paths.model(model)}>{model}</Link>,
                },
                {
                  id: 'next',
                  title: t('schedules.next'),
                  value: ({ next }) => next[0] ?? null,
                  show: ({ next, zone }) => instant(next[0], zone),
                },
                { id: 'cron', title: t('schedules.cron'), value: ({ cron, zone }) => `${cron} (${zone})` },
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
          )
        }
      </Loaded>
    </>
  );
}
