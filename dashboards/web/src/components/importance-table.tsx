import type { ReactNode } from 'react';
import { useVersion } from '../api/queries.ts';
import { useFormat } from '../format.ts';
import { useI18n } from '../i18n/text.ts';
import { gainShares } from '../report.ts';
import { DataTable } from './data-table.tsx';
import { Card } from './marks.tsx';
import { Loaded } from './states.tsx';

const MOST_FEATURES = 20;

/** What the candidate looks at, beside what the champion does: shares of the total gain of the splits. */
export function ImportanceTable({
  model,
  candidate,
  champion,
}: {
  readonly model: string;
  readonly candidate: number;
  /** Null: there is none yet. */
  readonly champion: number | null;
}): ReactNode {
  const { t } = useI18n();
  const { percent } = useFormat();
  const own = useVersion(model, String(candidate));
  const other = useVersion(model, champion === null ? '' : String(champion));
  return (
    <Card title={t('importance.title')}>
      <p className="note">{t('importance.what')}</p>
      <Loaded read={own}>
        {(dossier) => {
          const mine = gainShares(dossier);
          const theirs = other.data === undefined ? new Map<string, number>() : gainShares(other.data);
          const rows = [...new Set([...mine.keys(), ...theirs.keys()])]
            .map((feature) => ({
              feature,
              candidate: mine.get(feature) ?? 0,
              champion: other.data === undefined ? null : (theirs.get(feature) ?? 0),
            }))
            .toSorted((a, b) => b.candidate + (b.champion ?? 0) - (a.candidate + (a.champion ?? 0)));
          const change = (row: (typeof rows)[number]): number | null =>
            row.champion === null ? null : row.candidate - row.champion;
          return rows.length === 0 ? (
            <p className="note">{t('importance.none')}</p>
          ) : (
            <DataTable
              id="importance"
              name={t('importance.title')}
              rows={rows.slice(0, MOST_FEATURES)}
              keyOf={({ feature }) => feature}
              columns={[
                { id: 'feature', title: t('importance.feature'), value: ({ feature }) => feature },
                {
                  id: 'candidate',
                  title: t('approval.candidate'),
                  value: (row) => row.candidate,
                  show: (row) => percent(row.candidate, 1),
                  numeric: true,
                },
                {
                  id: 'champion',
                  title: t('model.champion'),
                  value: (row) => row.champion,
                  show: (row) => percent(row.champion, 1),
                  numeric: true,
                },
                {
                  id: 'change',
                  title: t('importance.change'),
                  value: change,
                  show: (row) => percent(change(row), 1),
                  numeric: true,
                },
              ]}
            />
          );
        }}
      </Loaded>
    </Card>
  );
}
