import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAlertingFile } from '../../../alerting/config-check.ts';
import { defaultAlerting } from '../../../alerting/default-config.ts';
import { formatDuration } from '../../../alerting/duration.ts';
import { matchingRoutes, routeTree } from '../../../alerting/route-tree.ts';
import { labelsOf } from '../../../contracts/alert.ts';
import { ALARM_RULES, notificationEvent } from '../../../contracts/notification.ts';
import type { Monitor, NotificationKind } from '../../../contracts/notification.ts';
import type { NotificationSeverity } from '../../../contracts/alert.ts';
import { alertOfEvent } from '../../../notifications/alert-of-event.ts';
import { sampleDrafts, sampleKinds } from './sample-events.ts';

/** What happens in a retrain and after it, in order, with the severity that the control plane gives it. */
const STORIES: readonly (readonly [string, NotificationKind, NotificationSeverity, Monitor?])[] = [
  ['a lead objects before the swap', 'objection', 'ERROR'],
  ['a lead objects to the new champion', 'objection', 'CRITICAL'],
  ['the schedule did not start it', 'schedule-missed', 'ERROR'],
  ['the schedule found another one open', 'schedule-missed', 'WARNING'],
  ['a step breaks', 'failed', 'ERROR'],
  ['a gate cannot be judged', 'gates-held', 'ERROR'],
  ['a gate fails that may be waived', 'gates-held', 'WARNING'],
  ['a rule, a lead or the clock ends it', 'retrain-refused', 'INFO'],
  ['a signature is wanted', 'approval-asked', 'WARNING'],
  ['the request is about to expire', 'approval-expiring', 'ERROR'],
  ['a spec that loosens something is proposed', 'spec-proposed', 'WARNING'],
  ['the new champion answers', 'swapped', 'INFO'],
  ['a server does not acknowledge it', 'swap-partial', 'CRITICAL'],
  ['the guard cannot measure, or pages', 'alarm', 'CRITICAL', 'guard'],
  ['the signal decays', 'alarm', 'CRITICAL', 'decay'],
  ['a retrain would cost more than the decay', 'alarm', 'WARNING', 'decay'],
  ['the data of a session have a fault', 'alarm', 'CRITICAL', 'data'],
  ['it scores otherwise than it was tested', 'alarm', 'CRITICAL', 'software'],
  ['features drift for days, and the spec acts', 'alarm', 'WARNING', 'drift'],
  ['results of a session cannot be made', 'alarm', 'WARNING', 'results'],
  ['the champion is taken back', 'rolled-back', 'ERROR'],
  ['a month of it is over', 'month-ended', 'INFO'],
];

function row([step, kind, severity, monitor]: (typeof STORIES)[number]): string {
  const event = notificationEvent({
    ...sampleDrafts[kind],
    ...(monitor === undefined ? {} : { monitor }),
    // What is objected to after the swap is a reign.
    ...(kind === 'objection' && severity === 'CRITICAL' ? { epoch: 8 } : {}),
    severity,
  });
  const alert = alertOfEvent(event);
  const file = parseAlertingFile(defaultAlerting(['log']), ['log'], 'the default');
  if (alert === null)
    return `| ${step} | \`${kind}\` | ${severity} | at once, never grouped or silenced | no |`;
  const [route] = matchingRoutes(routeTree(file.route), labelsOf(alert));
  if (route === undefined) throw new Error('no route');
  const wait = route.groupWaitMs === 0 ? 'at once' : `after ${formatDuration(route.groupWaitMs)}`;
  const repeat = `every ${formatDuration(route.repeatIntervalMs)} until acknowledged`;
  return `| ${step} | alert \`${alert.rule}\` | ${severity} | ${wait}, with others of its rule and model | ${repeat} |`;
}

const squeeze = (text: string): string => text.replace(/ +/gu, ' ');
const page = squeeze(readFileSync(join(import.meta.dirname, '../../../docs/alerts.md'), 'utf8'));

describe('who gets what in the story of a retrain and of a rollback', () => {
  it.each(STORIES.map((story) => ({ story, step: story[0] })))('the page says it: $step', ({ story }) => {
    expect(page).toContain(row(story));
  });

  it('leaves no kind of message out', () => {
    const told = new Set(STORIES.map(([, kind]) => kind));
    expect(sampleKinds.filter((kind) => kind !== 'alert' && !told.has(kind))).toEqual([]);
  });

  it('has a runbook for each rule', () => {
    const rules = STORIES.flatMap(
      ([, kind, severity]) =>
        alertOfEvent(notificationEvent({ ...sampleDrafts[kind], severity }))?.rule ?? [],
    );
    for (const rule of [
      ...new Set([...rules, ...Object.values(ALARM_RULES)]),
      'no-results',
      'objection-after-swap',
      'alerting-file-invalid',
      'break-glass-refused',
      'test-alert',
      'workflow-stuck',
    ]) {
      const runbook = readFileSync(join(import.meta.dirname, '../../../docs/runbooks', `${rule}.md`), 'utf8');
      for (const heading of ['What it says', 'What it means', 'Look at first', 'Do', 'When it is false']) {
        expect(runbook, rule).toContain(`## ${heading}\n`);
      }
    }
  });
});
