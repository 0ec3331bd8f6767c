import type { SwapStatus } from './api/schemas.ts';
import type { Translate } from './i18n/text-id.ts';

interface Servers {
  /** Answering with this epoch. */
  readonly acknowledged: number;
  /** Known now, by their lease. */
  readonly leased: number;
}

export const countsOf = ({
  acknowledged,
  missing,
}: Pick<SwapStatus, 'acknowledged' | 'missing'>): Servers => ({
  acknowledged: acknowledged.length,
  leased: acknowledged.length + missing.length,
});

/** How many of the servers that are known now answer with this epoch; a count out of none is none. */
export function serversLine({ acknowledged, leased }: Servers, t: Translate): string {
  return leased === 0 ? t('model.servers.none') : t('model.servers.answering', { acknowledged, leased });
}

/** To which version a swap is taken back, and whether servers that are known keep it loaded. Null servers: not read yet. */
export function backLine(target: number | null, servers: Servers | null, t: Translate): string {
  if (target === null) return t('back.nothing');
  const standing = servers?.leased === 0 ? 'back.no-server' : 'back.loaded';
  return `${t('version.number', { number: target })} · ${t(standing)}`;
}
