import { lazy, Suspense } from 'react';
import type { ReactNode } from 'react';
import { useI18n } from '../i18n/text.ts';
import type { TimeChartProps } from './time-chart.tsx';

/** A line that breaks at that moment costs the charts of the page, not the page. */
const Time = lazy(() => import('./time-chart.tsx').catch(() => ({ default: NotLoaded })));

function NotLoaded(): ReactNode {
  const { t } = useI18n();
  return (
    <p className="note warn" role="status">
      {t('chart.not-loaded')}
    </p>
  );
}

/** Charts are loaded when one is shown: the first view needs none of their code. */
export function TimeChart(props: TimeChartProps): ReactNode {
  return (
    <Suspense fallback={<div className="chart chart-coming" />}>
      <Time {...props} />
    </Suspense>
  );
}
