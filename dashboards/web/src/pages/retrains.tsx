import type { ReactNode } from 'react';
import { useModels, useRetrains } from '../api/queries.ts';
import type { RetrainRow } from '../api/schemas.ts';
import { Heading } from '../components/heading.tsx';
import { STATUSES } from '../components/marks.tsx';
import { RetrainTable } from '../components/retrain-table.tsx';
import { Empty, Loaded } from '../components/states.tsx';
import { useI18n } from '../i18n/text.ts';
import { useSearch } from '../routing.tsx';

/** Every retrain, or those of a model and in a state; the choice stands in the address. */
export function RetrainsPage(): ReactNode {
  const { t } = useI18n();
  const [address, change] = useSearch();
  const models = useModels().data ?? [];
  const model = address.get('model') ?? '';
  const status = statusOf(address.get('status'));
  const read = useRetrains(model, status);
  return (
    <>
      <Heading title={t('nav.retrains')} />
      <p className="inline">
        <label htmlFor="retrains-model">{t('model')}</label>{' '}
        <select
          id="retrains-model"
          value={model}
          onChange={(event) => {
            change({ model: event.target.value });
          }}
        >
          <option value="">{t('retrains.model.all')}</option>
          {/* One that the link names and the reader may not see is named all the same. */}
          {[...new Set([...models.map((one) => one.model), ...(model === '' ? [] : [model])])].map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>{' '}
        <label htmlFor="retrains-status">{t('state')}</label>{' '}
        <select
          id="retrains-status"
          value={status}
          onChange={(event) => {
            change({ status: event.target.value });
          }}
        >
          <option value="">{t('retrains.status.all')}</option>
          {STATUSES.map((one) => (
            <option key={one} value={one}>
              {t(`status.${one}`)}
            </option>
          ))}
        </select>
      </p>
      <Loaded read={read}>
        {(rows) =>
          rows.items.length === 0 && (model !== '' || status !== '') ? (
            <Empty title={t('retrains.none.such')} />
          ) : (
            <RetrainTable {...rows} />
          )
        }
      </Loaded>
    </>
  );
}

const statusOf = (text: string | null): RetrainRow['status'] | '' =>
  STATUSES.find((status) => status === text) ?? '';
