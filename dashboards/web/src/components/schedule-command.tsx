import { Fragment, useRef } from 'react';
import type { ReactNode } from 'react';
import { answerOf, api, patience } from '../api/client.ts';
import { useChange } from '../api/queries.ts';
import type { ScheduleView } from '../api/schemas.ts';
import { READER_ZONE, useFormat } from '../format.ts';
import { useI18n } from '../i18n/text.ts';
import { useIntent } from '../intent.ts';
import { actionsOf, actText, alreadySo, besideOpen } from '../schedule-act.ts';
import type { ScheduleAction } from '../schedule-act.ts';
import { Dialog } from './dialog.tsx';
import { Outcome } from './outcome.tsx';
import { ReasonForm } from './reason-form.tsx';

/** Pauses, resumes or starts: one click opens the form, the second does it. */
export function ScheduleButtons({
  row,
  onChoose,
}: {
  readonly row: ScheduleView;
  readonly onChoose: (action: ScheduleAction) => void;
}): ReactNode {
  const { t } = useI18n();
  const kind = t(`schedules.kind.${row.kind}`);
  return (
    <>
      {actionsOf(row).map((action, place) => {
        const name = t(`schedules.${action}`);
        return (
          // By its place: the button that paused becomes the one that resumes, and keeps the focus.
          <Fragment key={place}>
            <button
              type="button"
              className="quiet"
              aria-label={t('schedules.about', { action: name, model: row.model, kind })}
              onClick={() => {
                onChoose(action);
              }}
            >
              {name}
            </button>{' '}
          </Fragment>
        );
      })}
    </>
  );
}

/** One key for the same wish until it was answered, also if the dialogue is closed in between: nothing starts twice. */
export interface ScheduleIntent {
  readonly keyOf: (what: string) => string;
  /** The same again is another wish. */
  readonly answered: () => void;
}

export function useScheduleIntent(): ScheduleIntent {
  const intent = useIntent();
  const count = useRef(0);
  return {
    keyOf: (what) => intent(`${what} ${String(count.current)}`),
    answered: () => {
      count.current += 1;
    },
  };
}

/** Why, and the button that does it; then what came of it. */
export function ScheduleDialog({
  action,
  row,
  intent,
  onTriggered,
  onClose,
}: {
  readonly action: ScheduleAction;
  readonly row: ScheduleView;
  readonly intent: ScheduleIntent;
  readonly onTriggered: () => void;
  readonly onClose: () => void;
}): ReactNode {
  const { t } = useI18n();
  const { zoned } = useFormat();
  const { model, kind, zone } = row;
  const act = actText({ action, model, kind });
  const draft = `schedule-${act}`;
  const change = useChange(async ({ reason }: { readonly reason: string }) => {
    const body = { action, kind, reason };
    const options = { ...patience(), idempotencyKey: intent.keyOf(`${act} ${reason}`) };
    const view = await answerOf(api.commandSchedule({ path: { model }, body }, options));
    intent.answered();
    if (action === 'trigger') onTriggered();
    return view;
  }, draft);
  const done = change.data;
  // After a lost answer the same press says what came of it: the button may not die of its own effect.
  const already = change.isIdle ? alreadySo(action, row) : null;
  const beside = besideOpen(action, row);
  const name = t(`schedules.${action}`);
  return (
    <Dialog
      title={t('schedules.about', { action: name, model, kind: t(`schedules.kind.${kind}`) })}
      onClose={onClose}
    >
      {done === undefined ? (
        <>
          <p className="note">{t(`schedules.${action}.what`)}</p>
          {beside === null ? null : <p className="note warn">{t(beside)}</p>}
          <ReasonForm
            id="schedule-reason"
            draft={draft}
            label={t('schedules.why')}
            busy={change.isPending}
            locked={already === null ? '' : t(already)}
            actions={[{ id: action, label: name, tone: 'main' }]}
            onAct={(_action, reason) => {
              change.mutate({ reason });
            }}
          />
        </>
      ) : null}
      <Outcome
        error={change.error}
        done={
          done === undefined
            ? null
            : t(`schedules.${action}.done`, { next: zoned(done.next[0], zone, READER_ZONE) })
        }
      />
    </Dialog>
  );
}
