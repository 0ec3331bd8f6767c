import type { ReactNode } from 'react';
import { useAlertQuality } from '../api/queries.ts';
import { useFormat } from '../format.ts';
import { useI18n } from '../i18n/text.ts';
import { DataTable } from './data-table.tsx';
import { Empty, Loaded } from './states.tsx';

/** Which rules are worth being woken for: true, false and ignored alerts of each. */
export function AlertQualityTable(): ReactNode {
  const { t } = useI18n();
  const { percent, number } = useFormat();
  const read = useAlertQuality();
  return (
    <section>
      <h2>{t('alerts.quality')}</h2>
      <Loaded read={read}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t('alerts.quality.none')} />
          ) : (
            <>
              <p className="note">{t('alerts.quality.what')}</p>
              <DataTable
                id="quality"
                name={t('alerts.quality')}
                rows={items}
                keyOf={({ rule }) => rule}
                columns={[
                  { id: 'rule', title: t('alerts.rule'), value: ({ rule }) => rule },
                  { id: 'alerts', title: t('alerts.count'), value: ({ alerts }) => alerts, numeric: true },
                  {
                    ...{ id: 'notified', title: t('alerts.notified'), numeric: true },
                    value: ({ notified }) => notified,
                  },
                  {
                    ...{ id: 'true', title: t('alerts.true'), numeric: true },
                    value: ({ judgedTrue }) => judgedTrue,
                  },
                  {
                    ...{ id: 'false', title: t('alerts.false'), numeric: true },
                    value: ({ judgedFalse }) => judgedFalse,
                  },
                  {
                    id: 'ignored',
                    title: t('alerts.ignored'),
                    value: ({ ignored }) => ignored,
                    numeric: true,
                  },
                  {
                    ...{ id: 'precision', title: t('alerts.precision'), numeric: true },
                    value: ({ precision }) => precision,
                    show: ({ precision }) => percent(precision, 0),
                  },
                  {
                    ...{ id: 'minutes', title: t('alerts.minutes'), numeric: true },
                    value: ({ medianSecondsToAcknowledge }) => medianSecondsToAcknowledge,
                    show: ({ medianSecondsToAcknowledge: seconds }) =>
                      number(seconds === null ? null : seconds / 60, 1),
                  },
                ]}
              />
            </>
          )
        }
      </Loaded>
    </section>
  );
}
