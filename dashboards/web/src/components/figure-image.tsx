import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTheme } from '../theme.ts';
import { useI18n } from '../i18n/text.ts';
import type { TextId } from '../i18n/text.ts';

export type FigureName = 'equity' | 'spa' | 'dsr' | 'pbo' | 'ic';

export type VersionFigureName = 'permutation' | 'gain' | 'shap' | 'dependence';

/** A figure of the gate report as it was recorded: the same picture as in mails and printed reports. */
export function FigureImage({
  retrain,
  name,
}: {
  readonly retrain: string;
  readonly name: FigureName;
}): ReactNode {
  return (
    <RecordedFigure name={name} source={`/api/v1/retrains/${encodeURIComponent(retrain)}/figures/${name}`} />
  );
}

/** What a version uses, as it was drawn when the version was made. */
export function VersionFigure({
  model,
  version,
  name,
}: {
  readonly model: string;
  readonly version: number;
  readonly name: VersionFigureName;
}): ReactNode {
  return (
    <RecordedFigure
      name={name}
      source={`/api/v1/models/${model}/versions/${String(version)}/figures/${name}`}
    />
  );
}

function RecordedFigure({
  name,
  source,
}: {
  readonly name: FigureName | VersionFigureName;
  readonly source: string;
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
          src={source}
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
