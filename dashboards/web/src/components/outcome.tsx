import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import type { ApiError } from '../api/client.ts';
import { useI18n } from '../i18n/text.ts';
import { Failure } from './states.tsx';

/**
 * What came of something that was asked for. The button that was pressed is dead by then, or gone, and would leave whoever works
 * by keyboard at the top of the page: they go on from here.
 */
export function Outcome({
  error,
  done,
}: {
  readonly error: ApiError | null;
  /** Null: nothing was done, or not yet. */
  readonly done: ReactNode;
}): ReactNode {
  const { t } = useI18n();
  const place = useRef<HTMLDivElement>(null);
  const over = error !== null || done !== null;
  useEffect(() => {
    if (over) place.current?.focus();
  }, [over]);
  return (
    <div ref={place} tabIndex={-1} className="outcome">
      {error === null ? null : <Failure error={error} />}
      {error?.offline === true ? <p className="note warn">{t('signing.lost')}</p> : null}
      {done === null || error !== null ? null : (
        <p role="status">
          <strong>{done}</strong>
        </p>
      )}
    </div>
  );
}
