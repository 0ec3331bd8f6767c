import type { ReactNode } from 'react';
import { useRetrains } from '../api/queries.ts';
import { RetrainTable } from '../components/retrain-table.tsx';
import { Loaded } from '../components/states.tsx';
import { useI18n } from '../i18n/text.ts';

export function RetrainsPage(): ReactNode {
  const { t } = useI18n();
  const read = useRetrains(undefined);
  return (
    <>
      <h1>{t('nav.retrains')}</h1>
      <Loaded read={read}>{({ items }) => <RetrainTable rows={items} />}</Loaded>
    </>
  );
}
