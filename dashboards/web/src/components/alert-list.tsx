import type { ReactNode } from 'react';
import type { AlertRow } from '../api/schemas.ts';
import { useFormat } from '../format.ts';
import { useI18n } from '../i18n/text.ts';
import { Link, paths } from '../routing.tsx';
import { SeverityMark } from './marks.tsx';
import { Empty } from './states.tsx';

export function AlertList({ rows }: { readonly rows: readonly AlertRow[] }): ReactNode {
  const { t } = useI18n();
  const { instant } = useFormat();
  if (rows.length === 0) return <Empty title={t('alerts.none')} />;
  return (
    <ul className="list">
      {rows.map((row) => (
        <li key={row.id}>
          <SeverityMark severity={row.severity} /> <strong>{row.kind}</strong>{' '}
          {row.model === '' ? null : <Link to={paths.model(row.model)}>{row.model}</Link>}{' '}
          <time className="note" dateTime={row.recordedAt}>
            {instant(row.recordedAt)}
          </time>
          <p className="pre">{row.body}</p>
        </li>
      ))}
    </ul>
  );
}
