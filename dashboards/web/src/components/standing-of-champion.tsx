import type { ReactNode } from 'react';
import { useTrack } from '../api/queries.ts';
import { useFormat } from '../format.ts';
import { useI18n } from '../i18n/text.ts';
import { Facts } from './marks.tsx';
import { Sparkline } from './sparkline.tsx';

/** How whoever was champion has done: mean rank IC with its band, equity and drawdown, in three lines. */
export function StandingOfChampion({ model }: { readonly model: string }): ReactNode {
  const { t } = useI18n();
  const { number, percent } = useFormat();
  const track = useTrack(model).data;
  const sessions = track?.sessions ?? [];
  const last = sessions.at(-1);
  if (track === undefined || last === undefined) return null;
  const window = track.windowSessions;
  const band =
    last.meanIcLower === null ? '' : ` (${number(last.meanIcLower)} … ${number(last.meanIcUpper)})`;
  return (
    <>
      <Facts
        facts={[
          [t('overview.ic', { window }), `${number(last.meanIc)}${band}`],
          [
            t('results.equity'),
            `${number(last.equity)} · ${t('results.drawdown')} ${percent(last.drawdown, 1)}`,
          ],
        ]}
      />
      <Sparkline
        values={sessions.map(({ equity }) => equity)}
        description={t('results.equity.what', { sessions: sessions.length })}
      />
    </>
  );
}
