import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTheme } from '../theme.ts';
import { useI18n } from '../i18n/text.ts';
import type { TextId } from '../i18n/text.ts';

export type FigureName = 'equity' | 'spa' | 'dsr' | 'pbo' | 'ic';

/** A figure of the gate report as it was recorded: the same picture as in mails and printed reports. */
export function FigureImage({
  retrain,
  name,
}: {
  readonly retrain: string;
  readonly name: FigureName;
}): ReactNode {
  const { t } = useI18n();
  const { shown } = useTheme();
  const [missing, setMissing] = useState(false);
  const title = t(`figure.${name}` as TextId);
  return (
    <figure>
      <figcaption>{title}</figcaption>
      {missing ? (
        <p className="note">{t('figure.missing')}</p>
      ) : (
        <img
          className={`figure figure-${shown}`}
          src={`/api/v1/retrains/${encodeURIComponent(retrain)}/figures/${name}`}
          alt={t(`figure.${name}.what` as TextId)}
          loading="lazy"
          width={720}
          height={340}
          onError={() => {
            setMissing(true);
          }}
        />
      )}
    </figure>
  );
}
