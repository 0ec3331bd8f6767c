import type { ReactNode } from 'react';
import type { FigureList } from '../api/schemas.ts';
import { useTheme } from '../theme.ts';
import { useTold } from '../i18n/told.ts';
import { useI18n } from '../i18n/text.ts';
import type { TextId } from '../i18n/text.ts';

type Listed = FigureList['items'][number];
export type FigureName = Listed['name'];

/** As in the styles: below it, letters of a wide figure would be too small to read. */
const NARROW = '(max-width: 640px)';

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
  figure: { name, missing, description },
}: {
  readonly retrain: string;
  readonly figure: Listed;
}): ReactNode {
  return (
    <RecordedFigure
      name={name}
      missing={missing}
      description={description}
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
      description=""
      source={`/api/v1/models/${model}/versions/${String(version)}/figures/${name}`}
    />
  );
}

function RecordedFigure({
  name,
  missing,
  description,
  source,
}: {
  readonly name: FigureName | VersionFigureName;
  /** Why it was not drawn; empty when it was. */
  readonly missing: string;
  /** What it shows, with its numbers; empty: the list does not say. */
  readonly description: string;
  readonly source: string;
}): ReactNode {
  const { t, locale } = useI18n();
  const tell = useTold();
  const { shown } = useTheme();
  const what = t(`figure.${name}.what` as TextId);
  const at = (size: 'wide' | 'narrow'): string => `${source}?language=${locale}&size=${size}`;
  return (
    <figure>
      <figcaption>{t(`figure.${name}` as TextId)}</figcaption>
      {missing === '' ? (
        <picture>
          <source media={NARROW} srcSet={at('narrow')} width={300} height={400} />
          <img
            className={`figure figure-${shown}`}
            src={at('wide')}
            alt={description === '' ? what : `${what}${t('figure.says')}${tell(description).text}`}
            loading="lazy"
            width={720}
            height={340}
          />
        </picture>
      ) : (
        <p className="note">{t('figure.missing', { reason: tell(missing).text })}</p>
      )}
    </figure>
  );
}
