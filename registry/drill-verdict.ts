import type { DrillFinding, DrillResult, DrillServer, RollbackDrill } from '../contracts/drill.ts';
import type { DrilledServer } from './drill-rows.ts';

export interface DrillVerdict {
  readonly result: DrillResult;
  readonly reason: string;
  /** What is written down of servers that said nothing. */
  readonly silent: readonly DrillServer[];
}

const NOTHING: DrillFinding = {
  ...{ code: '', reason: '', remedy: '', loadMs: null, checkMs: null },
  ...{ rows: 0, mismatches: 0, warm: null, warmMs: null },
};

/**
 * How a drill ends. What every server that was waited for has said stands, whatever came after it; otherwise a moved epoch ends
 * the drill without a verdict, since the way back is another one now. `moved`: empty while the epoch stands.
 */
export function judgeDrill(
  { waitedFor, servers }: Pick<RollbackDrill, 'waitedFor' | 'servers'>,
  now: readonly DrilledServer[],
  moved: string,
): DrillVerdict {
  const reported = new Set(servers.map(({ server }) => server));
  const mute = waitedFor.filter((name) => !reported.has(name));
  const absent = now
    .filter(({ name, leased, lately }) => !waitedFor.includes(name) && !leased && lately)
    .map(({ name, leaseUntil }) => absentServer(name, leaseUntil));
  if (mute.length > 0 && moved !== '') return { result: 'yielded', reason: moved, silent: absent };
  const silent = mute.map((name) =>
    silentServer(
      name,
      now.find((server) => server.name === name),
    ),
  );
  const failed = [...servers.filter(({ outcome }) => outcome === 'failed'), ...silent];
  return {
    result: failed.length === 0 ? 'passed' : 'failed',
    reason: failed
      .map(({ server, reason }) => `${server}: ${reason}`)
      .join('; ')
      .slice(0, 2000),
    silent: [...silent, ...absent],
  };
}

function silentServer(server: string, now: DrilledServer | undefined): DrillServer {
  const gone = now?.leased !== true;
  const lease = now === undefined ? 'it is gone' : `its lease ran out at ${now.leaseUntil}`;
  return {
    ...NOTHING,
    ...{ server, outcome: 'failed', code: 'SERVER_SILENT' },
    reason: gone ? `no report, and ${lease}` : 'no report in time, though its lease holds',
    remedy: gone
      ? 'Start it again and drill again; a rollback would not wait for it.'
      : 'Look at its log for the load of the version; then drill again.',
  };
}

const absentServer = (server: string, leaseUntil: string): DrillServer => ({
  ...NOTHING,
  ...{ server, outcome: 'absent', code: 'SERVER_AWAY' },
  reason: `no valid lease since ${leaseUntil}: a rollback would not wait for it`,
  remedy: 'Nothing, if it was stopped on purpose; else start it and drill again.',
});
