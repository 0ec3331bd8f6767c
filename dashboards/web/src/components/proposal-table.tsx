import type { ReactNode } from 'react';
import type { Rows } from '../api/queries.ts';
import type { SpecProposal } from '../api/schemas.ts';
import { useFormat } from '../format.ts';
import { useI18n } from '../i18n/text.ts';
import { Link, paths } from '../routing.tsx';
import { Command } from './command.tsx';
import { DataTable } from './data-table.tsx';
import { Empty } from './states.tsx';

const TONE: Readonly<Record<SpecProposal['state'], string>> = {
  open: 'info',
  agreed: 'good',
  rejected: 'warn',
  expired: 'quiet',
  outrun: 'quiet',
};

/** Loosened specs that wait, or waited, for a second person. */
export function ProposalTable({ items, older }: Rows<SpecProposal>): ReactNode {
  const { t } = useI18n();
  const { instant } = useFormat();
  if (items.length === 0) {
    return (
      <Empty title={t('signing.proposals.none')}>
        <Command text="npm run contender -- apply -f model.yaml --propose" />
      </Empty>
    );
  }
  return (
    <DataTable
      id="proposals"
      name={t('signing.proposals')}
      rows={items}
      older={older}
      keyOf={({ id }) => String(id)}
      columns={[
        {
          id: 'number',
          title: '#',
          value: ({ id }) => id,
          show: ({ id }) => <Link to={paths.proposal(id)}>{t('proposal.number', { id })}</Link>,
        },
        { id: 'model', title: t('model'), value: ({ model }) => model },
        {
          id: 'state',
          title: t('state'),
          value: ({ state }) => t(`proposal.state.${state}`),
          show: ({ state }) => (
            <span className={`mark mark-${TONE[state]}`}>{t(`proposal.state.${state}`)}</span>
          ),
        },
        { id: 'author', title: t('proposal.author'), value: ({ author }) => author },
        { id: 'loosens', title: t('proposal.loosens'), value: ({ loosened }) => loosened.join(', ') },
        { id: 'reason', title: t('reason'), value: ({ reason }) => reason, wide: true },
        {
          id: 'until',
          title: t('approval.expires'),
          value: ({ expiresAt }) => expiresAt,
          show: ({ expiresAt }) => instant(expiresAt),
        },
      ]}
    />
  );
}
