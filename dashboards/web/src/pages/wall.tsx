import type { ReactNode } from 'react';
import { useLiveAlerts, useModels, useTrack } from '../api/queries.ts';
import type { LiveStatus } from '../api/live.ts';
import type { AlertEpisode, ModelOverview } from '../api/schemas.ts';
import { Heading } from '../components/heading.tsx';
import { MarketClock } from '../components/market-clock.tsx';
import { Recorded, SeverityMark, SideMark, StatusMark, worstFirst } from '../components/marks.tsx';
import { Sparkline } from '../components/sparkline.tsx';
import { Empty, Loaded } from '../components/states.tsx';
import { STEPS } from '../components/steps.tsx';
import { useFormat, zoneOf } from '../format.ts';
import { useI18n } from '../i18n/text.ts';
import type { TextId } from '../i18n/text.ts';
import { Link, paths } from '../routing.tsx';
import { serverNow } from '../server-time.ts';
import { serversLine } from '../servers-line.ts';

const ALERTS_SHOWN = 4;

/**
 * The overview for a screen that nobody sits before: what answers, how it does, what waits and what is wrong, in letters that
 * are read from three metres at 2560 by 1440. Whether what is shown is still true is said by the frame around all of it.
 */
export function WallPage({
  live: { status, at },
}: {
  readonly live: { readonly status: LiveStatus; readonly at: string };
}): ReactNode {
  const { t } = useI18n();
  const { instant } = useFormat();
  const models = useModels();
  const alerts = useLiveAlerts();
  return (
    <main id="main" className={`wall ${status === 'lost' ? 'wall-lost' : ''}`} tabIndex={-1}>
      <header className="wall-head">
        <Heading title={t('nav.overview')} />
        <span role="status" className={`mark mark-${status === 'live' ? 'good' : 'bad'}`}>
          {status === 'lost' && at !== '' ? t('wall.lost', { at: instant(at) }) : t(`live.${status}`)}
        </span>
        <Link to={paths.overview}>{t('wall.leave')}</Link>
      </header>
      <Loaded read={models}>
        {(list) => (
          <>
            <div className="clocks">
              {[...new Set(list.map(({ market }) => market))].map((market) => (
                <MarketClock key={market} market={market} />
              ))}
            </div>
            {list.length === 0 ? <Empty title={t('overview.empty')} /> : null}
            <div className="wall-grid">
              {list.map((model) => (
                <WallCard key={model.model} row={model} />
              ))}
            </div>
          </>
        )}
      </Loaded>
      <Loaded read={alerts}>{(rows) => <WallAlerts rows={rows} />}</Loaded>
    </main>
  );
}

function WallCard({ row }: { readonly row: ModelOverview }): ReactNode {
  const { t } = useI18n();
  const { number, percent, span } = useFormat();
  const { champion, reign, retrain, approval, servers, side, freeze } = row;
  const last = useTrack(row.model).data?.sessions.at(-1);
  const sessions = useTrack(row.model).data?.sessions ?? [];
  const behind = servers.leased - servers.acknowledged;
  return (
    <section className="card wall-card" aria-label={row.model}>
      <header className="card-head">
        <h2>{row.model}</h2>
        <span className="tags">
          {/* Nothing answers without a champion, whatever consumers were told. */}
          {champion === null && side.action === 'serve' ? null : <SideMark action={side.action} />}
          {freeze.frozen ? <span className="mark mark-warn">{t('model.frozen')}</span> : null}
          {behind > 0 ? <span className="mark mark-bad">{serversLine(servers, t)}</span> : null}
        </span>
      </header>
      <p className="wall-champion">
        {champion === null ? t('model.none') : t('version.number', { number: champion.number })}
        <span className="note">
          {' '}
          {t('model.epoch')} {row.epoch}
          {champion === null
            ? ''
            : ` · ${span(serverNow() - Date.parse(reign?.recordedAt ?? champion.registeredAt))}`}
        </span>
      </p>
      {last === undefined ? null : (
        <>
          <dl className="wall-numbers">
            <div>
              <dt>{t('results.ic')}</dt>
              <dd>
                {number(last.meanIc)}
                {last.meanIcLower === null ? null : (
                  <span className="note">
                    {' '}
                    {number(last.meanIcLower)} … {number(last.meanIcUpper)}
                  </span>
                )}
              </dd>
            </div>
            <div>
              <dt>{t('results.equity')}</dt>
              <dd>{number(last.equity)}</dd>
            </div>
            <div>
              <dt>{t('results.drawdown')}</dt>
              <dd>{percent(last.drawdown, 1)}</dd>
            </div>
          </dl>
          <Sparkline
            values={sessions.map(({ equity }) => equity)}
            description={t('results.equity.what', { sessions: sessions.length })}
          />
        </>
      )}
      {retrain === null ? null : <WallRetrain retrain={retrain} zone={zoneOf(row.market)} />}
      {approval === null ? null : (
        <p className="call">
          {t('approval.signed', { given: approval.approvedBy.length, needed: approval.needed })}
        </p>
      )}
    </section>
  );
}

function WallRetrain({
  retrain,
  zone,
}: {
  readonly retrain: NonNullable<ModelOverview['retrain']>;
  readonly zone: string;
}): ReactNode {
  const { t } = useI18n();
  const { instant } = useFormat();
  const at = STEPS.findIndex((step) => step === retrain.step) + 1;
  return (
    <p>
      {t('retrain.as-of', { at: instant(retrain.asOf, zone) })} <StatusMark status={retrain.status} />
      {retrain.status === 'open'
        ? ` ${String(at)}/${String(STEPS.length)} ${t(`step.${retrain.step}` as TextId)}`
        : ''}
    </p>
  );
}

function WallAlerts({ rows }: { readonly rows: readonly AlertEpisode[] }): ReactNode {
  const { t } = useI18n();
  const firing = worstFirst(rows.filter(({ endedAt }) => endedAt === null));
  if (firing.length === 0) return <p className="note">{t('alerts.none')}</p>;
  return (
    <ul className="list" aria-label={t('nav.alerts')}>
      {firing.slice(0, ALERTS_SHOWN).map((row) => (
        <li key={row.id}>
          <SeverityMark severity={row.severity} /> <strong>{row.rule}</strong>{' '}
          {row.model === null ? '' : `${row.model} · `}
          <Recorded text={row.summary} />
        </li>
      ))}
      {firing.length > ALERTS_SHOWN ? (
        <li className="note">{t('wall.more', { count: firing.length - ALERTS_SHOWN })}</li>
      ) : null}
    </ul>
  );
}
