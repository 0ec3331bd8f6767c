import { lazy, Suspense } from 'react';
import type { ReactNode } from 'react';
import type { TimeChartProps } from './time-chart.tsx';

const Time = lazy(() => import('./time-chart.tsx'));

/** Charts are loaded when one is shown: the first view needs none of their code. */
export function TimeChart(props: TimeChartProps): ReactNode {
  return (
    <Suspense fallback={<div className="chart chart-coming" />}>
      <Time {...props} />
    </Suspense>
  );
}
