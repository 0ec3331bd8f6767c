import { useMarketOf } from './api/queries.ts';
import { hasRole, useSession } from './api/session.ts';
import { READER_ZONE, useFormat, zoneOf } from './format.ts';
import { useI18n } from './i18n/text.ts';
import { useServerTime } from './server-time.ts';
import { signerStanding } from './signer-standing.ts';
import type { AskedOfSigners, SignerStanding } from './signer-standing.ts';

/** What the reader is to each question; the server decides for itself. */
export function useSignerStanding(): (asked: AskedOfSigners) => SignerStanding {
  const who = useSession().data ?? null;
  const marketOf = useMarketOf();
  const now = useServerTime();
  return (asked) => {
    const isLead = hasRole(who, asked.model, marketOf(asked.model), ['quant-lead']);
    return signerStanding({ subject: who?.subject ?? null, isLead, now }, asked);
  };
}

/** Why the buttons of a question are dead for the reader; empty when they are not. */
export function useSignerLock(): (asked: AskedOfSigners) => string {
  const { t } = useI18n();
  const { zoned } = useFormat();
  const marketOf = useMarketOf();
  const standing = useSignerStanding();
  return (asked) => {
    const zone = zoneOf(marketOf(asked.model));
    const texts: Readonly<Record<SignerStanding, () => string>> = {
      may: () => '',
      signed: () => t('approval.you-signed'),
      barred: () => t('approval.you-are-barred'),
      role: () => t('approval.lead-only'),
      later: () => t('approval.deputy.later', { from: zoned(asked.deputy?.from ?? '', zone, READER_ZONE) }),
    };
    return texts[standing(asked)]();
  };
}

/** Who stands in, and from when; no row when nobody does. */
export function useDeputyFact({
  model,
  deputy,
}: Pick<AskedOfSigners, 'model' | 'deputy'>): readonly (readonly [string, string])[] {
  const { t } = useI18n();
  const { zoned } = useFormat();
  const marketOf = useMarketOf();
  if (deputy === null) return [];
  const from = zoned(deputy.from, zoneOf(marketOf(model)), READER_ZONE);
  return [[t('approval.deputy'), t('approval.deputy.from', { subject: deputy.subject, from })]];
}
