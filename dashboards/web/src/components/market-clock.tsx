import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { answerOf, api, patience } from '../api/client.ts';
import type { ApiError } from '../api/client.ts';
import type { MarketClock as Clock, ModelOverview } from '../api/schemas.ts';
import { useFormat, zoneOf } from '../format.ts';
import { HOME_ZONE } from '../formats.ts';
import { serverNow } from '../server-time.ts';
import { useI18n } from '../i18n/text.ts';
import type { TextId } from '../i18n/text.ts';

const SECOND = 1000;

/** The market's own time by the clock of the server, that of Taipei beside it, its session of today and the next one, by the calendar that retrains use. */
export function MarketClock({ market }: { readonly market: ModelOverview['market'] }): ReactNode {
  const { t } = useI18n();
  const { time, instant } = useFormat();
  const now = useNow();
  const read = useQuery<Clock, ApiError>({
    queryKey: ['clock', market],
    queryFn: () => answerOf(api.getMarketClock({ path: { market } }, patience())),
    refetchInterval: 60 * SECOND,
  });
  const clock = read.data;
  const zone = zoneOf(market);
  return (
    <div className="clock">
      <strong>{market}</strong> <time dateTime={now.toISOString()}>{time(now, zone)}</time>
      {zone === HOME_ZONE ? null : (
        <span className="note">{t('clock.taiwan', { time: time(now, HOME_ZONE) })}</span>
      )}
      {clock === undefined ? null : (
        <>
          <span className={`mark mark-${clock.state === 'open' ? 'good' : 'quiet'}`}>
            {t(`clock.${clock.state}` as TextId)}
          </span>
          <span className="note">
            {clock.session === null ? '' : `${t('clock.session', { session: clock.session })} · `}
            {t('clock.next', { at: clock.nextSession === null ? '–' : clock.nextSession })}
            {clock.closesAt !== null && clock.state === 'open'
              ? ` · ${t('clock.closes', { at: instant(clock.closesAt, zone) })}`
              : ''}
          </span>
        </>
      )}
    </div>
  );
}

function useNow(): Date {
  const [now, setNow] = useState(() => new Date(serverNow()));
  useEffect(() => {
    const timer = setInterval(() => {
      setNow(new Date(serverNow()));
    }, SECOND);
    return () => {
      clearInterval(timer);
    };
  }, []);
  return now;
}
