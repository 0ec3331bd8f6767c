import type { ReactNode } from 'react';
import type { AlertEpisode } from '../api/schemas.ts';
import { useFormat } from '../format.ts';
import { useI18n } from '../i18n/text.ts';
import { Link, paths } from '../routing.tsx';
import { Recorded, SeverityMark } from './marks.tsx';
import { Empty } from './states.tsx';

export function AlertList({ rows }: { readonly rows: readonly AlertEpisode[] }): ReactNode {
  const { t } = useI18n();
  const { instant } = useFormat();
  if (rows.length === 0) return <Empty title={t('alerts.none')} />;
  return (
    <ul className="list">
      {rows.map((row) => (
        <li key={row.id}>
          <SeverityMark severity={row.severity} /> <Link to={paths.alert(row.id)}>{row.rule}</Link>{' '}
          {row.model === null ? null : <AlertSubject row={row} />} <AlertState row={row} />{' '}
          <time className="note" dateTime={row.startedAt}>
            {instant(row.startedAt)}
          </time>
          <p className="pre">
            <Recorded text={row.summary} />
          </p>
        </li>
      ))}
    </ul>
  );
}

/** What it is about: the model, and the retrain behind it. */
export function AlertSubject({
  row: { model, retrain, rule, labels },
}: {
  readonly row: Pick<AlertEpisode, 'model' | 'retrain' | 'rule' | 'labels'>;
}): ReactNode {
  const { t } = useI18n();
  if (model === null) return '–';
  const waivable = rule === 'gates-held' && labels['cause'] === 'waivable-fail';
  return (
    <>
      <Link to={paths.model(model)}>{model}</Link>
      {retrain === null ? null : (
        <>
          {' · '}
          <Link to={paths.retrain(retrain)}>{t('alerts.retrain')}</Link>
          {waivable ? (
            <>
              {' · '}
              <Link to={paths.waivers(retrain)}>{t('waivers.open')}</Link>
            </>
          ) : null}
        </>
      )}
    </>
  );
}

export function AlertState({ row }: { readonly row: AlertEpisode }): ReactNode {
  const { t } = useI18n();
  if (row.endedAt !== null) return <span className="mark mark-quiet">{t('alerts.ended')}</span>;
  if (row.acknowledgedBy !== null) {
    return (
      <span className="mark mark-info">{t('alerts.acknowledged', { subject: row.acknowledgedBy })}</span>
    );
  }
  return <span className="mark mark-bad">{t('alerts.firing')}</span>;
}
