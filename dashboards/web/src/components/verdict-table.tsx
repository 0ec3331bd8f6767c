import type { ReactNode } from 'react';
import type { GateVerdict } from '../api/schemas.ts';
import { useFormat } from '../format.ts';
import { useI18n } from '../i18n/text.ts';
import type { TextId } from '../i18n/text.ts';
import { DataTable } from './data-table.tsx';
import type { Column } from './data-table.tsx';
import { VerdictMark } from './marks.tsx';

/** By how much a number lies on the right side of its bound, as a share of the bound; null when that says nothing. */
function marginOf({ number, threshold, comparison }: GateVerdict): number | null {
  if (number === null || threshold === null || threshold === 0) return null;
  const sign = comparison.startsWith('>') ? 1 : -1;
  return comparison === '==' ? null : (sign * (number - threshold)) / Math.abs(threshold);
}

/** Every gate with its number, bound and margin; the ones that failed first. */
export function VerdictTable({
  verdicts,
  waived,
}: {
  readonly verdicts: readonly GateVerdict[];
  readonly waived: ReadonlySet<string>;
}): ReactNode {
  const { t } = useI18n();
  const { number, percent } = useFormat();
  const shownVerdict = (row: GateVerdict): string => (waived.has(row.gate) ? 'waived' : row.verdict);
  const columns: readonly Column<GateVerdict>[] = [
    { id: 'gate', title: t('gate'), value: ({ gate }) => t(`gate.${gate}` as TextId) },
    {
      id: 'verdict',
      title: t('verdict'),
      value: shownVerdict,
      show: (row) => (
        <>
          <VerdictMark verdict={shownVerdict(row)} />
          {row.enforced ? null : <span className="note"> {t('gate.dry-run')}</span>}
        </>
      ),
    },
    {
      id: 'number',
      title: t('gate.number'),
      value: (row) => row.number,
      show: (row) => number(row.number),
      numeric: true,
    },
    {
      id: 'threshold',
      title: t('gate.threshold'),
      value: (row) => row.threshold,
      show: (row) => (row.threshold === null ? '–' : `${row.comparison} ${number(row.threshold)}`),
      numeric: true,
    },
    {
      id: 'margin',
      title: t('gate.margin'),
      value: marginOf,
      show: (row) => percent(marginOf(row), 0),
      numeric: true,
    },
    { id: 'reason', title: t('reason'), value: ({ reason }) => reason },
  ];
  const order = (row: GateVerdict): number =>
    ['fail', 'error', 'inconclusive', 'waived', 'pass'].indexOf(shownVerdict(row));
  const rows = verdicts.toSorted((a, b) => Number(b.enforced) - Number(a.enforced) || order(a) - order(b));
  return <DataTable name={t('approval.verdicts')} columns={columns} rows={rows} keyOf={({ gate }) => gate} />;
}
