import { useState } from 'react';
import type { ReactNode } from 'react';
import { answerOf, api, intentKey, patience } from '../api/client.ts';
import { useChange, useLiveAlerts } from '../api/queries.ts';
import type { AlertEpisode } from '../api/schemas.ts';
import { AlertHistory } from '../components/alert-history.tsx';
import { AlertState, AlertSubject } from '../components/alert-list.tsx';
import { AlertQualityTable } from '../components/alert-quality.tsx';
import { DataTable } from '../components/data-table.tsx';
import { Heading } from '../components/heading.tsx';
import { Dialog } from '../components/dialog.tsx';
import { Recorded, SeverityMark } from '../components/marks.tsx';
import { Outcome } from '../components/outcome.tsx';
import { ReasonForm } from '../components/reason-form.tsx';
import { SilenceList } from '../components/silence-list.tsx';
import { Empty, Loaded } from '../components/states.tsx';
import { useFormat } from '../format.ts';
import { useI18n } from '../i18n/text.ts';
import { Link, paths } from '../routing.tsx';
import { serverNow } from '../server-time.ts';

export function AlertsPage(): ReactNode {
  const { t } = useI18n();
  const { instant } = useFormat();
  const read = useLiveAlerts();
  const [chosen, setChosen] = useState<AlertEpisode | null>(null);
  return (
    <>
      <Heading title={t('nav.alerts')} />
      <Loaded read={read}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty title={t('alerts.none')}>
              <p>{t('alerts.none.what')}</p>
            </Empty>
          ) : (
            <DataTable
              id="alerts"
              name={t('nav.alerts')}
              rows={rows}
              keyOf={({ id }) => String(id)}
              columns={[
                {
                  id: 'severity',
                  title: t('severity'),
                  value: (row) => row.severity,
                  show: (row) => <SeverityMark severity={row.severity} />,
                },
                {
                  id: 'state',
                  title: t('state'),
                  value: alertState,
                  show: (row) => <AlertState row={row} />,
                },
                {
                  id: 'time',
                  title: t('time'),
                  value: (row) => row.startedAt,
                  show: (row) => instant(row.startedAt),
                },
                {
                  id: 'model',
                  title: t('model'),
                  value: ({ model }) => model,
                  show: (row) => <AlertSubject row={row} />,
                },
                {
                  id: 'kind',
                  title: t('kind'),
                  value: ({ rule }) => rule,
                  show: ({ id, rule }) => <Link to={paths.alert(id)}>{rule}</Link>,
                },
                { id: 'body', title: t('text'), value: ({ summary }) => summary },
                {
                  id: 'act',
                  title: t('alerts.act'),
                  value: () => null,
                  show: (row) =>
                    row.endedAt === null ? (
                      <button
                        type="button"
                        className="quiet"
                        onClick={() => {
                          setChosen(row);
                        }}
                      >
                        {t('alerts.answer')}
                      </button>
                    ) : (
                      '–'
                    ),
                },
              ]}
            />
          )
        }
      </Loaded>
      <SilenceList />
      <AlertHistory />
      <AlertQualityTable />
      {chosen === null ? null : (
        <AlertDialog
          alert={chosen}
          onClose={() => {
            setChosen(null);
          }}
        />
      )}
    </>
  );
}

const alertState = (row: AlertEpisode): string =>
  row.endedAt !== null ? 'ended' : row.acknowledgedBy === null ? 'firing' : 'acknowledged';

const HOUR_MS = 3_600_000;

/** Acknowledges an alert, or silences what bears its name for a while. */
export function AlertDialog({
  alert,
  onClose,
}: {
  readonly alert: AlertEpisode;
  readonly onClose: () => void;
}): ReactNode {
  const { t } = useI18n();
  const [key] = useState(intentKey);
  // Once: a repetition after a lost answer has to say what the first one said.
  const [from] = useState(serverNow);
  const change = useChange(
    async ({ action, reason }: { readonly action: string; readonly reason: string }) => {
      const options = { ...patience(), idempotencyKey: `${key}-${action}` };
      if (action === 'acknowledge') {
        await answerOf(api.acknowledgeAlert({ path: { alert: alert.id }, body: { reason } }, options));
        return;
      }
      const about =
        alert.model === null ? [] : [{ name: 'model', operator: '=' as const, value: alert.model }];
      const body = {
        matchers: [{ name: 'alertname', operator: '=' as const, value: alert.rule }, ...about],
        startsAt: new Date(from).toISOString(),
        endsAt: new Date(from + 4 * HOUR_MS).toISOString(),
        reason,
      };
      await answerOf(api.createSilence({ body }, options));
    },
  );
  return (
    <Dialog title={`${alert.rule}${alert.model === null ? '' : ` · ${alert.model}`}`} onClose={onClose}>
      <p className="pre">
        <Recorded text={alert.summary} />
      </p>
      {change.isSuccess ? null : (
        <ReasonForm
          draft={`alert-${String(alert.id)}`}
          label={t('reason')}
          busy={change.isPending}
          actions={[
            { id: 'acknowledge', label: t('alerts.acknowledge'), tone: 'main' },
            { id: 'silence', label: t('alerts.silence'), tone: 'plain' },
          ]}
          onAct={(action, reason) => {
            change.mutate({ action, reason });
          }}
        />
      )}
      <Outcome error={change.error} done={change.isSuccess ? t('done') : null} />
    </Dialog>
  );
}
