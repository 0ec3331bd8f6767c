import type { ReactNode } from 'react';
import type { GateVerdict, StoredGateReport } from '../api/schemas.ts';
import { useFormat } from '../format.ts';
import { heldTold } from '../confidence.ts';
import { gateBound, gateNumber, marginOf } from '../gate-numbers.ts';
import { useI18n } from '../i18n/text.ts';
import type { TextId } from '../i18n/text.ts';
import { DataTable } from './data-table.tsx';
import type { Column } from './data-table.tsx';
import { Recorded, VerdictMark } from './marks.tsx';

/**
 * Every gate with its number and bound: those that failed first, then those that passed by the fewest standard errors, then
 * those that have no error of their own, by their margin. Each row has one distance, so that the order can be read off it.
 */
export function VerdictTable({
  verdicts,
  closeness,
  waived,
}: {
  readonly verdicts: readonly GateVerdict[];
  readonly closeness: StoredGateReport['closeness'];
  readonly waived: ReadonlySet<string>;
}): ReactNode {
  const { t } = useI18n();
  const format = useFormat();
  const shownVerdict = (row: GateVerdict): string => (waived.has(row.gate) ? 'waived' : row.verdict);
  const distances = new Map(closeness.map((one) => [one.gate, one] as const));
  const marginIn = (row: GateVerdict): number | null => (distances.has(row.gate) ? null : marginOf(row));
  const distanceOf = ({ gate }: GateVerdict): number | null => distances.get(gate)?.distance ?? null;
  const columns: readonly Column<GateVerdict>[] = [
    {
      id: 'gate',
      title: t('gate'),
      value: ({ gate }) => t(`gate.${gate}` as TextId),
      show: ({ gate }) => (
        <>
          {t(`gate.${gate}` as TextId)}
          <span className="asks">{t(`gate.asks.${gate}` as TextId)}</span>
        </>
      ),
    },
    {
      id: 'verdict',
      title: t('verdict'),
      value: shownVerdict,
      show: (row) => (
        <>
          <VerdictMark verdict={shownVerdict(row)} />
          {row.enforced ? null : <span className="note"> {t('gate.reported-only')}</span>}
        </>
      ),
    },
    {
      id: 'number',
      title: t('gate.held'),
      value: (row) => row.number,
      show: (row) => (
        <>
          {gateNumber(row.gate, row.number, format)}
          {row.number === null ? null : <span className="asks">{heldTold(row, { t, format })}</span>}
        </>
      ),
      numeric: true,
    },
    {
      id: 'threshold',
      title: t('gate.threshold'),
      value: (row) => row.threshold,
      show: (row) => gateBound(row, format),
      numeric: true,
    },
    {
      id: 'distance',
      title: t('gate.distance'),
      value: distanceOf,
      show: (row) =>
        `${distances.get(row.gate)?.atLeast === true ? '≥ ' : ''}${format.number(distanceOf(row), 1)}`,
      numeric: true,
    },
    {
      id: 'margin',
      title: t('gate.margin'),
      value: marginIn,
      show: (row) => format.percent(marginIn(row), 0),
      numeric: true,
    },
    {
      id: 'reason',
      title: t('reason'),
      value: ({ reason }) => reason,
      show: ({ reason }) => <Recorded text={reason} />,
      wide: true,
    },
  ];
  const order = (row: GateVerdict): number =>
    ['fail', 'error', 'inconclusive', 'waived', 'pass'].indexOf(shownVerdict(row));
  const margin = (row: GateVerdict): number => marginIn(row) ?? Number.MAX_VALUE;
  const far = (row: GateVerdict): number => distanceOf(row) ?? Number.MAX_VALUE;
  const rows = verdicts.toSorted(
    (a, b) =>
      Number(b.enforced) - Number(a.enforced) ||
      order(a) - order(b) ||
      far(a) - far(b) ||
      margin(a) - margin(b),
  );
  return (
    <>
      <p className="note">{t('gate.order')}</p>
      <DataTable
        id="verdicts"
        name={t('approval.verdicts')}
        columns={columns}
        rows={rows}
        keyOf={({ gate }) => gate}
      />
    </>
  );
}
