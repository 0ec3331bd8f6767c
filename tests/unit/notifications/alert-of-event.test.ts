import { describe, expect, it } from 'vitest';
import { type AlertContent, AlertInput, labelsOf } from '../../../contracts/alert.ts';
import type { GroupItem } from '../../../notifications/alert-port.ts';
import { alertOfEvent } from '../../../notifications/alert-of-event.ts';
import { groupEvent } from '../../../notifications/group-event.ts';
import { composeMessage } from '../../../notifications/templates/compose.ts';
import { ENGLISH } from '../../../notifications/templates/wording.ts';
import { sampleEvent } from './sample-events.ts';

const DASHBOARD = { ...ENGLISH, dashboardUrl: 'https://contender.example.com' };

/** The alert about an event as the router finds it again in the registry. */
function groupItem(id: number, changes: Partial<AlertInput> = {}): GroupItem {
  const report = alertOfEvent(sampleEvent('failed'));
  if (report === null) throw new Error('a failed retrain is an alert');
  const alert = { ...AlertInput.parse(report), ...changes };
  const { nature, summary, description, session, facts, actions, series, link, retrain } = alert;
  const content = { nature, summary, description, session, facts, actions, series, link, retrain };
  return { id, labels: labelsOf(alert), startedAt: alert.startsAt, endedAt: null, content };
}

function message(items: readonly GroupItem[]) {
  const event = groupEvent({
    ...{ sequence: 1, step: 0, receiver: 'desk', groupLabels: { alertname: 'retrain-failed' }, items },
    ...{
      counts: {
        firing: items.length,
        newFiring: items.length,
        newResolved: 0,
        unacknowledged: items.length,
        toldFiring: false,
        suppressed: 0,
      },
    },
    ...{ recipients: [], now: '2024-03-08T06:31:00.000Z' },
  });
  return { event, message: composeMessage(event, DASHBOARD) };
}

describe('the retrain behind an alert', () => {
  it('is named by the alert about a step that broke, and by the alarm that started it', () => {
    const failed = sampleEvent('failed');
    expect(alertOfEvent(failed)?.retrain).toBe(failed.retrain);
    const alarm = sampleEvent('alarm');
    if (alarm.kind !== 'alarm') throw new Error('no alarm');
    expect(alertOfEvent({ ...alarm, retrain: null })?.retrain).toBe(alarm.emergencyRetrain);
    expect(alertOfEvent({ ...alarm, retrain: null, emergencyRetrain: null })?.retrain).toBeNull();
  });

  it('is in the message, with a link to its page', () => {
    const retrain = 'retrain:tw-alpha:2024-03-01T19:00:00.000Z';
    const { event, message: told } = message([groupItem(1)]);
    expect(event.retrain).toBe(retrain);
    expect(told.links).toEqual([
      { label: 'Open the alert', url: 'https://contender.example.com/alerts/1' },
      {
        label: 'Open the page of the retrain',
        url: `${DASHBOARD.dashboardUrl}/retrains/${encodeURIComponent(retrain)}`,
      },
    ]);
    expect(told.identity).toContainEqual({ label: 'Retrain', value: retrain });
  });

  it('is left out of a message about alerts of more than one, and of an alert that an older release stored', () => {
    expect(
      message([groupItem(1), groupItem(2, { retrain: 'retrain:tw-alpha:other' })]).event.retrain,
    ).toBeNull();
    const item = groupItem(1);
    const older = Object.fromEntries(
      Object.entries(item.content ?? {}).filter(([name]) => name !== 'retrain'),
    );
    const { event } = message([{ ...item, content: older as unknown as AlertContent }]);
    expect(event.retrain).toBeNull();
  });
});
