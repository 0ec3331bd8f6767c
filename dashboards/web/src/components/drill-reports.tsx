import type { ReactNode } from 'react';
import type { RollbackDrill } from '../api/schemas.ts';
import { useFormat } from '../format.ts';
import { useI18n } from '../i18n/text.ts';
import { serverNow } from '../server-time.ts';
import { Recorded, Said } from './marks.tsx';

type Report = RollbackDrill['servers'][number];

/** As in the registry: a drill that nobody has ended so long after its deadline gives way to the next. */
const ABANDONED_AFTER_MS = 60_000;

/** Whether a drill runs and somebody is still there to end it. */
export const isLed = ({ result, deadline }: RollbackDrill, now: number): boolean =>
  result === null && now < Date.parse(deadline) + ABANDONED_AFTER_MS;

/** A drill as its servers report, and how it ended: who could not, why, and what to do. */
export function DrillReports({ drill }: { readonly drill: RollbackDrill }): ReactNode {
  const { t } = useI18n();
  const { instant } = useFormat();
  const { waitedFor, servers, endedReason, openedAt, reason, requestedBy, result } = drill;
  const silent = waitedFor.filter((name) => !servers.some(({ server }) => server === name));
  return (
    <div className="drill">
      <p role="status" className={result === 'failed' ? 'warn' : undefined}>
        <strong>{headOf(drill, t)}</strong>
        {unsaid(drill) && endedReason !== '' ? (
          <>
            {': '}
            <Recorded text={endedReason} />
          </>
        ) : null}
      </p>
      <p className="note">
        {instant(openedAt)} · {requestedBy}: <Said text={reason} by={requestedBy} />
      </p>
      <ul>
        {servers.map((report) => (
          <li key={report.server}>
            <ServerReport report={report} />
          </li>
        ))}
        {result === null
          ? silent.map((name) => (
              <li key={name}>
                <strong>{name}</strong>: {t('drill.server.waiting')}
              </li>
            ))
          : null}
      </ul>
    </div>
  );
}

/** Ended without a word on the way back itself. */
const unsaid = ({ result }: RollbackDrill): boolean =>
  result === 'yielded' || result === 'skipped' || result === 'abandoned';

function headOf(drill: RollbackDrill, t: ReturnType<typeof useI18n>['t']): string {
  const { id, target, requestedBy: who, waitedFor, servers, result } = drill;
  const version = String(target);
  if (result === null) {
    if (!isLed(drill, serverNow())) return t('drill.now.stuck', { id, who });
    const reported = servers.filter(({ server }) => waitedFor.includes(server)).length;
    return t('drill.now.open', { id, who, version, reported, servers: waitedFor.length });
  }
  if (result === 'passed') return t('drill.now.passed', { id, version, servers: waitedFor.length });
  const failed = servers.filter(({ outcome }) => outcome === 'failed').map(({ server }) => server);
  return t(`drill.now.${result}`, { id, version, servers: failed.join(', ') });
}

function ServerReport({ report }: { readonly report: Report }): ReactNode {
  const { t } = useI18n();
  const { number } = useFormat();
  const { server, outcome, code, reason, remedy, loadMs, checkMs, rows, warm } = report;
  if (outcome === 'passed') {
    const values = { load: number(loadMs, 0), check: number(checkMs, 0), rows: number(rows, 0) };
    return (
      <>
        <span className="mark mark-good" aria-hidden="true">
          ✓
        </span>{' '}
        <strong>{server}</strong>:{' '}
        {t('drill.server.passed', {
          ...values,
          warm: t(warm === true ? 'drill.server.warm' : 'drill.server.cold'),
        })}
      </>
    );
  }
  return (
    <>
      <span className={`mark mark-${outcome === 'failed' ? 'bad' : 'quiet'}`} aria-hidden="true">
        !
      </span>{' '}
      <strong>{server}</strong>: <Recorded text={reason} /> <code className="code">{code}</code>
      {remedy === '' ? null : (
        <>
          <br />
          <Recorded text={remedy} />
        </>
      )}
    </>
  );
}
