import type { DrillServer, DrillStanding, RollbackDrill } from '../contracts/drill.ts';
import { table } from './output.ts';

/** A drill with what each server found. */
export function drillText(drill: RollbackDrill): string {
  const { id, model, champion, target, result, endedReason, servers, waitedFor } = drill;
  const head = `Drill ${String(id)} of ${model}: back from version ${String(champion)} to ${String(target)}, ${resultText(drill)}`;
  const remedies = servers
    .filter(({ outcome }) => outcome !== 'passed')
    .map(({ server, reason, remedy }) => `  ${server}: ${reason}. ${remedy}`);
  return [
    result === 'yielded' || result === 'skipped' || result === 'abandoned' ? `${head}: ${endedReason}` : head,
    ...(servers.length === 0
      ? waitedFor.length === 0
        ? []
        : [`  waits for ${waitedFor.join(', ')}`]
      : [
          table(
            ['server', 'outcome', 'loaded anew', 'recorded rows', 'kept warm'],
            servers.map((row) => [
              row.server,
              outcomeText(row),
              ms(row.loadMs),
              rowsText(row),
              warmText(row),
            ]),
          ),
        ]),
    ...remedies,
    'The champion, its epoch and its answers are as they were.',
  ].join('\n');
}

export function drillTable(drills: readonly RollbackDrill[]): string {
  return table(
    ['drill', 'opened', 'by', 'version', 'result', 'servers'],
    drills.map((drill) => [
      ...[drill.id, drill.openedAt, drill.requestedBy, drill.target, resultText(drill)],
      drill.servers.map((row) => `${row.server} ${outcomeText(row)}`).join(', ') || '-',
    ]),
  );
}

/** The line of a champion: when the way back was last rehearsed, and how that went. `now`: ISO instant. */
export function standingText(
  { newest, underWay, wayBackSince, overdue, maxAgeDays }: DrillStanding,
  now: string,
): string {
  const running = underWay === null ? '' : `; drill ${String(underWay)} runs`;
  const late = overdue ? `; OVERDUE: none has passed for more than ${String(maxAgeDays)} days` : '';
  if (newest === null) {
    return `${wayBackSince === null ? 'never: there is no way back yet' : 'never'}${running}${late}`;
  }
  const { endedAt, target, result, servers } = newest;
  const failed = servers.filter(({ outcome }) => outcome === 'failed').map(({ server }) => server);
  const how = result === 'passed' ? 'passed' : `FAILED on ${failed.join(', ')}`;
  const age = endedAt === null ? '' : `${ageText(endedAt, now)} ago (${endedAt}), `;
  return `${age}version ${String(target)}, ${how}${running}${late}`;
}

function resultText({ result }: RollbackDrill): string {
  return result ?? 'runs';
}

const outcomeText = ({ outcome, code }: DrillServer): string =>
  outcome === 'passed' ? 'passed' : `${outcome} ${code}`;

const ms = (value: number | null): string => (value === null ? '-' : `${value.toFixed(0)} ms`);

const rowsText = ({ rows, mismatches, checkMs }: DrillServer): string =>
  rows === 0
    ? '-'
    : `${String(rows - mismatches)} of ${String(rows)} bit-equal${checkMs === null ? '' : ` in ${ms(checkMs)}`}`;

const warmText = ({ warm, warmMs }: DrillServer): string =>
  warm === null ? '-' : warm ? `yes, same rows in ${ms(warmMs)}` : 'no';

/** The largest whole unit: 3 days, 2 hours, 5 minutes. */
function ageText(then: string, now: string): string {
  const minutes = Math.max(0, Math.floor((Date.parse(now) - Date.parse(then)) / 60_000));
  const [count, unit] =
    minutes < 60
      ? [minutes, 'minute']
      : minutes < 48 * 60
        ? [Math.floor(minutes / 60), 'hour']
        : [Math.floor(minutes / (24 * 60)), 'day'];
  return `${String(count)} ${unit}${count === 1 ? '' : 's'}`;
}
