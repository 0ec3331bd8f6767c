import { useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { useSession } from '../api/session.ts';
import { keepDraft, keptDraft } from '../drafts.ts';
import { useI18n } from '../i18n/text.ts';

const LONGEST = 2000;
const SHORTEST = 3;
/** As the server sees it: what hides or reorders text may not become part of the record. */
const HIDDEN = /[^\P{Cc}\t\n]|[^\P{Cf}\u200C\u200D]|\u034F|[\u2028\u2029\u115F\u1160\u3164\uFFA0]/u;

export interface ReasonAction {
  readonly id: string;
  readonly label: string;
  readonly tone: 'main' | 'bad' | 'plain';
}

/**
 * Why somebody does something, and the buttons that do it. Nothing is sent while the reason would be refused. What was typed
 * outlives a session that ends, and a page that is loaded again.
 */
export function ReasonForm({
  id = 'reason',
  draft = id,
  label,
  actions,
  busy,
  locked = '',
  onAct,
  children,
}: {
  /** Of the field, where a page has several. */
  readonly id?: string;
  /** What the reason is about, where the field is used for several things in turn. */
  readonly draft?: string;
  readonly label: string;
  readonly actions: readonly ReasonAction[];
  readonly busy: boolean;
  /** Why nothing can be done now; empty when something can. */
  readonly locked?: string;
  readonly onAct: (action: string, reason: string) => void;
  readonly children?: ReactNode;
}): ReactNode {
  const { t } = useI18n();
  const subject = useSession().data?.subject ?? '';
  const [kept] = useState(() => keptDraft(subject, draft));
  const [reason, setReason] = useState(kept);
  const fault = faultOf(reason);
  // The second of two quick clicks comes before the button is drawn dead.
  const sent = useRef(false);
  useEffect(() => {
    if (!busy) sent.current = false;
  }, [busy]);
  const usable = fault === '' && locked === '' && !busy;
  return (
    <form
      className="reason"
      onSubmit={(event) => {
        event.preventDefault();
      }}
    >
      <label htmlFor={id}>{label}</label>
      <textarea
        id={id}
        rows={3}
        value={reason}
        onChange={(event) => {
          setReason(event.target.value);
          keepDraft(subject, draft, event.target.value);
        }}
        aria-describedby={`${id}-note`}
        aria-invalid={reason !== '' && fault !== ''}
      />
      <p id={`${id}-note`} className="note">
        {reason === ''
          ? t('reason.wanted')
          : fault === ''
            ? t('reason.left', { count: LONGEST - reason.length })
            : t(fault)}
      </p>
      {kept !== '' && reason === kept ? <p className="note">{t('reason.kept')}</p> : null}
      {children}
      {locked === '' ? null : (
        <p className="note warn" role="status">
          {locked}
        </p>
      )}
      <div className="buttons">
        {actions.map(({ id: action, label: name, tone }) => (
          <button
            key={action}
            type="button"
            className={`button-${tone}`}
            disabled={!usable}
            onClick={() => {
              if (sent.current) return;
              sent.current = true;
              onAct(action, reason.trim());
            }}
          >
            {busy ? t('reason.busy') : name}
          </button>
        ))}
      </div>
    </form>
  );
}

function faultOf(reason: string): '' | 'reason.short' | 'reason.long' | 'reason.hidden' {
  if (reason.trim().length < SHORTEST) return 'reason.short';
  if (reason.length > LONGEST) return 'reason.long';
  return HIDDEN.test(reason) || !reason.isWellFormed() ? 'reason.hidden' : '';
}
