import type { ReactNode } from 'react';
import { useVersion } from '../api/queries.ts';
import type { VersionDossier } from '../api/schemas.ts';
import { Command } from '../components/command.tsx';
import { DataTable } from '../components/data-table.tsx';
import { Heading } from '../components/heading.tsx';
import { Card, Facts, Hash, Recorded, Said, StatusMark } from '../components/marks.tsx';
import { VersionFigure } from '../components/figure-image.tsx';
import type { VersionFigureName } from '../components/figure-image.tsx';
import { Loaded } from '../components/states.tsx';
import { useFormat } from '../format.ts';
import { useI18n } from '../i18n/text.ts';
import type { TextId } from '../i18n/text.ts';
import { hasUseFigures } from '../report.ts';
import { Link, paths } from '../routing.tsx';
import { EvidenceChain } from './retrain.tsx';

const FIGURES: readonly VersionFigureName[] = ['permutation', 'shap', 'gain', 'dependence'];

export function VersionPage({
  model,
  version,
}: {
  readonly model: string;
  readonly version: string;
}): ReactNode {
  const read = useVersion(model, version);
  return <Loaded read={read}>{(dossier) => <Version dossier={dossier} />}</Loaded>;
}

function Version({ dossier }: { readonly dossier: VersionDossier }): ReactNode {
  const { t } = useI18n();
  const { instant } = useFormat();
  const { version, retrains, evidence, signatures, reigns, keptBecause } = dossier;
  return (
    <>
      <Heading title={`${version.model} · ${t('version.number', { number: version.number })}`}>
        <Link to={paths.model(version.model)}>{version.model}</Link> ·{' '}
        {t('version.number', { number: version.number })}
      </Heading>
      <Card title={t('version.lineage')}>
        <Facts
          facts={[
            [t('hash'), <code key="id">{version.id}</code>],
            [t('snapshot'), <Hash key="snapshot" value={version.snapshotId} />],
            [t('recipe'), <Hash key="recipe" value={version.recipeHash} />],
            [t('registered'), instant(version.registeredAt)],
            [
              t('version.kept-because'),
              keptBecause === null ? t('version.may-go') : <Recorded key="kept" text={keptBecause} />,
            ],
            [t('model.probation'), version.probation ? t('yes') : t('no')],
          ]}
        />
        <h3>{t('approval.reproduce')}</h3>
        <Command text={`npm run contender -- reproduce ${version.model} ${String(version.number)}`} />
        <details>
          <summary>{t('version.manifest')}</summary>
          <pre className="json" tabIndex={0}>
            {JSON.stringify(version.manifest, null, 2)}
          </pre>
        </details>
      </Card>
      {hasUseFigures(dossier) ? (
        <Card title={t('version.uses')}>
          <div className="figures">
            {FIGURES.map((name) => (
              <VersionFigure key={name} model={version.model} version={version.number} name={name} />
            ))}
          </div>
        </Card>
      ) : null}
      <Card title={t('nav.retrains')}>
        <ul className="list">
          {retrains.map((run) => (
            <li key={run.retrainId}>
              <Link to={paths.retrain(run.retrainId)}>{t('retrain.as-of', { at: instant(run.asOf) })}</Link>{' '}
              <StatusMark status={run.status} /> {run.requester}
            </li>
          ))}
        </ul>
      </Card>
      <Card title={t('retrain.evidence')}>
        <EvidenceChain items={evidence} />
      </Card>
      <Card title={t('version.signatures')}>
        <DataTable
          id="signatures"
          name={t('version.signatures')}
          rows={signatures}
          keyOf={({ evidenceHash, subject }) => `${evidenceHash} ${subject}`}
          columns={[
            { id: 'subject', title: t('who'), value: ({ subject }) => subject },
            {
              id: 'decision',
              title: t('decision'),
              value: ({ decision }) => t(`approval.${decision}` as TextId),
            },
            { id: 'reason', title: t('reason'), value: ({ reason }) => reason },
            {
              id: 'at',
              title: t('time'),
              value: ({ decidedAt }) => decidedAt,
              show: (row) => instant(row.decidedAt),
            },
            {
              id: 'hash',
              title: t('hash'),
              value: ({ evidenceHash }) => evidenceHash,
              show: (row) => <Hash value={row.evidenceHash} />,
            },
          ]}
        />
      </Card>
      <Card title={t('model.reigns')}>
        {reigns.length === 0 ? (
          <p className="note">{t('version.never')}</p>
        ) : (
          <ul className="list">
            {reigns.map((reign) => (
              <li key={reign.epoch}>
                {t('model.epoch')} {reign.epoch} · {t(`cause.${reign.cause}` as TextId)} ·{' '}
                {instant(reign.businessAt)} · {reign.actor}: <Said text={reign.reason} by={reign.actor} />
              </li>
            ))}
          </ul>
        )}
      </Card>
    </>
  );
}
