import type { ReactNode } from 'react';
import type { ApprovalBrief, OpenWaivers } from '../api/schemas.ts';
import { useOpenApprovals, useOpenWaivers, useProposals } from '../api/signing.ts';
import { DataTable } from '../components/data-table.tsx';
import type { Column } from '../components/data-table.tsx';
import { Heading } from '../components/heading.tsx';
import { Card } from '../components/marks.tsx';
import { ProposalTable } from '../components/proposal-table.tsx';
import { Loaded } from '../components/states.tsx';
import { useFormat, useTimeLeft } from '../format.ts';
import { useI18n } from '../i18n/text.ts';
import type { TextId } from '../i18n/text.ts';
import { Link, paths } from '../routing.tsx';
import { useSignerStanding } from '../signer.ts';
import type { AskedOfSigners, SignerStanding } from '../signer-standing.ts';

/** Everything that waits for a person's signature: promotions, waivers, loosened specs. */
export function SigningPage(): ReactNode {
  const { t } = useI18n();
  return (
    <>
      <Heading title={t('signing.title')} />
      <Card title={t('signing.approvals')}>
        <Loaded read={useOpenApprovals()}>{({ items }) => <Approvals rows={items} />}</Loaded>
      </Card>
      <Card title={t('signing.waivers')}>
        <Loaded read={useOpenWaivers()}>{({ items }) => <Waivers rows={items} />}</Loaded>
      </Card>
      <Card title={t('signing.proposals')}>
        <Loaded read={useProposals('')}>{(rows) => <ProposalTable {...rows} />}</Loaded>
      </Card>
    </>
  );
}

function Approvals({ rows }: { readonly rows: readonly ApprovalBrief[] }): ReactNode {
  const { t } = useI18n();
  const answerColumns = useAnswerColumns();
  if (rows.length === 0) return <p className="note">{t('signing.approvals.none')}</p>;
  return (
    <DataTable
      id="approvals"
      name={t('signing.approvals')}
      rows={rows}
      keyOf={({ retrainId }) => retrainId}
      columns={[
        {
          id: 'model',
          title: t('model'),
          value: ({ model }) => model,
          show: ({ retrainId, model, version }) => (
            <Link to={paths.approval(retrainId)}>
              {model} · {t('version.number', { number: version })}
            </Link>
          ),
        },
        {
          id: 'signatures',
          title: t('approval.signatures'),
          value: ({ approvedBy }) => approvedBy.length,
          show: ({ approvedBy, needed }) => `${String(approvedBy.length)} / ${String(needed)}`,
        },
        ...answerColumns<ApprovalBrief>((row) => ({ ...row, signed: row.approvedBy })),
      ]}
    />
  );
}

function Waivers({ rows }: { readonly rows: readonly OpenWaivers[] }): ReactNode {
  const { t } = useI18n();
  const answerColumns = useAnswerColumns();
  if (rows.length === 0) return <p className="note">{t('signing.waivers.none')}</p>;
  const gatesOf = ({ gates, needed }: OpenWaivers): string =>
    gates
      .map(
        ({ gate, waivedBy }) =>
          `${t(`gate.${gate}` as TextId)} ${String(waivedBy.length)} / ${String(needed)}`,
      )
      .join(', ');
  return (
    <DataTable
      id="waivers"
      name={t('signing.waivers')}
      rows={rows}
      keyOf={({ retrainId }) => retrainId}
      columns={[
        {
          id: 'model',
          title: t('model'),
          value: ({ model }) => model,
          show: ({ retrainId, model }) => <Link to={paths.waivers(retrainId)}>{model}</Link>,
        },
        { id: 'gates', title: t('signing.gates'), value: gatesOf },
        ...answerColumns<OpenWaivers>((row) => ({
          ...row,
          // Signed is who has waived every one of them.
          signed: (row.gates[0]?.waivedBy ?? []).filter((subject) =>
            row.gates.every(({ waivedBy }) => waivedBy.includes(subject)),
          ),
        })),
      ]}
    />
  );
}

/** Until when an answer is awaited, and what the question means to the reader: the same of whatever is asked for. */
function useAnswerColumns(): <Row extends { readonly expiresAt: string }>(
  askedOf: (row: Row) => AskedOfSigners,
) => readonly Column<Row>[] {
  const { t } = useI18n();
  const { instant } = useFormat();
  const yours = useYours();
  const left = useTimeLeft();
  return (askedOf) => [
    {
      id: 'until',
      title: t('approval.expires'),
      value: ({ expiresAt }) => expiresAt,
      show: ({ expiresAt }) => `${instant(expiresAt)}${left(expiresAt)}`,
    },
    { id: 'you', title: t('signing.for-you'), value: (row) => yours(askedOf(row)) },
  ];
}

/** What something that is asked for means to the reader. */
function useYours(): (asked: AskedOfSigners) => string {
  const { t } = useI18n();
  const { instant } = useFormat();
  const standing = useSignerStanding();
  return (asked) => {
    const texts: Readonly<Record<SignerStanding, () => string>> = {
      may: () => t('signing.you.may'),
      signed: () => t('signing.you.signed'),
      barred: () => t('signing.you.barred'),
      role: () => t('signing.you.role'),
      later: () => t('signing.you.later', { from: instant(asked.deputy?.from ?? '') }),
    };
    return texts[standing(asked)]();
  };
}
