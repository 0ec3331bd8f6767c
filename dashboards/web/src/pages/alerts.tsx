import type { ReactNode } from 'react';
import { useLiveAlerts } from '../api/queries.ts';
import { DataTable } from '../components/data-table.tsx';
import { SeverityMark } from '../components/marks.tsx';
import { Empty, Loaded } from '../components/states.tsx';
import { useFormat } from '../format.ts';
import { useI18n } from '../i18n/text.ts';
import { Link, paths } from '../routing.tsx';

export function AlertsPage(): ReactNode {
  const { t } = useI18n();
  const { instant } = useFormat();
  const read = useLiveAlerts();
  return (
    <>
      <h1>{t('nav.alerts')}</h1>
      <Loaded read={read}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty title={t('alerts.none')}>
              <p>{t('alerts.none.what')}</p>
            </Empty>
          ) : (
            <DataTable
              name={t('nav.alerts')}
              rows={rows}
              keyOf={({ id }) => String(id)}
              columns={[
                {
                  id: 'severity',
                  title: t('severity'),
                  value: (row) => row.severity,
                  show: (row) => <SeverityMark severity={row.severity} />,
                },
                {
                  id: 'time',
                  title: t('time'),
                  value: (row) => row.recordedAt,
                  show: (row) => instant(row.recordedAt),
                },
                {
                  id: 'model',
                  title: t('model'),
                  value: ({ model }) => model,
                  show: ({ model }) => (model === '' ? '–' : <Link to={paths.model(model)}>{model}</Link>),
                },
                { id: 'kind', title: t('kind'), value: ({ kind }) => kind },
                {
                  id: 'body',
                  title: t('text'),
                  value: ({ body }) => body,
                  show: ({ body }) => <span className="pre">{body}</span>,
                },
              ]}
            />
          )
        }
      </Loaded>
    </>
  );
}
