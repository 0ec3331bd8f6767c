import { useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { answerOf, api, intentKey, patience } from '../api/client.ts';
import { useChange } from '../api/queries.ts';
import type { ModelOverview, RollbackResult } from '../api/schemas.ts';
import { useFormat } from '../format.ts';
import { useI18n } from '../i18n/text.ts';
import { Dialog } from './dialog.tsx';
import { Facts } from './marks.tsx';
import { ReasonForm } from './reason-form.tsx';
import { Failure } from './states.tsx';

/** Takes a model back to its previous champion: one click opens this, the second does it. */
export function RollbackButton({ models }: { readonly models: readonly ModelOverview[] }): ReactNode {
  const { t } = useI18n();
  const [open, setOpen] = useState(false);
  if (models.length === 0) return null;
  return (
    <>
      <button
        type="button"
        className="button-bad"
        onClick={() => {
          setOpen(true);
        }}
      >
        {t('rollback.button')}
      </button>
      {open ? (
        <RollbackDialog
          models={models}
          onClose={() => {
            setOpen(false);
          }}
        />
      ) : null}
    </>
  );
}

function RollbackDialog({
  models,
  onClose,
}: {
  readonly models: readonly ModelOverview[];
  readonly onClose: () => void;
}): ReactNode {
  const { t } = useI18n();
  const { number } = useFormat();
  const [chosen, setChosen] = useState(
    models.find(({ rollbackTarget }) => rollbackTarget !== null)?.model ?? '',
  );
  const model = models.find((candidate) => candidate.model === chosen) ?? models[0];
  // One intent, one key: a second click repeats the command, it does not roll back twice.
  const key = useMemo(() => intentKey(), [chosen]);
  const change = useChange(
    (input: { readonly model: string; readonly epoch: number; readonly reason: string }) =>
      answerOf(
        api.rollBack(
          {
            path: { model: input.model },
            body: { toVersion: null, expectedEpoch: input.epoch, reason: input.reason },
          },
          { ...patience(), idempotencyKey: key },
        ),
      ),
  );
  const target = model?.rollbackTarget ?? null;
  return (
    <Dialog title={t('rollback.title')} onClose={onClose}>
      {change.data === undefined ? (
        <>
          <label htmlFor="rollback-model">{t('rollback.model')}</label>
          <select
            id="rollback-model"
            value={model?.model ?? ''}
            onChange={(event) => {
              setChosen(event.target.value);
            }}
          >
            {models.map((one) => (
              <option key={one.model} value={one.model}>
                {one.model}
              </option>
            ))}
          </select>
          <Facts
            facts={[
              [t('rollback.from'), t('version.number', { number: String(model?.champion?.number ?? '–') })],
              [
                t('rollback.to'),
                target === null ? t('rollback.nowhere') : t('version.number', { number: String(target) }),
              ],
              [t('model.epoch'), `${String(model?.epoch ?? 0)} → ${String((model?.epoch ?? 0) + 1)}`],
            ]}
          />
          <ReasonForm
            id="rollback-reason"
            label={t('rollback.reason')}
            actions={[{ id: 'roll-back', label: t('rollback.do'), tone: 'bad' }]}
            busy={change.isPending}
            locked={target === null ? t('rollback.nowhere') : ''}
            onAct={(_action, reason) => {
              if (model !== undefined) change.mutate({ model: model.model, epoch: model.epoch, reason });
            }}
          />
          {change.error === null ? null : <Failure error={change.error} />}
        </>
      ) : (
        <Outcome result={change.data} seconds={number(change.data.elapsedMs / 1000, 2)} />
      )}
    </Dialog>
  );
}

function Outcome({
  result,
  seconds,
}: {
  readonly result: RollbackResult;
  readonly seconds: string;
}): ReactNode {
  const { t } = useI18n();
  const complete = result.status === 'complete';
  return (
    <div role="status">
      <p>
        <strong>
          {t('rollback.done', { to: result.toVersion, from: result.fromVersion, epoch: result.epoch })}
        </strong>
      </p>
      <p className={complete ? 'note' : 'note warn'}>
        {complete
          ? t('rollback.complete', { seconds })
          : t('rollback.partial', { servers: result.missingServers.join(', ') })}
      </p>
    </div>
  );
}
