import type { ReactNode } from 'react';
import { useModel, useReigns, useServers } from '../api/queries.ts';
import type { SwapStatus } from '../api/schemas.ts';
import { useFormat } from '../format.ts';
import { guardLines } from '../guard-lines.ts';
import { useI18n } from '../i18n/text.ts';
import { backLine, countsOf, serversLine } from '../servers-line.ts';
import { unbroken } from '../unbroken.ts';
import { Command } from './command.tsx';
import { LastDrill } from './last-drill.tsx';
import { Card, Facts, Said } from './marks.tsx';
import { RehearseWayBack } from './rehearse-way-back.tsx';

/** How a swap is taken back: to what, by whom, and when that was last done. */
export function WayBack({
  model,
  asked,
}: {
  readonly model: string;
  /** Whether a swap is asked for: what would be gone back to is the champion of today then. */
  readonly asked: boolean;
}): ReactNode {
  const { t } = useI18n();
  const format = useFormat();
  const { instant } = format;
  const view = useModel(model);
  const reigns = useReigns(model);
  const servers = useServers(model);
  const target = (asked ? view.data?.champion?.number : view.data?.rollbackTarget) ?? null;
  const known = servers.data === undefined ? null : countsOf(servers.data);
  const last = reigns.data?.items.find(({ cause }) => cause === 'rollback');
  return (
    <Card title={t('back.title')}>
      <Facts
        facts={[
          [t(asked ? 'back.to' : 'rollback.to'), backLine(target, known, t)],
          [t('model.servers'), known === null ? '–' : serversLine(known, t)],
          [
            t('back.last'),
            last === undefined ? (
              t('back.never')
            ) : (
              <span key="last">
                {instant(last.recordedAt)} · {last.actor}: <Said text={last.reason} by={last.actor} />
              </span>
            ),
          ],
          [t('back.took'), <Took key="took" swaps={servers.data?.measured ?? null} />],
          [
            t('drill.title'),
            <LastDrill key="drill" standing={servers.data?.drill} after={asked ? target : null} />,
          ],
          [
            t('back.command'),
            <Command key="command" text={`npm run contender -- rollback ${model} --reason "…"`} />,
          ],
        ]}
      />
      {target === null ? null : <p className="note">{t('approval.plan-back')}</p>}
      {view.data === undefined
        ? null
        : guardLines(view.data.spec, target, { t, format }).map(({ text }) => (
            <p key={text} className="note">
              {unbroken(text)}
            </p>
          ))}
      {/* Before the first swap there is nowhere to go back to: what this page asks for is what makes the way. */}
      {view.data === undefined || view.data.rollbackTarget === null ? null : (
        <RehearseWayBack model={model} market={view.data.spec.market} target={view.data.rollbackTarget} />
      )}
    </Card>
  );
}

/** What the record says, and nothing when it says nothing: a rollback and a swap forward reach the servers by the same way. */
function Took({ swaps }: { readonly swaps: SwapStatus['measured'] | null }): ReactNode {
  const { t } = useI18n();
  const { instant, number } = useFormat();
  if (swaps === null) return '–';
  const { rollback, promotion } = swaps;
  const measured = rollback ?? promotion;
  if (measured === null) return t('back.took.never');
  const { tookMs, servers, at } = measured;
  return t(rollback === null ? 'back.took.swap' : 'back.took.rollback', {
    ms: number(tookMs, 0),
    servers,
    at: instant(at),
  });
}
