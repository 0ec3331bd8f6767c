import type { SwapStatus } from './api/schemas.ts';
import type { Format } from './formats.ts';
import type { Translate } from './i18n/text-id.ts';

/** The sentence about the last drill, and whether somebody has to do something. `now`: milliseconds since 1970. */
export function drillLine(
  { newest, underWay, wayBackSince, overdue, maxAgeDays }: SwapStatus['drill'],
  { t, format, now }: { readonly t: Translate; readonly format: Format; readonly now: number },
): { readonly text: string; readonly bad: boolean } {
  const also = [
    ...(overdue ? [t('drill.overdue', { days: maxAgeDays })] : []),
    ...(underWay === null ? [] : [t('drill.runs', { id: underWay })]),
  ];
  const said = (first: string, bad: boolean) => ({ text: [first, ...also].join(' · '), bad: bad || overdue });
  if (newest === null || newest.endedAt === null) {
    return said(t(wayBackSince === null ? 'drill.nothing' : 'drill.never'), false);
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
