import type { ReactNode } from 'react';
import type { RetrainDetail } from '../api/schemas.ts';
import { useMarketOf } from '../api/queries.ts';
import { useFormat, zoneOf } from '../format.ts';
import { useI18n } from '../i18n/text.ts';

/** Nobody may take the dates of a market that is played again for today's; nothing on the live clock. */
export function ReplayNote({ detail }: { readonly detail: RetrainDetail }): ReactNode {
  const { t } = useI18n();
  const { short, zoned } = useFormat();
  const { clock, retrain } = detail;
  const marketOf = useMarketOf();
  if (clock.mode === 'live') return null;
  const zone = zoneOf(marketOf(retrain.model));
  return (
    <p className="warn">
      <strong>{t('replay.title')}</strong>{' '}
      {t('replay.what', { at: zoned(retrain.asOf, zone, zone), seconds: short(clock.secondsPerSession) })}
    </p>
  );
}
