import type { ReactNode } from 'react';
import { useI18n } from '../i18n/text.ts';
import type { SwapEffects } from '../report.ts';
import { DataTable } from './data-table.tsx';

/** Every name of the book before and after a swap: unfolded by whoever wants it, and to be exported. */
export function BookNames({ effects }: { readonly effects: SwapEffects }): ReactNode {
  const { t } = useI18n();
  const { entering, leaving, staying } = effects;
  const rows = [
    ...entering.map((name) => ({ name, change: t('approval.names.enters'), key: `in ${name}` })),
    ...leaving.map((name) => ({ name, change: t('approval.names.leaves'), key: `out ${name}` })),
    ...(staying ?? []).map((name) => ({ name, change: t('approval.names.stays'), key: `stays ${name}` })),
  ];
  return (
    <details>
      <summary>{t('approval.names')}</summary>
      {staying === null ? <p className="note">{t('approval.names.old')}</p> : null}
      <DataTable
        id="names"
        name={t('approval.names')}
        rows={rows}
        keyOf={({ key }) => key}
        columns={[
          { id: 'name', title: t('approval.names.name'), value: ({ name }) => name },
          { id: 'change', title: t('approval.names.change'), value: ({ change }) => change },
        ]}
      />
    </details>
  );
}
