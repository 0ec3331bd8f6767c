import type { ReactNode } from 'react';
import type { ApiError } from '../api/client.ts';
import { useI18n } from '../i18n/text.ts';
import { Recorded } from './marks.tsx';

/** A read under way: of a query, or of a list that is read page by page. */
export interface Reading<T> {
  readonly data: T | undefined;
  readonly isPending: boolean;
  readonly error: ApiError | null;
  readonly refetch: () => unknown;
}

/** What a read gives, or what to do when it gives nothing. */
export function Loaded<T>({
  read,
  children,
}: {
  readonly read: Reading<T>;
  readonly children: (data: T) => ReactNode;
}): ReactNode {
  const { t } = useI18n();
  if (read.data !== undefined) return children(read.data);
  if (read.isPending)
    return (
      <p className="state" role="status">
        {t('state.loading')}
      </p>
    );
  return <Failure error={read.error} onRetry={read.refetch} />;
}

export function Failure({
  error,
  onRetry,
}: {
  readonly error: ApiError | null;
  readonly onRetry?: () => unknown;
}): ReactNode {
  const { t } = useI18n();
  const problem = error?.problem ?? null;
  return (
    <div className="state state-failed" role="alert">
      <strong>{problem === null ? t('state.offline') : <Recorded text={problem.title} />}</strong>
      <p>
        {problem === null ? t('state.offline.what') : null}
        {/* With several fields the detail is the first of the list below. */}
        {problem === null || problem.issues.length > 1 ? null : <Recorded text={problem.detail} />}
        {problem !== null && problem.code !== '' ? <code className="code">{problem.code}</code> : null}
      </p>
      {problem === null || problem.issues.length < 2 ? null : (
        <ul>
          {problem.issues.map(({ field, message }) => (
            <li key={`${field} ${message}`}>
              <Recorded text={`${field}: ${message}`} />
            </li>
          ))}
        </ul>
      )}
      {problem !== null && problem.remedy !== '' ? (
        <p>
          <Recorded text={problem.remedy} />
        </p>
      ) : null}
      {onRetry === undefined ? null : (
        <button type="button" onClick={() => void onRetry()}>
          {t('state.retry')}
        </button>
      )}
    </div>
  );
}

export function Empty({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ReactNode;
}): ReactNode {
  return (
    <div className="state">
      <strong>{title}</strong>
      {children}
    </div>
  );
}
