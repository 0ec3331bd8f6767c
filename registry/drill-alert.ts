import type { AlertReport } from '../contracts/alert.ts';
import type { RollbackDrill } from '../contracts/drill.ts';

/** One rule, told apart by its cause: a drill that failed, and one that nobody has held for too long. */
export const DRILL_RULE = 'rollback-drill';

const againCommand = (model: string): string => `npm run contender -- drill rollback ${model}`;

/**
 * What a drill that ended says to whoever is on call: that the way back is broken, or that it holds again. Null for one that
 * says nothing about it.
 */
export function drillAlert(drill: RollbackDrill): AlertReport | null {
  const { id, model, target, result, servers, endedAt } = drill;
  if (endedAt === null || (result !== 'passed' && result !== 'failed')) return null;
  const failed = servers.filter(({ outcome }) => outcome === 'failed');
  const over = result === 'passed';
  return {
    ...content(drill),
    labels: { cause: 'failed' },
    severity: 'ERROR',
    summary: over
      ? `${model}: the way back to version ${String(target)} was rehearsed on every server`
      : `${model}: the way back to version ${String(target)} failed its drill on ${failed.map(({ server }) => server).join(', ')}`.slice(
          0,
          300,
        ),
    description: over
      ? 'Nothing has to be done.'
      : [
          'The champion goes on answering. The operator on call must find out why today: a rollback would not reach these servers.',
          ...failed.map(({ server, code, reason }) => `${server} ${code}: ${reason}`),
        ]
          .join('\n')
          .slice(0, 4000),
    facts: failed.slice(0, 20).map(({ server, code, remedy }) => ({
      label: server.slice(0, 60),
      value: `${code}. ${remedy}`.slice(0, 400),
    })),
    startsAt: endedAt,
    endsAt: over ? endedAt : null,
    dedupeKey: `drill:${String(id)}:${result}`,
  };
}

/** How long the way back of a model has gone without a drill that passed. */
export interface DrillAge {
  readonly model: string;
  /** End of the newest that passed; null: none did. */
  readonly passedAt: string | null;
  readonly wayBackSince: string;
  readonly maxAgeDays: number;
}

/** ISO instant. The same day gives the same report: the alert stands as long as it is reported, and is recorded once a day. */
export function overdueAlert(
  { model, passedAt, wayBackSince, maxAgeDays }: DrillAge,
  now: string,
): AlertReport {
  const since = passedAt ?? wayBackSince;
  return {
    ...overdueContent(model),
    summary: `${model}: no drill of the way back has passed for more than ${String(maxAgeDays)} days`,
    description:
      passedAt === null
        ? `No drill has ever passed; there is a way back since ${since}. Hold one, or find out why the schedule does not.`
        : `The last one that passed ended at ${since}. Hold one, or find out why the schedule does not.`,
    startsAt: since < now ? since : now,
    endsAt: null,
    dedupeKey: `drill-overdue:${model}:${now.slice(0, 10)}`,
  };
}

/** The end of that, with the drill that passed; `at`: ISO instant. */
export function heldAlert(model: string, at: string): AlertReport {
  return {
    ...overdueContent(model),
    summary: `${model}: a drill of the way back has passed`,
    description: 'Nothing has to be done.',
    startsAt: at,
    endsAt: at,
    dedupeKey: `drill-held:${model}:${at}`,
  };
}

const overdueContent = (model: string) => ({
  ...content({ model }),
  labels: { cause: 'overdue' },
  severity: 'WARNING' as const,
  facts: [],
});

const content = ({ model }: { readonly model: string }) => ({
  nature: 'condition' as const,
  rule: DRILL_RULE,
  model,
  session: null,
  actions: [{ label: 'Drill again', command: againCommand(model) }],
  series: [],
  correlationId: `drill of ${model}`,
});
