import type { ReactNode } from 'react';
import { useRetrains } from '../api/queries.ts';
import { Heading } from '../components/heading.tsx';
import { RetrainTable } from '../components/retrain-table.tsx';
import { Loaded } from '../components/states.tsx';
import { useI18n } from '../i18n/text.ts';

export function RetrainsPage(): ReactNode {
  const { t } = useI18n();
  const read = useRetrains(undefined);
  return (
    <>
      <Heading title={t('nav.retrains')} />
      <Loaded read={read}>{(rows) => <RetrainTable {...rows} />}</Loaded>
    </>
  );
}
