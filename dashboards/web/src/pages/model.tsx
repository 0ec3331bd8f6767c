import type { ReactNode } from 'react';
import { answerOf, api, patience } from '../api/client.ts';
import {
  useChampionAt,
  useChange,
  useModel,
  useReigns,
  useRetrains,
  useServers,
  useTrack,
  useVersions,
} from '../api/queries.ts';
import type { ChampionView, SideAction } from '../api/schemas.ts';
import { hasRole, useSession } from '../api/session.ts';
import { useProposals } from '../api/signing.ts';
import { DataTable } from '../components/data-table.tsx';
import { Heading } from '../components/heading.tsx';
import { LastDrill } from '../components/last-drill.tsx';
import { Card, Facts, Hash, Said, SideMark, StatusMark } from '../components/marks.tsx';
import { Outcome } from '../components/outcome.tsx';
import { ProposalTable } from '../components/proposal-table.tsx';
import { ComparisonCard } from '../components/reign-comparison.tsx';
import { ReasonForm } from '../components/reason-form.tsx';
import { RehearseWayBack } from '../components/rehearse-way-back.tsx';
import { ResultsCharts } from '../components/results-charts.tsx';
import { RetrainTable } from '../components/retrain-table.tsx';
import { Loaded } from '../components/states.tsx';
import { useFormat, zoneOf } from '../format.ts';
import { endOfDay } from '../formats.ts';
import { useI18n } from '../i18n/text.ts';
import type { TextId } from '../i18n/text.ts';
import { useIntent } from '../intent.ts';
import { Link, paths, useSearch } from '../routing.tsx';
import { countsOf, serversLine } from '../servers-line.ts';

export function ModelPage({ model }: { readonly model: string }): ReactNode {
  const { t } = useI18n();
  const view = useModel(model);
  const track = useTrack(model);
  const retrains = useRetrains(model);
  const proposals = useProposals(model);
  return (
    <>
      <Heading title={model} />
      <Loaded read={view}>
        {(data) => (
          <>
            <Standing view={data} />
            {data.reign === null ? null : <ComparisonCard model={model} />}
            <Card title={t('results.title')}>
              <Loaded read={track}>{(found) => <ResultsCharts track={found} />}</Loaded>
            </Card>
            <Card title={t('nav.retrains')}>
              <Loaded read={retrains}>{(rows) => <RetrainTable {...rows} />}</Loaded>
            </Card>
            <Card title={t('proposal.of-model')}>
              <Loaded read={proposals}>{(rows) => <ProposalTable {...rows} />}</Loaded>
            </Card>
            <Reigns model={model} market={data.spec.market} />
            <Versions model={model} />
            {data.rollbackTarget === null ? null : (
              <Card title={t('drill.card')}>
                <RehearseWayBack model={model} market={data.spec.market} target={data.rollbackTarget} />
              </Card>
            )}
            <Controls view={data} />
          </>
        )}
      </Loaded>
    </>
  );
}

function Standing({ view }: { readonly view: ChampionView }): ReactNode {
  const { t } = useI18n();
  const { instant } = useFormat();
  const servers = useServers(view.model);
  const { champion, previous, reign, side, freeze, spec } = view;
  const zone = zoneOf(spec.market);
  return (
    <Card title={t('model.champion')} aside={<Link to={paths.audit(view.model)}>{t('nav.audit')}</Link>}>
      <Facts
        facts={[
          [
            t('model.champion'),
            champion === null ? (
              t('model.none')
            ) : (
              <Link to={paths.version(view.model, champion.number)}>
                {t('version.number', { number: champion.number })} <Hash value={champion.id} />
              </Link>
            ),
          ],
          [t('model.epoch'), String(view.epoch)],
          [t('model.since'), reign === null ? '–' : instant(reign.businessAt, zone)],
          [
            t('model.cause'),
            reign === null ? '–' : `${t(`cause.${reign.cause}` as TextId)} · ${reign.actor}`,
          ],
          [t('reason'), reign === null ? '–' : <Said key="reason" text={reign.reason} by={reign.actor} />],
          [
            t('model.previous'),
            previous.length === 0
              ? '–'
              : previous.map((version) => (
                  <Link key={version.id} to={paths.version(view.model, version.number)}>
                    {t('version.number', { number: version.number })}{' '}
                  </Link>
                )),
          ],
          [
            t('rollback.to'),
            view.rollbackTarget === null
              ? t('rollback.nowhere')
              : t('version.number', { number: view.rollbackTarget }),
          ],
          [t('drill.title'), <LastDrill key="drill" standing={servers.data?.drill} />],
          [t('model.side'), <SideMark key="side" action={side.action} />],
          [
            t('model.freeze'),
            freeze.frozen ? (
              <span key="freeze">
                {t('model.frozen')} · <Said text={freeze.reason} by={freeze.subject} />
              </span>
            ) : (
              t('model.not-frozen')
            ),
          ],
          [t('model.spec'), String(view.specNumber)],
          [
            t('model.servers'),
            servers.data === undefined
              ? '–'
              : `${serversLine(countsOf(servers.data), t)}${servers.data.missing.length === 0 ? '' : ` · ${servers.data.missing.map(({ server }) => server).join(', ')}`}`,
          ],
        ]}
      />
    </Card>
  );
}

function Reigns({ model, market }: { readonly model: string; readonly market: string }): ReactNode {
  const { t } = useI18n();
  const { instant } = useFormat();
  const [address, changeAddress] = useSearch();
  const day = dayOf(address.get('at'));
  const read = useReigns(model);
  const at = useChampionAt(model, endOfDay(day, zoneOf(market)));
  const found = at.data?.reign;
  return (
    <Card title={t('model.reigns')}>
      <p className="inline">
        <label htmlFor="champion-at">{t('model.champion-at')}</label>{' '}
        <input
          id="champion-at"
          type="date"
          value={day}
          onChange={(event) => {
            changeAddress({ at: event.target.value }, { replace: true });
          }}
        />{' '}
        <output htmlFor="champion-at">
          {day === '' || at.data === undefined
            ? ''
            : found === null || found === undefined
              ? t('model.none')
              : `${t('version.number', { number: found.version })} · ${t('model.epoch')} ${String(found.epoch)}`}
        </output>
      </p>
      <Loaded read={read}>
        {({ items, older }) => (
          <DataTable
            id="reigns"
            name={`${model} ${t('model.reigns')}`}
            rows={items}
            older={older}
            keyOf={({ epoch }) => String(epoch)}
            columns={[
              { id: 'epoch', title: t('model.epoch'), value: ({ epoch }) => epoch, numeric: true },
              {
                id: 'version',
                title: t('version'),
                value: ({ version }) => version,
                show: ({ version }) => (
                  <Link to={paths.version(model, version)}>{t('version.number', { number: version })}</Link>
                ),
              },
              { id: 'cause', title: t('model.cause'), value: ({ cause }) => t(`cause.${cause}` as TextId) },
              { id: 'actor', title: t('who'), value: ({ actor }) => actor },
              { id: 'reason', title: t('reason'), value: ({ reason }) => reason },
              {
                id: 'business',
                title: t('business-time'),
                value: (row) => row.businessAt,
                show: (row) => instant(row.businessAt),
              },
              {
                id: 'system',
                title: t('system-time'),
                value: (row) => row.recordedAt,
                show: (row) => instant(row.recordedAt),
              },
            ]}
          />
        )}
      </Loaded>
    </Card>
  );
}

/** A day as the field takes it; whatever else a link says is none. */
const dayOf = (text: string | null): string => /^\d{4}-\d{2}-\d{2}$/u.exec(text ?? '')?.[0] ?? '';

function Versions({ model }: { readonly model: string }): ReactNode {
  const { t } = useI18n();
  const { instant } = useFormat();
  const read = useVersions(model);
  return (
    <Card title={t('versions')}>
      <Loaded read={read}>
        {({ items, older }) => (
          <DataTable
            id="versions"
            name={`${model} ${t('versions')}`}
            rows={items}
            older={older}
            keyOf={({ id }) => id}
            columns={[
              {
                id: 'number',
                title: t('version'),
                value: ({ number }) => number,
                show: ({ number }) => (
                  <Link to={paths.version(model, number)}>{t('version.number', { number })}</Link>
                ),
              },
              { id: 'role', title: t('role'), value: ({ role }) => t(`version-role.${role}` as TextId) },
              {
                id: 'registered',
                title: t('registered'),
                value: (row) => row.registeredAt,
                show: (row) => instant(row.registeredAt),
              },
              { id: 'id', title: t('hash'), value: ({ id }) => id, show: ({ id }) => <Hash value={id} /> },
              {
                id: 'snapshot',
                title: t('snapshot'),
                value: (row) => row.snapshotId,
                show: (row) => <Hash value={row.snapshotId} />,
              },
              {
                id: 'state',
                title: t('state'),
                value: ({ state }) => state,
                show: ({ state }) => <StatusOf state={state} />,
              },
            ]}
          />
        )}
      </Loaded>
    </Card>
  );
}

function StatusOf({ state }: { readonly state: string }): ReactNode {
  const { t } = useI18n();
  return state === 'deleted' ? <StatusMark status="cancelled" /> : <span className="note">{t('kept')}</span>;
}

/** What operators and leads may do with a model besides a rollback: its side, its freeze, a retrain. */
function Controls({ view }: { readonly view: ChampionView }): ReactNode {
  const { t } = useI18n();
  const session = useSession();
  const { model, spec, freeze } = view;
  const intent = useIntent();
  const change = useChange(
    async ({ action, reason }: { readonly action: string; readonly reason: string }) => {
      // The side or the freeze may go back and forth for the same reason: each time is another wish.
      const standing = `${view.side.since ?? ''} ${freeze.since ?? ''} ${String(view.epoch)}`;
      const options = { ...patience(), idempotencyKey: intent(`${action} ${reason} ${standing}`) };
      const path = { model };
      if (action === 'retrain') return answerOf(api.startRetrain({ path, body: { reason } }, options));
      if (action === 'freeze' || action === 'unfreeze') {
        return answerOf(api.setFreeze({ path, body: { frozen: action === 'freeze', reason } }, options));
      }
      return answerOf(api.setSide({ path, body: { action: action as SideAction, reason } }, options));
    },
    'reason',
  );
  if (!hasRole(session.data ?? null, model, spec.market, ['quant-lead', 'operator', 'admin'])) return null;
  return (
    <Card title={t('model.controls')}>
      <ReasonForm
        label={t('reason')}
        busy={change.isPending}
        actions={[
          { id: 'retrain', label: t('model.retrain'), tone: 'main' },
          {
            id: freeze.frozen ? 'unfreeze' : 'freeze',
            label: freeze.frozen ? t('model.unfreeze') : t('model.do-freeze'),
            tone: 'plain',
          },
          { id: 'serve', label: t('side.serve'), tone: 'plain' },
          { id: 'reduce-only', label: t('side.reduce-only'), tone: 'plain' },
          { id: 'halt', label: t('side.halt'), tone: 'bad' },
        ]}
        onAct={(action, reason) => {
          change.mutate({ action, reason });
        }}
      />
      <Outcome error={change.error} done={change.isSuccess ? t('done') : null} />
    </Card>
  );
}
