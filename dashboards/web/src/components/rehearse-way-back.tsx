import { useRef } from 'react';
import type { ReactNode } from 'react';
import { answerOf, api, patience } from '../api/client.ts';
import { useChange, useNewestDrill } from '../api/queries.ts';
import type { RollbackDrill } from '../api/schemas.ts';
import { hasRole, useSession } from '../api/session.ts';
import { useI18n } from '../i18n/text.ts';
import { useIntent } from '../intent.ts';
import { serverNow } from '../server-time.ts';
import { DrillReports, isLed } from './drill-reports.tsx';
import { Outcome } from './outcome.tsx';
import { ReasonForm } from './reason-form.tsx';

/** As the control API allows it: those who may go the way back may have it rehearsed. */
const DRILL_ROLES = ['quant-lead', 'operator', 'admin'];
const FIELD = 'drill-reason';

/** Has the way back rehearsed with a reason, and shows the newest drill of the model while it runs and how it ended. */
export function RehearseWayBack({
  model,
  market,
  target,
}: {
  readonly model: string;
  readonly market: string;
  /** Version that a rollback would go to now; null: none. */
  readonly target: number | null;
}): ReactNode {
  const { t } = useI18n();
  const session = useSession();
  const newest = useNewestDrill(model).data ?? null;
  const may = hasRole(session.data ?? null, model, market, DRILL_ROLES);
  const open = newest !== null && isLed(newest, serverNow()) ? newest : null;
  if (target === null && newest === null) return may ? <p className="note">{t('drill.nowhere')}</p> : null;
  return (
    <>
      {may ? <DrillForm model={model} target={target} open={open} /> : null}
      {newest === null ? null : <DrillReports drill={newest} />}
    </>
  );
}

function DrillForm({
  model,
  target,
  open,
}: {
  readonly model: string;
  readonly target: number | null;
  readonly open: RollbackDrill | null;
}): ReactNode {
  const { t } = useI18n();
  const intent = useIntent();
  // A drill after one that was answered is another wish, also for the same reason; after a lost answer it is the same.
  const answered = useRef(0);
  const change = useChange(async ({ reason, key }: { readonly reason: string; readonly key: string }) => {
    const drill = await answerOf(
      api.startDrill(
        { path: { model }, body: { reason, until: 'opened' } },
        { ...patience(), idempotencyKey: key },
      ),
    );
    answered.current = drill.id;
    return drill;
  }, FIELD);
  const begun = change.data;
  return (
    <>
      <p className="note">
        {target === null ? t('drill.nowhere') : t('drill.what', { version: String(target) })}
      </p>
      <ReasonForm
        id={FIELD}
        label={t('drill.reason')}
        busy={change.isPending}
        locked={lockOf(target, open, t)}
        actions={[{ id: 'drill', label: t('drill.do'), tone: 'plain' }]}
        onAct={(_action, reason) => {
          change.mutate({ reason, key: intent(`${reason} ${String(answered.current)}`) });
        }}
      />
      <Outcome
        error={change.error}
        done={
          begun === undefined
            ? null
            : t(begun.result === null ? 'drill.begun' : 'drill.over', { id: begun.id })
        }
      />
    </>
  );
}

function lockOf(
  target: number | null,
  open: RollbackDrill | null,
  t: ReturnType<typeof useI18n>['t'],
): string {
  if (target === null) return t('drill.nowhere');
  return open === null ? '' : t('drill.locked', { id: open.id, who: open.requestedBy });
}
