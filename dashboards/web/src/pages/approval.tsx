import { useEffect, useMemo, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { answerOf, api, intentKey, patience } from '../api/client.ts';
import type { ApiError } from '../api/client.ts';
import {
  useChange,
  useEvidence,
  useFigures,
  useGateReport,
  useMarketOf,
  useRetrain,
} from '../api/queries.ts';
import type { ApprovalBrief, RetrainDetail } from '../api/schemas.ts';
import { ApprovalReading } from '../components/approval-reading.tsx';
import { barredLine } from '../barred-line.ts';
import { DecisionInShort } from '../components/decision-in-short.tsx';
import { swapHour } from '../decision-answers.ts';
import { Card, Facts, Hash, Recorded } from '../components/marks.tsx';
import { Objections } from '../components/objections.tsx';
import { ReplayNote } from '../components/replay-note.tsx';
import { ReasonForm } from '../components/reason-form.tsx';
import { Failure, Loaded } from '../components/states.tsx';
import { Heading } from '../components/heading.tsx';
import { READER_ZONE, useFormat, useTimeLeft, zoneOf } from '../format.ts';
import { useI18n } from '../i18n/text.ts';
import { Link, paths } from '../routing.tsx';
import { useServerTime } from '../server-time.ts';
import { useDeputyFact, useSignerLock } from '../signer.ts';

/** Everything on which the decision is made, in the order in which it is read, and the decision at its end. */
export function ApprovalPage({ retrain }: { readonly retrain: string }): ReactNode {
  const { t } = useI18n();
  const detail = useRetrain(retrain);
  const report = useGateReport(retrain);
  const evidence = useEvidence(retrain);
  const figures = useFigures(retrain);
  return (
    <Loaded read={detail}>
      {(data) => (
        <>
          <Heading
            title={t('approval.title', { model: data.retrain.model, number: data.retrain.version ?? 0 })}
          />
          <p className="note">
            <Link to={paths.retrain(retrain)}>{t('approval.retrain')}</Link>
          </p>
          <ReplayNote detail={data} />
          {data.approval === null || data.retrain.status !== 'open' ? <Over detail={data} /> : null}
          {data.approval === null ||
          data.retrain.status !== 'open' ||
          evidence.data === undefined ||
          report.data === undefined ? null : (
            <DecisionInShort
              detail={data}
              approval={data.approval}
              stored={report.data}
              evidence={evidence.data.items}
            />
          )}
          {data.approval === null || data.retrain.status !== 'open' ? null : (
            <AskedFor approval={data.approval} detail={data} />
          )}
          <Loaded read={evidence}>
            {({ items }) => (
              <Loaded read={report}>
                {(stored) => (
                  <Loaded read={figures}>
                    {(drawn) => (
                      <ApprovalReading detail={data} stored={stored} evidence={items} figures={drawn} />
                    )}
                  </Loaded>
                )}
              </Loaded>
            )}
          </Loaded>
          {data.approval === null ? null : <Decision detail={data} approval={data.approval} />}
          <Objections detail={data} />
        </>
      )}
    </Loaded>
  );
}

function Over({ detail }: { readonly detail: RetrainDetail }): ReactNode {
  const { t } = useI18n();
  const { status, reason } = detail.retrain;
  return (
    <div className="state" role="status">
      <strong>{status === 'open' ? t('approval.not-yet') : t('approval.over')}</strong>
      <p>
        <Recorded text={reason} />
      </p>
    </div>
  );
}

function AskedFor({
  approval,
  detail: { retrain, swap, clock },
}: {
  readonly approval: ApprovalBrief;
  readonly detail: RetrainDetail;
}): ReactNode {
  const { t } = useI18n();
  const format = useFormat();
  const { zoned } = format;
  const zone = zoneOf(useMarketOf()(approval.model));
  const deputy = useDeputyFact(approval);
  const left = useTimeLeft();
  return (
    <Card title={t('approval.asked')}>
      <Facts
        facts={[
          [
            t('approval.kind'),
            approval.admission === 'promotion' ? t('approval.promotion') : t('model.probation'),
          ],
          [
            t('approval.signatures'),
            t('approval.signed', { given: approval.approvedBy.length, needed: approval.needed }),
          ],
          [t('approval.by'), approval.approvedBy.length === 0 ? '–' : approval.approvedBy.join(', ')],
          [t('approval.barred'), barredLine(approval.barred, retrain.requester, t)],
          ...deputy,
          [
            t(clock.mode === 'replay' ? 'approval.expires.replay' : 'approval.expires'),
            `${zoned(approval.expiresAt, zone, READER_ZONE)}${left(approval.expiresAt)}`,
          ],
          ...(swap === null
            ? []
            : [
                [t('approval.window'), swapHour(swap, zone, { t, format, readerZone: READER_ZONE })] as const,
              ]),
          ...(swap === null || swap.firstSession === null
            ? []
            : [[t('approval.first-session'), swap.firstSession] as const]),
          [t('approval.epoch'), `${String(approval.expectedEpoch)} → ${String(approval.expectedEpoch + 1)}`],
          [t('approval.hash'), <Hash key="hash" value={approval.evidenceHash} />],
        ]}
      />
      <p>
        {t(approval.expectedEpoch === 0 ? 'approval.effect.first' : 'approval.effect', {
          epoch: approval.expectedEpoch + 1,
        })}
      </p>
    </Card>
  );
}

function Decision({
  detail,
  approval,
}: {
  readonly detail: RetrainDetail;
  readonly approval: ApprovalBrief;
}): ReactNode {
  const { t } = useI18n();
  const lockOfSigner = useSignerLock();
  const now = useServerTime();
  // The evidence as it was when the page was opened is what was read; the buttons die when it is another.
  const read = useRef(approval.evidenceHash);
  const [acted, setActed] = useState('');
  const keys = useMemo(() => ({ approve: intentKey(), reject: intentKey() }), [approval.evidenceHash]);
  const { retrainId } = detail.retrain;
  const change = useChange(
    async ({ decision, reason }: { readonly decision: 'approve' | 'reject'; readonly reason: string }) =>
      answerOf(
        api.decideRetrain(
          { path: { retrain: retrainId }, body: { decision, evidenceHash: read.current, reason } },
          { ...patience(), idempotencyKey: keys[decision] },
        ),
      ),
  );
  const locked = lockOf();
  return (
    <Card title={t('approval.decide')}>
      <ReasonForm
        label={t('approval.reason')}
        busy={change.isPending}
        locked={locked}
        actions={[
          { id: 'approve', label: t('approval.approve'), tone: 'main' },
          { id: 'reject', label: t('approval.reject'), tone: 'bad' },
        ]}
        onAct={(action, reason) => {
          setActed(action);
          change.mutate({ decision: action === 'approve' ? 'approve' : 'reject', reason });
        }}
      >
        <p className="note">
          {t('approval.signs')} <Hash value={read.current} />
        </p>
      </ReasonForm>
      <DecisionOutcome error={change.error} done={change.isSuccess} acted={acted} />
    </Card>
  );

  function lockOf(): string {
    // The record keeps what was asked; it is asked no more when the retrain has ended.
    if (detail.retrain.status !== 'open') return t('approval.over');
    if (read.current !== approval.evidenceHash) return t('approval.changed');
    if (approval.rejectedBy !== null) return t('approval.rejected-by', { subject: approval.rejectedBy });
    if (now !== null && now > Date.parse(approval.expiresAt)) return t('approval.expired');
    return lockOfSigner({ ...approval, signed: approval.approvedBy });
  }
}

function DecisionOutcome({
  error,
  done,
  acted,
}: {
  readonly error: ApiError | null;
  readonly done: boolean;
  readonly acted: string;
}): ReactNode {
  const { t } = useI18n();
  const place = useRef<HTMLDivElement>(null);
  const over = done || error !== null;
  // The button that was pressed is dead now, and would leave whoever works by keyboard at the top of the page.
  useEffect(() => {
    if (over) place.current?.focus();
  }, [over]);
  return (
    <div ref={place} tabIndex={-1}>
      {error === null ? null : <Failure error={error} />}
      {error?.offline === true ? <p className="note warn">{t('approval.unknown')}</p> : null}
      {done && error === null ? (
        <p role="status">
          <strong>{acted === 'approve' ? t('approval.approved') : t('approval.rejected')}</strong>
        </p>
      ) : null}
    </div>
  );
}
