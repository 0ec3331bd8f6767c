import { describe, expect, it } from 'vitest';
import { type NotificationEvent, notificationEvent } from '../../../contracts/notification.ts';
import { alertOfEvent } from '../../../notifications/alert-of-event.ts';
import { renderEvent } from '../../../notifications/templates/render.ts';
import { withDecision } from '../../../notifications/templates/slack-decision.ts';
import { renderSlack } from '../../../notifications/templates/slack.ts';
import { ENGLISH, type Wording } from '../../../notifications/templates/wording.ts';
import { sampleDrafts, sampleEvent } from './sample-events.ts';

const CHINESE: Wording = { ...ENGLISH, language: 'zh-TW' };
const HASH = 'e'.repeat(64);

interface ShownButton {
  readonly action_id: string;
  readonly value: string;
  readonly text: { readonly text: string };
}

const held = (changes: Record<string, unknown> = {}): NotificationEvent =>
  notificationEvent({
    ...sampleDrafts['gates-held'],
    ...{ cause: 'waivable-fail', evidenceHash: HASH },
    objections: ['spa', 'dsr'].map((gate) => ({ gate, code: 'GATE_FAILED', reason: 'below' })),
    ...changes,
  });

/** The same as the router of alerts sends it on. */
function asAlert(
  event: NotificationEvent,
  status: 'firing' | 'resolved' = 'firing',
  more = 0,
): NotificationEvent {
  const alert = sampleEvent('alert');
  const report = alertOfEvent(event);
  if (alert.kind !== 'alert' || report === null) throw new Error('no alert');
  const [item] = alert.items;
  if (item === undefined) throw new Error('a sample without an alert');
  const { rule, labels, facts, retrain } = report;
  const own = { ...item, rule, labels, facts: [...facts], retrain: retrain ?? null, status };
  return { ...alert, items: [own, ...alert.items.slice(0, more)] };
}

function buttons(event: NotificationEvent, words: Wording = ENGLISH): readonly ShownButton[] {
  const { blocks } = withDecision(renderEvent(event, words, renderSlack), event, words);
  return blocks.flatMap((block) =>
    'block_id' in block && block.block_id === 'decision' && 'elements' in block
      ? (block.elements as readonly ShownButton[])
      : [],
  );
}
const actions = (event: NotificationEvent): readonly string[] =>
  buttons(event).map(({ action_id: action }) => action);

describe('buttons under a message about failed gates', () => {
  it('are one for each gate and one to refuse, with the gate evidence in each, also in an alert', () => {
    for (const event of [held(), held({ deputy: 'dora' }), asAlert(held())]) {
      const shown = buttons(event);
      expect(actions(event).toSorted()).toEqual(['refuse', 'waive:dsr', 'waive:spa']);
      for (const { value } of shown) {
        expect(JSON.parse(value)).toEqual({
          ...{ retrain: sampleDrafts['gates-held'].retrain, evidenceHash: HASH, language: 'en' },
        });
      }
      // The reason is typed above them.
      const { blocks } = withDecision(renderEvent(event, ENGLISH, renderSlack), event, ENGLISH);
      expect(blocks.some((block) => 'block_id' in block && block.block_id === 'reason')).toBe(true);
    }
  });

  it('are in the language of the message, and fit into what Slack takes', () => {
    const shown = buttons(asAlert(held()), CHINESE).map(({ text }) => text.text);
    expect(shown.at(-1)).toBe('拒絕豁免');
    expect(shown[0]).toMatch(/^豁免/u);
    for (const text of [...shown, ...buttons(held()).map((one) => one.text.text)]) {
      expect(text.length).toBeLessThanOrEqual(75);
    }
  });

  it('are none where nothing may be waived: an error, a gate that nobody waives, an alert that is over, one of several', () => {
    expect(actions(held({ cause: 'error' }))).toEqual([]);
    expect(actions(asAlert(held({ cause: 'error' })))).toEqual(['acknowledge']);
    const leak = [{ gate: 'leak', code: 'GATE_FAILED', reason: 'leaks' }];
    expect(actions(held({ objections: leak }))).toEqual([]);
    expect(actions(asAlert(held(), 'resolved'))).toEqual([]);
    expect(actions(asAlert(held(), 'firing', 1))).toEqual(['acknowledge']);
    // Of a release before the messages held the evidence.
    expect(actions(held({ evidenceHash: null }))).toEqual([]);
    expect(actions(asAlert(held({ evidenceHash: null })))).toEqual(['acknowledge']);
    expect(actions(sampleEvent('swapped'))).toEqual([]);
  });

  it('are not those of an approval, which stay as they were', () => {
    expect(actions(sampleEvent('approval-asked'))).toEqual(['approve', 'reject', 'object']);
  });
});
