import type { ReactNode } from 'react';
import type { RetrainDetail } from '../api/schemas.ts';
import { useFormat } from '../format.ts';
import { useI18n } from '../i18n/text.ts';
import { DataTable } from './data-table.tsx';
import { Card, Recorded } from './marks.tsx';

/** Sessions in which champion and challenger scored the same rows. */
export function ShadowCard({ days }: { readonly days: RetrainDetail['shadowDays'] }): ReactNode {
  const { t } = useI18n();
  const { percent } = useFormat();
  if (days.length === 0) return null;
  const pairing = (day: (typeof days)[number]): number => (day.rows === 0 ? 0 : day.pairedRows / day.rows);
  return (
    <Card title={t('shadow.title')}>
      <DataTable
        id="shadow"
        name={t('shadow.title')}
        rows={days}
        keyOf={({ session }) => session}
        columns={[
          { id: 'session', title: t('session'), value: ({ session }) => session },
          { id: 'rows', title: t('shadow.rows'), value: ({ rows }) => rows, numeric: true },
          {
            id: 'paired',
            title: t('shadow.paired'),
            value: pairing,
            show: (day) => percent(pairing(day), 1),
            numeric: true,
          },
          {
            id: 'verdict',
            title: t('verdict'),
            value: ({ verdict }) => verdict,
            show: ({ verdict }) => (
              <span className={`mark mark-${verdict === 'continue' ? 'good' : 'bad'}`}>
                {verdict === 'continue' ? t('shadow.within') : t('verdict.fail')}
              </span>
            ),
          },
          {
            id: 'reason',
            title: t('reason'),
            value: ({ reason }) => reason,
            show: ({ reason }) => <Recorded text={reason} />,
            wide: true,
          },
        ]}
      />
    </Card>
  );
}
