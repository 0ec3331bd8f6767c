import { useMemo } from 'react';
import type { ReactNode } from 'react';
import type { ChampionTrack } from '../api/schemas.ts';
import { TimeChart } from '../charts/lazy.tsx';
import { useFormat } from '../format.ts';
import { useI18n } from '../i18n/text.ts';
import { Empty } from './states.tsx';

/** Rank IC with the band of its mean, equity and drawdown of whoever was champion, as the server worked them out. */
export function ResultsCharts({ track }: { readonly track: ChampionTrack }): ReactNode {
  const { t } = useI18n();
  const { number, percent } = useFormat();
  const drawn = useMemo(() => columnsOf(track), [track]);
  const { sessions } = drawn;
  if (sessions.length === 0) return <Empty title={t('results.none')}>{t('results.none.what')}</Empty>;
  const { windowSessions: window } = track;
  return (
    <div className="charts">
      <figure>
        <figcaption>{t('results.ic')}</figcaption>
        <TimeChart
          description={t('results.ic.what', { sessions: sessions.length, window })}
          sessions={sessions}
          lines={[
            { label: t('results.ic.mean', { window }), values: drawn.mean, colour: 'main' },
            { label: t('results.ic.daily'), values: drawn.ics, colour: 'muted', dashed: true },
          ]}
          band={{ label: '95 %', lower: drawn.lower, upper: drawn.upper }}
          format={(value) => number(value, 2)}
        />
      </figure>
      <figure>
        <figcaption>{t('results.equity')}</figcaption>
        <TimeChart
          description={t('results.equity.what', { sessions: sessions.length })}
          sessions={sessions}
          lines={[{ label: t('results.equity'), values: drawn.equity, colour: 'main' }]}
          format={(value) => number(value, 3)}
        />
      </figure>
      <figure>
        <figcaption>{t('results.drawdown')}</figcaption>
        <TimeChart
          description={t('results.drawdown.what', { sessions: sessions.length })}
          sessions={sessions}
          lines={[{ label: t('results.drawdown'), values: drawn.drawdown, colour: 'bad' }]}
          format={(value) => percent(value, 1)}
          height={140}
        />
      </figure>
    </div>
  );
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
