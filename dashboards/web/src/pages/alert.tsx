import { useState } from 'react';
import type { ReactNode } from 'react';
import { useAlert, useRunbook } from '../api/queries.ts';
import type { AlertEpisode } from '../api/schemas.ts';
import { Deliveries, JudgeDialog } from '../components/alert-history.tsx';
import { Heading } from '../components/heading.tsx';
import { AlertState, AlertSubject } from '../components/alert-list.tsx';
import { Card, Facts, Recorded, SeverityMark } from '../components/marks.tsx';
import { RunbookText } from '../components/runbook-text.tsx';
import { Loaded } from '../components/states.tsx';
import { useFormat } from '../format.ts';
import { useI18n } from '../i18n/text.ts';
import { Link, paths } from '../routing.tsx';
import { AlertDialog } from './alerts.tsx';

/** One alert at an address of its own: where messages lead, firing or over. */
export function AlertPage({ alert }: { readonly alert: string }): ReactNode {
  return /^[1-9]\d{0,8}$/u.test(alert) ? <Known id={Number(alert)} /> : <Unknown />;
}

function Unknown(): ReactNode {
  const { t } = useI18n();
  return (
    <>
      <Heading title={t('alert.unknown')} />
      <p className="state">
        <Link to={paths.alerts}>{t('alert.all')}</Link>
      </p>
    </>
  );
}

function Known({ id }: { readonly id: number }): ReactNode {
  const { t } = useI18n();
  const read = useAlert(id);
  if (read.data === undefined && read.error?.is(404) === true) return <Unknown />;
  return (
    <>
      <Heading title={t('alert.title', { id })} />
      <p>
        <Link to={paths.alerts}>{t('alert.all')}</Link>
      </p>
      <Loaded read={read}>{(row) => <Episode row={row} />}</Loaded>
    </>
  );
}

function Episode({ row }: { readonly row: AlertEpisode }): ReactNode {
  const { t } = useI18n();
  const { instant } = useFormat();
  const [asked, setAsked] = useState<'answer' | 'judge' | null>(null);
  const close = (): void => {
    setAsked(null);
  };
  return (
    <>
      <Card title={row.rule}>
        <p>
          <SeverityMark severity={row.severity} /> <AlertState row={row} />{' '}
          {row.model === null ? null : <AlertSubject row={row} />}
        </p>
        <p className="pre">
          <Recorded text={row.summary} />
        </p>
        {row.endedAt === null ? null : (
          <p className="note" role="status">
            {t(row.endedBy === 'silent' ? 'alert.over.silent' : 'alert.over', { at: instant(row.endedAt) })}
          </p>
        )}
        <p>
          {row.endedAt === null ? (
            <button
              type="button"
              onClick={() => {
                setAsked('answer');
              }}
            >
              {t('alerts.answer')}
            </button>
          ) : null}{' '}
          <button
            type="button"
            className="quiet"
            onClick={() => {
              setAsked('judge');
            }}
          >
            {t('alerts.judge')}
          </button>
        </p>
        <KnownFacts row={row} />
      </Card>
      <Card title={t('alert.runbook')}>
        <RunbookOf rule={row.rule} />
      </Card>
      <Card title={t('alerts.told')}>
        <Deliveries alert={row.id} titled={false} />
      </Card>
      {asked === 'answer' ? <AlertDialog alert={row} onClose={close} /> : null}
      {asked === 'judge' ? <JudgeDialog alert={row} onClose={close} /> : null}
    </>
  );
}

function KnownFacts({ row }: { readonly row: AlertEpisode }): ReactNode {
  const { t } = useI18n();
  const { instant } = useFormat();
  const labels = Object.entries(row.labels).map(([name, value]) => `${name}=${value}`);
  const held = row.suppressedBy.join(', ');
  const facts: readonly (readonly [string, string])[] = [
    [t('alert.started'), instant(row.startedAt)],
    [t('alert.last'), instant(row.lastReportedAt)],
    [t('alert.reports'), String(row.reports)],
    [t('alert.told'), row.notifiedAt === null ? t('alerts.told.nobody') : instant(row.notifiedAt)],
    ...(held === '' ? [] : [[t('alert.suppressed'), held] as const]),
    [t('alert.judgement'), row.judgement === null ? '–' : t(`alerts.${row.judgement}`)],
    [t('alert.labels'), labels.join(', ')],
  ];
  return <Facts facts={facts} />;
}

function RunbookOf({ rule }: { readonly rule: string }): ReactNode {
  const { t, locale } = useI18n();
  return (
    <Loaded read={useRunbook(rule, locale === 'zh-TW' ? locale : 'en')}>
      {({ text, language }) =>
        text === null ? (
          <p className="note">{t('alert.runbook.none', { rule })}</p>
        ) : (
          <RunbookText text={text} language={language} />
        )
      }
    </Loaded>
  );
}
