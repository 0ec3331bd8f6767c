import type { ReactNode } from 'react';
import type { SwapStatus } from '../api/schemas.ts';
import { drillLine } from '../drill-line.ts';
import { useFormat } from '../format.ts';
import { useI18n } from '../i18n/text.ts';

/** When the way back was last rehearsed, and how that went; a drill moves nothing. */
export function LastDrill({
  standing,
  after = null,
}: {
  readonly standing: SwapStatus['drill'] | undefined;
  /** Version to which a swap that is asked for would go back; null: none is asked for. */
  readonly after?: number | null;
}): ReactNode {
  const { t } = useI18n();
  const format = useFormat();
  if (standing === undefined) return '–';
  const { text, bad } = drillLine(standing, { t, format, now: Date.now(), after });
  if (!bad) return text;
  // The sentence says it too, and wraps where a mark would not.
  return (
    <span>
      <span className="mark mark-bad" aria-hidden="true">
        !
      </span>{' '}
      {text}
    </span>
  );
}
