import type { ReactNode } from 'react';
import { useEvidence, useGateReport, useRetrain, useRetrainState } from '../api/queries.ts';
import type { EvidenceRecord, RetrainDetail } from '../api/schemas.ts';
import { Command } from '../components/command.tsx';
import { Heading } from '../components/heading.tsx';
import { Card, Facts, Hash, Recorded, Said, StatusMark, VerdictMark } from '../components/marks.tsx';
import { ReplayNote } from '../components/replay-note.tsx';
import { ShadowCard } from '../components/shadow-card.tsx';
import { Loaded } from '../components/states.tsx';
import { Steps, stepTimes } from '../components/steps.tsx';
import { VerdictTable } from '../components/verdict-table.tsx';
import { WaiverRecords } from '../components/waiver-records.tsx';
import { useFormat } from '../format.ts';
import { useI18n } from '../i18n/text.ts';
import type { TextId } from '../i18n/text.ts';
import { Link, paths } from '../routing.tsx';
import { verdictsOf } from '../report.ts';

export function RetrainPage({ retrain }: { readonly retrain: string }): ReactNode {
  const read = useRetrain(retrain);
  return <Loaded read={read}>{(detail) => <Retrain detail={detail} />}</Loaded>;
}

function Retrain({ detail }: { readonly detail: RetrainDetail }): ReactNode {
  const { t } = useI18n();
  const { instant } = useFormat();
  const { retrain, approval, shadowDays, temporalUrl } = detail;
  const state = useRetrainState(retrain.retrainId, retrain.status === 'open');
  const report = useGateReport(retrain.retrainId);
  const evidence = useEvidence(retrain.retrainId);
  const waived = new Set(detail.waivers.map(({ gate }) => gate));
  return (
    <>
      <Heading title={`${retrain.model} · ${t('retrain.as-of', { at: instant(retrain.asOf) })}`}>
        <Link to={paths.model(retrain.model)}>{retrain.model}</Link> ·{' '}
        {t('retrain.as-of', { at: instant(retrain.asOf) })}
      </Heading>
      <ReplayNote detail={detail} />
      <Card
        title={t('retrain.steps')}
        aside={
          temporalUrl === null ? null : (
            <a href={temporalUrl} target="_blank" rel="noreferrer">
              {t('retrain.temporal')}
            </a>
          )
        }
      >
        <Steps
          step={retrain.step}
          status={retrain.status}
          times={stepTimes(state.data?.steps ?? [], retrain.finishedAt)}
        />
        {state.data?.awaiting && approval === null ? (
          <p className="call" role="status">
            <Recorded text={state.data.awaiting} />
          </p>
        ) : null}
        {state.error !== null && retrain.status === 'open' ? (
          <p className="note warn">{t('retrain.no-worker')}</p>
        ) : null}
        <Facts
          facts={[
            [t('state'), <StatusMark key="status" status={retrain.status} />],
            [t('verdict'), <VerdictMark key="verdict" verdict={retrain.verdict} />],
            [t('reason'), retrain.reason === '' ? '–' : <Recorded key="reason" text={retrain.reason} />],
            [t('trigger'), t(`trigger.${retrain.trigger}` as TextId)],
            [t('who'), retrain.requester],
            [
              t('version'),
              retrain.version === null ? (
                '–'
              ) : (
                <Link to={paths.version(retrain.model, retrain.version)}>
                  {t('version.number', { number: retrain.version })}
                </Link>
              ),
            ],
            [t('started'), instant(retrain.startedAt)],
            [t('retrain.step-since'), instant(retrain.stepAt)],
            [t('finished'), instant(retrain.finishedAt)],
            [t('model.spec'), String(retrain.specNumber)],
          ]}
        />
        {approval === null ? null : (
          <p className="call">
            <Link className="button-main" to={paths.approval(retrain.retrainId)}>
              {t('approval.open')}
            </Link>{' '}
            {t('approval.signed', { given: approval.approvedBy.length, needed: approval.needed })}
          </p>
        )}
        {detail.waiving === null ? null : (
          <p className="call">
            <Link className="button-main" to={paths.waivers(retrain.retrainId)}>
              {t('waivers.open')}
            </Link>{' '}
            {t('waivers.waits', {
              count: detail.waiving.gates.length,
              at: instant(detail.waiving.expiresAt),
            })}
          </p>
        )}
      </Card>
      <Card title={t('approval.verdicts')}>
        <Loaded read={report}>
          {(stored) =>
            stored === null ? (
              <p className="note">{t('retrain.no-report')}</p>
            ) : (
              <VerdictTable verdicts={verdictsOf(stored)} closeness={stored.closeness} waived={waived} />
            )
          }
        </Loaded>
      </Card>
      <Holds detail={detail} />
      <ShadowCard days={shadowDays} />
      <Card title={t('retrain.report')}>
        <p className="note">{t('retrain.report.what')}</p>
        <Command text={`npm run contender -- report retrain ${retrain.retrainId} --out retrain.pdf`} />
      </Card>
      <Card title={t('retrain.evidence')}>
        <Loaded read={evidence}>{({ items }) => <EvidenceChain items={items} />}</Loaded>
      </Card>
    </>
  );
}

function Holds({ detail: { holds, waivers } }: { readonly detail: RetrainDetail }): ReactNode {
  const { t } = useI18n();
  const { instant } = useFormat();
  if (holds.length === 0) return null;
  return (
    <Card title={t('retrain.holds')}>
      <ul className="list">
        {holds.map((hold) => (
          <li key={hold.round}>
            <strong>{t(`hold.${hold.cause}` as TextId)}</strong>{' '}
            <time className="note">{instant(hold.recordedAt)}</time>
            <ul>
              {hold.objections.map(({ gate, reason }) => (
                <li key={gate}>
                  <Recorded text={`${gate}: ${reason}`} />
                </li>
              ))}
            </ul>
            {hold.answer === null ? (
              <p className="note warn">
                {t('hold.until', { at: instant(hold.expiresAt) })}
                {hold.deputy !== null &&
                  ` ${t('hold.deputy', { subject: hold.deputy.subject, at: instant(hold.deputy.from) })}`}
              </p>
            ) : (
              <p className="note">
                {t(`hold.answered.${hold.answer.answer}`, { subject: hold.answer.subject })} ·{' '}
                <Said text={hold.answer.reason} by={hold.answer.subject} />
              </p>
            )}
          </li>
        ))}
      </ul>
      {waivers.length === 0 ? null : <WaiverRecords waivers={waivers} />}
    </Card>
  );
}

/** Gate, shadow and decision, each holding the hash of the one before. */
export function EvidenceChain({ items }: { readonly items: readonly EvidenceRecord[] }): ReactNode {
  const { t } = useI18n();
  const { instant } = useFormat();
  if (items.length === 0) return <p className="note">{t('evidence.none')}</p>;
  return (
    <ol className="chain">
      {items.map((record) => (
        <li key={record.hash}>
          <strong>{t(`evidence.${record.kind}` as TextId)}</strong> <VerdictMark verdict={record.verdict} />{' '}
          <Hash value={record.hash} />
          <span className="note"> {instant(record.recordedAt)}</span>
          <details>
            <summary>{t('evidence.show')}</summary>
            <pre className="json" tabIndex={0}>
              {JSON.stringify(record.body, null, 2)}
            </pre>
          </details>
        </li>
      ))}
    </ol>
  );
}
