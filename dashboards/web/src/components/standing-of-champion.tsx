import type { ReactNode } from 'react';
import { useTrack } from '../api/queries.ts';
import { useFormat } from '../format.ts';
import { useI18n } from '../i18n/text.ts';
import { Sparkline } from './sparkline.tsx';

/** How whoever was champion has done: mean rank IC with its band, equity and drawdown, each with its number and its shape. */
export function StandingOfChampion({ model }: { readonly model: string }): ReactNode {
  const { t } = useI18n();
  const { number, percent } = useFormat();
  const track = useTrack(model).data;
  const sessions = track?.sessions ?? [];
  const last = sessions.at(-1);
  if (track === undefined || last === undefined) return null;
  const { windowSessions: window } = track;
  const count = { sessions: sessions.length };
  const band =
    last.meanIcLower === null ? '' : ` (${number(last.meanIcLower)} … ${number(last.meanIcUpper)})`;
  return (
    <dl className="facts standing">
      <div>
        <dt>{t('overview.ic', { window })}</dt>
        <dd>{`${number(last.meanIc)}${band}`}</dd>
        <dd>
          <Sparkline
            // A mean of fewer than ten has no band, and is not drawn either.
            values={sessions.map(({ meanIc, meanIcLower }) => (meanIcLower === null ? null : meanIc))}
            lower={sessions.map(({ meanIcLower }) => meanIcLower)}
            upper={sessions.map(({ meanIcUpper }) => meanIcUpper)}
            zero
            description={t('results.ic.what', { ...count, window })}
          />
        </dd>
      </div>
      <div>
        <dt>{t('results.equity')}</dt>
        <dd>{number(last.equity)}</dd>
        <dd>
          <Sparkline
            values={sessions.map(({ equity }) => equity)}
            description={t('results.equity.what', count)}
          />
        </dd>
      </div>
      <div>
        <dt>{t('results.drawdown')}</dt>
        <dd>{percent(last.drawdown, 1)}</dd>
        <dd>
          <Sparkline
            values={sessions.map(({ drawdown }) => drawdown)}
            zero
            description={t('results.drawdown.what', count)}
          />
        </dd>
      </div>
    </dl>
  );
}
