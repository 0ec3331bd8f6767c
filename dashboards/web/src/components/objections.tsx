import { useEffect, useMemo, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { answerOf, api, intentKey, patience } from '../api/client.ts';
import { useChange, useMarketOf } from '../api/queries.ts';
import type { ObjectionRecord, RetrainDetail } from '../api/schemas.ts';
import { hasRole, useSession } from '../api/session.ts';
import { keptDraft } from '../drafts.ts';
import { useFormat } from '../format.ts';
import { useI18n } from '../i18n/text.ts';
import { isSamePerson } from '../same-person.ts';
import { FocusKept } from './focus-kept.tsx';
import { Card } from './marks.tsx';
import { ReasonForm } from './reason-form.tsx';
import type { ReasonAction } from './reason-form.tsx';
import { Outcome } from './outcome.tsx';

interface Act {
  readonly action: string;
  readonly reason: string;
}

/** Who speaks against the promotion, what that holds up, and how it is resolved. Nothing before a signature is asked for. */
export function Objections({ detail }: { readonly detail: RetrainDetail }): ReactNode {
  const { t } = useI18n();
  const { approval, objections } = detail;
  const session = useSession();
  const who = session.data ?? null;
  const { model, status } = detail.retrain;
  const marketOf = useMarketOf();
  const isLead = hasRole(who, model, marketOf(model), ['quant-lead']);
  const mayObject = isLead && approval !== null && (status === 'open' || status === 'promoted');
  const standing = objections.filter(({ state }) => state === 'open');
  if (approval === null || (objections.length === 0 && !mayObject)) return null;
  const mine = who !== null && standing.some(({ subject }) => isSamePerson(subject, who.subject));
  return (
    <Card title={t('objection.title')}>
      <FocusKept>
        {objections.length === 0 ? <p className="note">{t('objection.none')}</p> : null}
        {objections.map((objection) => (
          <OneObjection
            key={objection.id}
            retrain={detail.retrain.retrainId}
            objection={objection}
            subject={isLead ? (who?.subject ?? '') : ''}
          />
        ))}
        {mayObject && !mine ? (
          <Raise retrain={detail.retrain.retrainId} evidenceHash={approval.evidenceHash} status={status} />
        ) : null}
      </FocusKept>
    </Card>
  );
}

function OneObjection({
  retrain,
  objection,
  subject,
}: {
  readonly retrain: string;
  readonly objection: ObjectionRecord;
  /** The quant lead who looks at it; empty: somebody who is none. */
  readonly subject: string;
}): ReactNode {
  const { t } = useI18n();
  const { instant } = useFormat();
  const { id, state, epoch, answers } = objection;
  const stands = state === 'open' ? (epoch === null ? 'holds' : 'stands') : state;
  return (
    <section>
      <p>
        <strong>{t('objection.by', { id, subject: objection.subject })}</strong> ·{' '}
        {instant(objection.recordedAt)} ·{' '}
        <span className={state === 'open' ? 'warn' : ''}>{t(`objection.${stands}`)}</span>
      </p>
      <blockquote>{objection.reason}</blockquote>
      {answers.map((answer) => (
        <p key={answer.subject} className="note">
          {t(`objection.answer.${answer.answer}`, { subject: answer.subject })}: {answer.reason}
        </p>
      ))}
      {state === 'open' && subject !== '' ? (
        <Answer retrain={retrain} objection={objection} subject={subject} />
      ) : null}
    </section>
  );
}

function Answer({
  retrain,
  objection,
  subject,
}: {
  readonly retrain: string;
  readonly objection: ObjectionRecord;
  readonly subject: string;
}): ReactNode {
  const { t } = useI18n();
  const key = useMemo(() => intentKey(), []);
  const own = isSamePerson(objection.subject, subject);
  const change = useChange(async ({ reason }: Act) =>
    answerOf(
      api.answerObjection(
        {
          path: { retrain, objection: objection.id },
          body: { answer: own ? 'withdraw' : 'overrule', reason },
        },
        { ...patience(), idempotencyKey: key },
      ),
    ),
  );
  const answered = objection.answers.some((answer) => isSamePerson(answer.subject, subject));
  return (
    <>
      <ReasonForm
        id={`objection-${String(objection.id)}`}
        label={t(own ? 'objection.why.withdraw' : 'objection.why.overrule')}
        busy={change.isPending}
        locked={answered ? t('objection.answered') : ''}
        actions={[
          { id: 'answer', label: t(own ? 'objection.withdraw' : 'objection.overrule'), tone: 'plain' },
        ]}
        onAct={(action, reason) => {
          change.mutate({ action, reason });
        }}
      />
      <Outcome error={change.error} done={change.isSuccess ? t('done') : null} />
    </>
  );
}

const FIELD = 'objection-raise';

function Raise({
  retrain,
  evidenceHash,
  status,
}: {
  readonly retrain: string;
  readonly evidenceHash: string;
  readonly status: string;
}): ReactNode {
  const { t } = useI18n();
  const who = useSession().data?.subject ?? '';
  // What was being written when the session ended is taken up again.
  const [open, setOpen] = useState(() => keptDraft(who, FIELD) !== '');
  const pressed = useRef(false);
  useEffect(() => {
    // The button that was pressed is gone: on with what it asked for.
    if (open && pressed.current) document.getElementById(FIELD)?.focus();
  }, [open]);
  const key = useMemo(() => intentKey(), [evidenceHash]);
  const actions: readonly ReasonAction[] = [{ id: 'raise', label: t('objection.raise'), tone: 'bad' }];
  const change = useChange(async ({ reason }: Act) =>
    answerOf(
      api.raiseObjection(
        { path: { retrain }, body: { evidenceHash, reason } },
        { ...patience(), idempotencyKey: key },
      ),
    ),
  );
  const effect = (
    <p className="note">{t(status === 'open' ? 'objection.effect.before' : 'objection.effect.after')}</p>
  );
  if (!open) {
    return (
      <>
        {effect}
        <button
          type="button"
          className="button-plain"
          onClick={() => {
            pressed.current = true;
            setOpen(true);
          }}
        >
          {t('objection.raise')} …
        </button>
      </>
    );
  }
  return (
    <>
      {effect}
      <ReasonForm
        id={FIELD}
        label={t('objection.why')}
        busy={change.isPending}
        actions={actions}
        onAct={(action, reason) => {
          change.mutate({ action, reason });
        }}
      />
      <Outcome error={change.error} done={change.isSuccess ? t('done') : null} />
    </>
  );
}
