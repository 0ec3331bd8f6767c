import type { ReactNode } from 'react';
import type { Rows } from '../api/queries.ts';
import type { RetrainRow } from '../api/schemas.ts';
import { useFormat } from '../format.ts';
import { useI18n } from '../i18n/text.ts';
import type { TextId } from '../i18n/text.ts';
import { Link, paths } from '../routing.tsx';
import { Command } from './command.tsx';
import { DataTable } from './data-table.tsx';
import { Recorded, StatusMark, VerdictMark } from './marks.tsx';
import { Empty } from './states.tsx';

type Row = RetrainRow;

export function RetrainTable({ items: rows, older }: Rows<Row>): ReactNode {
  const { t } = useI18n();
  const { instant } = useFormat();
  if (rows.length === 0) {
    return (
      <Empty title={t('retrains.none')}>
        <Command text="npm run contender -- retrain MODEL --wait" />
      </Empty>
    );
  }
  return (
    <DataTable
      id="retrains"
      name={t('nav.retrains')}
      rows={rows}
      older={older}
      keyOf={({ run }) => String(run)}
      columns={[
        {
          id: 'model',
          title: t('model'),
          value: ({ model }) => model,
          show: ({ model }) => <Link to={paths.model(model)}>{model}</Link>,
        },
        {
          id: 'as-of',
          title: t('as-of'),
          value: ({ asOf }) => asOf,
          show: (row) => <Link to={paths.retrain(row.retrainId)}>{instant(row.asOf)}</Link>,
        },
        {
          id: 'status',
          title: t('state'),
          value: ({ status }) => status,
          show: (row) => <StatusMark status={row.status} />,
        },
        { id: 'step', title: t('step'), value: ({ step }) => t(`step.${step}` as TextId) },
        {
          id: 'verdict',
          title: t('verdict'),
          value: ({ verdict }) => verdict,
          show: (row) => <VerdictMark verdict={row.verdict} />,
        },
        { id: 'trigger', title: t('trigger'), value: ({ trigger }) => t(`trigger.${trigger}` as TextId) },
        { id: 'requester', title: t('who'), value: ({ requester }) => requester },
        {
          id: 'reason',
          title: t('reason'),
          value: ({ reason }) => reason,
          show: ({ reason }) => <Recorded text={reason} />,
          wide: true,
        },
        {
          id: 'started',
          title: t('started'),
          value: ({ startedAt }) => startedAt,
          show: (row) => instant(row.startedAt),
        },
      ]}
    />
  );
}
