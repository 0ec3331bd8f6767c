import type { ReactNode } from 'react';
import type { FigureList } from '../api/schemas.ts';
import { useTheme } from '../theme.ts';
import { useI18n } from '../i18n/text.ts';
import type { TextId } from '../i18n/text.ts';

type Listed = FigureList['items'][number];
export type FigureName = Listed['name'];

export type VersionFigureName = 'permutation' | 'gain' | 'shap' | 'dependence';

/** Figures of the gate report as they were recorded, or why one was not drawn: the same pictures as in mails and printed reports. */
export function FigureImages({
  retrain,
  figures,
  names,
}: {
  readonly retrain: string;
  readonly figures: FigureList;
  readonly names: readonly FigureName[];
}): ReactNode {
  // Nothing was recorded of a retrain of an older release, or of one that was not judged.
  const { t } = useI18n();
  if (figures.items.length === 0) return <p className="note">{t('figure.none')}</p>;
  const wanted = names.flatMap((name) => figures.items.filter((figure) => figure.name === name));
  return (
    <div className="figures">
      {wanted.map((figure) => (
        <FigureImage key={figure.name} retrain={retrain} figure={figure} />
      ))}
    </div>
  );
}

function FigureImage({
  retrain,
  figure: { name, missing },
}: {
  readonly retrain: string;
  readonly figure: Listed;
}): ReactNode {
  return (
    <RecordedFigure
      name={name}
      missing={missing}
      source={`/api/v1/retrains/${encodeURIComponent(retrain)}/figures/${name}`}
    />
  );
}

/** What a version uses, as it was drawn when the version was made; only for a version that has them. */
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
      missing=""
      source={`/api/v1/models/${model}/versions/${String(version)}/figures/${name}`}
    />
  );
}

function RecordedFigure({
  name,
  missing,
  source,
}: {
  readonly name: FigureName | VersionFigureName;
  /** Why it was not drawn; empty when it was. */
  readonly missing: string;
  readonly source: string;
}): ReactNode {
  const { t } = useI18n();
  const { shown } = useTheme();
  return (
    <figure>
      <figcaption>
        {t(`figure.${name}` as TextId)}
        {missing === '' ? <span className="figure-hint">{t('figure.scroll')}</span> : null}
      </figcaption>
      {missing === '' ? (
        <div className="figure-box" tabIndex={0} role="group" aria-label={t(`figure.${name}` as TextId)}>
          <img
            className={`figure figure-${shown}`}
            src={source}
            alt={t(`figure.${name}.what` as TextId)}
            loading="lazy"
            width={720}
            height={340}
          />
        </div>
      ) : (
        <p className="note" lang="en">
          {t('figure.missing', { reason: missing })}
        </p>
      )}
    </figure>
  );
}
