import type { ReactNode } from 'react';
import type { StoredGateReport } from '../api/schemas.ts';
import { cautionLines } from '../cautions.ts';
import type { CautionLine } from '../cautions.ts';
import { useFormat } from '../format.ts';
import { useI18n } from '../i18n/text.ts';
import { DataTable } from './data-table.tsx';
import { Card, Recorded } from './marks.tsx';

/** Everything that was looked at although no gate asks for it, what stands out first. */
export function SecondLook({ stored }: { readonly stored: StoredGateReport }): ReactNode {
  const { t } = useI18n();
  const format = useFormat();
  const looks = cautionLines(stored, t, format);
  const result = ({ raised, unmeasured }: CautionLine): string =>
    t(raised ? 'caution.raised' : unmeasured === '' ? 'caution.usual' : 'caution.not-measured');
  return (
    <Card title={t('caution.title')}>
      <p className="note">{t(looks === null ? 'caution.old' : 'caution.note')}</p>
      {looks === null ? null : (
        <DataTable
          id="look"
          name={t('caution.title')}
          rows={looks.toSorted((a, b) => Number(b.raised) - Number(a.raised))}
          keyOf={({ code }) => code}
          columns={[
            { id: 'what', title: t('caution.looked-at'), value: ({ title }) => title },
            {
              id: 'result',
              title: t('caution.result'),
              value: result,
              show: (look) => (
                <span className={`mark mark-${look.raised ? 'warn' : 'quiet'}`}>
                  {look.raised ? <span aria-hidden="true">⚠ </span> : null}
                  {result(look)}
                </span>
              ),
            },
            { id: 'number', title: t('gate.number'), value: ({ number }) => number, numeric: true },
            { id: 'bound', title: t('caution.bound'), value: ({ bound }) => bound, numeric: true },
            {
              id: 'sentence',
              title: t('caution.sentence'),
              value: ({ sentence, unmeasured }) => (sentence === '' ? unmeasured : sentence),
              show: ({ sentence, unmeasured }) =>
                unmeasured === '' ? sentence || '–' : <Recorded text={unmeasured} />,
              wide: true,
            },
          ]}
        />
      )}
    </Card>
  );
}
