import type { ReactNode } from 'react';
import type { EvidenceRecord } from '../api/schemas.ts';
import { useFormat } from '../format.ts';
import { useI18n } from '../i18n/text.ts';
import type { TextId } from '../i18n/text.ts';
import { pairedReadings, shadowBounds, swapEffects } from '../report.ts';
import type { PairedReading } from '../report.ts';
import { DataTable } from './data-table.tsx';
import { Card, Recorded, VerdictMark } from './marks.tsx';

/** Bounds whose numbers are shares that a desk reads in percent, as their sentences do. */
const IN_PERCENT: ReadonlySet<string> = new Set(['paper-loss', 'drawdown']);
/** Bounds from below; every other one is from above. */
const SIGNS: Readonly<Record<string, string>> = { pairing: '≥', constant: '>', 'rank-agreement': '≥' };

/** What the sessions of the shadow say of the difference, at every look; and each bound where it came out worst. */
export function ShadowEvidence({ items }: { readonly items: readonly EvidenceRecord[] }): ReactNode {
  const { t } = useI18n();
  const { short, percent } = useFormat();
  const shown = (bound: string, value: number | null): string =>
    IN_PERCENT.has(bound) ? percent(value) : short(value);
  const { power } = swapEffects(items);
  const readings = pairedReadings(items);
  const bounds = shadowBounds(items);
  if (readings.length === 0 && bounds.length === 0) return null;
  return (
    <Card title={t('shadow.evidence')}>
      {power === '' ? null : (
        <p>
          <Recorded text={power} />
        </p>
      )}
      {readings.length === 0 ? null : <Readings readings={readings} />}
      {bounds.length === 0 ? null : (
        <DataTable
          id="bounds"
          name={t('shadow.bounds')}
          rows={bounds}
          keyOf={({ bound }) => bound}
          columns={[
            { id: 'bound', title: t('shadow.bound'), value: ({ bound }) => t(`bound.${bound}` as TextId) },
            {
              id: 'verdict',
              title: t('verdict'),
              value: ({ verdict }) => verdict,
              show: ({ verdict }) => <VerdictMark verdict={verdict} />,
            },
            {
              id: 'number',
              title: t('gate.number'),
              value: (row) => row.number,
              show: (row) => shown(row.bound, row.number),
              numeric: true,
            },
            {
              id: 'threshold',
              title: t('gate.threshold'),
              value: (row) => row.threshold,
              show: (row) =>
                row.threshold === null
                  ? '–'
                  : `${SIGNS[row.bound] ?? '≤'} ${shown(row.bound, row.threshold)}`,
              numeric: true,
            },
            { id: 'session', title: t('shadow.worst'), value: ({ session }) => session },
            {
              id: 'reason',
              title: t('reason'),
              value: ({ reason }) => reason,
              show: ({ reason }) => <Recorded text={reason} />,
              wide: true,
            },
          ]}
        />
      )}
    </Card>
  );
}

function Readings({ readings }: { readonly readings: readonly PairedReading[] }): ReactNode {
  const { t } = useI18n();
  const { number } = useFormat();
  return (
    <>
      <p className="note">{t('shadow.sequence')}</p>
      <DataTable
        id="readings"
        name={t('shadow.evidence')}
        rows={readings}
        keyOf={({ opponent, measure }) => `${opponent} ${measure}`}
        columns={[
          {
            id: 'opponent',
            title: t('shadow.against'),
            value: ({ opponent }) => t(`opponent.${opponent}` as TextId),
          },
          {
            id: 'measure',
            title: t('shadow.measure'),
            value: ({ measure }) => t(`measure.${measure}` as TextId),
          },
          { id: 'pairs', title: t('shadow.pairs'), value: ({ pairs }) => pairs, numeric: true },
          {
            id: 'estimate',
            title: t('shadow.estimate'),
            value: ({ estimate }) => estimate,
            show: ({ estimate }) => number(estimate, 2),
            numeric: true,
          },
          {
            id: 'interval',
            title: t('shadow.interval'),
            value: ({ lower }) => lower,
            show: ({ lower, upper }) => (lower === null ? '–' : `${number(lower, 2)} … ${number(upper, 2)}`),
            numeric: true,
          },
          {
            id: 'worse',
            title: t('shadow.e-worse'),
            value: ({ eWorse }) => eWorse,
            show: ({ eWorse, worseBound }) => `${number(eWorse, 2)} / ${number(worseBound, 0)}`,
            numeric: true,
          },
          { id: 'claim', title: t('verdict'), value: ({ claim }) => t(`claim.${claim}` as TextId) },
          {
            id: 'reason',
            title: t('reason'),
            value: ({ reason }) => reason,
            show: ({ reason }) => <Recorded text={reason} />,
            wide: true,
          },
        ]}
      />
    </>
  );
}
