import { useState } from 'react';
import type { ReactNode } from 'react';
import { answerOf, api, intentKey, patience } from '../api/client.ts';
import { useChange, useSilences } from '../api/queries.ts';
import type { Silence } from '../api/schemas.ts';
import { useFormat } from '../format.ts';
import { useI18n } from '../i18n/text.ts';
import { DataTable } from './data-table.tsx';
import { FocusKept } from './focus-kept.tsx';
import { Empty, Failure, Loaded } from './states.tsx';

/** What is kept quiet, by whom, why and until when; each can be ended before its time. */
export function SilenceList(): ReactNode {
  const { t } = useI18n();
  const { instant } = useFormat();
  const read = useSilences();
  const [key] = useState(intentKey);
  const end = useChange(async (silence: number) => {
    const options = { ...patience(), idempotencyKey: `${key}-${String(silence)}` };
    await answerOf(api.expireSilence({ path: { silence } }, options));
  });
  return (
    <section>
      <h2>{t('silences.title')}</h2>
      <FocusKept>
        <Loaded read={read}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title={t('silences.none')} />
            ) : (
              <DataTable
                id="silences"
                name={t('silences.title')}
                rows={items}
                keyOf={({ id }) => String(id)}
                columns={[
                  { id: 'matches', title: t('silences.matches'), value: matchersText },
                  {
                    id: 'until',
                    title: t('silences.until'),
                    value: ({ endsAt }) => endsAt,
                    show: ({ endsAt }) => instant(endsAt),
                  },
                  { id: 'who', title: t('who'), value: ({ subject }) => subject },
                  { id: 'reason', title: t('reason'), value: ({ reason }) => reason },
                  {
                    id: 'end',
                    title: t('alerts.act'),
                    value: () => null,
                    show: ({ id }) => (
                      <button
                        type="button"
                        className="quiet"
                        disabled={end.isPending}
                        onClick={() => {
                          end.mutate(id);
                        }}
                      >
                        {t('silences.end')}
                      </button>
                    ),
                  },
                ]}
              />
            )
          }
        </Loaded>
        {end.error === null ? null : <Failure error={end.error} />}
      </FocusKept>
    </section>
  );
}

const matchersText = ({ matchers }: Silence): string =>
  matchers.map(({ name, operator, value }) => `${name}${operator}"${value}"`).join(', ');
