import type { ReactNode } from 'react';
import { useLiveAlerts, useModels, useSchedules } from '../api/queries.ts';
import type { ModelOverview } from '../api/schemas.ts';
import { useOpenWaivers, useProposals } from '../api/signing.ts';
import { AlertList } from '../components/alert-list.tsx';
import { Command } from '../components/command.tsx';
import { Heading } from '../components/heading.tsx';
import { MarketClock } from '../components/market-clock.tsx';
import {
  Card,
  Facts,
  Recorded,
  SideMark,
  StatusMark,
  VerdictMark,
  worstFirst,
} from '../components/marks.tsx';
import { StandingOfChampion } from '../components/standing-of-champion.tsx';
import { Empty, Loaded } from '../components/states.tsx';
import { Steps } from '../components/steps.tsx';
import { useFormat, zoneOf } from '../format.ts';
import { useI18n } from '../i18n/text.ts';
import type { TextId } from '../i18n/text.ts';
import { Link, paths } from '../routing.tsx';
import { serverNow } from '../server-time.ts';
import { serversLine } from '../servers-line.ts';

export function OverviewPage(): ReactNode {
  const { t } = useI18n();
  const models = useModels();
  const alerts = useLiveAlerts();
  return (
    <>
      <Heading title={t('nav.overview')} />
      <Waiting />
      <Loaded read={models}>
        {(list) => (
          <>
            <div className="clocks">
              {[...new Set(list.map(({ market }) => market))].map((market) => (
                <MarketClock key={market} market={market} />
              ))}
            </div>
            {list.length === 0 ? (
              <Empty title={t('overview.empty')}>
                <p>{t('overview.empty.what')}</p>
                <Command text="npm run contender -- apply -f model.yaml" />
              </Empty>
            ) : (
              <div className="grid">
                {list.map((model) => (
                  <ModelCard key={model.model} model={model} />
                ))}
              </div>
            )}
          </>
        )}
      </Loaded>
      <Card title={t('nav.alerts')} aside={<Link to={paths.alerts}>{t('all')}</Link>}>
        <Loaded read={alerts}>{(rows) => <AlertList rows={worstFirst(rows).slice(0, 8)} />}</Loaded>
      </Card>
    </>
  );
}

/** That people are waited for, wherever: an open promotion stands in the card of its model as well. */
function Waiting(): ReactNode {
  const { t } = useI18n();
  const waivers = useOpenWaivers().data?.items ?? [];
  const proposals = (useProposals('').data?.items ?? []).filter(({ state }) => state === 'open');
  const approvals = (useModels().data ?? []).filter(({ approval }) => approval !== null);
  const count = waivers.length + proposals.length + approvals.length;
  if (count === 0) return null;
  return (
    <p className="call" role="status">
      <Link to={paths.signing}>{t('signing.waiting', { count })}</Link>
    </p>
  );
}

function ModelCard({ model: row }: { readonly model: ModelOverview }): ReactNode {
  const { t } = useI18n();
  const { number, percent, instant, span } = useFormat();
  const { champion, reign, retrain, approval, servers, lastResult, side, freeze } = row;
  const zone = zoneOf(row.market);
  const behind = servers.leased - servers.acknowledged;
  const schedule = useSchedules('retrain').data?.items.find((one) => one.model === row.model);
  return (
    <section className="card" aria-label={row.model}>
      <header className="card-head">
        <h2>
          <Link to={paths.model(row.model)}>{row.model}</Link>
        </h2>
        <span className="tags">
          <span className="tag">{row.market}</span>
          {/* Nothing answers without a champion, whatever consumers were told. */}
          {champion === null && side.action === 'serve' ? null : <SideMark action={side.action} />}
          {freeze.frozen ? <span className="mark mark-warn">{t('model.frozen')}</span> : null}
        </span>
      </header>
      <Facts
        facts={[
          [
            t('model.champion'),
            champion === null ? (
              t('model.none')
            ) : (
              <Link to={paths.version(row.model, champion.number)}>
                {t('version.number', { number: champion.number })}
                {champion.probation ? ` · ${t('model.probation')}` : ''}
              </Link>
            ),
          ],
          [t('model.epoch'), String(row.epoch)],
          [t('model.since'), reign === null ? '–' : instant(reign.businessAt, zone)],
          [
            t('model.age'),
            champion === null
              ? '–'
              : span(serverNow() - Date.parse(reign?.recordedAt ?? champion.registeredAt)),
          ],
          [
            t('model.last-ic'),
            lastResult === null ? '–' : `${number(lastResult.rankIc)} · ${lastResult.session}`,
          ],
          [t('model.last-return'), lastResult === null ? '–' : percent(lastResult.netReturn)],
          [
            t('model.servers'),
            champion === null ? (
              '–'
            ) : (
              <span key="servers" className={behind > 0 ? 'warn' : undefined}>
                {serversLine(servers, t)}
              </span>
            ),
          ],
          [
            t('overview.next'),
            schedule === undefined
              ? '–'
              : schedule.paused
                ? t('schedules.paused')
                : instant(schedule.next[0] ?? null, zone),
          ],
          [
            t('model.challenger'),
            row.challenger === null ? '–' : t('version.number', { number: row.challenger.number }),
          ],
        ]}
      />
      <StandingOfChampion model={row.model} />
      {retrain === null ? (
        <p className="note">{t('model.no-retrain')}</p>
      ) : (
        <div className="open-retrain">
          <p>
            <Link to={paths.retrain(retrain.retrainId)}>
              {t('retrain.as-of', { at: instant(retrain.asOf, zone) })}
            </Link>{' '}
            · {t(`trigger.${retrain.trigger}` as TextId)}
            {retrain.emergency ? ` · ${t('retrain.emergency')}` : ''} <StatusMark status={retrain.status} />{' '}
            <VerdictMark verdict={retrain.verdict} />
          </p>
          {retrain.status === 'open' ? (
            <Steps step={retrain.step} status={retrain.status} />
          ) : (
            <p className="note">
              <Recorded text={retrain.reason} />
            </p>
          )}
        </div>
      )}
      {approval === null ? null : (
        <p className="call">
          <Link className="button-main" to={paths.approval(approval.retrainId)}>
            {t('approval.open')}
          </Link>{' '}
          {t('approval.signed', { given: approval.approvedBy.length, needed: approval.needed })}
        </p>
      )}
    </section>
  );
}
