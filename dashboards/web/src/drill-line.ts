import type { SwapStatus } from './api/schemas.ts';
import type { Format } from './formats.ts';
import type { Translate } from './i18n/text-id.ts';

/**
 * The sentence about the last drill, and whether somebody has to do something. `now`: milliseconds since 1970; `after`: the
 * version that a swap which is asked for would make the one to go back to, null: none is asked for.
 */
export function drillLine(
  { newest, underWay, wayBackSince, overdue, maxAgeDays }: SwapStatus['drill'],
  {
    t,
    format,
    now,
    after = null,
  }: {
    readonly t: Translate;
    readonly format: Format;
    readonly now: number;
    readonly after?: number | null;
  },
): { readonly text: string; readonly bad: boolean } {
  const also = [
    ...(overdue ? [t('drill.overdue', { days: maxAgeDays })] : []),
    ...(underWay === null ? [] : [t('drill.runs', { id: underWay })]),
  ];
  const said = (first: string, bad: boolean) => ({ text: [first, ...also].join(' · '), bad: bad || overdue });
  if (newest === null || newest.endedAt === null) {
    if (wayBackSince !== null) return said(t('drill.never'), false);
    return said(after === null ? t('drill.nothing') : t('drill.after-swap', { version: after }), false);
  }
  const span = format.span(Math.max(0, now - Date.parse(newest.endedAt)));
  const values = { span, version: newest.target };
  const named = (outcome: string): string[] =>
    newest.servers.filter((server) => server.outcome === outcome).map(({ server }) => server);
  if (newest.result !== 'passed') {
    return said(t('drill.failed', { ...values, servers: named('failed').join(', ') }), true);
  }
  const slowest = Math.max(0, ...newest.servers.map(({ loadMs, checkMs }) => (loadMs ?? 0) + (checkMs ?? 0)));
  return said(
    t('drill.passed', { ...values, servers: named('passed').length, ms: format.number(slowest, 0) }),
    false,
  );
}
