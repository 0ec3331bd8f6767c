import type { ReactNode } from 'react';
import { useComparison } from '../api/queries.ts';
import type { ReignComparison } from '../api/schemas.ts';
import { useI18n } from '../i18n/text.ts';
import type { TextId } from '../i18n/text.ts';
import { DataTable } from './data-table.tsx';
import { Card, Recorded } from './marks.tsx';
import { Loaded } from './states.tsx';

type Opponent = ReignComparison['opponents'][number];
type Measure = Opponent['returns'];

interface Row extends Measure {
  readonly opponent: Opponent['opponent'];
  readonly claim: Opponent['claim'];
}

const CLAIM_TONE = { better: 'good', worse: 'bad', open: 'quiet' } as const;

/** How the reign in force stands against the previous champion, the universe, and never having retrained. */
export function ComparisonCard({ model }: { readonly model: string }): ReactNode {
  const { t } = useI18n();
  const read = useComparison(model);
  return (
    <Card title={t('comparison.title')}>
      <Loaded read={read}>{(data) => <Comparison data={data} />}</Loaded>
    </Card>
  );
}

function Comparison({ data }: { readonly data: ReignComparison }): ReactNode {
  const { t } = useI18n();
  const { model, sessions, labels, guard, opponents } = data;
  if (guard === null) return <p className="note">{t('comparison.none')}</p>;
  const rows = opponents.flatMap(({ opponent, claim, returns, ic }): Row[] =>
    [returns, ic].map((measure) => ({ ...measure, opponent, claim })),
  );
  return (
    <>
      <p>
        {t('comparison.after', { session: guard.session, sessions })}{' '}
        {t('comparison.labels', { matured: labels.matured, awaited: labels.awaited })}{' '}
        {t(`comparison.guard.${guard.action}` as TextId)}: <Recorded text={guard.reason} />
      </p>
      <DataTable
        id="comparison"
        name={`${model} ${t('comparison.title')}`}
        rows={rows}
        keyOf={({ opponent, measure }) => `${opponent} ${measure}`}
        columns={[
          {
            id: 'opponent',
            title: t('comparison.against'),
            value: ({ opponent }) => t(`comparison.${opponent}` as TextId),
          },
          {
            id: 'measure',
            title: t('comparison.by'),
            value: ({ measure }) => t(`comparison.${measure}` as TextId),
          },
          { id: 'pairs', title: t('comparison.pairs'), value: ({ pairs }) => pairs, numeric: true },
          {
            id: 'ratio',
            title: t('comparison.ratio'),
            value: ({ annualised }) => annualised?.estimate ?? null,
            show: ratio,
            numeric: true,
          },
          {
            id: 'worse',
            title: t('comparison.e-worse'),
            value: ({ eWorse }) => eWorse,
            show: ({ eWorse, worseBound }) => eValue(eWorse, worseBound),
            numeric: true,
          },
          {
            id: 'better',
            title: t('comparison.e-better'),
            value: ({ eBetter }) => eBetter,
            show: ({ eBetter, betterBound }) => eValue(eBetter, betterBound),
            numeric: true,
          },
          {
            id: 'claim',
            title: t('comparison.claim'),
            value: ({ claim }) => claim,
            show: ({ claim }) => (
              <span className={`mark mark-${CLAIM_TONE[claim]}`}>
                {t(`comparison.claim.${claim}` as TextId)}
              </span>
            ),
          },
        ]}
      />
    </>
  );
}

function ratio({ annualised }: Row): string {
  if (annualised === null) return '–';
  const { estimate, lower, upper } = annualised;
  return `${estimate.toFixed(2)} (${lower.toFixed(1)} … ${upper.toFixed(1)})`;
}

const eValue = (value: number, bound: number): string => `${value.toPrecision(3)} / ${bound.toPrecision(3)}`;
