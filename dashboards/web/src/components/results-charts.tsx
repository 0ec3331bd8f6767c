import { useMemo } from 'react';
import type { ReactNode } from 'react';
import type { LiveResultRow } from '../api/schemas.ts';
import { TimeChart } from '../charts/lazy.tsx';
import { useFormat } from '../format.ts';
import { useI18n } from '../i18n/text.ts';
import { Empty } from './states.tsx';
import { confidenceBand, drawdown, equity, runningMean } from './series.ts';

type Result = LiveResultRow;

const WINDOW = 60;

/** Rank IC with the band of its mean, equity and drawdown of a champion's reign, from the same rows. */
export function ResultsCharts({ rows }: { readonly rows: readonly Result[] }): ReactNode {
  const { t } = useI18n();
  const { number, percent } = useFormat();
  const drawn = useMemo(() => {
    const ordered = rows.toSorted((a, b) => (a.session < b.session ? -1 : 1));
    const ics = ordered.map(({ rankIc }) => rankIc);
    const returns = ordered.map(({ netReturn }) => netReturn);
    return {
      sessions: ordered.map(({ session }) => session),
      ics,
      mean: runningMean(ics, WINDOW),
      band: confidenceBand(ics, WINDOW),
      equity: equity(returns),
      drawdown: drawdown(returns),
    };
  }, [rows]);
  if (rows.length === 0) return <Empty title={t('results.none')}>{t('results.none.what')}</Empty>;
  const { sessions } = drawn;
  return (
    <div className="charts">
      <figure>
        <figcaption>{t('results.ic')}</figcaption>
        <TimeChart
          description={t('results.ic.what', { sessions: sessions.length, window: WINDOW })}
          sessions={sessions}
          lines={[
            { label: t('results.ic.mean', { window: WINDOW }), values: drawn.mean, colour: 'main' },
            { label: t('results.ic.daily'), values: drawn.ics, colour: 'muted', dashed: true },
          ]}
          band={{ label: '95 %', ...drawn.band }}
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
