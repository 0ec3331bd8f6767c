import { useMemo } from 'react';
import type { ReactNode } from 'react';
import type { ChampionTrack } from '../api/schemas.ts';
import { TimeChart } from '../charts/lazy.tsx';
import type { TimeChartProps } from '../charts/time-chart.tsx';
import { formatOf } from '../formats.ts';
import type { Format } from '../formats.ts';
import { useI18n } from '../i18n/text.ts';
import type { Translate } from '../i18n/text-id.ts';
import { Empty } from './states.tsx';

/** Rank IC with the band of its mean, equity and drawdown of whoever was champion, as the server worked them out. */
export function ResultsCharts({ track }: { readonly track: ChampionTrack }): ReactNode {
  const { t, locale } = useI18n();
  // The same objects as long as the same is shown: a chart that is given others is drawn anew, and forgets where it was moved to.
  const charts = useMemo(() => chartsOf(track, t, formatOf(locale)), [track, t, locale]);
  if (track.sessions.length === 0)
    return (
      <Empty title={t('results.none')}>
        <p>{t('results.none.what')}</p>
      </Empty>
    );
  return (
    <div className="charts">
      {charts.map(({ title, ...chart }) => (
        <figure key={title}>
          <figcaption>{title}</figcaption>
          <TimeChart {...chart} />
        </figure>
      ))}
    </div>
  );
}

type Titled = TimeChartProps & { readonly title: string };

function chartsOf(track: ChampionTrack, t: Translate, { number, percent }: Format): readonly Titled[] {
  const { sessions, mean, ics, lower, upper, equity, drawdown } = columnsOf(track);
  const { windowSessions: window } = track;
  return [
    {
      title: t('results.ic'),
      description: t('results.ic.what', { sessions: sessions.length, window }),
      sessions,
      lines: [
        { label: t('results.ic.mean', { window }), values: mean, colour: 'main' },
        { label: t('results.ic.daily'), values: ics, colour: 'muted', thin: true },
      ],
      band: { label: '95 %', lower, upper },
      format: (value) => number(value, 2),
    },
    {
      title: t('results.equity'),
      description: t('results.equity.what', { sessions: sessions.length }),
      sessions,
      lines: [{ label: t('results.equity'), values: equity, colour: 'main' }],
      format: (value) => number(value, 3),
    },
    {
      title: t('results.drawdown'),
      description: t('results.drawdown.what', { sessions: sessions.length }),
      sessions,
      lines: [{ label: t('results.drawdown'), values: drawdown, colour: 'bad' }],
      format: (value) => percent(value, 1),
      height: 140,
    },
  ];
}

function columnsOf({ sessions: rows }: ChampionTrack) {
  return {
    sessions: rows.map(({ session }) => session),
    ics: rows.map(({ rankIc }) => rankIc),
    // A mean of fewer than ten has no band, and is not drawn either.
    mean: rows.map(({ meanIc, meanIcLower }) => (meanIcLower === null ? null : meanIc)),
    lower: rows.map(({ meanIcLower }) => meanIcLower),
    upper: rows.map(({ meanIcUpper }) => meanIcUpper),
    equity: rows.map(({ equity }) => equity),
    drawdown: rows.map(({ drawdown }) => drawdown),
  };
}
