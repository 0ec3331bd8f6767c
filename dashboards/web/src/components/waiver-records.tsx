import type { ReactNode } from 'react';
import type { RetrainDetail } from '../api/schemas.ts';
import { useFormat } from '../format.ts';
import { useI18n } from '../i18n/text.ts';

/** Who accepted which failed gate, as what, and why. */
export function WaiverRecords({ waivers }: { readonly waivers: RetrainDetail['waivers'] }): ReactNode {
  const { t } = useI18n();
  const { instant } = useFormat();
  return (
    <ul className="list">
      {waivers.map((waiver) => (
        <li key={`${waiver.gate} ${waiver.subject}`}>
          {t(waiver.asDeputy ? 'hold.waived-as-deputy' : 'hold.waived', {
            gate: waiver.gate,
            subject: waiver.subject,
          })}
          : {waiver.reason} <time className="note">{instant(waiver.recordedAt)}</time>
        </li>
      ))}
    </ul>
  );
}
