import { useState } from 'react';
import type { ReactNode } from 'react';
import { answerOf, api, intentKey, patience } from '../api/client.ts';
import { useAlertDeliveries, useAlertHistory, useChange } from '../api/queries.ts';
import type { AlertEpisode } from '../api/schemas.ts';
import { useFormat } from '../format.ts';
import { useI18n } from '../i18n/text.ts';
import { Link, paths } from '../routing.tsx';
import { AlertState, AlertSubject } from './alert-list.tsx';
import { DataTable } from './data-table.tsx';
import { Dialog } from './dialog.tsx';
import { Recorded, SeverityMark } from './marks.tsx';
import { Outcome } from './outcome.tsx';
import { ReasonForm } from './reason-form.tsx';
import { Empty, Loaded } from './states.tsx';

/** The newest alerts, also those that are over: who was told, and whether there was something to act on. */
export function AlertHistory(): ReactNode {
  const { t } = useI18n();
  const { instant } = useFormat();
  const read = useAlertHistory();
  const [chosen, setChosen] = useState<AlertEpisode | null>(null);
  return (
    <section>
      <h2>{t('alerts.history')}</h2>
      <Loaded read={read}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t('alerts.none')} />
          ) : (
            <DataTable
              id="history"
              name={t('alerts.history')}
              rows={items}
              keyOf={({ id }) => String(id)}
              columns={[
                {
                  id: 'severity',
                  title: t('severity'),
                  value: ({ severity }) => severity,
                  show: ({ severity }) => <SeverityMark severity={severity} />,
                },
                {
                  id: 'rule',
                  title: t('alerts.rule'),
                  value: ({ rule }) => rule,
                  show: ({ id, rule }) => <Link to={paths.alert(id)}>{rule}</Link>,
                },
                {
                  id: 'model',
                  title: t('model'),
                  value: ({ model }) => model,
                  show: (row) => <AlertSubject row={row} />,
                },
                {
                  id: 'time',
                  title: t('time'),
                  value: ({ startedAt }) => startedAt,
                  show: ({ startedAt }) => instant(startedAt),
                },
                {
                  id: 'state',
                  title: t('state'),
                  value: ({ endedAt }) => endedAt,
                  show: (row) => <AlertState row={row} />,
                },
                {
                  id: 'judged',
                  title: t('alerts.judged'),
                  value: ({ judgement }) => judgement,
                  show: ({ judgement }) => (judgement === null ? '–' : t(`alerts.${judgement}`)),
                },
                {
                  id: 'act',
                  title: t('alerts.act'),
                  value: () => null,
                  show: (row) => (
                    <button
                      type="button"
                      className="quiet"
                      onClick={() => {
                        setChosen(row);
                      }}
                    >
                      {t('alerts.judge')}
                    </button>
                  ),
                },
              ]}
            />
          )
        }
      </Loaded>
      {chosen === null ? null : (
        <JudgeDialog
          alert={chosen}
          onClose={() => {
            setChosen(null);
          }}
        />
      )}
    </section>
  );
}

/** Says whether there was something to act on. */
export function JudgeDialog({
  alert,
  onClose,
}: {
  readonly alert: AlertEpisode;
  readonly onClose: () => void;
}): ReactNode {
  const { t } = useI18n();
  const [key] = useState(intentKey);
  const change = useChange(async ({ judgement, reason }: Judgement) => {
    const options = { ...patience(), idempotencyKey: `${key}-${judgement}` };
    await answerOf(api.judgeAlert({ path: { alert: alert.id }, body: { judgement, reason } }, options));
  });
  return (
    <Dialog title={`${alert.rule}${alert.model === null ? '' : ` · ${alert.model}`}`} onClose={onClose}>
      <p className="pre">
        <Recorded text={alert.summary} />
      </p>
      <Deliveries alert={alert.id} />
      {change.isSuccess ? null : (
        <>
          <p className="note">{t('alerts.judge.what')}</p>
          <ReasonForm
            draft={`judge-${String(alert.id)}`}
            label={t('reason')}
            busy={change.isPending}
            actions={[
              { id: 'true', label: t('alerts.true'), tone: 'main' },
              { id: 'false', label: t('alerts.false'), tone: 'plain' },
            ]}
            onAct={(action, reason) => {
              change.mutate({ judgement: action === 'true' ? 'true' : 'false', reason });
            }}
          />
        </>
      )}
      <Outcome error={change.error} done={change.isSuccess ? t('done') : null} />
    </Dialog>
  );
}

interface Judgement {
  readonly judgement: 'true' | 'false';
  readonly reason: string;
}

/** Who was told of an alert, by which channel. */
export function Deliveries({
  alert,
  titled = true,
}: {
  readonly alert: number;
  readonly titled?: boolean;
}): ReactNode {
  const { t } = useI18n();
  const { instant } = useFormat();
  const read = useAlertDeliveries(alert);
  return (
    <>
      {titled ? <h3>{t('alerts.told')}</h3> : null}
      <Loaded read={read}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="note">{t('alerts.told.nobody')}</p>
          ) : (
            <ul className="list">
              {items.map(({ notificationId, channel, state, attempts, unknownOutcomes, sentAt }) => (
                <li key={`${String(notificationId)} ${channel}`}>
                  {t(`alerts.delivery.${state}`, { channel, at: instant(sentAt) })}{' '}
                  <span className="note">{t('alerts.attempts', { attempts, unknown: unknownOutcomes })}</span>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </>
  );
}
